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
            pieces: tuple[Any, ...] = found  # pyright: ignore[reportUnknownVariableType]
            if hasattr(pieces, "_fields"):
                yield pieces
            waiting.extend(reversed(pieces))


def words(node: Any) -> Iterator[Word]:
    """Yield the names that a piece of syntax mentions."""
    dotted: set[int] = set()  # references that are the start of what was yielded already
    for found in nodes(node):
        match found:
            case syntax.Attribute(syntax.Reference() as operand, name):
                dotted.add(id(operand))
                yield Word(operand.path[0], found.span, (*operand.path[1:], name.text))
            case syntax.Reference(path) if id(found) not in dotted:
                yield Word(path[0], found.span, path[1:])
            case syntax.TypeName(name):
                yield Word(name.text, name.span)
            case syntax.Head(_, syntax.Name() as extends):
                yield Word(extends.text, extends.span)
            case _:
                pass
