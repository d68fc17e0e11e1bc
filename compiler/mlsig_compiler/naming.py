"""From a file's place to the name of its module.

    schemas/a/b.mlsig under the source root schemas     ->   a.b

Every file becomes a Python module, on any platform: so the parts of a name are what Python accepts, differ by
more than case, and leave `std` to the library that ships with the compiler.
"""

from __future__ import annotations

import keyword
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

RESERVED: Final = {
    "std": "`std` is the library that comes with mlsig, so no module of yours can have this name",
    "mlsig": "`mlsig` is the package that generated modules import, so none of them can have this name",
}


class Refused(NamedTuple):
    """Why a path cannot be the name of a module."""

    message: str
    help: str


def absolute(path: Path) -> Path:
    """Return a path from the root, without `..`; links keep their names, which are the modules'."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (Path.resolve follows links)


def parts_of(file: Path, roots: Sequence[Path]) -> tuple[str, ...]:
    """Return a file's path from the first root that contains it, or else its own name."""
    # as text: a run asks this of every file, and paths are slow to make
    whole = os.path.abspath(file)  # noqa: PTH100
    for root in roots:
        start = os.path.join(os.path.abspath(root), "")  # noqa: PTH100, PTH118
        if whole.startswith(start):
            inside, _ = os.path.splitext(whole[len(start) :])  # noqa: PTH122
            return tuple(inside.split(os.sep))  # noqa: PTH206
    return (file.stem,)


def refusal(parts: tuple[str, ...]) -> Refused | None:
    """Say why a path cannot be the name of a module, if it cannot."""
    if parts[0] in RESERVED:
        return Refused(RESERVED[parts[0]], "rename it")
    for part in parts:
        if part.startswith("_"):
            help = f"for example `{part.strip('_')}`" if part.strip("_") else ""
            return Refused(f"the name of a module cannot begin with an underscore, as `{part}` does", help)
        if not (part.isidentifier() and part.isascii()) or keyword.iskeyword(part):
            help = "use letters, digits and underscores, and begin with a letter"
            if keyword.iskeyword(part):
                help = f"for example `{part}_`"
            return Refused(f"`{part}` cannot be the name of a Python module", help)
    return None


def hides_python(parts: tuple[str, ...], package: str | None) -> bool:
    """Say whether a module has the name of one of Python's own, and no package around it."""
    return package is None and parts[0] in sys.stdlib_module_names


class Names:
    """The modules of a run, each under a name that no file system takes for another's."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        self._spelt: dict[tuple[str, ...], tuple[tuple[str, ...], Path]] = {}
        self._packages: dict[tuple[str, ...], Path] = {}

    def clash(self, parts: tuple[str, ...], file: Path) -> tuple[str, Refused] | None:
        """Add a module; return the code and the message when it cannot stand beside an earlier one."""
        module = ".".join(parts)
        earlier = self.files.get(module)
        if earlier is not None:
            message = f"this file and {earlier.as_posix()} would both become the module `{module}`"
            return "MLS0905", Refused(message, "rename one, or put them under one source root")
        for end in range(1, len(parts) + 1):
            spelt, other = self._spelt.setdefault(
                tuple(part.casefold() for part in parts[:end]), (parts[:end], file)
            )
            if spelt != parts[:end]:
                mine, theirs = parts[end - 1], spelt[-1]
                message = f"`{mine}` here and `{theirs}` of {other.as_posix()} differ only in case"
                return "MLS0909", Refused(message, "not every file system tells them apart: rename one")
        above = next((self.files[name] for name in _above(parts) if name in self.files), None)
        inside = self._packages.get(parts)
        if above or inside:
            one, other = (file, inside) if inside else (above or file, file)
            name = one.stem
            message = (
                f"the folder `{name}` of {(other or file).as_posix()} would hide the module {one.as_posix()}"
            )
            return "MLS0905", Refused(message, "rename one: Python finds only one of a name")
        self.files[module] = file
        for end in range(1, len(parts)):
            self._packages.setdefault(parts[:end], file)
        return None


def _above(parts: tuple[str, ...]) -> list[str]:
    return [".".join(parts[:end]) for end in range(1, len(parts))]
