"""Calculations of one row: in the database where that means the same, else in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import DataError

from mlsig import functions
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.resources.compiling import Row, compiled
from mlsig.resources.declared import Calculation
from mlsig.resources.errors import NotFound, ResourceError
from mlsig.resources.evaluating import evaluate
from mlsig.resources.paging import every
from mlsig.resources.resource import Resource
from mlsig.resources.scalars import Beyond, Sql

if TYPE_CHECKING:
    from mlsig.resources.session import Session


def calculate(session: Session, row: Resource, name: str) -> Any:
    """Return the value of a calculation, of what is stored now."""
    resource = type(row)
    calculation = resource.declaration().calculation(name)
    if calculation is None:
        raise ResourceError(f"{resource.__name__} has no calculation {name}")
    with session.database.transaction() as connection:
        try:
            found = in_sql(session, resource, calculation)
        except Beyond:
            return _checked(
                resource, calculation, in_python(session, session.get(resource, row.id), calculation)
            )
        table = session.table(resource)
        try:
            with connection.begin_nested():
                values = connection.execute(select(found.expr).where(table.c.id == row.id)).first()
        except DataError:  # PostgreSQL refuses floats that are too small to be told from 0
            value = in_python(session, session.get(resource, row.id), calculation)
        else:
            if values is None:
                raise NotFound(resource.__name__, row.id)
            value = values[0]
    return _checked(resource, calculation, value)


def in_sql(session: Session, resource: type[Resource], calculation: Calculation) -> Sql:
    """Return a calculation as SQL over the table of its resource.

    Raises:
        Beyond: It must be worked out in Python.
    """
    if calculation.value is None:
        raise Beyond
    table = session.table(resource)
    return compiled(
        calculation.value, Row(resource, table.c.id, table), session.tables, session.database.dialect
    )


def in_python(session: Session, row: Resource, calculation: Calculation) -> Any:
    """Return the value of a calculation, worked out over rows that are read for it."""
    if calculation.load is not None:
        return calculation.load()(session, row)
    if calculation.value is None:
        raise ResourceError(f"{calculation.name} is not worked out by anything")
    try:
        return evaluate(
            calculation.value,
            lambda name: _member(session, row, name),
            lambda of, name: _member(session, of, name),
        )
    except functions.NO_VALUE as error:
        what = f"{type(row).__name__}.{calculation.name}"
        raise ResourceError(f"{what} has no value: {error}") from error


def _member(session: Session, of: Any, name: str) -> Any:
    """Return what a value has under a name; of a row also what is related, and what is worked out."""
    if not isinstance(of, Resource):
        return getattr(of, name)
    declared = of.declaration()
    if declared.owner(name) is not None:
        return session.owner(of, name)
    if many := declared.items(name):
        return every(session, many.resource, {f"{many.inverse}_id": of.id})
    if calculation := declared.calculation(name):
        return _checked(type(of), calculation, in_python(session, of, calculation))
    return getattr(of, name)


def _checked(resource: type[Resource], calculation: Calculation, value: Any) -> Any:
    issues: list[Issue] = []
    found = explain(calculation.shape, value, "", issues)
    if issues:
        raise ValidationError(f"{resource.__name__}.{calculation.name}", issues)
    return found
