from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig.errors import StoreError
from mlsig.evaluation.ledger import Key, Result
from mlsig.providers.declared import Env, Provider
from mlsig.store import Redactor, Store
from mlsig.store.file import open_file
from mlsig.store.status import BEFORE, Status
from mlsig.store.tables import APPLICATION_ID
from sqlalchemy import text
from toy import toy

ResultT = TypeVar("ResultT")
KEY = Key("search", "candidate", "example", 0)


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    return asyncio.run(work)


def new_run(store: Store, identity: str = "0123456789", program: str = "Review") -> str:
    return store.create(
        identity=identity, program=program, program_hash="h", seed=1, settings={"budget": 3, "rungs": [4, 8]}
    ).id


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def result(**more: Any) -> Result:
    whole = {
        "metrics": {"accuracy": 0.1 + 0.2},
        "cost": 1e-9,
        "latency": 0.3,
        "input_tokens": 7,
        "output_tokens": 3,
        "output": {"sentiment": "positive", "nested": [1, None, "é"]},
        "text": "positive",
    }
    return Result(example="example", **{**whole, **more})


class TestRuns:
    def test_a_run_is_written_and_read_back(self, tmp_path: Path) -> None:
        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        with Store(tmp_path / "runs.db", clock=lambda: now) as store:
            name = new_run(store)
            store.move(name, "running")
            run(store.progress(name, iterations=2, best_score=0.5, best_candidate="abc"))
            store.finish(name, {"z": 1, "a": [1.5]})
        with Store(tmp_path / "runs.db") as store:
            (found,) = store.runs()
        assert found.id == "Review-01234567"
        assert (found.status, found.iterations, found.best_score, found.best_candidate) == (
            "completed",
            2,
            0.5,
            "abc",
        )
        assert found.settings == {"budget": 3, "rungs": [4, 8]}
        assert found.outcome is not None
        assert list(found.outcome) == ["z", "a"]
        assert found.created_at == found.started_at == found.completed_at == now
        assert found.started_at is not None
        assert found.started_at.tzinfo is not None

    def test_names_of_equal_runs_are_numbered(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            assert [new_run(store) for _ in range(3)] == [
                "Review-01234567",
                "Review-01234567-2",
                "Review-01234567-3",
            ]

    def test_times_are_aware_and_in_utc(self, tmp_path: Path) -> None:
        elsewhere = datetime.now(UTC).astimezone().replace(microsecond=0)
        with Store(tmp_path / "runs.db", clock=lambda: elsewhere) as store:
            created = store.run(new_run(store)).created_at
        assert created == elsewhere
        assert created.utcoffset() == timedelta(0)

    def test_a_run_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store, pytest.raises(StoreError, match="has no run nothing"):
            store.run("nothing")

    @pytest.mark.parametrize("before", list(BEFORE))
    @pytest.mark.parametrize("after", list(BEFORE))
    def test_only_the_steps_of_a_life_are_allowed(
        self, tmp_path: Path, before: Status, after: Status
    ) -> None:
        paths: dict[Status, list[Status]] = {
            "pending": [],
            "running": ["running"],
            "completed": ["running", "completed"],
            "failed": ["running", "failed"],
            "cancelled": ["running", "cancelled"],
        }
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)
            for status in paths[before]:
                store.move(name, status)
            if before in BEFORE[after]:
                store.move(name, after, error="why")
                assert store.run(name).status == after
                assert (store.run(name).completed_at is None) == (after in {"pending", "running"})
            else:
                with pytest.raises(StoreError, match=f"is {before}: it cannot become {after}"):
                    store.move(name, after)
                assert store.run(name).status == before

    def test_a_completed_run_is_never_changed_by_a_replay(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)
            store.move(name, "running")
            run(store.progress(name, iterations=5, best_score=0.9, best_candidate="best"))
            journal = store.journal(name)
            run(journal.progress(3, 0.1, "early"))
            assert store.run(name).iterations == 5
            run(journal.progress(6, 0.95, "later"))
            assert store.run(name).best_candidate == "later"

    def test_candidates_are_kept_once_in_the_order_of_their_steps(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)
            journal = store.journal(name)
            for key, step in (("b", 1), ("a", 0), ("b", 1)):
                run(journal.candidate(key, {"config": {"x": 1}}, parent=None, strategy="s", step=step))
            found = store.candidates(name)
        assert [(one["key"], one["step"], one["body"]) for one in found] == [
            ("a", 0, {"config": {"x": 1}}),
            ("b", 1, {"config": {"x": 1}}),
        ]


class TestLedger:
    def test_a_claim_is_on_disk_before_the_call_and_the_result_before_anybody_hears_of_it(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "runs.db"

        async def main(store: Store, name: str) -> None:
            ledger = store.ledger(name)
            claim = await ledger.claim(KEY)
            states = store._writer.now(
                lambda connection: connection.execute(text("SELECT state, calls FROM evaluations")).fetchall()
            )
            assert [tuple(row) for row in states] == [("claimed", 1)]
            assert ledger.recall(KEY) is None
            kept = await ledger.complete(claim, KEY, result())
            assert ledger.recall(KEY) == kept == result()

        with Store(path) as store:
            run(main(store, new_run(store)))
        assert rows(path, "SELECT state, calls, cost FROM evaluations") == [("done", 1, 1e-9)]

    def test_results_come_back_bit_for_bit(self, tmp_path: Path) -> None:
        wanted = result(reasoning="because", error="no", error_kind="parse", calls=2, trial=0)
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)

            async def main() -> None:
                ledger = store.ledger(name)
                await ledger.complete(await ledger.claim(KEY), KEY, wanted)

            run(main())
        with Store(tmp_path / "runs.db") as store:
            assert store.ledger(name).recall(KEY) == wanted
            assert store.ledger(name).paid(["search"]) == 2
            assert store.ledger(name).paid(["validation"]) == 0

    def test_what_was_under_way_is_lost_listed_and_paid_and_made_again(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.db"
        with Store(path) as store:
            name = new_run(store)

            async def under_way() -> None:
                ledger = store.ledger(name)
                await ledger.calling(await ledger.claim(KEY), 3)

            run(under_way())
        with Store(path) as store:
            ledger = store.ledger(name)
            assert ledger.lost == [KEY]
            assert ledger.paid(["search"]) == 3
            assert ledger.recall(KEY) is None

            async def again() -> None:
                await ledger.complete(await ledger.claim(KEY), KEY, result())

            run(again())
            assert ledger.paid(["search"]) == 4
            assert store.ledger(name).lost == []
        assert rows(path, "SELECT attempt, state, calls FROM evaluations ORDER BY id") == [
            (0, "lost", 3),
            (1, "done", 1),
        ]

    def test_what_is_abandoned_is_not_recalled(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)

            async def main() -> None:
                ledger = store.ledger(name)
                claim = await ledger.claim(KEY)
                await ledger.complete(claim, KEY, result())
                await ledger.abandon(claim, KEY)
                assert ledger.recall(KEY) is None
                assert ledger.paid(["search"]) == 1
                await ledger.abandon(await ledger.claim(KEY), KEY, paid=False)
                assert ledger.paid(["search"]) == 1

            run(main())
            assert store.ledger(name).recall(KEY) is None
            assert store.ledger(name).paid(["search"]) == 1

    def test_runs_do_not_see_each_other(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            first, second = new_run(store), new_run(store)

            async def main() -> None:
                ledger = store.ledger(first)
                await ledger.complete(await ledger.claim(KEY), KEY, result())

            run(main())
            assert store.ledger(second).recall(KEY) is None
            assert store.ledger(second).paid(["search"]) == 0

    def test_a_cancelled_caller_does_not_cancel_the_write(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            name = new_run(store)

            async def main() -> None:
                ledger = store.ledger(name)
                claim = await ledger.claim(KEY)
                task = asyncio.create_task(ledger.complete(claim, KEY, result()))
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

            run(main())
        with Store(tmp_path / "runs.db") as store:
            assert store.ledger(name).recall(KEY) == result()


class TestFile:
    def test_what_is_committed_survives_a_power_cut(self, tmp_path: Path) -> None:
        engine = open_file(tmp_path / "runs.db")
        with engine.connect() as connection:
            asked = [
                connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous")
            ]
        engine.dispose()
        assert asked == ["wal", 2]

    @pytest.mark.parametrize(
        "content",
        [b"hello", b"SQLite format 3\0", b"\0" * 200, b"x" * 5_000],
        ids=["text", "only the magic", "zeros", "long"],
    )
    def test_a_file_that_is_not_ours_is_refused_and_left_alone(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "thesis.txt"
        path.write_bytes(content)
        with pytest.raises(StoreError, match="not a store of mlsig"):
            Store(path)
        assert path.read_bytes() == content
        assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]

    def test_another_programs_database_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE runs (id TEXT)")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match="not a store of mlsig"):
            Store(path)
        assert path.read_bytes() == before

    def test_a_store_of_an_earlier_version_is_taken_along(self, tmp_path: Path) -> None:
        path = tmp_path / "older.db"
        Store(path).close()
        with sqlite3.connect(path) as connection:
            connection.execute("ALTER TABLE evaluations DROP COLUMN steps")
            connection.execute("ALTER TABLE evaluations DROP COLUMN owner")
            connection.execute("PRAGMA user_version=1")
        connection.close()
        with Store(path) as store:
            assert store.runs() == []
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (3,)
            assert connection.execute("SELECT steps FROM evaluations").fetchall() == []
        connection.close()

    def test_a_store_of_another_version_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "newer.db"
        Store(path).close()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version=99")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match="has version 99"):
            Store(path)
        assert path.read_bytes() == before

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_a_damaged_store_is_refused_or_right_and_left_alone(
        self, tmp_path: Path, data: st.DataObject
    ) -> None:
        path = tmp_path / "runs.db"
        path.unlink(missing_ok=True)
        with Store(path) as store:
            name = new_run(store)
        whole = bytearray(path.read_bytes())
        page = data.draw(st.integers(1, len(whole) // 4096 - 1))
        for offset in range(page * 4096, page * 4096 + 64):
            whole[offset] ^= 0xFF
        path.write_bytes(whole)
        try:
            with Store(path) as store:
                assert [run.id for run in store.runs()] == [name]
        except StoreError as error:
            assert str(path) in str(error)
            assert path.read_bytes() == whole

    def test_a_truncated_store_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.db"
        with Store(path) as store:
            new_run(store)
        half = path.read_bytes()[:8192]
        path.write_bytes(half)
        with pytest.raises(StoreError):
            Store(path)
        assert path.read_bytes() == half

    def test_a_directory_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="is a directory"):
            Store(tmp_path)

    def test_a_place_that_cannot_be_written_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(StoreError, match="cannot open the store"):
            Store(tmp_path / "file" / "runs.db")
        with pytest.raises(StoreError):
            Store(Path("/proc/mlsig/runs.db"))

    def test_folders_on_the_way_are_made(self, tmp_path: Path) -> None:
        Store(tmp_path / "a" / "b" / "runs.db").close()
        assert (tmp_path / "a" / "b" / "runs.db").is_file()

    def test_two_cannot_use_it_at_once(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            new_run(store)
            with pytest.raises(StoreError, match="another process has it open"):
                Store(tmp_path / "runs.db")
            assert len(store.runs()) == 1
        Store(tmp_path / "runs.db").close()

    def test_an_empty_file_becomes_a_store(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.db"
        path.touch()
        Store(path).close()
        assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID

    def test_a_write_that_fails_is_said_without_its_values(self, tmp_path: Path) -> None:
        with Store(tmp_path / "runs.db") as store:
            with pytest.raises(StoreError, match="FOREIGN KEY") as caught:
                run(
                    store.keep_candidate(
                        "no run", key="k", parent=None, strategy="s", step=0, body={"a": "secret"}
                    )
                )
            assert "secret" not in str(caught.value)


class TestSecrets:
    def test_keys_and_passwords_are_masked_everywhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TOY_KEY", "sk-canary-123456")
        path = tmp_path / "runs.db"
        said = "key sk-canary-123456 at https://user:pass-canary@host/v1"
        with Store(path) as store:
            name = new_run(store)

            async def main() -> None:
                ledger = store.ledger(name, Redactor.of({"toy": toy}))
                leaky = result(text=said, error=said, reasoning=said, output={"a": [said]})
                kept = await ledger.complete(await ledger.claim(KEY), KEY, leaky)
                assert kept.text == "key *** at https://***@host/v1"
                assert kept.output == {"a": ["key *** at https://***@host/v1"]}

            run(main())
        assert b"canary" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())

    def test_only_what_looks_like_a_secret_is_masked(self) -> None:
        keyless = Provider(name="local", protocol="openai", base_url="http://localhost")
        short = Provider(
            name="s", protocol="openai", base_url="http://localhost", key=Env("NOT_SET_ANYWHERE", "abc")
        )
        redactor = Redactor.of({"local": keyless, "short": short})
        assert redactor.text("abc at http://host/?q=a@b") == "abc at http://host/?q=a@b"
        assert redactor.value({"n": 1, "t": ("x", None)}) == {"n": 1, "t": ["x", None]}
