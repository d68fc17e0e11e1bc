"""The front end in one call: texts in, proved models out.

    analysis = analyse_all(sources, find)
    analysis.modules["a.b"]         the model of a module, None when anything is wrong with it
    analysis.diagnostics            the findings of every file, imported ones included

A file is read after those that it imports. `find` gives the source of a module that is imported and not among
the sources; the modules of `std` come with the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from mlsig_compiler import model, standard
from mlsig_compiler.check import check
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.imports import Parsed, in_order
from mlsig_compiler.parse import collector_held
from mlsig_compiler.resolve import Exports, Library, resolve
from mlsig_compiler.source import Source
from mlsig_compiler.variables import extract

Find: TypeAlias = Callable[[str], Source | None]


@dataclass(slots=True)
class Analysis:
    """What became of every file of a run, in the order in which they were read."""

    modules: dict[str, model.Module | None] = field(default_factory=dict[str, "model.Module | None"])
    diagnostics: dict[str, Diagnostics] = field(default_factory=dict[str, Diagnostics])

    def __iter__(self) -> Iterator[Diagnostic]:
        for found in self.diagnostics.values():
            yield from found

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(found.errors for found in self.diagnostics.values())


def analyse(source: Source) -> tuple[model.Module | None, Diagnostics]:
    """Parse, resolve and check one file that imports nothing but `std`."""
    analysis = analyse_all([source], lambda _: None)
    return analysis.modules[source.module], analysis.diagnostics[source.module]


def analyse_all(sources: Iterable[Source], find: Find) -> Analysis:
    """Parse, resolve and check files, and derive what can be tuned about their signatures."""
    analysis = Analysis()
    library = Library(fallback=_standard)
    with collector_held():
        for parsed in in_order(sources, find, library):
            name = parsed.source.module
            analysis.diagnostics[name] = parsed.diagnostics
            analysis.modules[name] = _proved(parsed, library)
            # The syntax tree ends here, before the garbage collector would walk it.
            del parsed
    return analysis


def _standard(name: str) -> Exports | None:
    found = standard.module(name) if name.startswith(standard.PREFIX) else None
    return found.exports if found else None


def _proved(parsed: Parsed, library: Library) -> model.Module | None:
    source, file, diagnostics = parsed
    resolved = resolve(file, source, diagnostics, library)
    library.add(resolved.exports)
    check(resolved, diagnostics)
    return None if diagnostics.errors else _with_variables(resolved.module, library)


def _with_variables(module: model.Module, library: Library) -> model.Module:
    providers = [node for node in library.visible(module) if isinstance(node, model.Provider)]
    signatures = [node for node in module.declarations if isinstance(node, model.Signature)]
    return replace(module, variables={node.name: extract(node, providers) for node in signatures})
