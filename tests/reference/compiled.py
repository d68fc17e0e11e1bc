"""The compiled kernel, built by the C compiler that this Python was built with, where there is one."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from mlsig.types.kernel import kernel

SOURCE = Path(__file__).resolve().parents[2] / "runtime" / "kernel" / "mlsig_kernel"


def compiler() -> list[str]:
    """Return the command of the C compiler; empty where there is none, or no header of Python."""
    command = shlex.split(sysconfig.get_config_var("CC") or "cc")
    header = Path(sysconfig.get_path("include"), "Python.h")
    return command if shutil.which(command[0]) and header.is_file() else []


def build(folder: Path) -> bool:
    """Build the package `mlsig_kernel` into a folder, warnings being errors; False where nothing can."""
    command = compiler()
    if not command:
        return False
    package = folder / "mlsig_kernel"
    package.mkdir()
    shutil.copy(SOURCE / "__init__.py", package)
    words = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    if sys.platform == "darwin":
        words += ["-undefined", "dynamic_lookup"]
    words += ["-isystem", sysconfig.get_path("include"), *map(str, sorted(SOURCE.glob("*.c")))]
    target = package / f"_kernel{sysconfig.get_config_var('EXT_SUFFIX')}"
    done = subprocess.run([*command, *words, "-o", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return True


@contextmanager
def installed(folder: Path) -> Iterator[ModuleType | None]:
    """Build the kernel and let mlsig find it for as long as the block runs; None where nothing can."""
    if not build(folder):
        yield None
        return
    sys.path.insert(0, str(folder))
    kernel.cache_clear()
    yield import_module("mlsig_kernel")
    sys.path.remove(str(folder))
    for name in ("mlsig_kernel", "mlsig_kernel._kernel"):
        del sys.modules[name]
    kernel.cache_clear()
