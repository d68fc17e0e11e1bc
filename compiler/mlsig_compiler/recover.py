"""Reading a file that has syntax errors."""

from __future__ import annotations

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.source import Span


def recover(clean: str, diagnostics: Diagnostics) -> syntax.File:
    """Report the syntax errors of a text and return what can be read of it."""
    diagnostics.report("MLS0103", Span(0, len(clean)), "this file has a syntax error")
    return syntax.File((), broken=True)
