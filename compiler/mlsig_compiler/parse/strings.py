"""The string form of a signature: `signature Summarise = "document, length: int -> summary"`.

The fields stand inside of a string, so they are read from the text between its quotation marks, and what is
wrong with them is reported there.
"""

from __future__ import annotations

from collections.abc import Callable

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse.expected import explain
from mlsig_compiler.parse.machine import Fault
from mlsig_compiler.source import Span


def filled(
    file: syntax.File,
    clean: str,
    parse: Callable[[Span], tuple[syntax.Field, ...]],
    diagnostics: Diagnostics,
) -> syntax.File:
    """Return a file in which each signature in string form has its fields; `parse` reads a span."""
    if not any(isinstance(node, syntax.Signature) and node.string for node in file.declarations):
        return file
    declarations = tuple(
        _filled(node, node.string, clean, parse, diagnostics)
        if isinstance(node, syntax.Signature) and node.string
        else node
        for node in file.declarations
    )
    return file._replace(declarations=declarations)


def _filled(
    node: syntax.Signature,
    string: syntax.Text,
    clean: str,
    parse: Callable[[Span], tuple[syntax.Field, ...]],
    diagnostics: Diagnostics,
) -> syntax.Signature:
    start, end = string.span
    marks = 3 if clean.startswith('"""', start) else 1
    inside = Span(start + marks, end - marks)
    if marks == 1 and "\\" in clean[start:end]:
        help = 'write the string between """ and """, where quotation marks need no escape'
        diagnostics.report("MLS0112", string.span, "the fields of a signature have no escapes", help=help)
        return node._replace(broken=True)
    try:
        return node._replace(members=parse(inside))
    except Fault as error:
        told = explain(error, inside.end)
        help = told.help or 'for example "question, passages: list[str] -> answer"'
        diagnostics.report("MLS0112", told.span, told.message, help=help)
        return node._replace(broken=True)
