"""The way from text to a module, whole. Read this first.

    source -> parse -> resolve -> check -> plan -> emit -> write
     text     AST      model      model    units   text    files

`front` goes from sources to proved models; `write` is called by the command, when every file of a run is
right.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from mlsig_compiler.bugs import blaming
from mlsig_compiler.collecting import collector_held
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.emit import emit
from mlsig_compiler.files.manifest import source_hash
from mlsig_compiler.front import Analysis, analyse_all
from mlsig_compiler.imports import Find
from mlsig_compiler.plan import supported
from mlsig_compiler.plan.foreign import inlined, providers, served
from mlsig_compiler.plan.linking import link
from mlsig_compiler.plan.module import plan
from mlsig_compiler.source import Source


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of one file: the text of its Python module, None when it has errors, and all findings."""

    source: Source
    text: str | None
    diagnostics: Diagnostics


@dataclass(frozen=True, slots=True)
class Compilation:
    """What became of the files of a run: texts by module, none at all when anything is wrong."""

    analysis: Analysis
    texts: dict[str, str] = field(default_factory=dict[str, str])


def compile_source(source: Source) -> Compiled:
    """Compile one file that imports nothing but `std`; nothing is written.

    Raises:
        FailedOn: The compiler found itself to be wrong.
    """
    made = compile_all([source], lambda _: None)
    return Compiled(source, made.texts.get(source.module), made.analysis.diagnostics[source.module])


def compile_all(sources: Sequence[Source], find: Find, written: Container[str] | None = None) -> Compilation:
    """Compile files; what they import is read, not compiled. Nothing is written.

    Args:
        sources: The files.
        find: Gives the source of a module that is imported and not among the files.
        written: The modules that there are, or will be, where these are going to be; None where that is no
            matter.

    Raises:
        FailedOn: The compiler found itself to be wrong.
    """
    # what each file needs goes when the next one comes, collector or not
    with collector_held():
        return _compiled(sources, analyse_all(sources, find), written)


def _compiled(sources: Sequence[Source], analysis: Analysis, written: Container[str] | None) -> Compilation:
    for source in sources:
        module = analysis.modules[source.module]
        if module is not None:
            diagnostics = analysis.diagnostics[source.module]
            supported.report(module, diagnostics, analysis.library, analysis.modules)
    made = Compilation(analysis)
    if not analysis.errors:
        for source in sources:
            module = analysis.modules[source.module]
            if module is not None:
                with blaming(source):
                    extra = providers(module, analysis.library, analysis.modules)
                    spaces = inlined(module, analysis.library)
                    taken = frozenset([*(node.name for node in extra), *(node.name for node in spaces)])
                    linked = link(module, analysis.library, analysis.modules, taken)
                    unit = plan(
                        linked,
                        source_hash(source.text),
                        extra,
                        served(module, analysis.library),
                        spaces,
                    )
                    if written is not None and unit.siblings:
                        supported.report_unwritten(
                            module, unit.siblings.homes, written, analysis.diagnostics[source.module]
                        )
                    made.texts[source.module] = emit(unit)
    return made
