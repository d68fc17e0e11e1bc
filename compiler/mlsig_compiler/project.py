"""The files of a run.

    find([Path("schemas")], roots=()) -> Found(sources, problems)

`schemas/a/b.mlsig` under the source root `schemas` is module `a.b`. What cannot be read is a finding like any
other.
"""

from __future__ import annotations

import keyword
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.source import Source, Span

SUFFIX: Final = ".mlsig"
LARGEST: Final = 16 * 2**20
START: Final = Span(0, 0)
SKIPPED: Final = frozenset({"__pycache__", "node_modules"})


@dataclass(slots=True)
class Found:
    """The files that could be read, sorted by path, and what was wrong with the others."""

    sources: list[Source] = field(default_factory=list[Source])
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def problem(self, code: str, path: Path, message: str, help: str = "") -> None:
        """Note something wrong with a whole file or folder."""
        diagnostics = Diagnostics(Source(path, "", ""))
        diagnostics.report(code, START, message, help=help)
        self.problems.extend(diagnostics)


def find(paths: Iterable[Path], roots: Sequence[Path] = ()) -> Found:
    """Return the `.mlsig` files at paths, files or folders; `roots` are the configured source roots."""
    found = Found()
    given = list(dict.fromkeys(paths))
    folders = [*roots, *(path for path in given if path.is_dir())]
    files: dict[Path, Path] = {}
    for path in given:
        for file in _files(path, found):
            files.setdefault(Path(os.path.realpath(file)), file)
    modules: dict[str, Path] = {}
    for file in sorted(files.values()):
        module = _module(file, folders, found)
        if module is None:
            continue
        if module in modules:
            message = f"this file and {modules[module].as_posix()} would both become the module `{module}`"
            found.problem("MLS0905", file, message, "rename one, or put them under one source root")
            continue
        modules[module] = file
        source = read(file, module, found)
        if source is not None:
            found.sources.append(source)
    return found


def _files(path: Path, found: Found) -> Iterator[Path]:
    if path.is_dir():
        inside = sorted(_walk(path, found))
        if not inside:
            found.problem("MLS0903", path, f"there is no {SUFFIX} file in this folder")
        yield from inside
    elif not path.exists():
        similar = [other.name for other in _siblings(path) if other.suffix == SUFFIX]
        help = f"the folder has {', '.join(similar[:5])}" if similar else ""
        found.problem("MLS0901", path, "there is no such file or folder", help)
    elif not path.is_file() or path.suffix != SUFFIX:
        found.problem("MLS0904", path, f"this is not a {SUFFIX} file")
    else:
        yield path


def _siblings(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.iterdir())
    except OSError:
        return []


def _walk(folder: Path, found: Found) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        found.problem("MLS0902", Path(error.filename), f"this folder cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        yield from (
            Path(parent, name) for name in names if name.endswith(SUFFIX) and not name.startswith(".")
        )


def _module(file: Path, folders: Sequence[Path], found: Found) -> str | None:
    """Return a file's module name: its path from the first root that contains it, or else its own name."""
    absolute = _absolute(file)
    parts: tuple[str, ...] = (absolute.stem,)
    for folder in folders:
        root = _absolute(folder)
        if absolute.is_relative_to(root):
            parts = absolute.relative_to(root).with_suffix("").parts
            break
    for part in parts:
        if not (part.isidentifier() and part.isascii()) or keyword.iskeyword(part):
            message = f"`{part}` cannot be the name of a Python module"
            found.problem(
                "MLS0904", file, message, "use letters, digits and underscores, and begin with a letter"
            )
            return None
    return ".".join(parts)


def _absolute(path: Path) -> Path:
    """Return a path from the root, without `..`; links keep their names, which are the modules'."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (Path.resolve follows links)


def read(path: Path, module: str, found: Found) -> Source | None:
    """Return a file's text, or None when it cannot be read, which is noted."""
    try:
        if path.stat().st_size > LARGEST:
            found.problem("MLS0902", path, f"this file is larger than {LARGEST // 2**20} MiB")
            return None
        data = path.read_bytes()
    except OSError as error:
        found.problem("MLS0902", path, f"this file cannot be read: {error.strerror}")
        return None
    try:
        # utf-8-sig drops the mark that some editors put first
        return Source(path, module, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        _not_text(path, module, data, error, found)
        return None


def _not_text(path: Path, module: str, data: bytes, error: UnicodeDecodeError, found: Found) -> None:
    source = Source(path, module, data.decode("utf-8", errors="replace"))
    diagnostics = Diagnostics(source)
    # the bytes before the bad one are good, so they say how many characters stand before it
    before = len(data[: error.start].decode("utf-8", errors="replace"))
    help = "save the file as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        help = "this looks like UTF-16: save the file as UTF-8"
    message = f"this file is not UTF-8: the byte 0x{data[error.start]:02x} cannot stand here"
    diagnostics.report("MLS0101", Span(before, before + 1), message, help=help)
    found.problems.extend(diagnostics)
