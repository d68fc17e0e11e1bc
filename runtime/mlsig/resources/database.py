"""Opens the database that holds resources: SQLite by its path, PostgreSQL by its URL.

A SQLite file has one connection, which holds the file's lock (SQLite before 3.51.3 can damage a file that two
connections write in WAL mode); threads take turns. PostgreSQL has a pool. What is committed is on the disk.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from mlsig.errors import StoreError
from mlsig.resources.errors import ResourceError
from mlsig.store import address as addresses

MAGIC: Final = b"SQLite format 3\0"
APPLICATION_ID: Final = 0x6D6C7372
"""`mlsr`, at offset 68 of a SQLite file: it holds resources."""
LOCK_WAIT: Final = 1.0
"""Seconds to wait for another process to let go of a SQLite file."""
Durability: TypeAlias = Literal["full", "normal"]
"""What a committed change survives: `full` a power cut, `normal` only a kill of the process."""


class Database:
    """An open database; `transaction` gives a connection that commits at the end, or rolls back."""

    def __init__(self, address: str | Path, metadata: MetaData, durability: Durability = "full") -> None:
        """Open it, and make the tables that are not there yet.

        Raises:
            ResourceError: It cannot be used, or its tables are those of other declarations.
        """
        self._turn = threading.RLock()
        self._open = threading.local()
        self._engine, self.shown = opened(address, durability)
        self.dialect: str = self._engine.dialect.name
        try:
            if self.dialect == "sqlite":
                _check_file(self._engine)
            self._compare(metadata)
            with self.transaction() as connection:
                metadata.create_all(connection)
        except (SQLAlchemyError, sqlite3.Error) as error:
            self.close()
            raise ResourceError(f"cannot use {self.shown}: {reason(error)}") from None
        except ResourceError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def check(self) -> None:
        """Look at the whole file; PostgreSQL looks after its own.

        Raises:
            ResourceError: It is damaged, or something belongs to what is not there.
        """
        if self.dialect != "sqlite":
            return
        with self.transaction() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if verdict != "ok":
            raise ResourceError(f"{self.shown} is damaged: {verdict}")
        if dangling is not None:
            raise ResourceError(
                f"{self.shown}: a row of {dangling[0]} belongs to a {dangling[2]} that is not there"
            )

    def vacuum(self) -> None:
        """Give back the space of what was deleted.

        Raises:
            ResourceError: It could not be done.
        """
        try:
            with self._turns(), self._engine.connect() as opened:
                connection = opened.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("VACUUM")
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise ResourceError(f"{self.shown} failed: {reason(error)}") from None

    @contextmanager
    def transaction(self, *, whole: bool = False) -> Generator[Connection]:
        """Give a connection; inside of a transaction of the same thread, its connection.

        Args:
            whole: What is written inside happens all or not at all, also where the transaction goes on.

        Raises:
            ResourceError: The database could not be read or written; nothing of the transaction is kept.
        """
        outer: Connection | None = getattr(self._open, "connection", None)
        if outer is not None and whole:
            with outer.begin_nested():
                yield outer
            return
        if outer is not None:
            yield outer
            return
        try:
            with self._turns(), self._engine.begin() as connection:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                self._open.connection = connection
                try:
                    yield connection
                finally:
                    self._open.connection = None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise ResourceError(f"{self.shown} failed: {reason(error)}") from None

    @contextmanager
    def _turns(self) -> Generator[None]:
        if self.dialect != "sqlite":
            yield
            return
        with self._turn:
            yield

    def _compare(self, metadata: MetaData) -> None:
        """Refuse tables that lack columns, or have others, before any is made."""
        found = inspect(self._engine)
        names = set(found.get_table_names())
        for table in metadata.tables.values():
            if table.name not in names:
                continue
            there = {column["name"] for column in found.get_columns(table.name)}
            wanted = {column.name for column in table.columns}
            if there != wanted:
                lacking = ", ".join(sorted(wanted - there))
                more = ", ".join(sorted(there - wanted))
                parts = [f"lacks {lacking}" if lacking else "", f"also has {more}" if more else ""]
                what = " and ".join(part for part in parts if part)
                way = "`mlsig store migrate` writes what changes it"
                raise ResourceError(f"the table {table.name} of {self.shown} {what}: {way}")


def reason(error: BaseException) -> str:
    """Return what the database said, without the statement, its parameters and the address."""
    words = str(getattr(error, "orig", None) or error).strip().splitlines()
    first = words[0] if words else type(error).__name__
    return f"{first} (another process has it open)" if "locked" in first else first


def opened(address: str | Path, durability: Durability = "full") -> tuple[Engine, str]:
    """Return an engine, and the address as it may be shown."""
    try:
        read = addresses.read(address)
    except StoreError as error:
        raise ResourceError(str(error)) from None
    if read.url is not None:
        return _postgres(make_url(read.url), durability), read.shown
    if read.shown in ("", ":memory:"):
        raise ResourceError("name the file of the database")
    return _sqlite(Path(read.shown), durability), read.shown


def _postgres(url: URL, durability: Durability) -> Engine:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
        )
    except ModuleNotFoundError:
        raise ResourceError("PostgreSQL needs the extra: pip install 'mlsig[postgres]'") from None
    event.listen(engine, "connect", partial(_in_utc, durability))
    return engine


def _sqlite(path: Path, durability: Durability) -> Engine:
    try:
        if path.is_dir():
            raise ResourceError(f"{path} is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") if path.exists() else _nothing() as file:
            header = file.read(100) if file else b""
    except OSError as error:
        raise ResourceError(f"cannot open {path}: {error.strerror or error}") from None
    mine = int.from_bytes(header[68:72], "big") == APPLICATION_ID
    if header and (len(header) < 100 or not header.startswith(MAGIC) or not mine):
        raise ResourceError(f"{path} is not a database of resources; it was left as it is")
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"timeout": LOCK_WAIT, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", partial(_prepare, durability))
    return engine


def _in_utc(durability: Durability, connection: Any, record: object) -> None:
    """Have PostgreSQL say times in UTC, so that those near the ends of the calendar can be read."""
    del record
    connection.autocommit = True
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute(f"SET synchronous_commit = {'on' if durability == 'full' else 'off'}")
    connection.autocommit = False


@contextmanager
def _nothing() -> Generator[None]:
    yield None


def _prepare(durability: Durability, connection: Any, record: object) -> None:
    """Set what SQLite keeps per connection; transactions begin where we say, not where the driver guesses."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
    cursor.execute(f"PRAGMA synchronous={'FULL' if durability == 'full' else 'NORMAL'}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _check_file(engine: Engine) -> None:
    with engine.connect() as connection:
        verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if verdict != "ok":
            raise ResourceError(f"the database is damaged: {verdict}; it was left as it is")
        # The mark first, while it still goes into the file itself: those who look at it read no log.
        connection.execute(text(f"PRAGMA application_id={APPLICATION_ID}"))
        connection.execute(text("PRAGMA journal_mode=WAL"))
