"""Expressions of calculations as SQL, where the database means the same by them as Python.

    len(runs)                          SELECT count(*) FROM "Run" WHERE "Run".project_id = "Project".id
    any(r.score > 0.5 for r in runs)   EXISTS (…)

Whatever could come out otherwise is `Beyond`: ints that may leave 64 bits, divisors that may be zero, sums
that may leave the floats, letters in another case, what is inside of JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from mlsig import shapes
from mlsig.resources import nodes
from mlsig.resources.resource import Resource
from mlsig.resources.storage import LARGEST, SMALLEST, Kind, stored
from mlsig.resources.tables import TYPES, Tables

EXACT: Final = 2**53
"""Up to here every int is a float."""
COUNTED: Final = 2**40
"""More rows or characters than this there are not."""
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


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a resource: a table in a FROM clause, or only an id, which may be null."""

    resource: type[Resource]
    id: ColumnElement[Any]
    table: FromClause | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """The rows whose `column` is an id."""

    resource: type[Resource]
    column: str
    id: ColumnElement[Any]


Found = Sql | Row | Many


def compiled(node: nodes.Node, root: Row, tables: Tables, dialect: str) -> Sql:
    """Return an expression over a row as SQL.

    Raises:
        Beyond: It must be evaluated in Python.
    """
    found = _Compiling(root, tables, dialect).of(node)
    if not isinstance(found, Sql):
        raise Beyond
    return found


@dataclass(slots=True)
class _Compiling:
    root: Row
    tables: Tables
    dialect: str
    own: Mapping[str, Row] = field(default_factory=dict[str, Row])

    def of(self, node: nodes.Node) -> Found:  # noqa: PLR0912  (one case for each node)
        match node:
            case nodes.Constant():
                return _constant(node.value)
            case nodes.Name():
                return self.own.get(node.name) or self._member(self.root, node.name)
            case nodes.Member():
                owner = self.of(node.operand)
                if not isinstance(owner, Row):
                    raise Beyond
                return self._member(owner, node.name)
            case nodes.Unary(op="not"):
                return _truth(not_(self._condition(node.operand)))
            case nodes.Unary():
                return _negative(self._number(node.operand))
            case nodes.Operation():
                return _arithmetic(node.op, self._number(node.left), self._number(node.right))
            case nodes.Comparison():
                return self._chain(node)
            case nodes.BoolOp():
                joined = and_ if node.op == "and" else or_
                return _truth(joined(*map(self._condition, node.operands)))
            case nodes.Conditional():
                return self._conditional(node)
            case nodes.Call(function="any" | "all", arguments=(nodes.Each() as each,)):
                return self._every(node.function, each)
            case nodes.Call():
                return self._call(node)
            case _:
                raise Beyond

    def _member(self, row: Row, name: str) -> Found:
        """Return what a row has under a name, read by a query of its own where it is in no FROM clause."""
        declared = row.resource.declaration()
        if row.table is None:
            inner = self.tables.of[row.resource.__name__].alias()
            found = self._member(Row(row.resource, inner.c.id, inner), name)
            if isinstance(found, Many):
                return replace(found, id=row.id)
            value = found.id if isinstance(found, Row) else found.expr
            asked = select(value).select_from(inner).where(inner.c.id == row.id)
            read = asked.correlate_except(inner).scalar_subquery()
            if isinstance(found, Row):
                return Row(found.resource, read)
            return replace(found, expr=type_coerce(read, value.type), optional=True)
        if attribute := declared.attribute(name):
            return _column(row.table.c[name], attribute.shape)
        if owner := declared.owner(name):
            return Row(owner.resource, row.table.c[owner.column])
        if many := declared.items(name):
            inverse = many.resource.declaration().owner(many.inverse)
            if inverse is None:
                raise Beyond
            return Many(many.resource, inverse.column, row.id)
        if calculation := declared.calculation(name):
            if calculation.value is None:
                raise Beyond
            return _Compiling(row, self.tables, self.dialect).of(calculation.value)
        if name == "version":
            return Sql(row.table.c.version, "int", low=1, high=EXACT)
        return Sql(row.table.c[name], "text" if name == "id" else "datetime")

    def value(self, node: nodes.Node) -> Sql:
        """Return a scalar."""
        found = self.of(node)
        if not isinstance(found, Sql) or found.kind == "json":
            raise Beyond
        return found

    def _number(self, node: nodes.Node) -> Sql:
        found = self.value(node)
        if found.kind not in ("int", "float") or found.optional:
            raise Beyond
        return found

    def _condition(self, node: nodes.Node) -> ColumnElement[bool]:
        found = self.value(node)
        if found.kind != "bool":
            raise Beyond
        return found.expr

    def _conditional(self, node: nodes.Conditional) -> Sql:
        then, otherwise = self.value(node.then), self.value(node.otherwise)
        if then.kind is None or otherwise.kind is None:
            kind = then.kind or otherwise.kind
        elif then.kind == otherwise.kind:
            kind = then.kind
        else:
            then, otherwise, kind = _as_float(then), _as_float(otherwise), "float"
        if kind is None:
            raise Beyond
        expr = case((self._condition(node.condition), then.expr), else_=otherwise.expr)
        low = None if then.low is None or otherwise.low is None else min(then.low, otherwise.low)
        high = None if then.high is None or otherwise.high is None else max(then.high, otherwise.high)
        optional = then.optional or otherwise.optional
        return Sql(type_coerce(expr, TYPES[kind]), kind, optional, low, high)

    def _chain(self, node: nodes.Comparison) -> Sql:
        parts: list[ColumnElement[bool]] = []
        first = node.first
        for op, second in node.rest:
            parts.append(self._compared(first, op, second))
            first = second
        return _truth(and_(*parts))

    def _compared(self, first: nodes.Node, op: str, second: nodes.Node) -> ColumnElement[bool]:
        if op in ("in", "not in"):
            return self._among(self.value(first), op, second)
        if op in ("==", "!="):
            left, right = self.of(first), self.of(second)
            if isinstance(left, Row) and isinstance(right, Row):
                same = left.id.is_not_distinct_from(right.id)
                return same if op == "==" else not_(same)
            for one, other in ((left, right), (right, left)):
                if isinstance(one, Sql) and one.kind is None and isinstance(other, Row | Sql):
                    there = other.id if isinstance(other, Row) else other.expr
                    return there.is_(None) if op == "==" else there.is_not(None)
        one, other = _alike(self.value(first), self.value(second))
        return _compare(one, op, other)

    def _among(self, value: Sql, op: str, options: nodes.Node) -> ColumnElement[bool]:
        if not isinstance(options, nodes.Items):
            raise Beyond
        listed = [_alike(value, self.value(item)) for item in options.items]
        among = or_(literal(False), *(_compare(one, "==", other) for one, other in listed))
        return among if op == "in" else not_(among)

    def _every(self, function: str, each: nodes.Each) -> Sql:
        items = self.of(each.items)
        if not isinstance(items, Many):
            raise Beyond
        inner = self.tables.of[items.resource.__name__].alias()
        row = Row(items.resource, inner.c.id, inner)
        place = replace(self, own={**self.own, each.variable: row})
        wanted = [inner.c[items.column] == items.id]
        if each.condition is not None:
            wanted.append(place._condition(each.condition))
        element = place._condition(each.element)
        wanted.append(element if function == "any" else not_(element))
        found = select(literal(1)).select_from(inner).where(*wanted).correlate_except(inner).exists()
        return _truth(found if function == "any" else not_(found))

    def _call(self, node: nodes.Call) -> Sql:
        first = node.arguments[0]
        match node.function:
            case "len":
                return self._length(self.of(first))
            case "abs":
                value = self._number(first)
                bound = None if value.low is None or value.high is None else max(-value.low, value.high)
                if value.kind == "int" and (bound is None or bound > LARGEST):
                    raise Beyond
                return replace(value, expr=func.abs(value.expr), low=0, high=bound)
            case "min" | "max" if len(node.arguments) > 1:
                return self._least(node.function, [self._number(argument) for argument in node.arguments])
            case "startswith":
                text, part = (self._text(argument) for argument in node.arguments)
                return _truth(func.substr(text, 1, func.length(part)) == part)
            case "contains":
                text, part = (self._text(argument) for argument in node.arguments)
                found = func.instr if self.dialect == "sqlite" else func.strpos
                return _truth(found(text, part) > 0)
            case _:
                raise Beyond

    def _text(self, node: nodes.Node) -> ColumnElement[Any]:
        found = self.value(node)
        if found.kind != "text" or found.optional:
            raise Beyond
        return found.expr

    def _length(self, of: Found) -> Sql:
        if isinstance(of, Many):
            inner = self.tables.of[of.resource.__name__].alias()
            counted = select(func.count()).select_from(inner).where(inner.c[of.column] == of.id)
            return Sql(counted.correlate_except(inner).scalar_subquery(), "int", low=0, high=COUNTED)
        if isinstance(of, Sql) and of.kind == "text":
            return Sql(cast(func.length(of.expr), BigInteger()), "int", of.optional, low=0, high=COUNTED)
        raise Beyond

    def _least(self, function: str, values: list[Sql]) -> Sql:
        if len({value.kind for value in values}) > 1:
            raise Beyond
        found = values[0]
        for value in values[1:]:
            before = value.expr < found.expr if function == "min" else value.expr > found.expr
            lows = [one.low for one in (found, value) if one.low is not None]
            highs = [one.high for one in (found, value) if one.high is not None]
            found = replace(
                found,
                expr=type_coerce(case((before, value.expr), else_=found.expr), found.expr.type),
                low=min(lows) if len(lows) == 2 else None,
                high=max(highs) if len(highs) == 2 else None,
            )
        return found


def _truth(expr: ColumnElement[Any]) -> Sql:
    # Grouped by ourselves: a `not` of what has been given a type would stand before its first part alone.
    return Sql(type_coerce(expr.self_group(), Boolean()), "bool")


def _constant(value: Any) -> Sql:
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


def _column(column: ColumnElement[Any], shape: shapes.Shape) -> Sql:
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


def _as_float(value: Sql) -> Sql:
    if value.kind == "float":
        return value
    if value.kind != "int" or not _within(value, EXACT):
        raise Beyond
    return replace(value, expr=cast(value.expr, DOUBLE), kind="float")


def _within(value: Sql, bound: float) -> bool:
    return value.low is not None and value.high is not None and -bound <= value.low and value.high <= bound


def _alike(left: Sql, right: Sql) -> tuple[Sql, Sql]:
    """Return two values as what can be compared."""
    if left.kind == right.kind and left.kind is not None:
        return left, right
    if {left.kind, right.kind} == {"int", "float"}:
        return _as_float(left), _as_float(right)
    raise Beyond


def _compare(left: Sql, op: str, right: Sql) -> ColumnElement[bool]:
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


def _negative(value: Sql) -> Sql:
    low, high = (None if bound is None else -bound for bound in (value.high, value.low))
    found = replace(value, expr=-value.expr, low=low, high=high)
    if found.kind == "int" and not _within(found, LARGEST):
        raise Beyond
    return found


def _arithmetic(op: str, left: Sql, right: Sql) -> Sql:
    whole = left.kind == right.kind == "int" and op != "/"
    if not whole:
        left, right = _as_float(left), _as_float(right)
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
    if not _within(found, LARGEST if whole else FINITE):
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
