"""The files of a run, and those that they import.

    find([Path("schemas")], roots=()) -> Found(sources, problems)
    found.locate("a.b")               -> the source of a module under one of the source roots

`schemas/a/b.mlsig` under the source root `schemas` is module `a.b`. Source roots are the configured ones, the
folders that were given, and the folders of files that were given alone. What cannot be read is a finding like
any other. Links to folders are not followed, and a link to a file only within the source roots.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Final

from mlsig_compiler.diagnostics import Diagnostic, Diagnostics, Severity
from mlsig_compiler.naming import Names, absolute, hides_python, parts_of, refusal
from mlsig_compiler.source import Source, Span, Unreadable

SUFFIX: Final = ".mlsig"
LARGEST: Final = 4 * 2**20
START: Final = Span(0, 0)
SKIPPED: Final = frozenset({"__pycache__", "node_modules"})


@dataclass(slots=True)
class Found:
    """The files that could be read, sorted by path, and what was wrong with the others."""

    sources: list[Source] = field(default_factory=list[Source])
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])
    roots: list[Path] = field(default_factory=list[Path])
    folders: list[Path] = field(default_factory=list[Path])  # that were looked through
    package: str | None = None
    _names: Names = field(default_factory=Names)
    _located: dict[str, Source | Unreadable | None] = field(
        default_factory=dict[str, "Source | Unreadable | None"]
    )
    _modules: dict[str, str] = field(default_factory=dict[str, str])  # of a file's real path
    _folders: dict[str, str] = field(default_factory=dict[str, str])  # and the real paths of folders

    def problem(
        self, code: str, path: Path, message: str, help: str = "", severity: Severity = "error"
    ) -> None:
        """Note something wrong with a whole file or folder."""
        diagnostics = Diagnostics(Source(path, "", ""))
        diagnostics.report(code, START, message, help=help, severity=severity)
        self.problems.extend(diagnostics)

    def add(self, file: Path, data: bytes | None = None) -> None:
        """Read a file that the run is about; `data` is what stands in it, where that is known already."""
        parts = parts_of(file, self.roots)
        module = ".".join(parts)
        if not self._accepts(parts, file):
            self._located.setdefault(module, Unreadable())
            return
        self._modules[self._real(file)] = module
        source = read(file, module, self) if data is None else decoded(file, module, data, self)
        self._located[module] = source or Unreadable()
        if source is not None:
            self.sources.append(source)

    def _real(self, file: Path) -> str:
        """Return what `os.path.realpath` would, following the links of each folder once."""
        if file.is_symlink():
            return os.path.realpath(file)
        folder, name = os.path.split(file)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)  # noqa: PTH118

    def locate(self, module: str) -> Source | Unreadable | None:
        """Return the source of a module, from the first root that has it; what is wrong with it is noted."""
        if module not in self._located:
            self._located[module] = self._locate(tuple(module.split(".")))
        return self._located[module]

    def _locate(self, parts: tuple[str, ...]) -> Source | Unreadable | None:
        for root in self.roots:
            path = root.joinpath(*parts[:-1], parts[-1] + SUFFIX)
            if not _spelt(root, path):
                continue
            module = ".".join(parts)
            known = self._modules.setdefault(os.path.realpath(path), module)
            if known != module:
                message = f"this file is imported as the module `{module}`, and read as `{known}`"
                self.problem("MLS0905", path, message, f"name its source root: {root.as_posix()}")
                return Unreadable()
            if self.leaves(path) or not self._accepts(parts, path):
                return Unreadable()
            return read(path, module, self) or Unreadable()
        return None

    def _accepts(self, parts: tuple[str, ...], file: Path) -> bool:
        """Say whether a file may become a module of this name; why not is noted."""
        refused = refusal(parts)
        if refused is not None:
            self.problem("MLS0904", file, *refused)
            return False
        clash = self._names.clash(parts, file)
        if clash is not None:
            code, refused = clash
            self.problem(code, file, *refused)
            return False
        if hides_python(parts, self.package):
            message = f"the module `{parts[0]}` would hide Python's own `{parts[0]}`"
            help = "rename it, put it into a folder, or say in [tool.mlsig] which `package` the output is"
            self.problem("MLS0911", file, message, help, "warning")
        return True

    def leaves(self, file: Path) -> bool:
        """Say whether a link leads out of the source roots, and note it."""
        real = Path(os.path.realpath(file))
        inside = any(real.is_relative_to(os.path.realpath(root)) for root in self.roots)
        if not inside:
            message = f"this link leads out of the source roots, to {real.as_posix()}"
            self.problem("MLS0910", file, message, "name that file or its folder itself")
        return not inside


def find(paths: Iterable[Path], roots: Sequence[Path] = (), package: str | None = None) -> Found:
    """Return the `.mlsig` files at paths, files or folders.

    Args:
        paths: Files and folders.
        roots: The configured source roots.
        package: The Python package that the generated modules will be in, if they are in one.
    """
    given = list(dict.fromkeys(paths))
    found = Found(roots=[*roots, *(path for path in given if path.is_dir())], package=package)
    files = files_at(given, found)
    for file in files:
        found.add(file)
    found.roots += sorted(_alone(files, found.roots))
    return found


def files_at(paths: Iterable[Path], found: Found) -> list[Path]:
    """Return the `.mlsig` files at paths, files or folders, sorted; what cannot be looked at is noted."""
    files: dict[str, Path] = {}
    for path in paths:
        for file in _files(path, found):
            files.setdefault(os.path.abspath(file), file)  # noqa: PTH100  (links keep their names)
    return sorted(files.values(), key=attrgetter("parts"))


def given(file: Path, data: bytes, roots: Sequence[Path] = (), package: str | None = None) -> Found:
    """Return a file with the bytes that it will have; what it imports is read."""
    found = Found(roots=list(roots), package=package)
    found.add(file, data)
    found.roots += _alone([file], roots)
    return found


def _alone(files: Iterable[Path], roots: Sequence[Path]) -> set[Path]:
    """Return the folders of files that no root contains."""
    known = [absolute(root) for root in roots]
    starts = tuple(os.path.join(root, "") for root in known)  # noqa: PTH118
    return {file.parent for file in files if not os.path.abspath(file).startswith(starts)}  # noqa: PTH100


def _files(path: Path, found: Found) -> Iterator[Path]:
    if path.is_dir():
        inside = sorted(_walk(path, found), key=attrgetter("parts"))
        if not inside:
            found.problem("MLS0903", path, f"there is no {SUFFIX} file in this folder")
        yield from (file for file in inside if not (file.is_symlink() and found.leaves(file)))
    elif not path.exists() and not path.is_symlink():
        similar = [other.name for other in _siblings(path) if other.suffix == SUFFIX]
        help = f"the folder has {', '.join(similar[:5])}" if similar else ""
        found.problem("MLS0901", path, "there is no such file or folder", help)
    elif path.suffix != SUFFIX or (path.exists() and not path.is_file()):
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
        found.folders.append(Path(parent))
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        yield from (
            Path(parent, name) for name in names if name.endswith(SUFFIX) and not name.startswith(".")
        )


def _spelt(root: Path, path: Path) -> bool:
    """Say whether a file is there under exactly this name: some file systems do not tell case apart."""
    if not os.path.lexists(path):
        return False
    while path != root:
        if path.name not in {entry.name for entry in _siblings(path)}:
            return False
        path = path.parent
    return True


def read(path: Path, module: str, found: Found) -> Source | None:
    """Return a file's text, or None when it cannot be read, which is noted."""
    try:
        # the size of what is no file, such as a device, says nothing
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        found.problem("MLS0902", path, f"this file cannot be read: {error.strerror}")
        return None
    return decoded(path, module, data, found)


def decoded(path: Path, module: str, data: bytes, found: Found) -> Source | None:
    """Return the text of a file's bytes, or None when they are not text, which is noted."""
    if len(data) > LARGEST:
        found.problem("MLS0902", path, f"this file is larger than {LARGEST // 2**20} MiB")
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
