"""Creating, changing and deleting rows: values checked, hooks asked, rules of relationships kept."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
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
    try:
        with session.database.transaction(whole=True):
            _delete(session, row, {})
    except RecursionError:
        message = f"what belongs to {type(row).__name__} {row.id} reaches too deep"
        raise ResourceError(
            f"{message} to be deleted at once: delete what is furthest from it first"
        ) from None


def _delete(session: Session, row: Resource, under_way: dict[str, type[Resource]]) -> None:
    """Delete a row; `under_way` are those that are deleted because of each other, and not gone yet."""
    resource = type(row)
    declared, table = resource.declaration(), session.table(resource)
    under_way[row.id] = resource
    _call(session, declared, "before", Change(event="delete", before=row, after=None))
    for held in _held(session, resource):
        held.let_go(session, row, under_way)
        if held.rule == "restrict":
            held.refuse(session, row)
        elif held.rule == "cascade" and _plain(session, held.items):
            items = session.table(held.items)
            with session.database.transaction() as connection:
                connection.execute(delete_from(items).where(items.c[held.column] == row.id))
        else:
            for item in every(session, held.items, {held.column: row.id}):
                if held.rule == "nullify":
                    update(session, item, {held.inverse: None})
                elif item.id in under_way:  # it cannot be without this one, nor this one without it
                    held.refuse(session, row)
                else:
                    _delete(session, item, under_way)
    with session.database.transaction() as connection:
        mine = (table.c.id == row.id) & (table.c.version == row.version)
        if connection.execute(delete_from(table).where(mine)).rowcount != 1:
            _missed(session, row)
    del under_way[row.id]
    _call(session, declared, "after", Change(event="delete", before=row, after=None))


class _Held(NamedTuple):
    """The rows of a resource that belong to another by `inverse`, and what they are called there."""

    items: type[Resource]
    inverse: str
    column: str
    optional: bool
    rule: Literal["restrict", "cascade", "nullify"]
    called: str

    def let_go(self, session: Session, row: Resource, under_way: Mapping[str, type[Resource]]) -> None:
        """Take a row from those that are deleted too, so that neither waits for the other."""
        ids = [id for id, kind in under_way.items() if kind is self.items]
        if not self.optional or not ids:
            return
        table = session.table(self.items)
        held = (table.c[self.column] == row.id) & table.c.id.in_(ids)
        with session.database.transaction() as connection:
            connection.execute(update_of(table).where(held).values({self.column: None}))

    def refuse(self, session: Session, row: Resource) -> None:
        """Refuse to delete a row while there are any."""
        table = session.table(self.items)
        held = table.c[self.column] == row.id
        with session.database.transaction() as connection:
            count = connection.execute(select(func.count()).select_from(table).where(held)).scalar_one()
            ids = connection.execute(select(table.c.id).where(held).limit(MOST_ITEMS)).scalars().all()
        if count:
            more = ", …" if count > len(ids) else ""
            shown = f"{self.items.__name__} {', '.join(ids)}{more}"
            name = type(row).__name__
            raise Restricted(f"{name} {row.id} has {count} {self.called} ({shown}): delete them first")


def _held(session: Session, resource: type[Resource]) -> Iterator[_Held]:
    """Yield what may belong to a row: by a `has_many`, or, of other files, without one."""
    for other, one in session.tables.alone.get(resource.__name__, ()):
        called = f"of which it is the {one.name}"
        yield _Held(other, one.name, one.column, one.optional, "restrict", called)
    for many in resource.declaration().has_many:
        owner = many.resource.declaration().owner(many.inverse)
        if owner is not None:
            yield _Held(many.resource, owner.name, owner.column, owner.optional, many.on_delete, many.name)


def _plain(session: Session, resource: type[Resource]) -> bool:
    """Say whether rows may go all at once: nothing belongs to them, and no hook looks at each."""
    watched = any(hook.event == "delete" for hook in resource.declaration().hooks)
    return not watched and next(_held(session, resource), None) is None


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
