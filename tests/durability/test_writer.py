"""One thread that writes: what waits is one transaction, one failure is one's own, and twice is as once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psycopg
import pytest
from mlsig.errors import StoreError
from mlsig.evaluation.ledger import Key, Result
from mlsig.store import Store
from mlsig.store.server import passes
from mlsig.store.writer import _Wanted
from scripted_search import Log, check, search
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

KEY = Key("search", "candidate", "example")


def new_run(store: Store) -> str:
    return store.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={}).id


def rows(store: Store) -> list[tuple[Any, ...]]:
    query = "SELECT attempt, state, calls, text FROM evaluations ORDER BY id"
    return [tuple(row) for row in store.read(lambda connection: connection.exec_driver_sql(query).all())]


def test_what_waits_is_one_transaction(tmp_path: Path) -> None:
    commits: list[object] = []

    async def keep(store: Store) -> None:
        ledger = store.ledger(new_run(store))
        event.listen(store.engine, "commit", commits.append)
        keys = [KEY._replace(example=f"example {number}") for number in range(400)]
        claims = await asyncio.gather(*(ledger.claim(key) for key in keys))
        assert len(set(claims)) == 400
        kept = (
            ledger.complete(claim, key, Result(example=key.example))
            for claim, key in zip(claims, keys, strict=True)
        )
        await asyncio.gather(*kept)

    with Store(tmp_path / "runs.db", durability="normal") as store:
        asyncio.run(keep(store))
        assert len(rows(store)) == 400
    assert len(commits) < 400


def test_one_that_fails_spoils_no_other(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        name = new_run(store)

        async def all_at_once() -> list[object]:
            kept = [
                store.keep_candidate(run, key=str(number), parent=None, strategy="s", step=number, body={})
                for number, run in enumerate([name, name, "no run", name, "no run", name])
            ]
            return await asyncio.gather(*kept, return_exceptions=True)

        failed = [isinstance(one, StoreError) for one in asyncio.run(all_at_once())]
        assert failed == [False, False, True, False, True, False]
        assert [one["key"] for one in store.candidates(name)] == ["0", "1", "3", "5"]

        def wrong(connection: Connection) -> None:
            raise KeyError("ours")

        with pytest.raises(KeyError, match="ours"):
            store.read(wrong)
    store.close()
    with pytest.raises(StoreError, match=r"runs\.db is closed"):
        store.runs()


def test_a_server_that_stays_away_is_waited_for_once_and_not_once_for_each_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk of a server is full: it says so once, and is gone."""
    with Store(tmp_path / "runs.db") as store:
        writer = store._writer
        said = [psycopg.errors.DiskFull("could not write to file"), psycopg.OperationalError("it is away")]
        tried: list[int] = []

        def fails(engine: Any, works: Any) -> list[Any]:
            tried.append(len(works))
            raise OperationalError("COMMIT", {}, said[min(len(tried), 2) - 1])

        monkeypatch.setattr(writer, "_tried", fails)
        monkeypatch.setattr(writer, "_passes", passes)
        for expected in ([9, 1], [9, 1, 9]):
            group = [_Wanted(lambda connection: None, Future()) for _ in range(9)]
            writer._commit(store.engine, group)
            assert {str(wanted.done.exception()) for wanted in group} == {
                f"the store {store.path} failed: it is away"
            }
            assert tried == expected
        monkeypatch.undo()


def test_a_connection_that_is_cut_is_made_again(
    new_store: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    where = new_store("postgresql")
    with Store(where + "&connect_timeout=5") as store:
        new_run(store)
        for _ in range(2):
            with psycopg.connect(where) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            with caplog.at_level(logging.WARNING, "mlsig.store.writer"):
                new_run(store)
        assert len(store.runs()) == 3
        with pytest.raises(StoreError, match="does not exist"):  # which no waiting mends
            store.read(lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere"))
    assert "trying again for 60 s" in caplog.text
    assert "secret-word" not in caplog.text


def test_what_is_done_twice_counts_once(
    new_store: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the server went away after each commit, before it could say so."""
    where, log = new_store("postgresql"), tmp_path / "log"
    with Store(where) as store:
        once = store._writer._tried

        def twice(engine: Any, works: Any) -> list[Any]:
            once(engine, works)
            return once(engine, works)

        monkeypatch.setattr(store._writer, "_tried", twice)
        asyncio.run(search(store, Log(str(log), lambda: None)))
    check(where, log, deaths=0)


def test_claims_that_are_lost_and_abandoned_are_made_again(new_store: Callable[[str], str]) -> None:
    with Store(new_store("postgresql")) as store:
        name = new_run(store)
        ledger = store.ledger(name)

        async def main() -> None:
            claim = await ledger.claim(KEY)  # nobody was asked, and so another attempt is made
            again = await ledger.claim(KEY)
            await ledger.calling(again, 2)
            await ledger.complete(again, KEY, Result(example="example", text="a", calls=2))
            await ledger.abandon(again, KEY)
            await ledger.abandon(claim, KEY, paid=False)
            assert ledger.recall(KEY) is None
            assert ledger.paid(["search"]) == 2
            assert await ledger.acquire(KEY) is None
            claim = await ledger.claim(KEY)
            # Somebody took it over, and died before it was done.
            store.read(lambda connection: connection.exec_driver_sql("UPDATE evaluations SET state = 'lost'"))
            kept = await ledger.complete(claim, KEY, Result(example="example", text="b"))
            assert kept.text == "b"
            assert ledger.recall(KEY) == kept

        asyncio.run(main())
        assert rows(store) == [
            (0, "lost", 0, None),
            (1, "lost", 2, "a"),
            (2, "lost", 1, "b"),
            (3, "done", 1, "b"),
        ]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_text_that_no_database_takes_is_mended_alike(kind: str, new_store: Callable[[str], str]) -> None:
    with Store(new_store(kind)) as store:
        name = new_run(store)
        ledger = store.ledger(name)

        async def main() -> Result:
            await ledger.acquire(KEY)
            odd = Result(example="example", text="a\0b", error="\ud800", output={"k\0": ["\udfff", "é🎈"]})
            return await ledger.complete(await ledger.claim(KEY), KEY, odd)

        kept = asyncio.run(main())
        assert (kept.text, kept.error, kept.output) == ("a�b", "�", {"k�": ["�", "é🎈"]})
        assert store.ledger(name).recall(KEY) == kept


def test_a_damaged_evaluation_is_named(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        name = new_run(store)
        ledger = store.ledger(name)

        async def main() -> None:
            await ledger.complete(await ledger.claim(KEY), KEY, Result(example="example"))

        asyncio.run(main())
        store.read(lambda connection: connection.exec_driver_sql("UPDATE evaluations SET metrics = '{'"))
        with pytest.raises(StoreError, match=f"the store is damaged: evaluation 1 of {name}"):
            store.ledger(name)
        with pytest.raises(StoreError, match="cannot become completed"):
            store.finish(name, {})
        with pytest.raises(StoreError, match="has no run nothing"):
            store.move("nothing", "running")
