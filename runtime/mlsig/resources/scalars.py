"""Values in SQL: numbers with their bounds, texts, conditions, and what may be done with them.

arithmetic("+", value, other)    # where the sum stays within 64 bits, or well within the floats
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, ColumnElement, cast, literal, not_, null, type_coerce
from sqlalchemy.types import TypeEngine

from mlsig import shapes
from mlsig.resources.storage import LARGEST, SMALLEST, Kind, stored
from mlsig.resources.tables import TYPES

EXACT: Final = 2**53
"""Up to here every int is a float."""
DOUBLE: Final[TypeEngine[float]] = TYPES["float"]
FINITE: Final = 1e300
"""Bounds of sums and products of floats, well within what a float holds."""


class Beyond(Exception):
    """The database does not mean the same by it, or does not know it."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A value in SQL. `low` and `high` bound a number; None is no bound."""

    expr: ColumnElement[Any]
    kind: Kind | None
    optional: bool = False
    low: float | None = None
    high: float | None = None


def truth(expr: ColumnElement[Any]) -> Sql:
    """Return a condition as a value."""
    # Grouped by ourselves: a `not` of what has been given a type would stand before its first part alone.
    return Sql(type_coerce(expr.self_group(), Boolean()), "bool")


def constant(value: Any) -> Sql:
    """Return a literal as a value."""
    if value is None:
        return Sql(null(), None, optional=True)
    if isinstance(value, bool):
        return Sql(literal(value, Boolean()), "bool")
    if isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise Beyond
        return Sql(literal(value, BigInteger()), "int", low=value, high=value)
    if isinstance(value, float):
        return Sql(literal(value, DOUBLE), "float", low=value, high=value)
    if isinstance(value, str) and "\0" not in value:
        return Sql(literal(str(value), TYPES["text"]), "text")  # a member of an enum, too
    raise Beyond


def column(column: ColumnElement[Any], shape: shapes.Shape) -> Sql:
    """Return a column as a value of a shape, with the bounds that it says."""
    kind, optional = stored(shape)
    inner = shape.shape if isinstance(shape, shapes.Optional) else shape
    low: float | None = None
    high: float | None = None
    if isinstance(inner, shapes.Integer):
        low, high = SMALLEST, LARGEST
    if isinstance(inner, shapes.Integer | shapes.Number):
        lows = [bound for bound in (inner.ge, inner.gt, low) if bound is not None]
        highs = [bound for bound in (inner.le, inner.lt, high) if bound is not None]
        low, high = max(lows, default=None), min(highs, default=None)
    return Sql(column, kind, optional, low, high)


def as_float(value: Sql) -> Sql:
    """Return a number as a float, where that is the same number."""
    if value.kind == "float":
        return value
    if value.kind != "int" or not within(value, EXACT):
        raise Beyond
    return replace(value, expr=cast(value.expr, DOUBLE), kind="float")


def within(value: Sql, bound: float) -> bool:
    """Say whether a number is between a bound and its opposite."""
    return value.low is not None and value.high is not None and -bound <= value.low and value.high <= bound


def alike(left: Sql, right: Sql) -> tuple[Sql, Sql]:
    """Return two values as what can be compared."""
    if left.kind == right.kind and left.kind is not None:
        return left, right
    if {left.kind, right.kind} == {"int", "float"}:
        return as_float(left), as_float(right)
    raise Beyond


def compare(left: Sql, op: str, right: Sql) -> ColumnElement[bool]:
    """Return a comparison of two values that are alike."""
    if op in ("==", "!="):
        if left.optional or right.optional:
            same = left.expr.is_not_distinct_from(right.expr)
            return same if op == "==" else not_(same)
        return left.expr == right.expr if op == "==" else left.expr != right.expr
    if op == "<":
        return left.expr < right.expr
    if op == "<=":
        return left.expr <= right.expr
    return left.expr > right.expr if op == ">" else left.expr >= right.expr


def negative(value: Sql) -> Sql:
    """Return the opposite of a number."""
    low, high = (None if bound is None else -bound for bound in (value.high, value.low))
    found = replace(value, expr=-value.expr, low=low, high=high)
    if found.kind == "int" and not within(found, LARGEST):
        raise Beyond
    return found


def arithmetic(op: str, left: Sql, right: Sql) -> Sql:
    """Return what an operator makes of two numbers, where it stays within bounds."""
    whole = left.kind == right.kind == "int" and op != "/"
    if not whole:
        left, right = as_float(left), as_float(right)
    if left.low is None or left.high is None or right.low is None or right.high is None:
        raise Beyond
    if op in ("//", "%") or (op == "/" and right.low <= 0 <= right.high):
        raise Beyond
    ends = [_ends(op, one, other) for one in (left.low, left.high) for other in (right.low, right.high)]
    kind: TypeEngine[Any] = BigInteger() if whole else DOUBLE
    made: ColumnElement[Any]
    match op:
        case "+":
            made = type_coerce(left.expr + right.expr, kind)
        case "-":
            made = type_coerce(left.expr - right.expr, kind)
        case "*":
            made = type_coerce(left.expr * right.expr, kind)
        case _:
            made = type_coerce(left.expr / right.expr, kind)
    found = Sql(made, "int" if whole else "float", False, min(ends), max(ends))
    if not within(found, LARGEST if whole else FINITE):
        raise Beyond
    return found


def _ends(op: str, left: float, right: float) -> float:
    try:
        if op == "+":
            return left + right
        if op == "-":
            return left - right
        return left * right if op == "*" else left / right
    except OverflowError:
        return math.inf
