"""Which module declares a name, kept while files change: the index of a run that does not end.

A file is searched for what looks like a declaration when it is added, which is quick; those with a name that
is asked for are parsed, to be sure, as `files.homes` does it for one run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

from mlsig_compiler import standard
from mlsig_compiler.files.homes import LOOKS_DECLARED, MOST, Outline, outline
from mlsig_compiler.source import Source


class Declared:
    """The declarations of all files of a workspace, and of `std`."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._outlines: dict[str, Outline] = {}
        self._candidates: dict[str, set[str]] = {}
        self._looked: dict[str, dict[str, str]] = {}
        self._unread: set[str] = set(standard.names())  # modules whose names are not in `_candidates` yet

    def put(self, source: Source) -> None:
        """Add a file, or what it has become."""
        self._sources[source.module] = source
        self._outlines.pop(source.module, None)
        self._unread.add(source.module)

    def drop(self, module: str) -> None:
        """Forget a file."""
        self._sources.pop(module, None)
        self._outlines.pop(module, None)
        self._unread.discard(module)
        for name in self._looked.pop(module, ()):
            self._candidates[name].discard(module)

    def names(self) -> list[str]:
        """Return the names of all modules."""
        return [*self._sources, *standard.names()]

    def homes(self, name: str, kinds: Collection[str]) -> list[str]:
        """Return the modules that declare a name, as one of some kinds if there are any."""
        self._read()
        candidates = sorted(self._candidates.get(name, ()), key=lambda module: (module[:4] == "std.", module))
        if len(candidates) > MOST:
            return []
        found = [(module, self.outline(module).declares.get(name)) for module in candidates]
        return [module for module, kind in found if kind is not None and (not kinds or kind in kinds)]

    def leads_to(self, module: str, target: str) -> bool:
        """Say whether a module imports another, if only through others."""
        seen = {module}
        waiting = [module]
        while waiting:
            for name in self.outline(waiting.pop()).imports:
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
        return target in seen

    def every(self) -> Iterator[tuple[str, str]]:
        """Yield each name that looks declared somewhere, with its module."""
        self._read()
        for name, modules in self._candidates.items():
            for module in modules:
                yield name, module

    def kinds(self, module: str) -> dict[str, str]:
        """Return the words that declare what a module declares, as far as it looks like declarations.

        That is quick, and may be wrong in a string or a comment.
        """
        self._read()
        return self._looked.get(module, {})

    def outline(self, module: str) -> Outline:
        """Return what a module declares and imports."""
        known = self._outlines.get(module)
        if known is None:
            source = self._sources.get(module)
            known = outline(source) if source else _standard(module)
            if source:
                self._outlines[module] = known
        return known

    def _read(self) -> None:
        for module in self._unread:
            source = self._sources.get(module) or standard.source(module)
            names = dict[str, str]()
            for found in LOOKS_DECLARED.finditer(source.text) if source else ():
                names.setdefault(found[1], found[0].split()[0])
            before = self._looked.get(module, {})
            for name in before.keys() - names.keys():
                self._candidates[name].discard(module)
            for name in names.keys() - before.keys():
                self._candidates.setdefault(name, set()).add(module)
            self._looked[module] = names
        self._unread.clear()


@cache
def _standard(module: str) -> Outline:
    source = standard.source(module)
    return outline(source) if source else Outline({}, ())
