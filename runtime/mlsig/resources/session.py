"""An open database of resources: what generated classes call.

    with connect("projects.db", Project, Run) as session:
        project = session.get(Project, id)

Every call is a transaction of its own; those inside of `with session.transaction():` are one together.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import msgspec
from msgspec import UNSET
from sqlalchemy import RowMapping, Table

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.resources import calculating, writing
from mlsig.resources.conditions import Condition, Order
from mlsig.resources.database import Database, Durability
from mlsig.resources.declared import Action, BelongsTo
from mlsig.resources.errors import NotFound, ResourceError
from mlsig.resources.identity import Ids, is_id
from mlsig.resources.paging import page
from mlsig.resources.resource import Page, Resource
from mlsig.resources.storage import decode
from mlsig.resources.tables import BUILT_IN, Tables
from mlsig.types.standins import hold

ResourceT = TypeVar("ResourceT", bound=Resource)


def connect(
    address: str | Path,
    *resources: type[Resource],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    durability: Durability = "full",
) -> Session:
    """Open a database for some resources, and make the tables that are not there yet.

    Args:
        address: The path of a SQLite file, or `postgresql://user:password@host/database`.
        resources: The generated classes.
        clock: Gives aware times.
        durability: What a change that returned survives: `full` a power cut, `normal` only a kill.

    Raises:
        ResourceError: It cannot be used; the message never has the password.
    """
    return Session(address, resources, clock, durability)


class Session:
    """Reads and writes resources. Threads may share it; each has transactions of its own."""

    def __init__(
        self,
        address: str | Path,
        resources: tuple[type[Resource], ...],
        clock: Callable[[], datetime],
        durability: Durability = "full",
    ) -> None:
        """Open the database; `connect` is the way to call it."""
        self.clock = clock
        self.ids = Ids()
        self.tables = Tables(resources)
        self.database = Database(address, self.tables.metadata, durability)
        self._offered: dict[tuple[type[Any], str], Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make all calls inside one transaction: all of them happen, or none does."""
        with self.database.transaction(whole=True):
            yield

    def table(self, resource: type[Resource]) -> Table:
        """Return the table of a resource.

        Raises:
            ResourceError: The session was not opened for it.
        """
        if self.tables.resources.get(resource.__name__) is not resource:
            raise ResourceError(f"this session does not know {resource.__name__}: connect with it")
        return self.tables.of[resource.__name__]

    # Programs and spaces that rows stand for

    def offer(self, kind: type[Any], found: Any) -> None:
        """Let actions use a program or a space: rows only have its name, which imports nothing.

        Args:
            kind: `mlsig.Program` or `mlsig.Space`.
            found: What it is; its `name` is that of the rows.
        """
        self._offered[kind, found.name] = found

    def offered(self, kind: type[Any], name: str) -> Any:
        """Return what was offered under a name.

        Raises:
            ResourceError: Nothing was.
        """
        found = self._offered.get((kind, name))
        if found is None:
            known = ", ".join(sorted(other for one, other in self._offered if one is kind)) or "none"
            raise ResourceError(
                f"no {kind.__name__} called {name} was offered to the session; there are: {known}"
            )
        return found

    # Reading

    def get(self, resource: type[ResourceT], id: str) -> ResourceT:
        """Read one.

        Raises:
            NotFound: There is none of that id.
        """
        found = self.find(resource, id)
        if found is None:
            raise NotFound(resource.__name__, id)
        return found

    def find(self, resource: type[ResourceT], id: str | None) -> ResourceT | None:
        """Read one, or return None where there is none of that id."""
        self.table(resource)
        if not is_id(id):
            return None
        read = self.tables.statements[resource.__name__].read
        with self.database.transaction() as connection:
            row = connection.execute(read, {"wanted": id}).mappings().first()
        return None if row is None else self.made(resource, row)

    def has(self, resource: type[Resource], id: str) -> bool:
        """Say whether there is one of an id."""
        self.table(resource)
        if not is_id(id):
            return False
        find = self.tables.statements[resource.__name__].find
        with self.database.transaction() as connection:
            return connection.execute(find, {"wanted": id}).first() is not None

    def list(
        self,
        resource: type[ResourceT],
        *,
        where: Condition[ResourceT] | None = None,
        order: Order[ResourceT] | None = None,
        limit: int = 100,
        after: str = "",
    ) -> Page[ResourceT]:
        """Read those that meet a condition; see `Resource.list`."""
        return page(self, resource, where=where, order=order, limit=limit, after=after)

    def items(
        self,
        resource: type[ResourceT],
        inverse: str,
        owner: Resource,
        *,
        where: Condition[ResourceT] | None = None,
        order: Order[ResourceT] | None = None,
        limit: int = 100,
        after: str = "",
    ) -> Page[ResourceT]:
        """Read those that belong to a row by their `inverse`."""
        column = f"{inverse}_id"
        return page(self, resource, {column: owner.id}, where=where, order=order, limit=limit, after=after)

    def made(self, resource: type[ResourceT], row: RowMapping | Mapping[str, Any]) -> ResourceT:
        """Return a row of the database as its class.

        What was written has been validated, so transforms do not run again.
        """
        declared = resource.declaration()
        names = [*BUILT_IN, *(one.column for one in declared.belongs_to)]
        data: dict[str, Any] = {name: row[name] for name in names}
        for attribute in declared.attributes:
            data[attribute.name] = decode(row[attribute.name], attribute.shape)
        try:
            return msgspec.convert(data, resource, dec_hook=hold)
        except Exception:
            return _validated(resource, data)

    # Writing

    def create(self, resource: type[ResourceT], values: Mapping[str, Any]) -> ResourceT:
        """Store a new one; `values` are attributes, and rows or ids of what it belongs to.

        Raises:
            ValidationError: Values do not fit.
            NotFound: What it should belong to is not there.
            Vetoed: A hook refuses.
        """
        return writing.create(self, resource, values)

    def update(self, row: ResourceT, values: Mapping[str, Any]) -> ResourceT:
        """Change some values of one, and return it as it is then.

        Raises:
            ValidationError: Values do not fit.
            TransitionRefused: An attribute cannot become this.
            Stale: Somebody else has changed it since it was read.
            NotFound: It, or what it should belong to, is not there.
            Vetoed: A hook refuses.
        """
        return writing.update(self, row, values)

    def delete(self, row: Resource) -> None:
        """Delete one; see `Resource.delete`."""
        writing.delete(self, row)

    # What is worked out, and done

    def calculate(self, row: Resource, name: str) -> Any:
        """Work out a calculation of what is stored now, in the database where it means the same there.

        Raises:
            ResourceError: It has no value, such as the largest of nothing.
        """
        return calculating.calculate(self, row, name)

    def act(self, row: Resource, name: str, arguments: Mapping[str, Any]) -> Any:
        """Check the arguments of an action, do it, and check what it returns.

        Raises:
            ValidationError: Arguments do not fit, or what was returned does not.
        """
        action = next(one for one in row.declaration().actions if one.name == name)
        subject = f"{type(row).__name__}.{name}"
        issues: list[Issue] = []
        unknown = sorted(arguments.keys() - {field.name for field in action.parameters})
        issues += [Issue(one, "unknown", "is no argument") for one in unknown]
        given: dict[str, Any] = {}
        for field in action.parameters:
            if arguments.get(field.name, UNSET) is not UNSET:
                given[field.name] = explain(field.shape, arguments[field.name], field.name, issues)
            elif field.default is None:
                issues.append(Issue(field.name, "missing", "is required"))
            else:
                given[field.name] = field.default()
        if issues:
            raise ValidationError(subject, issues)
        return _returned(action, action.load()(self, row, **given), subject)

    def owner(self, row: Resource, name: str) -> Any:
        """Read what a row belongs to, or None where it may belong to nothing."""
        one = row.declaration().owner(name)
        if one is None:
            raise ResourceError(f"{type(row).__name__} has no belongs_to called {name}")
        return self._owner(row, one)

    def _owner(self, row: Resource, one: BelongsTo) -> Resource | None:
        id = getattr(row, one.column)
        return None if id is None else self.get(one.resource, id)


def _validated(resource: type[ResourceT], data: Mapping[str, Any]) -> ResourceT:
    """Read a row that the fast way does not take, or say which one it is and what is wrong with it."""
    try:
        return resource.validate(data)
    except ValidationError as error:
        raise ValidationError(f"{resource.__name__} {data['id']}", error.issues) from None


def _returned(action: Action, value: Any, subject: str) -> Any:
    returns = action.returns
    if returns is None or (value is None and action.optional):
        return None
    issues: list[Issue] = []
    if not isinstance(returns, type):
        return _explained(value, returns, f"what {subject} returned")
    if action.many:
        if not _are(value, returns):
            issues.append(Issue("", "type", f"must be a list of {returns.__name__}"))
    elif not _are([value], returns):
        issues.append(Issue("", "type", f"must be a {returns.__name__}"))
    if issues:
        raise ValidationError(f"what {subject} returned", issues)
    return value


def _are(value: object, resource: type[Resource]) -> bool:
    """Say whether a value is a list of rows of a resource."""
    return isinstance(value, list) and all(isinstance(one, resource) for one in cast("list[object]", value))


def _explained(value: Any, shape: shapes.Shape, subject: str) -> Any:
    issues: list[Issue] = []
    found = explain(shape, value, "", issues)
    if issues:
        raise ValidationError(subject, issues)
    return found
