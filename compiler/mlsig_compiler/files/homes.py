"""Which module declares a name, for the import that is missing.

    Homes(sources).homes("openai", ["provider"]) == ["std.providers"]

Nothing is looked at before the first mistake: files are then searched for what looks like a declaration, and
only those that have one of the name are parsed, to be sure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from mlsig_compiler import standard, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import parse
from mlsig_compiler.resolve.scope import KIND_OF
from mlsig_compiler.source import Source

LOOKS_DECLARED: Final = re.compile(rf"(?<![\w.@])(?:{'|'.join(KIND_OF.values())})\s+([A-Za-z]\w*)")
# A name that more files declare than these is not one that an import is missing for.
MOST: Final = 8


class Outline(NamedTuple):
    """What a file declares, with the word that declares it, and which modules it imports."""

    declares: dict[str, str]
    imports: tuple[str, ...]


class Homes:
    """The declarations of the files of a run, and of `std`."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.module: source for source in sources}
        self._outlines: dict[str, Outline] = {}
        self._candidates: dict[str, list[str]] | None = None

    def names(self) -> list[str]:
        """Return the names of all modules."""
        return [*self._sources, *standard.names()]

    def homes(self, name: str, kinds: Collection[str]) -> list[str]:
        """Return the modules that declare a name, as one of some kinds if there are any."""
        if self._candidates is None:
            self._candidates = self._search()
        candidates = self._candidates.get(name, [])
        if len(candidates) > MOST:
            return []
        found = [(module, self._outline(module).declares.get(name)) for module in candidates]
        return [module for module, kind in found if kind is not None and (not kinds or kind in kinds)]

    def leads_to(self, module: str, target: str) -> bool:
        """Say whether a module imports another, if only through others."""
        seen = {module}
        waiting = [module]
        while waiting:
            for name in self._outline(waiting.pop()).imports:
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
        return target in seen

    def _search(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for module in self.names():
            source = self._source(module)
            names = LOOKS_DECLARED.findall(source.text) if source else []
            for name in dict.fromkeys(names):
                found.setdefault(name, []).append(module)
        return found

    def _outline(self, module: str) -> Outline:
        known = self._outlines.get(module)
        if known is None:
            source = self._source(module)
            known = outline(source) if source else Outline({}, ())
            self._outlines[module] = known
        return known

    def _source(self, module: str) -> Source | None:
        return self._sources.get(module) or standard.source(module)


def outline(source: Source) -> Outline:
    """Return what a file declares and imports, and say nothing about what is wrong in it."""
    file = parse(source, Diagnostics(source))
    return Outline(_declared(file), tuple(".".join(node.module.path) for node in file.imports))


def _declared(file: syntax.File) -> dict[str, str]:
    return {node.head.name.text: KIND_OF[type(node)] for node in reversed(file.declarations)}
