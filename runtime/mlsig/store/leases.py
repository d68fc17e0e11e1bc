"""Who works on which run: leases that are renewed while their owner lives, on the server's clock.

    join ──▶ renewed every third of the term ──▶ leave
                └── not any more: the term ends, and what was claimed under the lease is free for others

A lease is a row with an end. Only the server's clock says whether it has ended, so clocks of workers may be
wrong, and may go back. A lease protects nothing by itself: whoever takes over a claim marks it, and a late
result of the claim's owner finds the mark (`mlsig.store.shared`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from mlsig.store.server import seconds
from mlsig.store.tables import evaluations, runs, workers
from mlsig.store.times import Remote

TERM: Final = 30.0
"""Seconds without a sign of life after which a worker is taken for dead."""


class Leases:
    """The leases of one process, and the thread that renews them."""

    def __init__(self, engine: Engine, clock: Remote, term: float = TERM) -> None:
        self._engine = engine
        self._clock = clock
        self._term = term
        self._lock = threading.Lock()
        self._mine: dict[str, str] = {}
        self._unwanted: set[str] = set()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def join(self, connection: Connection, run: str) -> str:
        """Begin to work on a run, and return the token of the lease.

        An earlier lease of this process on the same run ends: whoever had it has crashed.
        """
        token = uuid4().hex
        with self._lock:
            earlier = self._mine.get(run)
            self._mine[run] = token
            self._unwanted.discard(run)
        if earlier is not None:
            connection.execute(delete(workers).where(workers.c.token == earlier))
        connection.execute(delete(workers).where(workers.c.run == run, workers.c.until <= seconds()))
        connection.execute(insert(workers).values(token=token, run=run, until=seconds() + self._term))
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew, name="mlsig-leases", daemon=True)
            self._thread.start()
        return token

    def leave(self, run: str) -> Callable[[Connection], None]:
        """Work on a run no more; what is returned says so in the database."""
        with self._lock:
            token = self._mine.pop(run, None)

        def work(connection: Connection) -> None:
            if token is not None:
                connection.execute(delete(workers).where(workers.c.token == token))

        return work

    def token(self, run: str) -> str | None:
        """Return the token under which this process works on a run."""
        return self._mine.get(run)

    def unwanted(self, run: str) -> bool:
        """Return whether somebody has cancelled a run that this process works on."""
        return run in self._unwanted

    def close(self) -> None:
        """Renew nothing any more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(self._term / 3):
            with self._lock:
                mine = dict(self._mine)
            try:
                with self._engine.begin() as connection:
                    self._beat(connection, mine)
            except SQLAlchemyError:
                continue  # The writer says so, and waits; a lease that ends meanwhile is another's to take.

    def _beat(self, connection: Connection, mine: dict[str, str]) -> None:
        self._clock.hear(connection.execute(select(seconds())).scalar_one())
        for run, token in mine.items():
            until = seconds() + self._term
            renewed = update(workers).where(workers.c.token == token).values(until=until)
            if connection.execute(renewed).rowcount == 0:
                # It ended while this process, or the server, was away. What others have taken over is marked.
                connection.execute(insert(workers).values(token=token, run=run, until=until))
            status = connection.execute(select(runs.c.status).where(runs.c.id == run)).scalar()
            if status == "cancelled":
                self._unwanted.add(run)


def live(token: Any = evaluations.c.owner) -> Any:
    """Return the condition that the worker with a token lives."""
    return select(workers.c.token).where(workers.c.token == token, workers.c.until > seconds()).exists()


def others(connection: Connection, run: str, token: str | None) -> int:
    """Return how many other workers of a run live."""
    asked = select(workers.c.token).where(workers.c.run == run, workers.c.until > seconds())
    return sum(1 for (other,) in connection.execute(asked) if other != token)
