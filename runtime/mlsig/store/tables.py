"""The tables of a store. Times are ISO 8601 text in UTC, structured values are JSON text."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql, sqlite

APPLICATION_ID: Final = 0x6D6C7367
"""`mlsg`, at offset 68 of a SQLite file: it is one of our stores."""

USER_VERSION: Final = 3
"""The version of these tables, at offset 60 of a SQLite file, in the table `about` of PostgreSQL."""

OLDER: Final = {
    1: ("ALTER TABLE evaluations ADD COLUMN steps VARCHAR",),
    2: ("ALTER TABLE evaluations ADD COLUMN owner VARCHAR",),
}
"""What makes the next version of an earlier one."""

metadata: Final = MetaData()

runs: Final = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("identity", String, nullable=False),
    Column("program", String, nullable=False),
    Column("program_hash", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("settings", String, nullable=False),
    Column("status", String, nullable=False),
    Column("iterations", Integer, nullable=False, default=0),
    Column("best_score", Float),
    Column("best_candidate", String),
    Column("error", String),
    Column("outcome", String),
    Column("created_at", String, nullable=False),
    Column("started_at", String),
    Column("completed_at", String),
)

# Made when it is first written: files of earlier versions have none.
commands: Final = Table(
    "commands",
    metadata,
    Column("run", String, ForeignKey("runs.id"), primary_key=True),
    Column("command", String, nullable=False),
)

candidates: Final = Table(
    "candidates",
    metadata,
    Column("run", String, ForeignKey("runs.id"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("parent", String),
    Column("strategy", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("body", String, nullable=False),
)

evaluations: Final = Table(
    "evaluations",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("run", String, ForeignKey("runs.id"), nullable=False),
    Column("split", String, nullable=False),
    Column("candidate", String, nullable=False),
    Column("example", String, nullable=False),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    # claimed: a call may be under way. done: result below. lost: paid, perhaps, but it does not count.
    Column("state", String, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("metrics", String),
    Column("cost", Float),
    Column("latency", Float),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("output", String),
    Column("text", String),
    Column("reasoning", String),
    Column("error", String),
    Column("error_kind", String),
    # What the steps of a pipeline did, as JSON text; null of a program, and in rows of version 1.
    Column("steps", String),
    Column("claimed_at", String, nullable=False),
    Column("completed_at", String),
    # Who claimed it, of those in `workers`; null where one process has the store to itself.
    Column("owner", String),
    UniqueConstraint("run", "split", "candidate", "example", "trial", "attempt"),
    Index("evaluations_by_run", "run", "state"),
)

PASSING: Final = frozenset({"owner"})
"""Columns that mean something only while a run goes on: they are not exported."""

server: Final = MetaData()
"""What only a database of several processes has."""

about: Final = Table("about", server, Column("version", Integer, primary_key=True))

workers: Final = Table(
    "workers",
    server,
    Column("token", String, primary_key=True),
    Column("run", String, nullable=False, index=True),
    # When the lease ends unless it is renewed: seconds since 1970, of the server's clock.
    Column("until", Float, nullable=False),
)


def insert_once(connection: Connection, table: Table) -> Any:
    """Return an INSERT that leaves a row alone which is there already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
