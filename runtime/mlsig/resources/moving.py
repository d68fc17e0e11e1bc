"""All rows of a database as lines of JSON, there and back, and whether they are what was declared.

    {"mlsig_resources": 1, "resource": "Project", "row": {"id": "…", "name": "first", …}}

Owners come before what belongs to them. Nothing is lost: ids, times and versions stay as they are, and what
is read again equals what was written, in SQLite or in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import insert
from sqlalchemy import update as update_of
from sqlalchemy.exc import IntegrityError

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.resources.errors import ResourceError
from mlsig.resources.identity import is_id
from mlsig.resources.resource import Resource
from mlsig.resources.session import Session
from mlsig.resources.storage import LARGEST, encode
from mlsig.resources.writing import as_stored
from mlsig.types.standins import hold

FORMAT: Final = 1
CHUNK: Final = 1_000


class _Line(msgspec.Struct):
    mlsig_resources: int
    resource: str
    row: dict[str, Any]


def exported(session: Session) -> Iterator[bytes]:
    """Yield a line for each row, a thousand read at a time."""
    encode = msgspec.json.Encoder().encode
    for resource in _ordered(session):
        for row in _rows(session, resource):
            line = _Line(FORMAT, resource.__name__, row.to_dict())
            yield encode(line) + b"\n"


def imported(session: Session, lines: Iterable[str | bytes]) -> int:
    """Write rows, all or none, and return how many there were.

    Raises:
        ResourceError: A line is no row of these resources, or is there already, or lacks what it belongs to.
    """
    count = 0
    later: list[tuple[type[Resource], str, str, str]] = []
    with session.database.transaction(whole=True) as connection:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            resource, row, values = _read(session, line, number)
            for one in resource.declaration().belongs_to:
                if one.optional and values[one.column] is not None:  # which may come after it
                    later.append((resource, row.id, one.column, values[one.column]))
                    values[one.column] = None
            try:
                connection.execute(insert(session.table(resource)).values(values))
            except IntegrityError:
                what = f"{resource.__name__} {row.id} of line {number}"
                message = f"{what} is there already, or what it belongs to is not"
                raise ResourceError(f"{message}; nothing was imported") from None
            count += 1
        for resource, id, column, owner in later:
            table = session.table(resource)
            try:
                connection.execute(update_of(table).where(table.c.id == id).values({column: owner}))
            except IntegrityError:
                what = f"{resource.__name__} {id} belongs to {owner} by {column}, which is not there"
                raise ResourceError(f"{what}; nothing was imported") from None
    return count


def checked(session: Session) -> dict[str, int]:
    """Read every row, and return how many each resource has.

    Raises:
        ResourceError: A row is not what is declared, or the file is damaged.
    """
    session.database.check()
    counts: dict[str, int] = {}
    for resource in _ordered(session):
        counts[resource.__name__] = 0
        for row in _rows(session, resource):
            _valid(resource, row)
            counts[resource.__name__] += 1
    return counts


def _valid(resource: type[Resource], row: Resource) -> None:
    issues = resource.check(row.to_dict())
    if issues:
        raise ResourceError(f"{resource.__name__} {row.id} is not what is declared: {issues[0]}")


def _rows(session: Session, resource: type[Resource]) -> Iterator[Resource]:
    after = ""
    while True:
        try:
            page = session.list(resource, limit=CHUNK, after=after)
        except ValidationError as error:
            raise ResourceError(f"a row is not what is declared: {error}") from None
        yield from page.items
        after = page.next
        if not after:
            return


def _read(
    session: Session, line: str | bytes, number: int
) -> tuple[type[Resource], Resource, dict[str, Any]]:
    """Return a row and what its columns hold; lines may come from anywhere."""
    try:
        found = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ResourceError(f"line {number} is no row of a resource; nothing was imported") from None
    if found.mlsig_resources != FORMAT:
        message = f"line {number} has format {found.mlsig_resources}, this mlsig reads {FORMAT}"
        raise ResourceError(f"{message}; nothing was imported")
    resource = session.tables.resources.get(found.resource)
    if resource is None:
        raise ResourceError(f"line {number} has a {found.resource}, which is unknown; nothing was imported")
    try:
        return resource, *_row(resource, found.row)
    except ValidationError as error:
        wrong = error.issues[0]
        raise ResourceError(f"line {number} is no {found.resource}: {wrong}; nothing was imported") from None


def _row(resource: type[Resource], data: dict[str, Any]) -> tuple[Resource, dict[str, Any]]:
    """Return a row, and what its columns hold.

    Raises:
        ValidationError: It is none.
    """
    issues = list(resource.check(data))
    if issues:
        raise ValidationError(resource.__name__, issues)
    # Transforms ran when it was first written, and do not again.
    row = msgspec.convert(data, resource, dec_hook=hold)
    ids = [
        "id",
        *(one.column for one in row.declaration().belongs_to if getattr(row, one.column) is not None),
    ]
    issues += [Issue(name, "id", "is no id") for name in ids if not is_id(getattr(row, name))]
    for name in ("created_at", "updated_at"):
        encode(getattr(row, name), shapes.DateTime(), name, issues)
    if not 1 <= row.version <= LARGEST:
        issues.append(Issue("version", "range", "must be from 1, and within 64 bits"))
    if issues:
        raise ValidationError(resource.__name__, issues)
    return as_stored(row, resource.declaration())


def _ordered(session: Session) -> list[type[Resource]]:
    """Return the resources, each after those that it cannot be without."""
    waiting = list(session.tables.resources.values())
    found: list[type[Resource]] = []
    while waiting:
        for resource in waiting:
            needs = [one.resource for one in resource.declaration().belongs_to if not one.optional]
            if all(one in found for one in needs):
                found.append(resource)
                waiting.remove(resource)
                break
    return found
