"""Values: defaults, arguments, settings, examples."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span
from mlsig_compiler.syntax.words import Name


class Literal(NamedTuple):
    """A string, number, `true`, `false` or `null`."""

    value: str | int | float | bool | None
    span: Span


class Reference(NamedTuple):
    """A name, perhaps dotted: `draft`, `Verdict.supported`."""

    path: tuple[str, ...]
    span: Span


class ListValue(NamedTuple):
    """`[a, b]`."""

    items: tuple[Value, ...]
    span: Span


class Entry(NamedTuple):
    """`key: value` in a map."""

    key: Name
    value: Value


class MapValue(NamedTuple):
    """`{ key: value, "other key": value }`."""

    entries: tuple[Entry, ...]
    span: Span


class Range(NamedTuple):
    """`low..high`, both ends included."""

    low: Literal
    high: Literal
    span: Span


class Argument(NamedTuple):
    """One argument of a type, kind, domain, call or annotation; `name` for `step=0.1`."""

    name: Name | None
    value: Value | Range


class Call(NamedTuple):
    """`env("NAME")`, `python("module:callable")`."""

    function: Name
    arguments: tuple[Argument, ...]
    span: Span


Value: TypeAlias = Literal | Reference | ListValue | MapValue | Call


class Annotation(NamedTuple):
    """`@open`, `@hint(priority="cost")`: says something about what follows it."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Span
