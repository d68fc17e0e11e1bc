"""The type checkers that people run, on what mlsig writes: mypy --strict and pyright in strict mode."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from nightly import unmeasured

ROOT = Path(__file__).resolve().parent.parent

# Reading the standard library takes mypy longer than anything here: every test reads it from one place, and
# in one process of the suite, so that the first has written it when the second asks.
CACHE = ROOT / ".mypy_cache" / "tests"
one_after_another = pytest.mark.xdist_group("mypy")

# The errors of mlsig itself are found by `make types`.
SETTINGS = "[mypy]\nstrict = True\n[mypy-mlsig.*]\nignore_errors = True\n"


def mypy(
    folder: Path, files: Sequence[str], *options: str, paths: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """Check files of a folder, which imports from `paths` and mlsig's runtime."""
    settings = folder / "mypy.ini"
    settings.write_text(SETTINGS, encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(CACHE)),
            *options,
            *files,
        ],
        cwd=folder,
        env=unmeasured() | {"MYPYPATH": os.pathsep.join(map(str, (ROOT / "runtime", *paths)))},
        capture_output=True,
        text=True,
        check=False,
    )


def pyright(
    folder: Path, *options: str, paths: Sequence[str] = (), settings: Mapping[str, Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """Check a folder, which imports from `paths` and mlsig's runtime; `settings` add to the strict ones."""
    chosen = {
        "typeCheckingMode": "strict",
        "extraPaths": [str(ROOT / "runtime"), *paths],
        "pythonVersion": "3.11",
        **(settings or {}),
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(chosen), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *options, "-p", str(folder)],
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=False,
    )
