"""Opens the file of a store, or says why not; a file that is not ours is left exactly as it is.

SQLite in WAL mode with `synchronous=FULL`: what is committed survives a kill and a power cut. One connection
holds the file's lock for as long as it is open. That is also what keeps a file safe from the WAL-reset bug of
SQLite (3.7.0 to 3.51.2), which needs two connections: no version with the bug is let at a file without the
lock.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from mlsig.errors import StoreError
from mlsig.store.tables import APPLICATION_ID, OLDER, USER_VERSION, metadata

MAGIC: Final = b"SQLite format 3\0"
LOCKING: Final = "EXCLUSIVE"
"""One connection at a time, for as long as it is open."""
LOCK_WAIT: Final = 1.0
"""Seconds to wait for another process to let go of the file."""

SERVER_FULL: Final = "53100"
"""The SQLSTATE of a PostgreSQL server whose disk is full."""

Durability: TypeAlias = Literal["full", "normal"]
"""What an acknowledged write survives.

`full` survives a power cut; `normal` a kill of this process, and most power cuts but for the last moments.
"""

MENDED: Final = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The first version without the WAL-reset bug, of each line that got the repair; the last is the first of all
later ones. Source: https://sqlite.org/wal.html#walresetbug."""


def has_reset_bug(version: tuple[int, ...]) -> bool:
    """Return whether two connections of this version of SQLite can damage a file in WAL mode."""
    if version < (3, 7, 0) or version >= MENDED[-1]:
        return False
    return not any(version[:2] == mended[:2] and version >= mended for mended in MENDED)


def open_file(path: Path, durability: Durability = "full") -> Engine:
    """Open or create the store at `path`. Call it, and use the engine, from one thread.

    Raises:
        StoreError: The file is foreign, corrupt, newer, in use, or cannot be written.
    """
    try:
        _check_header(path)
        _check_log(path)
    except OSError as error:
        raise StoreError(f"cannot open the store {path}: {error.strerror or error}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"timeout": LOCK_WAIT},
        hide_parameters=True,
    )
    event.listen(engine, "connect", partial(_prepare, durability))
    try:
        with engine.connect() as connection:
            _check_lock(connection)
            verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar()
            if verdict != "ok":
                raise StoreError(damaged(path, str(verdict)))
            # Not that of the header: after a kill it may be in the log, or be about to be undone.
            version = int(connection.execute(text("PRAGMA user_version")).scalar() or 0)
        if version == 0:
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
        if "malformed" in str(error) or "not a database" in str(error):
            raise StoreError(damaged(path, reason(error))) from error
        raise StoreError(f"cannot use the store {path}: {reason(error)}") from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def damaged(path: Path, what: str) -> str:
    """Return what to say of a damaged file, with the way out."""
    return (
        f"the store {path} is damaged: {what}; it was left as it is. Put a copy of it back, or save what can "
        f"still be read: sqlite3 {path} .recover | sqlite3 recovered.db"
    )


def reason(error: BaseException) -> str:
    """Return what the database said, without the statement and its parameters, and the way out."""
    lines = [line.strip() for line in str(getattr(error, "orig", None) or error).splitlines() if line.strip()]
    words = lines[0] if lines else type(error).__name__
    if "is locked" in words:
        return f"{words} (another process has it open)"
    full = getattr(getattr(error, "orig", None), "sqlstate", None) == SERVER_FULL
    if full or "is full" in words or "No space left" in words or "disk I/O" in words:
        return f"{words} (make room, then go on with --resume: what was acknowledged is kept)"
    return words


def _check_lock(connection: Connection) -> None:
    """Refuse to go on without the lock where that is what keeps the file whole."""
    mode = connection.execute(text("PRAGMA locking_mode")).scalar()
    if mode != "exclusive" and has_reset_bug(sqlite3.sqlite_version_info):
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} can damage a file that others have open too, and gave no lock "
            f"of its own ({mode}): use SQLite {'.'.join(map(str, MENDED[-1]))} or later, or PostgreSQL"
        )


def _check_header(path: Path) -> None:
    """Refuse what is not ours before SQLite touches it."""
    if path.is_dir():
        raise StoreError(f"the store {path} is a directory")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return
    application = int.from_bytes(header[68:72], "big")
    if not header.startswith(MAGIC) or len(header) < 100 or application != APPLICATION_ID:
        raise StoreError(f"{path} is not a store of mlsig; it was left as it is")
    version = int.from_bytes(header[60:64], "big")
    if version != USER_VERSION and version not in OLDER:
        raise StoreError(
            f"the store {path} has version {version}, this mlsig reads {USER_VERSION}; it was left as it is"
        )


def _check_log(path: Path) -> None:
    """Look at a file whose last user died, without writing to it.

    A connection that may write moves the log into the file when it is closed, also into a damaged one.
    """
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not log.exists() or not log.stat().st_size:
        return
    was_there = shared.exists()
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCK_WAIT)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot use the store {path}: {reason(error)}") from error
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    finally:
        connection.close()
        if not was_there:
            shared.unlink(missing_ok=True)
    if verdict != "ok":
        raise StoreError(damaged(path, verdict))


def _prepare(durability: Durability, connection: Any, record: object) -> None:
    """Set what SQLite keeps per connection."""
    del record
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA locking_mode={LOCKING}")
    cursor.execute(f"PRAGMA synchronous={durability.upper()}")
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
