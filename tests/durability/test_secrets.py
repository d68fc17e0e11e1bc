"""`mlsig optimize` on PostgreSQL, stopped and resumed: no password and no key is printed or kept."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from mlsig.errors import StoreError
from mlsig.store import Redactor, Store, address, history, keeping
from mlsig_compiler.cli import INTERRUPTED, OK, STORAGE, main
from simulated_server import serving

OPTIMIZE = ["optimize", "toy:Review", "--train", "toy:rows", "--test", "toy:held_out", "--budget-calls", "40"]
PASSWORD = "secret-word"
KEY = "sk-canary-123456"


def test_nothing_that_is_said_or_kept_has_a_password_or_a_key(
    new_store: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    where, report = new_store("postgresql"), tmp_path / "report.html"
    assert PASSWORD in where
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    def heard() -> str:
        captured = capfd.readouterr()
        said.append(captured.out + captured.err)
        return said[-1]

    with serving() as bill:
        monkeypatch.setenv("TOY_URL", bill.url)
        monkeypatch.setenv("TOY_KEY", KEY)
        bill.on_call = lambda number: os.kill(os.getpid(), signal.SIGINT) if number == 45 else None
        assert main([*OPTIMIZE, "--no-rules", "--store", where]) == INTERRUPTED
        (going_on,) = [line for line in heard().splitlines() if line.strip().startswith("mlsig optimize")]
        assert main([*OPTIMIZE, "--store", where, "--no-rules"]) != OK
        assert "--resume goes on with it" in heard()
        bill.on_call = lambda number: None
        (name,) = (run.id for run in _runs(where))
        assert main(["runs", "resume", name, "--store", where]) == OK
        paid = bill.calls
        # What is printed works as it is, where the password is not needed or is in PGPASSWORD.
        assert main([*shlex.split(going_on)[1:], "--report", str(report)]) == OK
        assert bill.calls == paid
    for words in (
        ["runs", "list"],
        ["runs", "show", name, "--json"],
        ["runs", "export", name],
        ["runs", "cancel", name],
        ["runs", "show", "none"],
    ):
        main([*words, "--store", where])
    for act in ("check", "vacuum", "export"):
        assert main(["store", act, where]) == OK
    assert main(["runs", "list", "--store", where.replace("/runs_", "/none_")]) == STORAGE
    heard()
    with Store(where) as store:
        kept = b"".join(history.exported(store, [name]))
        kept += repr(store.read(lambda c: c.exec_driver_sql("SELECT * FROM commands").all())).encode()
    everything = "".join(said) + caplog.text + kept.decode() + report.read_text()
    assert PASSWORD not in everything
    assert KEY not in everything
    assert name in everything
    assert "postgresql://mlsig@/" in everything


def test_a_key_that_is_in_the_examples_is_in_no_candidate(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        name = store.create(identity="01234567", program="P", program_hash="", seed=1, settings={}).id
        journal = store.journal(name, Redactor([KEY]))
        body = {"demos": [{"review": f"call it with {KEY}"}], "rules": [f"postgresql://me:{PASSWORD}@host"]}
        asyncio.run(journal.candidate("c", body, parent=None, strategy="s", step=0))
        (kept,) = store.candidates(name)
        lines = b"".join(history.exported(store, [name])).decode()
    masked = {"demos": [{"review": "call it with ***"}], "rules": ["postgresql://***@host"]}
    assert kept["body"] == masked
    assert KEY not in lines
    assert PASSWORD not in lines


def _runs(where: str) -> list[object]:
    with Store(where) as store:
        return list(store.runs())


@pytest.mark.parametrize(
    "where",
    [
        "postgresql://me:se@cret@host/work",
        "postgresql://me:se/cret@host/work",
        "postgresql://me:se?cret@host/work",
        "postgresql://me:se#cret@host/work",
        "postgresql://me:1/cret@host/work",
        "postgresql://me:1?cret@host/work",
        "postgresql://me@host:secret/work",
        "postgresql://[me:secret@host/work",
        "mysql://me:secret@host/work",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(where: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store(where)
    assert "cret" not in str(caught.value)
    assert "postgresql://user" in str(caught.value)


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("postgresql://me:word@host:5432/work", "postgresql://me@host:5432/work"),
        ("postgresql://host/work?user=me&password=word", "postgresql://host/work?user=me"),
        ("postgres:///work?host=/run/pg", "postgres:///work?host=/run/pg"),
        ("sqlite:///runs.db", "runs.db"),
        ("runs.db", "runs.db"),
    ],
)
def test_an_address_is_shown_as_one_that_works(where: str, shown: str) -> None:
    read = address.read(address.place(where))
    assert read.shown == address.shown(where) == shown
    assert "word" not in repr(read)


def test_a_file_needs_a_name() -> None:
    with pytest.raises(StoreError, match="name the file of the store"):
        Store("sqlite://")


def test_tables_of_somebody_else_are_left_alone(new_store: Callable[[str], str]) -> None:
    where = new_store("postgresql")
    with psycopg.connect(where) as connection:
        connection.execute("CREATE SCHEMA mlsig")
        connection.execute("CREATE TABLE mlsig.runs (thesis text)")
    with pytest.raises(StoreError, match="has tables that are not a store's"):
        Store(where)


def test_a_database_of_a_newer_version_is_left_alone_and_an_older_one_taken_along(
    new_store: Callable[[str], str],
) -> None:
    where = new_store("postgresql")
    Store(where).close()
    with psycopg.connect(where) as connection:
        connection.execute("UPDATE mlsig.about SET version = 99")
    with pytest.raises(StoreError, match="has version 99, this mlsig reads 3: use a newer one"):
        Store(where)
    with psycopg.connect(where) as connection:
        connection.execute("UPDATE mlsig.about SET version = 2")
        connection.execute("ALTER TABLE mlsig.evaluations DROP COLUMN owner")
    assert keeping.checked(where) == 0
    with psycopg.connect(where) as connection:
        assert connection.execute("SELECT version FROM mlsig.about").fetchall() == [(3,)]
