"""What was compiled last time, so that a second run has nothing to do.

`out/.mlsig.json` holds, for each module, the hashes of its source and of its output, and one hash of the
compiler itself. A module is fresh when all three still hold. The file can be deleted at any time, and
committed as well as ignored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from mlsig_compiler.resources import folder
from mlsig_compiler.write import replace, target

NAME: Final = ".mlsig.json"
FORMAT: Final = 1


@dataclass(slots=True)
class Manifest:
    """The modules that compiled without a finding: name to hash of source and hash of output."""

    out: Path
    modules: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    before: bytes = b""

    def fresh(self, module: str, source: str) -> bool:
        """Say whether a module's file is what compiling `source` (a hash) would give."""
        known = self.modules.get(module)
        if known is None or known[0] != source:
            return False
        try:
            return known[1] == _hash(target(self.out, module).read_bytes())
        except OSError:
            return False

    def note(self, module: str, source: str, text: str) -> None:
        """Remember a module that was compiled."""
        self.modules[module] = (source, _hash(text.encode()))

    def forget(self, module: str) -> None:
        """Drop a module, so that its findings are reported again."""
        self.modules.pop(module, None)

    def save(self) -> None:
        """Write the manifest, if it has changed.

        Raises:
            OSError: It could not be written.
        """
        data = {
            "format": FORMAT,
            "compiler": fingerprint(),
            "modules": {
                name: {"source": pair[0], "output": pair[1]} for name, pair in sorted(self.modules.items())
            },
        }
        text = (json.dumps(data, indent=1) + "\n").encode()
        if text != self.before:
            replace(self.out / NAME, text)
            self.before = text


def load(out: Path) -> Manifest:
    """Read the manifest of a folder; one that is missing, broken or another compiler's is empty."""
    try:
        raw = (out / NAME).read_bytes()
        data: Any = json.loads(raw)
        if data["format"] != FORMAT or data["compiler"] != fingerprint():
            return Manifest(out)
        modules = {
            str(name): (str(pair["source"]), str(pair["output"])) for name, pair in data["modules"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest(out)
    return Manifest(out, modules, raw)


@cache
def fingerprint() -> str:
    """Return a hash of the compiler's own code, grammar, templates and library."""
    digest = blake2b(digest_size=16)
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py")) + sorted(package.rglob("*.mlsig"))
    for path in files:
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in ("grammar", "templates"):
        for entry in sorted(folder(name).iterdir(), key=lambda entry: entry.name):
            if entry.is_file():
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()


def source_hash(text: str) -> str:
    """Return the hash of a source's text, which also stands in the header of its module."""
    return _hash(text.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
