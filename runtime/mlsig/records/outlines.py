"""What the careful path asks of a record each time, worked out once: its names, and tests of plain values.

A test says yes to values that are exactly of their class and within their bounds, so nobody has to look at
those; of everything else it says nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from mlsig import shapes
from mlsig.issues import Issue
from mlsig.records.patterns import matcher
from mlsig.types.checks import counted

Fits: TypeAlias = Callable[[Any], Any]
Complain: TypeAlias = Callable[[Any, str, list[Issue]], bool]
"""Adds what is wrong with a value of exactly its class that does not fit; False for any other value."""
Row: TypeAlias = tuple[str, shapes.Shape, Fits | None, Complain | None, bool]
"""Name, declaration, test, what to say where it fails, and whether data needs it."""

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


@dataclass(frozen=True, slots=True)
class Outline:
    """What a record is, at a glance."""

    fields: tuple[shapes.Field, ...]
    names: frozenset[str]
    aliased: bool
    rows: tuple[Row, ...]


def outlined(shape: shapes.RecordShape) -> Outline:
    """Return the outline of a record."""
    found = _OUTLINES.get(shape.type)
    if found is None or found.fields is not shape.fields:
        found = _OUTLINES[shape.type] = _outline(shape)
    return found


def _outline(shape: shapes.RecordShape) -> Outline:
    fields = shape.fields
    rows = tuple(
        (
            field.name,
            field.shape,
            _fits(field.shape),
            _complain(field.shape),
            field.default is None and not shape.partial,
        )
        for field in fields
    )
    return Outline(
        fields, frozenset(field.name for field in fields), any(field.alias for field in fields), rows
    )


def _fits(shape: shapes.Shape) -> Fits | None:
    """Return a test of values that need no second look, None where there is none."""
    if isinstance(shape, shapes.Text):
        return _text(shape)
    if isinstance(shape, shapes.Boolean):
        return lambda value: value is True or value is False
    if isinstance(shape, shapes.Literal) and all(isinstance(option, str) for option in shape.options):
        options = frozenset(shape.options)
        return lambda value: _type(value) is str and value in options
    if isinstance(shape, shapes.Integer | shapes.Number) and shape.multiple_of is None:
        return _number(shape, int if isinstance(shape, shapes.Integer) else float)
    return None


def _text(shape: shapes.Text) -> Fits:
    low = shape.min_length or 0
    high = sys.maxsize if shape.max_length is None else shape.max_length
    if shape.pattern is None:
        return lambda value: _type(value) is str and low <= len(value) <= high
    found = matcher(shape.pattern)
    return lambda value: _type(value) is str and low <= len(value) <= high and found(value)


def _number(shape: shapes.Integer | shapes.Number, kind: type[Any]) -> Fits | None:
    """Return a test of numbers between inclusive bounds; the bounds of a float are finite."""
    if shape.gt is not None or shape.lt is not None:
        return None
    low, high = shape.ge, shape.le
    if kind is float:
        low, high = -_LARGEST if low is None else low, _LARGEST if high is None else high
    if low is None:
        return lambda value: _type(value) is int and (high is None or value <= high)
    if high is None:
        return lambda value: _type(value) is int and value >= low
    return lambda value: _type(value) is kind and low <= value <= high


def _complain(shape: shapes.Shape) -> Complain | None:
    """Return what says the same as `checks` would, for the mistakes that are made most."""
    if isinstance(shape, shapes.Text) and shape.pattern is None:
        return _wrong_length(shape)
    if isinstance(shape, shapes.Integer | shapes.Number) and shape.multiple_of is None:
        return _out_of_range(shape, int if isinstance(shape, shapes.Integer) else float)
    return None


def _wrong_length(shape: shapes.Text) -> Complain:
    low = shape.min_length or 0
    short, long = (
        f"must have at {word} {counted(bound or 0, shape)}, has {{}}"
        for word, bound in (("least", shape.min_length), ("most", shape.max_length))
    )

    def complain(value: Any, path: str, issues: list[Issue]) -> bool:
        if _type(value) is not str:
            return False
        size = len(value)
        if size < low:
            issues.append(Issue(path, "too_short", (short, size), ("{}", value)))
        else:
            issues.append(Issue(path, "too_long", (long, size), ("{}", value)))
        return True

    return complain


def _out_of_range(shape: shapes.Integer | shapes.Number, kind: type[Any]) -> Complain | None:
    if shape.gt is not None or shape.lt is not None:
        return None
    low, high = shape.ge, shape.le

    def complain(value: Any, path: str, issues: list[Issue]) -> bool:
        if _type(value) is not kind:
            return False
        if low is not None and value < low and value >= -_LARGEST:
            issues.append(Issue(path, "too_small", ("must be at least {}", low), ("{}", value)))
        elif high is not None and value > high and value <= _LARGEST:
            issues.append(Issue(path, "too_large", ("must be at most {}", high), ("{}", value)))
        else:
            return False
        return True

    return complain


_LARGEST: Final = sys.float_info.max
_OUTLINES: Final[dict[type[Any], Outline]] = {}
