"""Semantic tokens: what each word is, where colours by spelling alone would not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from mlsig_compiler.lsp.binding import Occurrence, Target
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.source import Span

TYPES: Final = (
    "type", "enum", "enumMember", "struct", "interface", "class", "namespace", "function", "parameter",
    "variable", "property", "method", "string",
)  # fmt: skip
MODIFIERS: Final = ("declaration", "readonly", "defaultLibrary")
LEGEND: Final = types.SemanticTokensLegend(list(TYPES), list(MODIFIERS))
COLOURS: Final = {
    "enum": "enum",
    "member": "enumMember",
    "type": "type",
    "schema": "struct",
    "signature": "interface",
    "space": "namespace",
    "var": "variable",
    "provider": "namespace",
    "tool": "function",
    "program": "class",
    "pipeline": "function",
    "resource": "class",
    "module": "namespace",
    "field": "property",
    "input": "parameter",
    "output": "property",
    "variable": "variable",
    "composite": "variable",
    "item": "variable",
    "step": "variable",
    "parameter": "parameter",
    "metric": "method",
    "action": "method",
    "attribute": "property",
    "relationship": "property",
    "calculation": "property",
    "check": "property",
    "constraint": "property",
    "model": "string",
    "python": "string",
}
READ_ONLY: Final = frozenset({"composite", "calculation", "step"})


def tokens(sheet: Sheet) -> types.SemanticTokens:
    """Return the tokens of a file: for each, five numbers relative to the one before."""
    data: list[int] = []
    line = column = 0
    end = 0
    for found in sheet.bound.occurrences:
        if found.span.start < end:
            continue
        end = found.span.end
        for span in _lines(sheet, found.span):
            at = sheet.places.position(span.start)
            length = sheet.places.position(span.end).character - at.character
            before = column if at.line == line else 0
            data += [at.line - line, at.character - before, length, *_coded(found)]
            line, column = at.line, at.character
    return types.SemanticTokens(data)


def _coded(found: Occurrence) -> tuple[int, int]:
    modifiers = found.declares * 1
    modifiers |= 2 * (found.kind in READ_ONLY)
    modifiers |= 4 * (isinstance(found.target, Target) and found.target.module.startswith("std."))
    return TYPES.index(COLOURS[found.kind]), modifiers


def _lines(sheet: Sheet, span: Span) -> Iterator[Span]:
    """Yield the part of a span on each line: editors take no token of several."""
    start = span.start
    for line in sheet.text[span.start : span.end].splitlines(keepends=True):
        text = line.rstrip("\r\n")
        if text:
            yield Span(start, start + len(text))
        start += len(line)
