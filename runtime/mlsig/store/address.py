"""Where a store is: a file, or a PostgreSQL database by its URL; and how it may be shown.

    mlsig-runs.db                              a SQLite file
    postgresql://me:word@host:5432/work        shown as postgresql://me@host:5432/work

A password is handed to the driver and to nobody else. The shown address is one that works again where
`PGPASSWORD` or `~/.pgpass` has the password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from mlsig.errors import StoreError

SERVERS: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
SECRET: Final = frozenset({"password", "sslpassword"})
"""Parameters of a URL that are never shown."""


@dataclass(frozen=True, slots=True)
class Address:
    """One of `path` and `url` is there; only `url` has the password."""

    shown: str
    path: Path | None = None
    url: str | None = field(default=None, repr=False)


def place(text: str) -> str | Path:
    """Return what somebody typed as a path, or as the URL that it is."""
    return text if "://" in text else Path(text)


def shown(where: str | Path) -> str:
    """Return an address as it may be printed and stored.

    Raises:
        StoreError: It is no address of a store.
    """
    return read(where).shown


def must_be_there(where: str | Path) -> None:
    """Say so where there is no such file; a database says so itself.

    Raises:
        StoreError: There is none.
    """
    found = read(where)
    if found.path is not None and not found.path.is_file():
        raise StoreError(f"there is no store {found.shown}; --store says where")


def read(where: str | Path) -> Address:
    """Return what an address says.

    Raises:
        StoreError: It is no address of a store; the message has nothing of what it says.
    """
    if not isinstance(where, str) or "://" not in where:
        return Address(str(where), path=Path(where))
    try:
        parts = urlsplit(where)
        parts.port  # noqa: B018  (which is checked when it is asked for)
    except ValueError:
        raise StoreError(_wrong()) from None
    if parts.scheme == "sqlite":
        path = where.removeprefix("sqlite://")[1:]
        if not path:
            raise StoreError("name the file of the store: sqlite:///runs.db, or just runs.db")
        return Address(path, path=Path(path))
    if parts.scheme not in SERVERS:
        raise StoreError(
            "a store is a file, or postgresql://user@host/database: other databases cannot hold one"
        )
    before = where.partition("?")[0].partition("://")[2]
    # An `@`, `/`, `?` or `#` of a password that is not written as %40 and so on would end up in the name of
    # the host, or behind it, and be shown.
    if before.count("@") > 1 or "@" in parts.path or "@" in parts.query.partition("=")[0] or parts.fragment:
        raise StoreError(_wrong())
    return Address(_without_password(parts), url=where)


def _wrong() -> str:
    return (
        "this is no address of a database: write postgresql://user:password@host:port/database, with @ : / ? "
        "# and % of the password as %40 %3A %2F %3F %23 and %25"
    )


def _without_password(parts: SplitResult) -> str:
    user, at, host = parts.netloc.rpartition("@")
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in SECRET]
    kept = parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query=urlencode(query, safe="/"))
    # `urlunsplit` drops the empty host of postgresql:///database.
    tail = f"?{kept.query}" if kept.query else ""
    return f"{kept.scheme}://{kept.netloc}{kept.path}{tail}"
