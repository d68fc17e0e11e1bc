"""What was compiled last time, so that a second run has nothing to do.

`out/.mlsig.json` holds, for each module, the hashes of its source, of its output and of the sources that it
imports, where its source is, and one hash of the compiler itself. A module is fresh when all of them still
hold; it is left over when its source is gone. The file can be deleted at any time, and committed as well as
ignored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple

from mlsig_compiler.naming import absolute
from mlsig_compiler.resources import folder
from mlsig_compiler.write import replace, target

NAME: Final = ".mlsig.json"
FORMAT: Final = 2
# The hash of a source whose findings must be reported again.
NEVER: Final = ""
# Bytes of a module in which its header is, with the hash of its source.
HEAD: Final = 1_000


class Entry(NamedTuple):
    """What is known of a module: hashes, and where its source is, from the folder of the manifest."""

    source: str
    output: str
    path: str
    imports: Mapping[str, str]  # of every module that it needs, if only through others


@dataclass(slots=True)
class Manifest:
    """The modules that were compiled. Nothing is fresh when another compiler wrote them."""

    out: Path
    modules: dict[str, Entry] = field(default_factory=dict[str, Entry])
    before: bytes = b""
    current: bool = True
    changed: bool = False

    def fresh(self, module: str, source: str, hash_of: Callable[[str], str | None] = lambda _: None) -> bool:
        """Say whether a module's file is what compiling `source` (a hash) would give.

        `hash_of` returns the hash of the source of another module, None when there is none.
        """
        known = self.modules.get(module)
        if known is None or not self.current or known.source != source:
            return False
        if any(hash_of(name) != hashed for name, hashed in known.imports.items()):
            return False
        try:
            with open(target(self.out, module), "rb") as file:  # noqa: PTH123  (half the time of a Path's)
                return known.output == _hash(file.read())
        except OSError:
            return False

    def edited(self, module: str) -> bool:
        """Say whether somebody changed a module's file after it was written here, from the same source."""
        known = self.modules.get(module)
        try:
            data = target(self.out, module).read_bytes()
        except OSError:
            return False
        if known is None or f"source=blake2b:{known.source}".encode() not in data[:HEAD]:
            return False
        return known.output != _hash(data)

    def why_stale(self, module: str, source: str | None) -> str:
        """Say why a module's file is not what it should be; `source` is the hash of its source, if any."""
        try:
            data = target(self.out, module).read_bytes()
        except OSError:
            return "it is missing"
        if source is None:
            return "its source is gone"
        known = self.modules.get(module)
        if self.current and known and known.source == source:
            return "it was edited" if known.output != _hash(data) else "what it imports has changed"
        if f"source=blake2b:{source}".encode() not in data[:HEAD]:
            return "its source has changed"
        return "another mlsig made it, or it was edited"

    def note(
        self,
        module: str,
        source: str,
        text: str,
        path: Path = Path(),
        imports: Mapping[str, str] | None = None,
    ) -> None:
        """Remember a module that was compiled from the file at `path`."""
        where = Path(os.path.relpath(absolute(path), absolute(self.out))).as_posix()
        self.modules[module] = Entry(source, _hash(text.encode()), where, dict(imports or {}))
        self.changed = True

    def doubt(self, module: str) -> None:
        """Let a module be stale next time, so that its findings are reported again."""
        self.modules[module] = self.modules[module]._replace(source=NEVER)
        self.changed = True

    def left_over(self, modules: Collection[str], folders: Collection[Path]) -> list[str]:
        """Return the modules whose sources were in some folders and are gone, without those of the run."""
        return [name for name, path in self.others(modules, folders) if not os.path.lexists(path)]

    def others(self, modules: Collection[str], folders: Collection[Path]) -> list[tuple[str, Path]]:
        """Return the modules that are not of the run, and whose sources are or were in some folders."""
        roots = [absolute(folder) for folder in folders]
        known = [
            (name, absolute(self.out / self.modules[name].path))
            for name in sorted(self.modules.keys() - set(modules))
        ]
        return [(name, path) for name, path in known if any(path.is_relative_to(root) for root in roots)]

    def drop(self, module: str) -> None:
        """Forget a module."""
        self.modules.pop(module, None)
        self.changed = True

    def save(self) -> None:
        """Write the manifest, if it has changed.

        Raises:
            OSError: It could not be written.
        """
        if self.before and not self.changed:
            return
        data = {
            "format": FORMAT,
            "compiler": fingerprint(),
            "modules": {name: _as_json(entry) for name, entry in sorted(self.modules.items())},
        }
        text = (json.dumps(data, indent=1) + "\n").encode()
        if text != self.before:
            replace(self.out / NAME, text)
            self.before = text


def load(out: Path) -> Manifest:
    """Read the manifest of a folder; one that is missing or broken is empty."""
    try:
        raw = (out / NAME).read_bytes()
        data: Any = json.loads(raw)
        if data["format"] != FORMAT:
            return Manifest(out)
        modules = {str(name): _entry(entry) for name, entry in data["modules"].items()}
        return Manifest(out, modules, raw, data["compiler"] == fingerprint())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest(out)


def _as_json(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"path": entry.path, "source": entry.source, "output": entry.output}
    return data | ({"imports": dict(sorted(entry.imports.items()))} if entry.imports else {})


def _entry(data: Any) -> Entry:
    imports = {str(name): str(hashed) for name, hashed in data.get("imports", {}).items()}
    return Entry(str(data["source"]), str(data["output"]), str(data["path"]), imports)


@cache
def fingerprint() -> str:
    """Return a hash of the compiler's own code, grammar, templates and library, and the contract's number."""
    digest = blake2b(digest_size=16)
    for name, file in _own():
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def own_files() -> list[Path]:
    """Return the files of the compiler and their folders; none when they are in no folder, but a zip file."""
    files = [file for _, file in _own() if isinstance(file, Path)]
    return [*files, *dict.fromkeys(file.parent for file in files)]


def _own() -> list[tuple[str, Traversable]]:
    from mlsig import gencode  # noqa: PLC0415  (a run that has nothing to do needs none of it)

    package = Path(__file__).parent.parent
    code: list[Traversable] = [*sorted(package.rglob("*.py")), *sorted(package.rglob("*.mlsig"))]
    found = [(Path(str(file)).relative_to(package).as_posix(), file) for file in code]
    for name in ("grammar", "templates"):
        entries = sorted(folder(name).iterdir(), key=lambda entry: entry.name)
        found += [(entry.name, entry) for entry in entries if entry.is_file()]
    return [*found, ("gencode", Path(gencode.__file__))]


def source_hash(text: str) -> str:
    """Return the hash of a source's text, which also stands in the header of its module."""
    return _hash(text.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
