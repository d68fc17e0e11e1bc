"""Expressions of calculations as SQL, where the database means the same by them as Python.

    len(runs)                          SELECT count(*) FROM "Run" WHERE "Run".project_id = "Project".id
    any(r.score > 0.5 for r in runs)   EXISTS (…)

Whatever could come out otherwise is `Beyond`: ints that may leave 64 bits, divisors that may be zero, sums
that may leave the floats, letters in another case, what is inside of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)

from mlsig.resources import nodes
from mlsig.resources.resource import Resource
from mlsig.resources.scalars import (
    EXACT,
    Beyond,
    Sql,
    alike,
    arithmetic,
    as_float,
    column,
    compare,
    constant,
    negative,
    truth,
)
from mlsig.resources.storage import LARGEST
from mlsig.resources.tables import TYPES, Tables

COUNTED: Final = 2**40
"""More rows or characters than this there are not."""


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
                return constant(node.value)
            case nodes.Name():
                return self.own.get(node.name) or self._member(self.root, node.name)
            case nodes.Member():
                owner = self.of(node.operand)
                if not isinstance(owner, Row):
                    raise Beyond
                return self._member(owner, node.name)
            case nodes.Unary(op="not"):
                return truth(not_(self._condition(node.operand)))
            case nodes.Unary():
                return negative(self._number(node.operand))
            case nodes.Operation():
                return arithmetic(node.op, self._number(node.left), self._number(node.right))
            case nodes.Comparison():
                return self._chain(node)
            case nodes.BoolOp():
                joined = and_ if node.op == "and" else or_
                return truth(joined(*map(self._condition, node.operands)))
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
            return column(row.table.c[name], attribute.shape)
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
            then, otherwise, kind = as_float(then), as_float(otherwise), "float"
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
        return truth(and_(*parts))

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
        one, other = alike(self.value(first), self.value(second))
        return compare(one, op, other)

    def _among(self, value: Sql, op: str, options: nodes.Node) -> ColumnElement[bool]:
        if not isinstance(options, nodes.Items):
            raise Beyond
        listed = [alike(value, self.value(item)) for item in options.items]
        among = or_(literal(False), *(compare(one, "==", other) for one, other in listed))
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
        return truth(found if function == "any" else not_(found))

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
                return truth(func.substr(text, 1, func.length(part)) == part)
            case "contains":
                text, part = (self._text(argument) for argument in node.arguments)
                found = func.instr if self.dialect == "sqlite" else func.strpos
                return truth(found(text, part) > 0)
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
