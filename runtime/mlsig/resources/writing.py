"""Creating, changing and deleting rows: values checked, hooks asked, rules of relationships kept."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import msgspec
from sqlalchemy import delete as delete_from
from sqlalchemy import func, select
from sqlalchemy import update as update_of

from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig.resources.declared import Declaration
from mlsig.resources.errors import NotFound, ResourceError, Restricted, Stale, TransitionRefused
from mlsig.resources.paging import every
from mlsig.resources.resource import Change, Resource
from mlsig.resources.storage import encode

if TYPE_CHECKING:
    from mlsig.resources.session import Session

ResourceT = TypeVar("ResourceT", bound=Resource)
MOST_ITEMS = 5
"""So many of those that hold a deletion up are named."""


def create(session: Session, resource: type[ResourceT], values: Mapping[str, Any]) -> ResourceT:
    """Store a new row."""
    declared, now = resource.declaration(), _now(session)
    given = _with_ids(declared, values)
    built_in = {"id": session.ids(), "created_at": now, "updated_at": now, "version": 1}
    row = resource.validate({**given, **built_in})
    row, written = as_stored(row, declared)
    with session.database.transaction(whole=True) as connection:
        _check_owners(session, row, declared, [one.column for one in declared.belongs_to])
        _call(session, declared, "before", Change(event="create", before=None, after=row))
        session.table(resource)
        connection.execute(session.tables.statements[resource.__name__].insert, written)
        _call(session, declared, "after", Change(event="create", before=None, after=row))
    return row


def update(session: Session, row: ResourceT, values: Mapping[str, Any]) -> ResourceT:
    """Change some values of a row."""
    resource = type(row)
    declared = resource.declaration()
    given = _with_ids(declared, values)
    fields = {field.name: field for field in resource.shape().fields}
    issues: list[Issue] = []
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields or name in ("id", "created_at", "updated_at", "version"):
            issues.append(Issue(name, "unknown", "is nothing that can be changed"))
        else:
            read[name] = explain(fields[name].shape, value, name, issues)
    if issues:
        raise ValidationError(resource.__name__, issues)
    now = max(_now(session), row.updated_at)  # a clock that goes backwards does not make it younger
    after = msgspec.structs.replace(row, **read, updated_at=now, version=row.version + 1)
    after, written = as_stored(after, declared)
    for attribute in declared.attributes:
        if attribute.transitions is not None and attribute.name in read:
            before, wanted = str(getattr(row, attribute.name)), str(read[attribute.name])
            allowed = attribute.transitions.get(before, ())
            if before != wanted and wanted not in allowed:
                raise TransitionRefused(resource.__name__, attribute.name, before, wanted, allowed)
    changed = {name: written[name] for name in (*read, "updated_at", "version")}
    table = session.table(resource)
    with session.database.transaction(whole=True) as connection:
        _check_owners(session, after, declared, read)
        _call(session, declared, "before", Change(event="update", before=row, after=after))
        mine = (table.c.id == row.id) & (table.c.version == row.version)
        if connection.execute(update_of(table).where(mine).values(changed)).rowcount != 1:
            _missed(session, row)
        _call(session, declared, "after", Change(event="update", before=row, after=after))
    return after


def delete(session: Session, row: Resource) -> None:
    """Delete a row, and do with those that belong to it as is declared."""
    with session.database.transaction(whole=True):
        _delete(session, row, set())


def _delete(session: Session, row: Resource, under_way: set[str]) -> None:
    resource = type(row)
    declared, table = resource.declaration(), session.table(resource)
    under_way.add(row.id)
    _call(session, declared, "before", Change(event="delete", before=row, after=None))
    for other, one in session.tables.alone.get(resource.__name__, ()):
        held = _Held(other, one.column, f"of which it is the {one.name}")
        held.refuse(session, row, under_way)
    for many in declared.has_many:
        if many.on_delete == "restrict":
            _Held(many.resource, f"{many.inverse}_id", many.name).refuse(session, row, under_way)
            continue
        for item in every(session, many.resource, {f"{many.inverse}_id": row.id}):
            if many.on_delete == "nullify":
                update(session, item, {many.inverse: None})
            elif item.id not in under_way:
                _delete(session, item, under_way)
    with session.database.transaction() as connection:
        mine = (table.c.id == row.id) & (table.c.version == row.version)
        if connection.execute(delete_from(table).where(mine)).rowcount != 1:
            _missed(session, row)
    _call(session, declared, "after", Change(event="delete", before=row, after=None))


class _Held(NamedTuple):
    """The rows of a resource whose `column` is the id of another, and what they are called there."""

    items: type[Resource]
    column: str
    called: str

    def refuse(self, session: Session, row: Resource, under_way: set[str]) -> None:
        """Refuse to delete a row while there are any, but for those that are being deleted too."""
        table = session.table(self.items)
        held = (table.c[self.column] == row.id) & table.c.id.not_in(under_way)
        with session.database.transaction() as connection:
            count = connection.execute(select(func.count()).select_from(table).where(held)).scalar_one()
            ids = connection.execute(select(table.c.id).where(held).limit(MOST_ITEMS)).scalars().all()
        if count:
            more = ", …" if count > len(ids) else ""
            shown = f"{self.items.__name__} {', '.join(ids)}{more}"
            name = type(row).__name__
            raise Restricted(f"{name} {row.id} has {count} {self.called} ({shown}): delete them first")


def _missed(session: Session, row: Resource) -> None:
    """Say why a row was not where it was."""
    now = session.find(type(row), row.id)
    if now is None:
        raise NotFound(type(row).__name__, row.id)
    raise Stale(type(row).__name__, row.id, row.version, now.version)


def _with_ids(declared: Declaration, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are given, with ids for the rows that something belongs to."""
    given = {name: value for name, value in values.items() if value is not msgspec.UNSET}
    for one in declared.belongs_to:
        if one.name in given:
            owner = given.pop(one.name)
            if isinstance(owner, Resource) and not isinstance(owner, one.resource):
                issue = Issue(one.name, "type", f"must be a {one.resource.__name__} or its id")
                raise ValidationError(declared.name, [issue])
            given[one.column] = owner.id if isinstance(owner, Resource) else owner
    return given


def _check_owners(session: Session, row: Resource, declared: Declaration, columns: Container[str]) -> None:
    """Refuse ids of what is not there."""
    for one in declared.belongs_to:
        id = getattr(row, one.column)
        if one.column not in columns or id is None or id == row.id:
            continue
        if not session.has(one.resource, id):
            name = one.resource.__name__
            raise NotFound(name, id, f"{declared.name}.{one.name}: there is no {name} {id}")


def as_stored(row: ResourceT, declared: Declaration) -> tuple[ResourceT, dict[str, Any]]:
    """Return a row with its times in UTC, and what is written of it to the columns."""
    issues: list[Issue] = []
    written: dict[str, Any] = {
        name: getattr(row, name) for name in ("id", "created_at", "updated_at", "version")
    }
    written |= {one.column: getattr(row, one.column) for one in declared.belongs_to}
    times: dict[str, datetime] = {}
    for attribute in declared.attributes:
        value = getattr(row, attribute.name)
        written[attribute.name] = found = encode(value, attribute.shape, attribute.name, issues)
        if isinstance(found, datetime):
            times[attribute.name] = found
    if issues:
        raise ValidationError(declared.name, issues)
    return (msgspec.structs.replace(row, **times) if times else row), written


def _call(
    session: Session, declared: Declaration, moment: Literal["before", "after"], change: Change[Any]
) -> None:
    """Call the hooks of a moment; what one of them raises undoes the whole transaction."""
    for hook in declared.hooks:
        if (hook.moment, hook.event) == (moment, change.event):
            hook.load()(session, change)


def _now(session: Session) -> datetime:
    now = session.clock()
    if now.tzinfo is None:
        raise ResourceError("the clock of a session gives aware times")
    return now.astimezone(UTC)
