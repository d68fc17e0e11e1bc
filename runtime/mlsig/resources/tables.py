"""The tables of resources: one for each, with the columns that its attributes and relationships need.

Deleting rules are the database's too (foreign keys), so that nothing that goes past the session breaks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    Insert,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    insert,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from mlsig.resources.declared import BelongsTo, HasMany
from mlsig.resources.errors import ResourceError
from mlsig.resources.naming import refused
from mlsig.resources.resource import Resource
from mlsig.resources.storage import Kind, stored

RULES: Final = {"restrict": "RESTRICT", "cascade": "CASCADE", "nullify": "SET NULL"}
BUILT_IN: Final = ("id", "created_at", "updated_at", "version")


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: PostgreSQL's own, and text of one length in SQLite that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database knows."""
        found: TypeEngine[Any] = Text() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(found)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is written."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return what was read."""
        del dialect
        if value is None:
            return None
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        return found.astimezone(UTC)


# Compared by its bytes, so by its code points, as Python does.
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
TYPES: Final[dict[Kind, TypeEngine[Any]]] = {
    "text": TEXT,
    "int": BigInteger(),
    "float": Double(),
    "bool": Boolean(),
    "date": Date(),
    "datetime": UtcTime(),
    "json": Text(),
}

ORDERED: Final = frozenset[Kind]({"int", "float", "date", "datetime"})
"""Kinds that lists are ordered by, so that they have an index."""
LONGEST: Final = 60
"""Names of PostgreSQL have 63 characters at most."""


class Statements(NamedTuple):
    """What is asked again and again, made once: making it takes as long as doing it.

    `read` and `find` take the id as `wanted`; `find` reads it alone.
    """

    insert: Insert
    read: Select[Any]
    find: Select[Any]


class Tables:
    """The tables of some resources, by the resource's name.

    `alone` are each resource's others that belong to it although it has no `has_many` of them: they restrict.
    """

    def __init__(self, resources: Sequence[type[Resource]]) -> None:
        """Lay them out.

        Raises:
            ResourceError: Two of them have one name, or one belongs to a resource that is not among them.
        """
        self.metadata = MetaData()
        self.of: dict[str, Table] = {}
        self.statements: dict[str, Statements] = {}
        self.resources: dict[str, type[Resource]] = {}
        folded: dict[str, type[Resource]] = {}
        for resource in resources:
            self.resources[resource.__name__] = resource
            other = folded.setdefault(resource.__name__.lower(), resource)
            if other is not resource:
                both = (f"{one.__name__} of {one.__module__}" for one in (other, resource))
                where = ", ".join(both)
                message = f"two resources are called {resource.__name__}, as one table would be: {where}"
                raise ResourceError(f"{message}; rename one of them")
        for resource in resources:
            for one in resource.declaration().belongs_to:
                if self.resources.get(one.resource.__name__) is not one.resource:
                    name = one.resource.__name__
                    raise ResourceError(f"{resource.__name__} belongs to {name}: connect with {name} as well")
        rules = _rules(resources)
        self.alone: dict[str, list[tuple[type[Resource], BelongsTo]]] = {}
        for resource in resources:
            for one in resource.declaration().belongs_to:
                if (resource.__name__, one.name) not in rules:
                    self.alone.setdefault(one.resource.__name__, []).append((resource, one))
        for resource in resources:
            table = self.of[resource.__name__] = self._table(resource, rules)
            wanted = table.c.id == bindparam("wanted")
            self.statements[resource.__name__] = Statements(
                insert(table), select(table).where(wanted), select(table.c.id).where(wanted)
            )

    def _table(self, resource: type[Resource], rules: dict[tuple[str, str], HasMany]) -> Table:
        name, declared = resource.__name__, resource.declaration()
        columns: list[Column[Any]] = [
            Column("id", TEXT, primary_key=True, quote=True),
            Column("created_at", UtcTime(), nullable=False, quote=True),
            Column("updated_at", UtcTime(), nullable=False, quote=True),
            Column("version", BigInteger(), nullable=False, quote=True),
        ]
        parts: list[Any] = []
        for attribute in declared.attributes:
            kind, optional = stored(attribute.shape)
            columns.append(Column(attribute.name, TYPES[kind], nullable=optional, quote=True))
            if kind in ORDERED:
                parts.append(Index(_name("ix", name, attribute.name), attribute.name, "id"))
                for one in declared.belongs_to:  # the best of a run, without a look at all of its rows
                    both = _name("ix", name, f"{one.column}_{attribute.name}")
                    parts.append(Index(both, one.column, attribute.name, "id"))
        for one in declared.belongs_to:
            columns.append(Column(one.column, TEXT, nullable=one.optional, quote=True))
            rule = rules.get((name, one.name))
            parts.append(
                ForeignKeyConstraint(
                    [one.column],
                    [f"{one.resource.__name__}.id"],
                    name=_name("fk", name, one.name),
                    ondelete=RULES[rule.on_delete if rule else "restrict"],
                )
            )
            parts.append(Index(_name("ix", name, one.column), one.column, "id"))
        if why := refused(name):
            raise ResourceError(f"the resource {name} cannot be a table: its name {why}")
        folded: dict[str, str] = {}
        for column in columns:
            if why := refused(column.name, column=True):
                raise ResourceError(f"{name}.{column.name} cannot be a column: its name {why}")
            # A name that SQLAlchemy quotes stays as it is by its own `lower()`.
            other = folded.setdefault(str.lower(column.name), column.name)
            if other != column.name:
                message = f"{name} has {other} and {column.name}, which SQLite cannot tell apart"
                raise ResourceError(f"{message}: rename one of them")
        return Table(name, self.metadata, *columns, *parts, quote=True)


def _name(kind: str, resource: str, member: str) -> str:
    """Return the name of an index or a foreign key, the same each time."""
    name = f"{kind}_{resource}_{member}"
    if len(name) <= LONGEST:
        return name
    return f"{kind}_{blake2b(name.encode(), digest_size=16).hexdigest()}"


def _rules(resources: Sequence[type[Resource]]) -> dict[tuple[str, str], HasMany]:
    """Return the other sides of `belongs_to`, by the names of the resource that has it and of itself."""
    return {
        (many.resource.__name__, many.inverse): many
        for resource in resources
        for many in resource.declaration().has_many
    }
