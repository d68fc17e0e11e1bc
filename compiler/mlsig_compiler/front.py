"""The front end in one call: texts in, proved models out.

    analysis = analyse_all(sources, find)
    analysis.modules["a.b"]         the model of a module, None when anything is wrong with it
    analysis.diagnostics            the findings of every file, imported ones included

A file is read after those that it imports. `find` gives the source of a module that is imported and not among
the sources; the modules of `std` come with the compiler.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mlsig_compiler import model, standard, syntax
from mlsig_compiler.bugs import blaming
from mlsig_compiler.check import check
from mlsig_compiler.collecting import collector_held
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.files.homes import Homes
from mlsig_compiler.imports import Find, Parsed, in_order
from mlsig_compiler.resolve import Exports, Library, Resolved, resolve
from mlsig_compiler.source import Source
from mlsig_compiler.tunable import Tunable


@dataclass(slots=True)
class Analysis:
    """What became of every file of a run, in the order in which they were read."""

    modules: dict[str, model.Module | None] = field(default_factory=dict[str, "model.Module | None"])
    diagnostics: dict[str, Diagnostics] = field(default_factory=dict[str, Diagnostics])
    library: Library = field(default_factory=Library)
    parsed: dict[str, Parsed] = field(default_factory=dict[str, Parsed])  # only where it was asked for

    def __iter__(self) -> Iterator[Diagnostic]:
        for found in self.diagnostics.values():
            yield from found

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(found.errors for found in self.diagnostics.values())

    def needs(self, module: str) -> set[str]:
        """Return the modules that a module imports, if only through others, without those of `std`."""
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            found = self.modules.get(waiting.pop())
            for imported in found.imports if found else ():
                if imported.module in self.modules and imported.module not in seen:
                    seen.add(imported.module)
                    waiting.append(imported.module)
        return seen


def analyse(source: Source) -> tuple[model.Module | None, Diagnostics]:
    """Parse, resolve and check one file that imports nothing but `std`."""
    analysis = analyse_all([source], lambda _: None)
    return analysis.modules[source.module], analysis.diagnostics[source.module]


def analyse_all(sources: Sequence[Source], find: Find, *, keep: bool = False) -> Analysis:
    """Parse, resolve and check files, and derive what can be tuned about their signatures.

    With `keep` the analysis has the syntax of each file too.

    Raises:
        FailedOn: The compiler found itself to be wrong.
    """
    analysis = Analysis(library=Library(fallback=standard_exports, index=Homes(sources)))
    with collector_held():
        for parsed in in_order(sources, find, analysis.library):
            prove(parsed, analysis)
            if keep:
                analysis.parsed[parsed.source.module] = parsed
            # Otherwise the syntax tree ends here, before the garbage collector would walk it.
            del parsed
    return analysis


def prove(parsed: Parsed, analysis: Analysis) -> Resolved:
    """Resolve and check a file whose imports are in the library, and add what became of it to the analysis.

    Raises:
        FailedOn: The compiler found itself to be wrong.
    """
    name = parsed.source.module
    analysis.diagnostics[name] = parsed.diagnostics
    with blaming(parsed.source):
        resolved, analysis.modules[name] = _proved(parsed, analysis)
    return resolved


def standard_exports(name: str) -> Exports | None:
    """Return what a module of `std` declares."""
    found = standard.module(name) if name.startswith(standard.PREFIX) else None
    return found.exports if found else None


def _proved(parsed: Parsed, analysis: Analysis) -> tuple[Resolved, model.Module | None]:
    source, file, diagnostics = parsed
    library = analysis.library
    resolved = resolve(file, source, diagnostics, library)
    check(resolved, diagnostics)
    tunable = Tunable(resolved.module, library, analysis.modules)
    if not diagnostics.errors:
        tunable.check(diagnostics)
    exports = resolved.exports
    if diagnostics.errors:
        wrong = exports.poisoned.union(_wrong(file.declarations, diagnostics))
        sound = {name: node for name, node in exports.declarations.items() if name not in wrong}
        exports = replace(exports, declarations=sound, poisoned=wrong)
    library.add(exports)
    if diagnostics.errors:
        return resolved, None
    return resolved, replace(resolved.module, variables=tunable.spaces())


def _wrong(nodes: Iterable[syntax.Declaration], diagnostics: Diagnostics) -> Iterator[str]:
    """Yield the names of declarations that have an error: what imports them is not complained about."""
    places = sorted(found.span.start for found in diagnostics if found.severity == "error")
    for node in nodes:
        first = bisect_left(places, node.span.start)
        if first < len(places) and places[first] < node.span.end:
            yield node.head.name.text
