"""Looks after a store: is it whole, and is it as small as it can be."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import func, select

from mlsig.errors import StoreError
from mlsig.store import address, history
from mlsig.store.file import damaged, reason
from mlsig.store.runs import Store
from mlsig.store.tables import candidates, commands, evaluations, runs


def checked(where: str | Path) -> int:
    """Read all of it, and return how many runs it has.

    Raises:
        StoreError: It is damaged, or something belongs to a run that is not there.
    """
    read = address.read(where)
    with Store(where) as store:
        if read.path is not None:
            verdict = store.read(
                lambda connection: connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            )
            dangling = store.read(
                lambda connection: connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            )
            if verdict != "ok":
                raise StoreError(damaged(read.path, str(verdict)))
            if dangling is not None:
                raise StoreError(damaged(read.path, f"a row of {dangling[0]} belongs to no run"))
        found = [run.id for run in store.runs()]
        for _ in history.exported(store, found):
            pass  # every page that a row is on has been read
    return len(found)


def vacuum(where: str | Path) -> int:
    """Give back the space of what was deleted, and return how many bytes that were.

    Raises:
        StoreError: It is not a store, cannot be reached, or somebody has the file open.
    """
    read = address.read(where)
    if read.path is None:
        return _of_server(where)
    path = read.path
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


def _of_server(where: str | Path) -> int:
    size = select(
        func.pg_total_relation_size(runs.name)
        + func.pg_total_relation_size(candidates.name)
        + func.pg_total_relation_size(evaluations.name)
    )
    with Store(where) as store:
        before = store.read(lambda connection: connection.execute(size).scalar_one())
        with store.engine.connect() as opened:
            connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            for table in (runs, commands, candidates, evaluations):
                connection.exec_driver_sql(f"VACUUM FULL {table.name}")
        after = store.read(lambda connection: connection.execute(size).scalar_one())
    return int(before - after)
