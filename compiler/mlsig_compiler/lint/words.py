"""The names that a piece of syntax mentions, where they may mean a declaration.

schema A extends B { x: list[C] = D.e }   ->   B, C, and D with `e` after it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlsig_compiler import syntax
from mlsig_compiler.source import Span


class Word(NamedTuple):
    """A name as it is mentioned, with what stands behind its dots."""

    text: str
    span: Span
    rest: tuple[str, ...] = ()


def nodes(node: Any) -> Iterator[Any]:
    """Yield a piece of syntax and all its pieces, in the order in which they are written."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple) and not isinstance(found, Span):
            if hasattr(found, "_fields"):
                yield found
            waiting.extend(reversed(found))  # pyright: ignore[reportUnknownArgumentType]


def words(node: Any) -> Iterator[Word]:
    """Yield the names that a piece of syntax mentions."""
    for found in nodes(node):
        if isinstance(found, syntax.Reference):
            yield Word(found.path[0], found.span, found.path[1:])
        elif isinstance(found, syntax.TypeName):
            yield Word(found.name.text, found.name.span)
        elif isinstance(found, syntax.Head) and found.extends is not None:
            yield Word(found.extends.text, found.extends.span)
