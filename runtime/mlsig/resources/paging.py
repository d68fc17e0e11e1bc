"""Lists of rows: filtered, ordered, a page at a time.

Pages follow each other by the last row of the one before, not by its number: nothing is left out or read
twice when rows come and go in between, and the thousandth page is as quick as the first.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, false, literal, not_, or_, select

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.resources.compiling import Row, compiled
from mlsig.resources.conditions import Column, Condition, Order
from mlsig.resources.errors import ResourceError
from mlsig.resources.identity import is_id
from mlsig.resources.resource import Page, Resource
from mlsig.resources.scalars import Beyond, Sql
from mlsig.resources.storage import Kind, encode, stored
from mlsig.resources.tables import TYPES

if TYPE_CHECKING:
    from mlsig.resources.session import Session

ResourceT = TypeVar("ResourceT", bound=Resource)
LARGEST_PAGE = 10_000


def page(
    session: Session,
    resource: type[ResourceT],
    fixed: Mapping[str, str] | None = None,
    *,
    where: Condition[ResourceT] | None,
    order: Order[ResourceT] | None,
    limit: int,
    after: str,
) -> Page[ResourceT]:
    """Read a page; `fixed` are columns and the values that they have."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise ResourceError(f"limit is {limit}; a page has 1 to {LARGEST_PAGE} rows")
    table = session.table(resource)
    query = select(table)
    for name, value in (fixed or {}).items():
        query = query.where(table.c[name] == value)
    if where is not None:
        query = query.where(_condition(session, resource, where))
    key = None
    if order is not None:
        key = _column(session, resource, order.column)[0]
        query = query.add_columns(key.expr.label("_order"))
    query = _ordered(query, table, key, order, after)
    with session.database.transaction() as connection:
        rows = connection.execute(query.limit(limit + 1)).mappings().all()
    items = tuple(session.made(resource, row) for row in rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, "" if last is None else _token(last.get("_order"), last["id"]))


def every(session: Session, resource: type[ResourceT], fixed: Mapping[str, str]) -> list[ResourceT]:
    """Read all rows whose columns have these values, oldest first."""
    table = session.table(resource)
    query = select(table).order_by(table.c.id)
    for name, value in fixed.items():
        query = query.where(table.c[name] == value)
    with session.database.transaction() as connection:
        rows = connection.execute(query).mappings().all()
    return [session.made(resource, row) for row in rows]


def _ordered(
    query: Select[Any], table: Table, key: Sql | None, order: Order[Any] | None, after: str
) -> Select[Any]:
    if key is None or order is None:
        if after:
            query = query.where(table.c.id > _read(after)[1])
        return query.order_by(table.c.id)
    # The id goes the way of the order, so that an index of both can be walked.
    ways = [one.desc() if order.descending else one.asc() for one in (key.expr, table.c.id)]
    nulls = [key.expr.is_(None)] if key.optional else []
    if after:
        value, id = _read(after)
        following = table.c.id < id if order.descending else table.c.id > id
        if value is None:
            query = query.where(key.expr.is_(None), following)
        else:
            there = literal(_typed(value, key), TYPES[key.kind or "text"])
            beyond = key.expr < there if order.descending else key.expr > there
            query = query.where(or_(beyond, and_(key.expr == there, following), *nulls))
            if not nulls:  # says nothing new, and lets the database begin where the page before ended
                query = query.where(key.expr <= there if order.descending else key.expr >= there)
    return query.order_by(*nulls, *ways)


def _condition(session: Session, resource: type[Resource], found: Condition[Any]) -> ColumnElement[bool]:
    if found.op in ("and", "or"):
        joined = and_ if found.op == "and" else or_
        return joined(*(_condition(session, resource, part) for part in found.parts))
    if found.op == "not":
        return not_(_condition(session, resource, found.parts[0]))
    column, given = found.parts
    key, shape = _column(session, resource, column)
    if found.op == "in":
        options = [_value(column, shape, value) for value in given]
        there = [literal(value, TYPES[key.kind or "text"]) for value in options if value is not None]
        among = [and_(key.expr.is_not(None), key.expr.in_(there))] if there else []
        return or_(false(), *among, *([key.expr.is_(None)] if None in options else []))
    return _compared(key, found.op, _value(column, shape, given), given)


def _compared(key: Sql, op: str, value: Any, given: Any) -> ColumnElement[bool]:
    """Return a comparison that is never null: null equals null, and is neither smaller nor greater."""
    if given is None:
        if op not in ("==", "!="):
            raise ResourceError(f"null is neither smaller nor greater: {op} takes a value")
        return key.expr.is_(None) if op == "==" else key.expr.is_not(None)
    there = literal(value, TYPES[key.kind or "text"])
    if op == "!=":
        return or_(key.expr.is_(None), key.expr != there) if key.optional else key.expr != there
    holds = {
        "==": lambda: key.expr == there,
        "<": lambda: key.expr < there,
        "<=": lambda: key.expr <= there,
        ">": lambda: key.expr > there,
        ">=": lambda: key.expr >= there,
    }[op]()
    return and_(key.expr.is_not(None), holds) if key.optional else holds


def _value(column: Column[Any, Any], shape: shapes.Shape, value: Any) -> Any:
    """Return a value that a column is compared with as the column holds it; bounds do not matter here."""
    if value is None:
        return None
    issues: list[Issue] = []
    plain = _unbounded(shape)
    found = explain(plain, value, column.name, issues)
    written = None if issues else encode(found, plain, column.name, issues)
    if issues:
        raise ValidationError(f"{column.resource}.Fields", issues)
    return written


def _unbounded(shape: shapes.Shape) -> shapes.Shape:
    match shape:
        case shapes.Optional():
            return _unbounded(shape.shape)
        case shapes.Text():
            return shapes.Text()
        case shapes.Integer():
            return shapes.Integer()
        case shapes.Number():
            return shapes.Number()
        case _:
            return shape


def _column(session: Session, resource: type[Resource], column: Column[Any, Any]) -> tuple[Sql, shapes.Shape]:
    """Return what a column is in SQL, and the shape of its values."""
    name = column.name
    if column.resource != resource.__name__:
        raise ResourceError(f"{column.resource}.Fields.{name} is no column of {resource.__name__}")
    table, declared = session.table(resource), resource.declaration()
    row = Row(resource, table.c.id, table)
    if calculation := declared.calculation(name):
        try:
            if calculation.value is None:
                raise Beyond
            found = compiled(calculation.value, row, session.tables, session.database.dialect)
        except Beyond:
            what = f"{resource.__name__}.{name}"
            raise ResourceError(
                f"the database cannot work out {what} by itself: order or filter the rows in Python"
            ) from None
        return found, calculation.shape
    attribute = declared.attribute(name)
    shape = attribute.shape if attribute else _BUILT_IN.get(name, shapes.Text())
    kind, optional = stored(shape)
    optional = optional or any(one.column == name and one.optional for one in declared.belongs_to)
    return Sql(table.c[name], kind, optional), shape


_BUILT_IN: dict[str, shapes.Shape] = {
    "created_at": shapes.DateTime(),
    "updated_at": shapes.DateTime(),
    "version": shapes.Integer(),
}


def _token(value: Any, id: str) -> str:
    plain = value.value if isinstance(value, Enum) else value
    return base64.urlsafe_b64encode(msgspec.json.encode([plain, id])).decode()


def _read(after: str) -> tuple[Any, str]:
    try:
        value, id = msgspec.json.decode(base64.urlsafe_b64decode(after.encode()), type=tuple[Any, str])
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise ResourceError(_NOT_NEXT) from None
    if not is_id(id):
        raise ResourceError(_NOT_NEXT)
    return value, id


def _typed(value: Any, key: Sql) -> Any:
    """Return a value of a token as the column has it; a token may come from anywhere."""
    try:
        found = msgspec.convert(value, _PLAIN[key.kind or "text"])
    except msgspec.ValidationError:
        raise ResourceError(_NOT_NEXT) from None
    issues: list[Issue] = []
    encoded: Any = encode(found, _SHAPES[key.kind or "text"], "after", issues)
    if issues:
        raise ResourceError(_NOT_NEXT)
    return encoded


_NOT_NEXT: Final = "`after` is not the `next` of a page"
_PLAIN: Final[dict[Kind, type[Any]]] = {
    "text": str,
    "int": int,
    "float": float,
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "json": str,
}
_SHAPES: Final[dict[Kind, shapes.Shape]] = {
    "text": shapes.Text(),
    "int": shapes.Integer(),
    "float": shapes.Number(),
    "bool": shapes.Boolean(),
    "date": shapes.Date(),
    "datetime": shapes.DateTime(),
    "json": shapes.Text(),
}
