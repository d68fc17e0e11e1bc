"""A store: runs, their candidates, and every evaluation that was paid for.

In a file, which one process has to itself, or in a PostgreSQL database, on which any number may work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, func, select, update

from mlsig.errors import StoreError
from mlsig.store import address, leases, life, tables
from mlsig.store.file import Durability, open_file
from mlsig.store.journal import StoreJournal
from mlsig.store.leases import TERM, Leases
from mlsig.store.ledger import RunLedger
from mlsig.store.redaction import Redactor
from mlsig.store.run import Run, json_of, plain, run_of
from mlsig.store.server import open_server, passes, seconds
from mlsig.store.shared import SharedLedger
from mlsig.store.status import Status
from mlsig.store.times import Remote, Times
from mlsig.store.writer import Writer

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds in which a server that has gone away is tried again."""


class Store:
    """An open store; close it, or use it as a context manager.

    Attributes:
        path: The file; of a database its address, without the password.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        clock: Callable[[], datetime] | None = None,
        command: str = "",
        durability: Durability = "full",
        lease: float = TERM,
        patience: float = PATIENCE,
    ) -> None:
        """Open or create it.

        Args:
            where: A file, or `postgresql://user:password@host/database`.
            clock: Gives aware times; this machine's where nothing is said, or the server's.
            command: What goes on with the runs that are created; `mlsig runs resume` does it.
            durability: What an acknowledged write survives: `full` a power cut, `normal` a kill.
            lease: Seconds without a sign of life after which others may take over what this process began.
            patience: Seconds in which a server that has gone away is tried again.

        Raises:
            StoreError: It is foreign, corrupt, in use, or cannot be reached or written; it is left as it was.
        """
        read = address.read(where)
        self.path: Path | str = read.path or read.shown
        self._command = command
        self._leases: Leases | None = None
        self._working: set[str] = set()
        if read.path is not None:
            self._writer = Writer(partial(open_file, read.path, durability), read.shown)
            self._times = Times(clock or _here)
        else:
            remote = Remote()
            opener: Callable[[], Engine] = partial(open_server, read, durability)
            self._writer = Writer(opener, read.shown, passes=passes, patience=patience)
            self._leases = Leases(self._writer.engine, remote, lease)
            remote.hear(
                self._writer.now(lambda connection: connection.execute(select(seconds())).scalar_one())
            )
            self._times = Times(clock or remote.now)
        self._writer.now(self._look_back)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what is queued, and let go of it."""
        if self._leases is not None:
            for name in list(self._working):
                try:
                    self.leave(name)
                except StoreError:
                    break  # The server is away, or the store is closed already: the leases end by themselves.
            self._leases.close()
        self._writer.close()

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        found = self._writer.now(self._read)
        return sorted(found, key=lambda run: (run.created_at, run.id))

    def run(self, name: str) -> Run:
        """Return one run.

        Raises:
            StoreError: There is none of that name.
        """
        for run in self._writer.now(partial(self._read, name=name)):
            return run
        raise StoreError(f"{self.path} has no run {name}")

    def create(
        self,
        *,
        identity: str,
        program: str,
        program_hash: str,
        seed: int,
        settings: Mapping[str, Any],
        again: bool = True,
    ) -> Run:
        """Write a new run, pending.

        Its name is made of the program and its identity, and numbered if taken.

        Args:
            identity: Hash of everything that decides its course.
            program: Name of what is optimised.
            program_hash: Hash of it.
            seed: Decides its random choices.
            settings: What it is started with.
            again: Also where a run of the same identity is there; otherwise the last of those is returned.
        """
        stem = f"{program}-{identity[:8]}"
        row = {
            "identity": identity,
            "program": program,
            "program_hash": program_hash,
            "seed": seed,
            "settings": json_of(settings),
            "status": "pending",
        }
        now = self._times.now()
        name = self._writer.now(life.creating(row, stem, now, command=self._command, again=again))
        created = self.run(name)
        self._times.floor(created.created_at.isoformat())
        return created

    def move(self, name: str, status: Status, *, error: str | None = None) -> None:
        """Change the status of a run.

        Raises:
            StoreError: That is no step of a run's life, such as from completed to running.
        """
        work = life.moving(name, status, self._times.now(), error=error, shown=str(self.path))
        before = self._writer.now(work)
        if before is not None:
            raise StoreError(f"run {name} is {before}: it cannot become {status}")

    async def progress(self, name: str, *, iterations: int, best_score: float, best_candidate: str) -> None:
        """Write how far a run has come."""
        statement = (
            update(tables.runs)
            .where(tables.runs.c.id == name)
            .values(iterations=iterations, best_score=best_score, best_candidate=best_candidate)
        )
        await self._writer.later(lambda connection: connection.execute(statement))

    def finish(self, name: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Write the outcome of a run, with its keys in their order, and complete it.

        Returns:
            The outcome that the run has: that of another process, where that was there first.

        Raises:
            StoreError: The run is not running.
        """
        text = msgspec.json.encode(outcome).decode()
        work = life.moving(name, "completed", self._times.now(), outcome=text, shown=str(self.path))
        before = self._writer.now(work)
        if before is not None and before != "completed":
            raise StoreError(f"run {name} is {before}: it cannot become completed")
        found = self.run(name).outcome
        if found is None or (before is not None and self._leases is None):
            raise StoreError(f"run {name} is {before}: it cannot become completed")
        return found

    def leave(self, name: str) -> bool:
        """Work on a run no more, and return whether somebody else does."""
        self._working.discard(name)
        if self._leases is None:
            return False
        self._writer.now(self._leases.leave(name))
        return self._writer.now(lambda connection: leases.others(connection, name, None) > 0)

    def unwanted(self, name: str) -> bool:
        """Return whether another process has cancelled a run that this one works on."""
        return self._leases is not None and self._leases.unwanted(name)

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
            "body": json_of(body),
        }
        await self._writer.later(
            lambda connection: connection.execute(
                tables.insert_once(connection, tables.candidates).values(row)
            )
        )

    def candidates(self, name: str) -> list[dict[str, Any]]:
        """Return the candidates of a run in the order of their proposal, as JSON-like data."""
        columns = tables.candidates.c
        query = select(tables.candidates).where(columns.run == name)
        rows = self._writer.now(
            lambda connection: [plain(row) for row in connection.execute(query).mappings()]
        )
        rows.sort(key=lambda row: (row["step"], row["key"]))
        return [{**row, "body": msgspec.json.decode(row["body"])} for row in rows]

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what a function reads of the tables, in a transaction of its own."""
        return self._writer.now(work)

    def ledger(self, name: str, redactor: Redactor | None = None) -> RunLedger:
        """Begin to work on a run, and return its memory.

        Claims that a process left behind which has died are marked as lost.
        """
        run = self.run(name)
        scope = f"{run.id} {run.identity} {run.created_at.isoformat()}".encode()
        masks = redactor or Redactor(())
        self._working.add(name)
        if self._leases is None:
            return RunLedger(name, self._writer, masks, self._times.now, scope)
        return SharedLedger(name, self._writer, masks, self._times.now, scope, leases=self._leases)

    def journal(self, name: str, redactor: Redactor | None = None) -> StoreJournal:
        """Return where the run is written down while it goes on, and resumed from."""
        masks = redactor or Redactor(())
        return StoreJournal(self, self.run(name), self.ledger(name, masks), masks)

    @property
    def engine(self) -> Engine:
        """The database; of a file, for the store's own thread only."""
        return self._writer.engine

    def _read(self, connection: Connection, *, name: str | None = None) -> list[Run]:
        query = select(tables.runs)
        if name is not None:
            query = query.where(tables.runs.c.id == name)
        rows = connection.execute(query).mappings().all()
        if self._leases is None:
            return [run_of(row, worked_on=row["id"] in self._working) for row in rows]
        live = select(tables.workers.c.run).where(tables.workers.c.until > seconds())
        busy = set(connection.execute(live).scalars())
        return [run_of(row, worked_on=row["id"] in busy) for row in rows]

    def _look_back(self, connection: Connection) -> None:
        """Begin after the last time that is in the store: this machine's clock may have been set back."""
        times = (tables.runs.c.created_at, tables.runs.c.started_at, tables.runs.c.completed_at)
        for row in connection.execute(select(*times)):
            for time in row:
                self._times.floor(time)
        last = select(func.max(tables.evaluations.c.id)).scalar_subquery()
        of = tables.evaluations.c
        for marks in connection.execute(select(of.claimed_at, of.completed_at).where(of.id == last)):
            for time in marks:
                self._times.floor(time)


def _here() -> datetime:
    return datetime.now(UTC)
