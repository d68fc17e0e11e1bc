"""The one thread that touches the database.

The event loop never waits for a disk, and writes never overlap.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from mlsig.errors import StoreError
from mlsig.store.file import open_file, reason

T = TypeVar("T")


class Writer:
    """Runs functions of a connection, each in a transaction of its own, one after the other."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            StoreError: It cannot be used.
        """
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mlsig-store")
        try:
            self._engine: Engine = self._thread.submit(open_file, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def now(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, commit, and return its value.

        Raises:
            StoreError: The database could not be read or written; nothing of `work` is kept.
        """
        return self._thread.submit(self._run, work).result()

    async def later(self, work: Callable[[Connection], T]) -> T:
        """Run `work` and commit without blocking the loop. A cancelled caller does not cancel the write.

        Raises:
            StoreError: The database could not be read or written; nothing of `work` is kept.
        """
        return await asyncio.shield(asyncio.wrap_future(self._thread.submit(self._run, work)))

    def close(self) -> None:
        """Finish what is queued, and let go of the file."""
        self._thread.submit(self._engine.dispose).result()
        self._thread.shutdown()

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"the store {self._path} failed: {reason(error)}") from error
