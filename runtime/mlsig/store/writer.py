"""The one thread that writes: all that is queued is one transaction, acknowledged when that is on disk.

    queued ──▶ [ transaction: one after the other ] ──▶ one fsync ──▶ every waiter hears of it

The event loop never waits for a disk, and writes never overlap. Where one of a group fails, the group is
undone and each is done alone, so none suffers for another. A server that has gone away is waited for. What
may have been committed before the answer was lost is then done again: all that is handed in must come to the
same when it is done twice.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from mlsig.errors import StoreError
from mlsig.store.file import reason

T = TypeVar("T")

MOST: Final = 256
"""How many writes share one transaction at most."""
PAUSE: Final = 0.05
"""Seconds before a server that is away is tried again; twice as many after each time, up to `LONGEST`."""
LONGEST: Final = 2.0

log = logging.getLogger(__name__)


class _Wanted(NamedTuple):
    work: Callable[[Connection], Any]
    done: Future[Any]


class Writer:
    """Runs functions of a connection, one after the other, in as few transactions as it can."""

    def __init__(
        self,
        opener: Callable[[], Engine],
        shown: str,
        *,
        passes: Callable[[BaseException], bool] = lambda error: False,  # noqa: ARG005
        patience: float = 0.0,
    ) -> None:
        """Open the database.

        Args:
            opener: Opens it, in the thread that will use it.
            shown: What errors call it.
            passes: Whether the same may succeed later.
            patience: Seconds in which it is tried again.

        Raises:
            StoreError: It cannot be used.
        """
        self._shown = shown
        self._passes = passes
        self._patience = patience
        self._queue: SimpleQueue[_Wanted | None] = SimpleQueue()
        self._closed = threading.Event()
        opened: Future[Engine] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(opener, opened), name="mlsig-store", daemon=True
        )
        self._thread.start()
        self.engine: Engine = opened.result()

    def now(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, commit, and return its value.

        Raises:
            StoreError: The database could not be read or written; nothing of `work` is kept.
        """
        return self._hand_in(work).result()

    async def later(self, work: Callable[[Connection], T]) -> T:
        """Run `work` and commit without blocking the loop. A cancelled caller does not cancel the write.

        Raises:
            StoreError: The database could not be read or written; nothing of `work` is kept.
        """
        return await asyncio.shield(asyncio.wrap_future(self._hand_in(work)))

    def close(self) -> None:
        """Finish what is queued, wait no more for a server that is away, and let go of the database."""
        if not self._closed.is_set():
            self._closed.set()
            self._queue.put(None)
        self._thread.join()

    def _hand_in(self, work: Callable[[Connection], T]) -> Future[T]:
        if self._closed.is_set():
            raise StoreError(f"the store {self._shown} is closed")
        done: Future[T] = Future()
        self._queue.put(_Wanted(work, done))
        return done

    def _run(self, opener: Callable[[], Engine], opened: Future[Engine]) -> None:
        try:
            engine = opener()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(engine)
        going = True
        while going:
            group, going = self._group()
            if group:
                self._commit(engine, group)
        engine.dispose()

    def _group(self) -> tuple[list[_Wanted], bool]:
        """Wait for a write, and return it with all others that are there; and whether there will be more."""
        group: list[_Wanted] = []
        wanted = self._queue.get()
        while wanted is not None:
            group.append(wanted)
            if len(group) == MOST:
                return group, True
            try:
                wanted = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _commit(self, engine: Engine, group: Sequence[_Wanted]) -> None:
        try:
            values = self._tried(engine, [wanted.work for wanted in group])
        except BaseException as error:
            if len(group) > 1 and not self._passes(error):
                self._each(engine, group, error)
                return
            for wanted in group:
                wanted.done.set_exception(self._named(error))
            return
        for wanted, value in zip(group, values, strict=True):
            wanted.done.set_result(value)

    def _each(self, engine: Engine, group: Sequence[_Wanted], error: BaseException) -> None:
        """Do each alone; a server that was waited for in vain is not waited for again."""
        log.info("the store %s failed: %s; each write is tried alone", self._shown, reason(error))
        for number, wanted in enumerate(group):
            self._commit(engine, [wanted])
            failed = wanted.done.exception()
            if failed is not None and failed.__cause__ is not None and self._passes(failed.__cause__):
                for other in group[number + 1 :]:
                    other.done.set_exception(self._named(failed.__cause__))
                return

    def _named(self, error: BaseException) -> BaseException:
        """Return what to say of an error: one of the database is the store's, one of ours is itself."""
        if not isinstance(error, SQLAlchemyError | sqlite3.Error | OSError):
            return error
        failed = StoreError(f"the store {self._shown} failed: {reason(error)}")
        failed.__cause__ = error
        return failed

    def _tried(self, engine: Engine, works: Sequence[Callable[[Connection], Any]]) -> list[Any]:
        """Do all in one transaction, again and again while the server is away."""
        until, pause = None, PAUSE
        while True:
            try:
                with engine.begin() as connection:
                    return [work(connection) for work in works]
            except SQLAlchemyError as error:
                if not self._passes(error) or self._closed.is_set():
                    raise
                now = time.monotonic()
                if until is None:
                    until = now + self._patience
                    said = "the store %s failed: %s; trying again for %.0f s"
                    log.warning(said, self._shown, reason(error), self._patience)
                if now >= until:
                    raise
            self._closed.wait(pause)
            pause = min(2 * pause, LONGEST)
