"""What the methods of the builder have in common: parts of a rule, their spans, and nodes on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Fix
from mlsig_compiler.source import Span

Parts: TypeAlias = Sequence[Any]
NodeT = TypeVar("NodeT")


class Arguments(NamedTuple):
    """What stood between parentheses, told apart from everything else that does."""

    all: tuple[syntax.Argument, ...]


class Branches(NamedTuple):
    """A block of arms or transitions, the description after it, and where it ends."""

    arms: tuple[Any, ...]
    text: syntax.Text | None
    span: Span


class Finding(NamedTuple):
    """Something that the grammar allows and the language does not."""

    code: str
    span: Span
    message: str
    help: str = ""
    fix: Fix | None = None


class GroupHead(NamedTuple):
    """`when condition`, before the members that it governs."""

    condition: syntax.Expr
    span: Span


def across(parts: Parts) -> Span:
    """Return the span from the first part to the last, which are both there."""
    return Span(parts[0].span.start, parts[-1].span.end)


def extent(parts: Parts) -> Span:
    """Return the span from the first part that is there to the last."""
    last = parts[-1]
    if last is None:
        last = next(part for part in reversed(parts) if part is not None)
    return Span(parts[0].span.start, last.span.end)


def node(kind: Callable[..., NodeT], parts: Parts, span: Span) -> NodeT:
    """Return a node of a kind from its parts and where it is."""
    return kind(*parts, span)


def body(parts: Parts) -> Span:
    """Return the span from a head to the bracket that closes its body."""
    return Span(parts[0].span.start, parts[-1].span.end)


def present(parts: Parts) -> tuple[Any, ...]:
    """Return the parts that are there."""
    return tuple(part for part in parts if part is not None)
