"""What a store has of its runs: sums for people, and everything as lines of JSON, there and back.

    {"mlsig_store": 1, "kind": "run", "row": {"id": "Review-1a2b3c4d", …}}
    {"mlsig_store": 1, "kind": "candidate", "row": {…}}
    {"mlsig_store": 1, "kind": "evaluation", "row": {…}}

Rows are as the tables have them, so nothing is lost; keys and passwords were never written. They are read a
thousand at a time: memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    func,
    insert,
    inspect,
    literal,
    select,
    tuple_,
)

from mlsig.errors import StoreError
from mlsig.store import tables
from mlsig.store.runs import Store

FORMAT: Final = 1
CHUNK: Final = 1_000
_KINDS: Final = {
    "run": tables.runs,
    "command": tables.commands,
    "candidate": tables.candidates,
    "evaluation": tables.evaluations,
}


class _Line(msgspec.Struct):
    mlsig_store: int
    kind: str
    row: dict[str, Any]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What the evaluations of one run on one part of the data come to.

    Attributes:
        done: Evaluations with a result, `failed` those of them with an error, `lost` those without.
        calls: All calls that were paid for, or may have been; `cost` is in US dollars.
    """

    split: str
    done: int
    failed: int
    lost: int
    calls: int
    cost: float
    input_tokens: int
    output_tokens: int


def totals(store: Store, run: str) -> list[Totals]:
    """Return the sums of a run, by part of the data."""
    of = tables.evaluations.c
    is_done = of.state == "done"
    query = (
        select(
            of.split,
            func.count().filter(is_done),
            func.count().filter(is_done & of.error.is_not(None)),
            func.count().filter(of.state == "lost"),
            func.coalesce(func.sum(of.calls), 0),
            func.coalesce(func.sum(of.cost), 0.0),
            func.coalesce(func.sum(of.input_tokens), 0),
            func.coalesce(func.sum(of.output_tokens), 0),
        )
        .where(of.run == run)
        .group_by(of.split)
        .order_by(of.split)
    )
    names = Totals.__struct_fields__
    rows = store.read(lambda connection: connection.execute(query).all())
    return [msgspec.convert(dict(zip(names, row, strict=True)), Totals) for row in rows]


def command(store: Store, run: str) -> str | None:
    """Return the command that goes on with a run, or None where it was not started by one."""

    def work(connection: Connection) -> str | None:
        if not _has(tables.commands.name, connection):
            return None
        asked = select(tables.commands.c.command).where(tables.commands.c.run == run)
        return connection.execute(asked).scalar()

    return store.read(work)


def exported(store: Store, runs: Sequence[str]) -> Iterator[bytes]:
    """Yield the lines of some runs, each run before what belongs to it."""
    encode = msgspec.json.Encoder().encode
    for kind, table in _KINDS.items():
        if store.read(partial(_has, table.name)):
            for row in _rows(store, table, runs):
                yield encode({"mlsig_store": FORMAT, "kind": kind, "row": row}) + b"\n"


def _rows(store: Store, table: Table, runs: Sequence[str]) -> Iterator[dict[str, Any]]:
    mine = table.c.id if table is tables.runs else table.c.run
    key = list(table.primary_key.columns)
    query = select(table).where(mine.in_(runs)).order_by(*key).limit(CHUNK)
    rows = store.read(partial(_all, query))
    while rows:
        yield from ({name: row[name] for name in _named(table)} for row in rows)
        last = [rows[-1][column.name] for column in key]
        rows = store.read(partial(_all, query.where(tuple_(*key) > tuple_(*map(literal, last)))))


def _named(table: Table) -> list[str]:
    """Return the names of the columns that are exported."""
    return [str(column.name) for column in table.columns if column.name not in tables.PASSING]


def _has(name: str, connection: Connection) -> bool:
    return inspect(connection).has_table(name)


def _all(query: Select[Any], connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(query).mappings().all()


def imported(store: Store, lines: Iterable[str | bytes]) -> int:
    """Write lines into a store, all or none, and return how many runs there were.

    Raises:
        StoreError: A line is no row of a store, or a run of its name is there already.
    """
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _KINDS}
    for number, line in enumerate(lines, 1):
        if line.strip():
            kind, row = _read(line, number)
            found[kind].append(row)
    known = {run.id for run in store.runs()}
    for row in found["run"]:
        if row["id"] in known:
            raise StoreError(f"{store.path} has a run {row['id']} already; nothing was imported")
    for row in found["evaluation"]:
        row.pop("id", None)  # which is a number of the file that it was in

    def work(connection: Connection) -> None:
        for kind, table in _KINDS.items():
            if found[kind]:
                table.create(connection, checkfirst=True)
                connection.execute(insert(table), found[kind])

    store.read(work)
    return len(found["run"])


def _read(line: str | bytes, number: int) -> tuple[str, dict[str, Any]]:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise StoreError(f"line {number} is no row of a store; nothing was imported") from None
    if found.mlsig_store != FORMAT:
        message = f"line {number} has format {found.mlsig_store}, this mlsig reads {FORMAT}"
        raise StoreError(f"{message}; nothing was imported")
    table = _KINDS.get(found.kind)
    if table is None or found.row.keys() != set(_named(table)):
        raise StoreError(f"line {number} is no {found.kind} of a store; nothing was imported")
    return found.kind, found.row
