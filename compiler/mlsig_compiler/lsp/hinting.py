"""Inlay hints: the types that are worked out and not written, those of steps and of what is gone through."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mlsig_compiler import model
from mlsig_compiler.drafting.printing import type_text
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.source import Span


def hints(sheet: Sheet, within: Span) -> list[types.InlayHint]:
    """Return the hints of a part of a file."""
    return [
        types.InlayHint(
            sheet.places.position(span.end),
            f": {type_text(type_)}",
            kind=types.InlayHintKind.Type,
            padding_left=False,
        )
        for span, type_ in _inferred(sheet)
        if within.start <= span.end <= within.end and type_ is not model.ANYTHING
    ]


def _inferred(sheet: Sheet) -> Iterator[tuple[Span, model.Type]]:
    for step, type_ in sheet.bound.steps:
        if step.name:
            yield step.name.span, type_
    for span, type_ in sheet.bound.items:
        yield span, type_
