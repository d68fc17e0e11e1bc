"""The way from text to a module, whole. Read this first.

    source -> parse -> resolve -> check -> plan -> emit -> write
     text     AST      model      model    units   text    files

`front` goes from a source to a proved model; `write` is called by the command, when every file of a run is
right.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.emit import emit
from mlsig_compiler.front import analyse
from mlsig_compiler.manifest import source_hash
from mlsig_compiler.plan import supported
from mlsig_compiler.plan.module import plan
from mlsig_compiler.source import Source


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of one file: the text of its Python module, None when it has errors, and all findings."""

    source: Source
    text: str | None
    diagnostics: Diagnostics


def compile_source(source: Source) -> Compiled:
    """Compile one file; nothing is written.

    Raises:
        InternalError: The compiler found itself to be wrong.
    """
    module, diagnostics = analyse(source)
    if module is not None:
        supported.report(module, diagnostics)
    if module is None or diagnostics.errors:
        return Compiled(source, None, diagnostics)
    return Compiled(source, emit(plan(module, source_hash(source.text))), diagnostics)
