"""Opens the store that is in a PostgreSQL database, in a schema `mlsig` of its own.

psycopg 3 and SQLAlchemy's pool. A transaction is acknowledged when it is on the server's disk; what happens
when the server goes away in between is the writer's business (`mlsig.store.writer`).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    Float,
    cast,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mlsig.errors import StoreError
from mlsig.store.address import Address
from mlsig.store.file import Durability, reason
from mlsig.store.tables import OLDER, USER_VERSION, about, metadata, server

SCHEMA: Final = "mlsig"
CONNECT_WAIT: Final = 10
"""Seconds to wait for the server to answer, where the address says nothing."""
LOCK_WAIT: Final = "30s"
"""How long a statement waits for somebody else's lock before it is tried again."""
ONE_AT_A_TIME: Final = 0x6D6C7367
"""The advisory lock under which tables and runs are made."""

AWAY: Final = ("08", "40", "57", "55P03", "53300")
"""Beginnings of SQLSTATEs that pass: connections, deadlocks, shutdowns, locks, too many connections."""


def open_server(address: Address, durability: Durability) -> Engine:
    """Open the database, and make the tables or those of a new version.

    Raises:
        StoreError: It cannot be reached, has tables of somebody else, or of a newer mlsig.
    """
    try:
        url = make_url(address.url or "").set(drivername="postgresql+psycopg")
        if "connect_timeout" not in url.query:
            url = url.update_query_dict({"connect_timeout": str(CONNECT_WAIT)})
        engine = create_engine(url, hide_parameters=True, pool_size=3, max_overflow=2)
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs the extra: pip install 'mlsig[postgres]'") from None
    except (ArgumentError, ValueError):
        raise StoreError("this is no address of a database: write postgresql://user@host/database") from None

    def prepare(connection: Any, record: object) -> None:
        del record
        connection.autocommit = True
        # A server may have been told to acknowledge before it has written.
        acknowledge = "on" if durability == "full" else "off"
        connection.execute(
            f"SET search_path TO {SCHEMA}; SET lock_timeout TO '{LOCK_WAIT}'; "
            f"SET synchronous_commit TO {acknowledge}"
        )
        connection.autocommit = False

    event.listen(engine, "connect", prepare)
    try:
        with engine.begin() as connection:
            _tables(connection, address.shown)
    except (SQLAlchemyError, UnicodeError) as error:
        engine.dispose()
        raise StoreError(f"cannot use the store {address.shown}: {reason(error)}") from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def passes(error: BaseException) -> bool:
    """Return whether the same may succeed later: the server is away, or somebody holds a lock."""
    import psycopg  # noqa: PLC0415  (not everybody has it)

    original = getattr(error, "orig", None)
    if isinstance(original, psycopg.InterfaceError):
        return True
    if not isinstance(original, psycopg.OperationalError):
        return False
    state = original.sqlstate
    return state is None or state.startswith(AWAY)


def seconds() -> Any:
    """Return the expression for the server's time: not that of a transaction's begin."""
    return cast(func.extract("epoch", func.clock_timestamp()), Float(53))


def one_at_a_time(connection: Connection) -> None:
    """Let nobody else do what this transaction is about to do, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def _tables(connection: Connection, shown: str) -> None:
    one_at_a_time(connection)
    if connection.execute(select(func.to_regclass(f"{SCHEMA}.{about.name}"))).scalar() is None:
        looked = inspect(connection)
        if looked.has_schema(SCHEMA) and looked.get_table_names(schema=SCHEMA):
            raise StoreError(
                f"the schema {SCHEMA} of {shown} has tables that are not a store's: use another database"
            )
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        metadata.create_all(connection)
        server.create_all(connection)
        connection.execute(insert(about).values(version=USER_VERSION))
        return
    version = connection.execute(select(about.c.version)).scalar_one()
    if version > USER_VERSION:
        raise StoreError(
            f"the store {shown} has version {version}, this mlsig reads {USER_VERSION}: use a newer one"
        )
    for number in range(version, USER_VERSION):
        for statement in OLDER[number]:
            connection.execute(text(statement))
        connection.execute(about.update().values(version=number + 1))
