"""Looks after the file of a store: is it whole, and is it as small as it can be."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mlsig.errors import StoreError
from mlsig.store.file import reason
from mlsig.store.runs import Store


def checked(path: Path) -> int:
    """Look at the whole file, and return how many runs it has.

    Raises:
        StoreError: It is damaged, or something belongs to a run that is not there.
    """
    with Store(path) as store:
        verdict = store.read(
            lambda connection: connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        )
        dangling = store.read(
            lambda connection: connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        )
        count = len(store.runs())
    if verdict != "ok":
        raise StoreError(f"the store {path} is damaged: {verdict}")
    if dangling is not None:
        raise StoreError(f"the store {path} is damaged: a row of {dangling[0]} belongs to no run")
    return count


def vacuum(path: Path) -> int:
    """Give back the space of what was deleted, and return how many bytes that were.

    Raises:
        StoreError: It is not a store, or somebody has it open.
    """
    Store(path).close()  # which looks at it, and writes what is in its log into it
    before = path.stat().st_size
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"the store {path} failed: {reason(error)}") from error
    finally:
        connection.close()
    return before - path.stat().st_size
