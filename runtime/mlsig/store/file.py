"""Opens the file of a store, or says why not; a file that is not ours is left exactly as it is.

SQLite in WAL mode with `synchronous=FULL`: what is committed survives a kill and a power cut. The
connection holds the file's lock for as long as it is open: SQLite before 3.51.3 can corrupt a file that two
processes write in WAL mode.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from mlsig.errors import StoreError
from mlsig.store.tables import APPLICATION_ID, OLDER, USER_VERSION, metadata

MAGIC: Final = b"SQLite format 3\0"
LOCK_WAIT: Final = 1.0
"""Seconds to wait for another process to let go of the file."""


def open_file(path: Path) -> Engine:
    """Open or create the store at `path`. Call it, and use the engine, from one thread.

    Raises:
        StoreError: The file is foreign, corrupt, newer, in use, or cannot be written.
    """
    try:
        version = _version(path)
    except OSError as error:
        raise StoreError(f"cannot open the store {path}: {error.strerror or error}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"timeout": LOCK_WAIT},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    try:
        with engine.connect() as connection:
            verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar()
            if verdict != "ok":
                raise StoreError(f"the store {path} is damaged: {verdict}; it was left as it is")
        if version is None:
            _create(engine)
        elif version < USER_VERSION:
            _upgrade(engine, version)
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode=WAL"))
            connection.commit()
            # A write that changes nothing: an unwritable file or a second user shows now, not after a paid
            # call.
            connection.execute(text(f"PRAGMA user_version={USER_VERSION}"))
            connection.commit()
    except (SQLAlchemyError, sqlite3.Error) as error:
        engine.dispose()
        raise StoreError(f"cannot use the store {path}: {reason(error)}") from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def reason(error: BaseException) -> str:
    """Return what SQLite said, without the statement and its parameters."""
    words = str(getattr(error, "orig", None) or error)
    return f"{words} (another process has it open)" if "locked" in words else words


def _version(path: Path) -> int | None:
    """Read the header, and refuse what is not ours before SQLite touches it; None where nothing is there."""
    if path.is_dir():
        raise StoreError(f"the store {path} is a directory")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return None
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return None
    application = int.from_bytes(header[68:72], "big")
    if not header.startswith(MAGIC) or len(header) < 100 or application != APPLICATION_ID:
        raise StoreError(f"{path} is not a store of mlsig; it was left as it is")
    version = int.from_bytes(header[60:64], "big")
    if version != USER_VERSION and version not in OLDER:
        raise StoreError(
            f"the store {path} has version {version}, this mlsig reads {USER_VERSION}; it was left as it is"
        )
    return version


def _prepare(connection: Any, record: object) -> None:
    """Set what SQLite keeps per connection."""
    del record
    cursor = connection.cursor()
    cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _create(engine: Engine) -> None:
    """Make the tables and the two marks in one transaction: a kill leaves an empty file or a whole store."""
    with engine.begin() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        connection.execute(text(f"PRAGMA application_id={APPLICATION_ID}"))
        connection.execute(text(f"PRAGMA user_version={USER_VERSION}"))
        metadata.create_all(connection)


def _upgrade(engine: Engine, version: int) -> None:
    """Make the tables of an earlier version those of this one, in one transaction."""
    with engine.begin() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        for number in range(version, USER_VERSION):
            for statement in OLDER[number]:
                connection.execute(text(statement))
        connection.execute(text(f"PRAGMA user_version={USER_VERSION}"))
