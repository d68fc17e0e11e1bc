"""Whether rows still fit what their attributes may hold, asked by the migrations that narrow it.

    fits("Team", "mood", among=("calm",))    # in upgrade(): stops it while rows hold anything else

What is asked can be said in SQL: members of enums, bounds of numbers, null. `mlsig store check` looks at all
the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.elements import quoted_name

from mlsig import shapes
from mlsig.resources.declared import Declaration
from mlsig.resources.errors import ResourceError

MOST_VALUES = 3
"""So many of the values that do not fit are shown."""


def fits(
    table: str,
    column: str,
    *,
    among: Sequence[str | int | bool] | None = None,
    least: float | None = None,
    most: float | None = None,
    null: bool = True,
) -> None:
    """Stop a migration while rows hold what their attribute cannot hold any more.

    Raises:
        ResourceError: Some do; nothing of the migration is kept.
    """
    held: sa.ColumnElement[Any] = sa.column(quoted_name(column, True))
    wrong: list[sa.ColumnElement[bool]] = []
    if among is not None:
        wrong.append(held.not_in(among))
    if least is not None:
        wrong.append(held < least)
    if most is not None:
        wrong.append(held > most)
    if not null:
        wrong.append(held.is_(None))
    rows = sa.select(held).select_from(sa.table(quoted_name(table, True))).where(sa.or_(*wrong))
    connection = op.get_bind()
    count = connection.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()
    if count:
        values: Sequence[Any] = connection.execute(rows.distinct().limit(MOST_VALUES)).scalars().all()
        shown = ", ".join("null" if value is None else repr(value) for value in values)
        rows_are = "1 row is" if count == 1 else f"{count} rows are"
        change = f'op.execute(\'UPDATE "{table}" SET "{column}" = … WHERE …\')'  # noqa: S608  (for people to read)
        raise ResourceError(
            f"{rows_are} what {table}.{column} cannot be any more ({shown}): say before this, in upgrade(), "
            f"what becomes of them, such as {change}; nothing is changed"
        )


def asked(name: str, before: Declaration, after: Declaration, was: dict[str, str]) -> Iterator[str]:
    """Yield the calls of `fits` that a change from one declaration to another needs.

    Args:
        name: The table.
        before: The resource as it was.
        after: The resource as it is.
        was: Names of columns before, by those now, where they are others.
    """
    for attribute in after.attributes:
        old = before.attribute(was.get(attribute.name, attribute.name))
        if old is not None and (words := _narrowed(old.shape, attribute.shape)):
            yield f"fits({name!r}, {attribute.name!r}, {words})"
    for one in after.belongs_to:
        column = was.get(one.column, one.column)
        other = next((found for found in before.belongs_to if found.column == column), None)
        if other is not None and other.optional and not one.optional:
            yield f"fits({name!r}, {one.column!r}, null=False)"


def _narrowed(old: shapes.Shape, new: shapes.Shape) -> str:
    """Return what to ask of the rows, as arguments; empty where all of them fit, or SQL cannot say it."""
    inner_old, inner_new = _inner(old), _inner(new)
    found: dict[str, Any] = {}
    options = _options(inner_new)
    if options is not None and set(_options(inner_old) or ()) - set(options):
        found["among"] = options
    if isinstance(inner_old, shapes.Integer | shapes.Number) and isinstance(
        inner_new, shapes.Integer | shapes.Number
    ):
        low, high = inner_new.ge, inner_new.le
        if low is not None and (inner_old.ge is None or low > inner_old.ge):
            found["least"] = low
        if high is not None and (inner_old.le is None or high < inner_old.le):
            found["most"] = high
    if inner_old is not old and inner_new is new:
        found["null"] = False
    return ", ".join(f"{name}={value!r}" for name, value in found.items())


def _inner(shape: shapes.Shape) -> shapes.Shape:
    return shape.shape if isinstance(shape, shapes.Optional) else shape


def _options(shape: shapes.Shape) -> tuple[str | int | bool, ...] | None:
    match shape:
        case shapes.Choice():
            return tuple(str(member.value) for member in shape.type)
        case shapes.Literal() if len({type(option) for option in shape.options}) == 1:
            return shape.options
        case _:
            return None
