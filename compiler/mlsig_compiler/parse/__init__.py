"""Text to syntax tree.

    parse(source, diagnostics) -> syntax.File

A correct file takes one pass of the parser. A file with a syntax error is read again by `recover`,
declaration by declaration and member by member, so that one mistake costs one message and the rest is still
understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from threading import RLock
from typing import Any, Final

from mlsig_compiler import syntax
from mlsig_compiler.collecting import collector_held
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import nesting, strings, tables
from mlsig_compiler.parse.machine import Fault, Machine
from mlsig_compiler.parse.recover import recover
from mlsig_compiler.parse.rules import Builder
from mlsig_compiler.source import Source, Span

# Control characters, and those that make text read in another order than it is written.
FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Tokens in a file, many times what people write: trees of more would not fit the memory of small machines.
MOST: Final = 500_000

_lock: Final = RLock()


@lru_cache(maxsize=1)
def parser() -> tuple[Machine, Builder]:
    """Return the parser and the builder that it calls, made on first use."""
    builder = Builder()
    return Machine(tables.load(), builder), builder


def parse(source: Source, diagnostics: Diagnostics) -> syntax.File:
    """Return the syntax tree of a file, as much of it as can be read, and report what cannot."""
    clean = without_forbidden(source, diagnostics)
    with _lock, collector_held():
        if len(clean) > MOST and parser()[0].counts(clean, MOST) > MOST:
            message = f"this file has more than {MOST:,} words and signs"
            diagnostics.report("MLS0902", Span(0, 0), message, help="split it into several files")
            return syntax.File((), (), broken=True)
        comments: list[syntax.Comment] = []
        try:
            file: syntax.File = fragment("file", clean, Span(0, len(clean)), diagnostics, comments)
        except Fault:
            return recovered(clean, diagnostics)
        return _finished(file._replace(comments=tuple(comments)), clean, diagnostics)


def recovered(clean: str, diagnostics: Diagnostics) -> syntax.File:
    """Return the syntax tree of a text piece by piece, as much of it as can be read."""

    def annotated(nodes: Iterable[Any]) -> tuple[Any, ...]:
        _, builder = parser()
        builder.findings = []
        found = builder.annotated(nodes)
        _report(builder, diagnostics)
        return found

    file = recover(
        clean, diagnostics, lambda start, span: fragment(start, clean, span, diagnostics), annotated
    )
    return _finished(file, clean, diagnostics)


def _finished(file: syntax.File, clean: str, diagnostics: Diagnostics) -> syntax.File:
    file = nesting.bounded(file, diagnostics)
    return strings.filled(
        file, clean, lambda span: fragment("signature_fields", clean, span, diagnostics), diagnostics
    )


def fragment(
    start: str,
    clean: str,
    span: Span,
    diagnostics: Diagnostics,
    comments: list[syntax.Comment] | None = None,
) -> Any:
    """Parse a part of a text by one start rule; comments are added to a list.

    Raises:
        Fault: The part does not follow the rule.
    """
    machine, builder = parser()
    builder.findings = []
    node = machine.parse(start, clean, span, [] if comments is None else comments)
    _report(builder, diagnostics)
    return node


def _report(builder: Builder, diagnostics: Diagnostics) -> None:
    for code, where, message, help, fix in builder.findings:
        diagnostics.report(code, where, message, help=help, fix=fix)


def without_forbidden(source: Source, diagnostics: Diagnostics) -> str:
    """Return the text, of the same length, with a space for each character that no file should have."""
    clean = source.text
    if clean.startswith("\ufeff"):
        clean = " " + clean[1:]
    found = FORBIDDEN.search(clean)
    if found is None:
        return clean
    diagnostics.report(
        "MLS0101",
        Span(found.start(), found.end()),
        f"the file has the character U+{ord(found[0]):04X}, which cannot be seen",
        help="delete it, or write it as an escape inside a string",
    )
    return FORBIDDEN.sub(" ", clean)
