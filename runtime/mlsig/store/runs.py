"""A store: runs, their candidates, and every evaluation that was paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from mlsig.errors import StoreError
from mlsig.store import tables
from mlsig.store.journal import StoreJournal
from mlsig.store.ledger import RunLedger
from mlsig.store.redaction import Redactor
from mlsig.store.status import BEFORE, ENDS, Status
from mlsig.store.writer import Writer

T = TypeVar("T")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as it is stored.

    Attributes:
        identity: Hash of everything that decides its course: program, data, seed, settings.
        settings: What it was started with, as JSON-like data.
        iterations: Steps finished until now.
        best_candidate: Key of the best candidate seen until now, `best_score` its score.
        outcome: The result, as JSON-like data, once the run is completed.
        started_at: Aware, in UTC, as are `created_at` and `completed_at`.
    """

    id: str
    identity: str
    program: str
    program_hash: str
    seed: int
    settings: dict[str, Any]
    status: Status
    iterations: int
    best_score: float | None
    best_candidate: str | None
    error: str | None
    outcome: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class Store:
    """An open store; close it, or use it as a context manager. One process at a time."""

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        command: str = "",
    ) -> None:
        """Open or create the file.

        Args:
            path: The file.
            clock: Gives aware times.
            command: What goes on with the runs that are created; `mlsig runs resume` does it.

        Raises:
            StoreError: The file is foreign, corrupt, in use, or cannot be written; it is left as it was.
        """
        self.path = Path(path)
        self._clock = clock
        self._command = command
        self._writer = Writer(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what is queued, and let go of the file."""
        self._writer.close()

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        query = select(tables.runs).order_by(tables.runs.c.created_at, tables.runs.c.id)
        return self._writer.now(
            lambda connection: [_run(row) for row in connection.execute(query).mappings()]
        )

    def run(self, name: str) -> Run:
        """Return one run.

        Raises:
            StoreError: There is none of that name.
        """
        for run in self.runs():
            if run.id == name:
                return run
        raise StoreError(f"{self.path} has no run {name}")

    def create(
        self, *, identity: str, program: str, program_hash: str, seed: int, settings: Mapping[str, Any]
    ) -> Run:
        """Write a new run, pending.

        Its name is made of the program and its identity, and numbered if taken.
        """
        taken = {run.id for run in self.runs()}
        name = stem = f"{program}-{identity[:8]}"
        number = 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        row = {
            "id": name,
            "identity": identity,
            "program": program,
            "program_hash": program_hash,
            "seed": seed,
            "settings": _json(settings),
            "status": "pending",
            "created_at": self._time(),
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(tables.runs).values(row))
            if self._command:
                tables.commands.create(connection, checkfirst=True)
                connection.execute(insert(tables.commands).values(run=name, command=self._command))

        self._writer.now(work)
        return self.run(name)

    def move(self, name: str, status: Status, *, error: str | None = None) -> None:
        """Change the status of a run.

        Raises:
            StoreError: That is no step of a run's life, such as from completed to running.
        """
        now = self._time()
        changes: dict[str, Any] = {"status": status, "error": error}
        changes["completed_at"] = now if status in ENDS else None

        def work(connection: Connection) -> bool:
            mine = tables.runs.c.id == name
            if status == "running":
                never = mine & tables.runs.c.started_at.is_(None)
                connection.execute(update(tables.runs).where(never).values(started_at=now))
            legal = mine & tables.runs.c.status.in_(BEFORE[status])
            return connection.execute(update(tables.runs).where(legal).values(changes)).rowcount == 1

        before = self.run(name).status
        if not self._writer.now(work):
            raise StoreError(f"run {name} is {before}: it cannot become {status}")

    async def progress(self, name: str, *, iterations: int, best_score: float, best_candidate: str) -> None:
        """Write how far a run has come."""
        statement = (
            update(tables.runs)
            .where(tables.runs.c.id == name)
            .values(iterations=iterations, best_score=best_score, best_candidate=best_candidate)
        )
        await self._writer.later(lambda connection: connection.execute(statement))

    def finish(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Write the outcome of a run, with its keys in their order, and complete it.

        Raises:
            StoreError: The run is not running.
        """
        text = msgspec.json.encode(outcome).decode()
        statement = update(tables.runs).where(tables.runs.c.id == name).values(outcome=text)
        self._writer.now(lambda connection: connection.execute(statement))
        self.move(name, "completed")

    async def keep_candidate(
        self, name: str, *, key: str, parent: str | None, strategy: str, step: int, body: Mapping[str, Any]
    ) -> None:
        """Write a candidate, unless it is there already."""
        row = {
            "run": name,
            "key": key,
            "parent": parent,
            "strategy": strategy,
            "step": step,
            "body": _json(body),
        }
        statement = insert(tables.candidates).prefix_with("OR IGNORE").values(row)
        await self._writer.later(lambda connection: connection.execute(statement))

    def candidates(self, name: str) -> list[dict[str, Any]]:
        """Return the candidates of a run in the order of their proposal, as JSON-like data."""
        columns = tables.candidates.c
        query = select(tables.candidates).where(columns.run == name).order_by(columns.step, columns.key)
        rows = self._writer.now(
            lambda connection: [_plain(row) for row in connection.execute(query).mappings()]
        )
        return [{**row, "body": msgspec.json.decode(row["body"])} for row in rows]

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what a function reads of the tables, in a transaction of its own."""
        return self._writer.now(work)

    def ledger(self, name: str, redactor: Redactor | None = None) -> RunLedger:
        """Return the memory of a run; claims that an earlier process left behind are marked as lost."""
        return RunLedger(name, self._writer, redactor or Redactor(()), self._time)

    def journal(self, name: str, redactor: Redactor | None = None) -> StoreJournal:
        """Return where the run is written down while it goes on, and resumed from."""
        return StoreJournal(self, self.run(name), self.ledger(name, redactor))

    def _time(self) -> str:
        return self._clock().astimezone(UTC).isoformat()


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _run(row: RowMapping) -> Run:
    data = _plain(row)
    data["settings"] = msgspec.json.decode(data["settings"])
    data["outcome"] = None if data["outcome"] is None else msgspec.json.decode(data["outcome"])
    return msgspec.convert(data, Run)


def _plain(row: RowMapping) -> dict[str, Any]:
    # SQLAlchemy's column names are a subclass of str, which msgspec does not take for keys.
    return {str(name): value for name, value in row.items()}
