"""Checks and constraints that were written without their name, as `forbid` and `prefer` are.

check len(answer) > 3      ->  a check has a name before its condition
help: write `check name: len(answer) > 3`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mlsig_compiler.parse.machine import END, Fault
from mlsig_compiler.parse.scan import Token
from mlsig_compiler.source import Span

RULES: Final = frozenset({"check", "constraint"})
_COLON: Final = frozenset({"COLON"})
_LONGEST: Final = 60
# What may follow the first name of an expression; `check cites len(x) > 1` lacks a colon, not a name.
_ONWARD: Final = frozenset(
    {"(", "[", ".", "+", "-", "*", "/", "//", "%", "<", ">", "<=", ">=", "==", "!=", "="}
    | {"and", "or", "in", "not", "if", "is"}
)


class Unnamed(NamedTuple):
    """What to say of a rule without a name."""

    span: Span
    message: str
    help: str


def unnamed(error: Fault, kind: str, tokens: Sequence[Token], text: str) -> Unnamed | None:
    """Return what to say of a member without a name, or None where something else is wrong.

    Args:
        error: What the parser says of it.
        kind: The word of the declaration that it is a member of.
        tokens: The member's own.
        text: The text of the whole file.
    """
    word, *rest = tokens
    if word.text not in RULES or not rest:
        return None
    first = rest[0]
    if first.text == ":":
        if kind == "schema" or len(rest) == 1:  # a field may be called `check`
            return None
        condition = text[rest[1].start : rest[-1].end]
    else:
        at = error.token
        onward = error.wanted == _COLON and (at.type == END or at.text in _ONWARD or first.text == "not")
        if not onward and at.span.start != first.start:
            return None
        condition = text[first.start : rest[-1].end]
    short = condition if len(condition) <= _LONGEST and "\n" not in condition else "…"
    message = f"a {word.text} has a name before its condition"
    return Unnamed(Span(first.start, first.end), message, f"write `{word.text} name: {short}`")
