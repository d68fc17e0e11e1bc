"""The canonical layout of a file.

    formatted(source, diagnostics)  ->  the text, or None where the file is broken

The parser's tables make a concrete tree (`concrete`), whose tokens know the comments around them
(`trivia`). Its rules become documents that may be broken at some places (`phrases`, `expressions`,
`blocks`, `sheet`), documents become lines of at most 100 columns (`rows`), and what stands below each other
is aligned (`columns`). The result is read again, and must say the same (`safety`).
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.formatting import concrete, safety
from mlsig_compiler.formatting.rows import WIDTH
from mlsig_compiler.formatting.sheet import laid_out
from mlsig_compiler.formatting.trivia import attached
from mlsig_compiler.parse import parse
from mlsig_compiler.source import Source, Span

__all__ = ["WIDTH", "MeaningChanged", "formatted"]

# Rules inside of rules, several for each bracket: deeper than anybody nests.
DEEPEST: Final = 150


class MeaningChanged(Exception):
    """The layout of a file would say something else than the file: a bug of this package."""


def formatted(source: Source, diagnostics: Diagnostics) -> str | None:
    """Return the text of a file in the canonical layout, or None when it is broken, which is reported.

    Raises:
        MeaningChanged: The layout is not what the file says.
    """
    tree = parse(source, diagnostics)
    if diagnostics.errors:
        return None
    text = source.text.removeprefix("\ufeff")
    made = layout(text, diagnostics)
    if made is None or made == text:
        return made
    read_again = Diagnostics(Source(source.path, source.module, made))
    again = parse(read_again.source, read_again)
    if read_again.errors or not safety.same(tree, again):
        raise MeaningChanged(source.path)
    return made


def layout(text: str, diagnostics: Diagnostics) -> str | None:
    """Return the layout of a text that is right; None where it nests too deeply, which is reported."""
    file, comments = concrete.read(text)
    if file.depth > DEEPEST:
        message = "this file is nested too deeply to be laid out"
        diagnostics.report(
            "MLS0108", Span(0, 0), message, help="name its inner parts, as types or composites"
        )
        return None
    trivia = attached(text, concrete.leaves(file), comments)
    made = laid_out(file, trivia)
    first = text.find("\n")
    return made.replace("\n", "\r\n") if first > 0 and text[first - 1] == "\r" else made
