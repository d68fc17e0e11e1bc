"""Text to syntax tree.

    parse(source, diagnostics) -> syntax.File

A correct file takes one pass of the LALR parser. A file with a syntax error is read again by `recover`,
declaration by declaration and member by member, so that one mistake costs one message and the rest is still
understood.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from typing import Any, Final

from lark import Lark
from lark.exceptions import UnexpectedInput
from lark.utils import TextSlice

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import strings, tables
from mlsig_compiler.parse.build import Builder
from mlsig_compiler.parse.recover import recover
from mlsig_compiler.source import Source, Span

# Control characters, and those that make text read in another order than it is written.
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_lock: Final = RLock()


@lru_cache(maxsize=1)
def parser() -> tuple[Lark, Builder]:
    """Return the parser and the builder that it calls, made on first use."""
    builder = Builder()
    return tables.parser(builder), builder


def parse(source: Source, diagnostics: Diagnostics) -> syntax.File:
    """Return the syntax tree of a file, as much of it as can be read, and report what cannot."""
    clean = without_forbidden(source, diagnostics)
    with _lock, collector_held():
        try:
            file: syntax.File = fragment("file", clean, Span(0, len(clean)), diagnostics)
        except UnexpectedInput:
            file = _recovered(clean, diagnostics)
        return strings.filled(
            file, clean, lambda span: fragment("signature_fields", clean, span, diagnostics), diagnostics
        )


def _recovered(clean: str, diagnostics: Diagnostics) -> syntax.File:
    def annotated(nodes: Iterable[Any]) -> tuple[Any, ...]:
        _, builder = parser()
        builder.findings = []
        found = builder.annotated(nodes)
        for code, where, message in builder.findings:
            diagnostics.report(code, where, message)
        return found

    return recover(
        clean, diagnostics, lambda start, span: fragment(start, clean, span, diagnostics), annotated
    )


def fragment(start: str, clean: str, span: Span, diagnostics: Diagnostics) -> Any:
    """Parse a part of a text by one start rule.

    Raises:
        UnexpectedInput: The part does not follow the rule.
    """
    lark, builder = parser()
    builder.findings = []
    # Lark's TextSlice is generic in a way that pyright cannot see through
    parse: Callable[..., Any] = lark.parse  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    node = parse(TextSlice(clean, span.start, span.end), start=start)
    for code, where, message in builder.findings:
        diagnostics.report(code, where, message)
    return node


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


@contextmanager
def collector_held() -> Generator[None]:
    """Hold Python's garbage collector: a parse makes many objects and no garbage, and it walks them all."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
