"""What else goes wrong: the server goes, the disk is full, files are torn, clocks go back."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import postgres
import psycopg
import pytest
from mlsig.errors import StoreError
from mlsig.store import Store
from mlsig.store.file import has_reset_bug
from mlsig.store.leases import Leases
from mlsig.store.times import Remote
from scripted_search import check, read
from waiting import until

STORAGE = 74


def files(folder: Path, stem: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith(stem)}


def half_done(zygote: Any, where: str, log: Path) -> None:
    """Leave a search behind whose process was killed, with a log that nobody has taken into the file."""
    assert zygote(store=where, log=str(log), event=150) == -signal.SIGKILL
    assert Path(f"{where}-wal").stat().st_size > 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_goes_away_and_comes_back_costs_nothing(
    how: signal.Signals,
    new_store: Callable[[str], str],
    zygote: Any,
    cluster: postgres.Cluster,
    tmp_path: Path,
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    zygote.begin(store=where, log=str(log), pause=0.05, lease=1.0)
    until(lambda: sum(what == "paid" for what, _ in read(log)) > 4)
    cluster.stop(how)
    time.sleep(0.2)
    cluster.start()
    assert zygote.end() == 0
    check(where, log, deaths=0)


def test_a_server_that_does_not_come_back_is_named_and_nothing_is_lost(
    new_store: Callable[[str], str], zygote: Any, cluster: postgres.Cluster, tmp_path: Path
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    zygote.begin(store=where, log=str(log), pause=0.05, patience=0.2)
    until(lambda: sum(what == "paid" for what, _ in read(log)) > 4)
    cluster.stop()
    try:
        assert zygote.end() == STORAGE
        with pytest.raises(StoreError, match="cannot use the store postgresql://mlsig@/") as caught:
            Store(where)
    finally:
        cluster.start()
    said = [detail for what, detail in read(log) if what == "failed"]
    assert len(said) == 1
    assert said[0].startswith("the store postgresql://mlsig@/")
    assert "secret-word" not in log.read_text() + str(caught.value)
    assert zygote(store=where, log=str(log)) == 0
    check(where, log, deaths=1)


def test_a_table_that_somebody_has_locked_is_waited_for(
    new_store: Callable[[str], str], zygote: Any, tmp_path: Path
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    Store(where).close()
    with psycopg.connect(where) as connection:
        connection.execute("LOCK TABLE mlsig.evaluations")
        zygote.begin(store=where, log=str(log))
        time.sleep(0.3)
        assert not [what for what, _ in read(log) if what == "paid"]
    assert zygote.end() == 0
    check(where, log, deaths=0)


def test_a_file_that_somebody_has_locked_is_said_before_anything_is_paid(zygote: Any, tmp_path: Path) -> None:
    where, log = str(tmp_path / "runs.db"), tmp_path / "log"
    with Store(where):
        assert zygote(store=where, log=str(log)) == STORAGE
    ((what, said),) = read(log)
    assert (what, said) == (
        "failed",
        f"cannot use the store {where}: database is locked (another process has it open)",
    )
    assert zygote(store=where, log=str(log)) == 0
    check(where, log, deaths=1)


def test_a_full_disk_ends_a_run_that_goes_on_when_there_is_room(zygote: Any, tmp_path: Path) -> None:
    rng = random.Random(4)
    where, log = str(tmp_path / "runs.db"), tmp_path / "log"
    assert zygote(store=where, log=str(log), event=60) == -signal.SIGKILL
    deaths = 1
    for _ in range(5):
        log_size = Path(f"{where}-wal").stat().st_size if Path(f"{where}-wal").exists() else 0
        most = max(log_size, Path(where).stat().st_size) + rng.randrange(4096, 65536)
        status = zygote(store=where, log=str(log), file_size=most)
        assert status in {0, STORAGE}
        deaths += 1
    said = [detail for what, detail in read(log) if what == "failed"]
    assert said
    assert all("make room, then go on with --resume" in one for one in said)
    assert zygote(store=where, log=str(log)) == 0
    check(where, log, deaths=deaths)


def test_a_full_disk_of_the_server_ends_a_run_that_goes_on_when_there_is_room(
    new_store: Callable[[str], str], zygote: Any, cluster: postgres.Cluster, tmp_path: Path
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    # All but the last half page of what the table may have, the size of a file of the server's own log.
    pages = 2**24 // 8192
    with Store(where) as store:
        store.create(identity="padding", program="P", program_hash="h", seed=1, settings={})
    with psycopg.connect(where) as connection:
        connection.execute(
            "INSERT INTO mlsig.evaluations"
            " (run, split, candidate, example, trial, attempt, state, calls, text, claimed_at)"
            " SELECT 'P-padding', '', '', number, 0, 0, 'done', 0, repeat('x', 1900), '2026-05-05T00:00:00Z'"
            " FROM generate_series(1, %s) number",
            [4 * (pages - 1) + 2],
        )
    cluster.stop()
    cluster.start(largest=pages * 8192 + 4096)
    try:
        assert zygote(store=where, log=str(log)) == STORAGE
    finally:
        cluster.stop()
        cluster.start()
    assert [what for what, _ in read(log) if what == "kept"]
    (said,) = [detail for what, detail in read(log) if what == "failed"]
    assert "could not extend file" in said
    assert "(make room, then go on with --resume: what was acknowledged is kept)" in said
    with psycopg.connect(where) as connection:
        connection.execute("DELETE FROM mlsig.evaluations WHERE run = 'P-padding'")
        connection.execute("DELETE FROM mlsig.runs WHERE id = 'P-padding'")
    with Store(where) as store:
        until(lambda: store.runs()[0].state == "interrupted")
    assert zygote(store=where, log=str(log)) == 0
    check(where, log, deaths=1)


def test_a_log_that_was_torn_gives_what_is_whole_or_is_refused(zygote: Any, tmp_path: Path) -> None:
    rng = random.Random(5)
    where, log = str(tmp_path / "runs.db"), tmp_path / "log"
    half_done(zygote, where, log)
    file, journal = Path(where).read_bytes(), Path(f"{where}-wal").read_bytes()
    last = [detail for what, detail in read(log) if what == "kept"]
    for size in (len(journal), *(rng.randrange(len(journal)) for _ in range(6))):
        torn = tmp_path / f"torn-{size}.db"
        torn.write_bytes(file)
        Path(f"{torn}-wal").write_bytes(journal[:size])
        with Store(torn) as store:
            found = [
                f"{candidate} {example}"
                for candidate, example in store.read(
                    lambda connection: connection.exec_driver_sql(
                        "SELECT candidate, example FROM evaluations WHERE state = 'done' ORDER BY id"
                    ).all()
                )
            ]
        assert set(found) <= set(last) | set(found[-3:])  # committed, and killed before it said so
        if size == len(journal):
            assert set(last) <= set(found)


def test_a_damaged_file_is_refused_and_left_as_it_is_with_its_log(zygote: Any, tmp_path: Path) -> None:
    where, log = str(tmp_path / "runs.db"), tmp_path / "log"
    half_done(zygote, where, log)
    whole = bytearray(Path(where).read_bytes())
    for page in range(1, len(whole) // 4096):  # all but the first: what the log has of them is whole
        for offset in range(4096 * page, 4096 * page + 64):
            whole[offset] ^= 0xFF
    Path(where).write_bytes(whole)
    before = files(tmp_path, "runs.db")
    assert before.keys() == {"runs.db", "runs.db-wal"}
    for _ in range(2):
        with pytest.raises(StoreError, match=r"it was left as it is\. Put a copy"):
            Store(where)
        assert files(tmp_path, "runs.db") == before


def test_a_damaged_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with Store(path) as store:
        name = store.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={}).id
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET settings = '{'")
    connection.close()
    with Store(path) as store, pytest.raises(StoreError, match=f"the store is damaged: run {name}"):
        store.runs()


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)
    path = tmp_path / "runs.db"
    made = []
    for step in range(4):
        with Store(path, clock=lambda step=step: now - timedelta(days=step)) as store:
            run = store.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={})
            store.move(run.id, "running")
            store.finish(run.id, {"step": step})
            made.append(run.id)
    with Store(path, clock=lambda: now - timedelta(days=99)) as store:
        runs = store.runs()
        last = store.create(
            identity="0123456789", program="P", program_hash="h", seed=1, settings={}, again=False
        )
    assert [run.id for run in runs] == made
    assert last.outcome == {"step": 3}
    for run in runs:
        assert run.started_at is not None
        assert run.completed_at is not None
        assert now <= run.created_at <= run.started_at <= run.completed_at


def test_a_lease_lasts_whatever_the_clock_of_its_worker_says(new_store: Callable[[str], str]) -> None:
    where = new_store("postgresql")
    with Store(where, clock=lambda: datetime(1970, 1, 1, tzinfo=UTC)) as wrong, Store(where) as right:
        name = wrong.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={}).id
        wrong.ledger(name)
        wrong.move(name, "running")
        assert right.run(name).state == "running"
        # Its own time is the server's, as far as it has heard.
        moved = right.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={})
        assert abs(moved.created_at - datetime.now(UTC)) < timedelta(minutes=10)
        assert moved.created_at > right.run(name).created_at


def test_a_lease_that_has_ended_is_taken_up_again_by_its_living_owner(
    new_store: Callable[[str], str],
) -> None:
    where = new_store("postgresql")
    with Store(where) as store:
        name = store.create(identity="0123456789", program="P", program_hash="h", seed=1, settings={}).id
        leases = Leases(store.engine, Remote(), term=0.05)
        store.read(lambda connection: leases.join(connection, name))
        store.move(name, "running")
        store.read(lambda connection: connection.exec_driver_sql("DELETE FROM workers"))
        until(lambda: store.run(name).state == "running")
        leases.close()
        until(lambda: store.run(name).state == "interrupted")


def test_versions_of_sqlite_that_can_damage_a_file_are_known() -> None:
    bad = [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 46, 0), (3, 50, 6), (3, 51, 2)]
    good = [(3, 6, 23), (3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)]
    assert all(map(has_reset_bug, bad))
    assert not any(map(has_reset_bug, good))


def test_such_a_version_is_let_at_no_file_without_a_lock_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlsig.store.file.LOCKING", "NORMAL")
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 40, 1))
    with pytest.raises(StoreError, match="can damage a file that others have open too"):
        Store(tmp_path / "runs.db")
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    Store(tmp_path / "runs.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["runs.db"]
