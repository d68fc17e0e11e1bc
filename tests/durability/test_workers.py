"""Several processes on one run in PostgreSQL: no evaluation is made twice, whoever dies or comes late."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mlsig.evaluation.budget import Budget, Spending
from mlsig.evaluation.evaluator import MeteredLM, Stopped
from mlsig.evaluation.ledger import Key, Result
from mlsig.providers.idempotency import key_for
from mlsig.providers.messages import Reply, Request
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, Findings, conduct
from mlsig.store import Store
from mlsig_compiler.cli import main
from scripted_search import CONCURRENCY, STEPS, WIDTH, check, read
from simulated import SimulatedLM
from toy import Review, reviews
from waiting import PATIENCE, until

TESTS = Path(__file__).resolve().parents[1]
KEY = Key("search", "candidate", "example")


def started(script: Path, *words: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, str(script), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def new_run(store: Store) -> str:
    return store.create(identity="0123456789", program="Review", program_hash="h", seed=1, settings={}).id


def _cheap(text: str) -> Result:
    return Result(example="example", text=text, input_tokens=4, output_tokens=3, cost=0.5)


def attempts(store: Store) -> list[tuple[Any, ...]]:
    query = "SELECT attempt, state, calls, text FROM evaluations ORDER BY id"
    return [tuple(row) for row in store.read(lambda connection: connection.exec_driver_sql(query).all())]


def test_two_optimise_one_program_and_one_is_killed(new_store: Callable[[str], str], tmp_path: Path) -> None:
    where, bill = new_store("postgresql"), tmp_path / "bill"
    bill.touch()
    child = TESTS / "runtime" / "store" / "child.py"
    first, second = (started(child, where, str(bill), "0.01", "2", "5") for _ in range(2))
    until(lambda: bill.stat().st_size > 40 or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, _ = second.communicate(timeout=PATIENCE)
    assert (first.returncode, second.returncode) == (-signal.SIGKILL, 0)
    found = msgspec.json.decode(out, type=Findings)

    alone = Experiment(
        program=Review,
        train=reviews(60),
        test=reviews(20, start=1_000),
        settings=Settings(budget_calls=150, seed=1),
        concurrency=4,
    )
    lm = SimulatedLM()
    with Store(tmp_path / "runs.db") as store:
        expected = asyncio.run(conduct(alone, lm, store, "new"))
    assert msgspec.json.encode(found.outcome) == msgspec.json.encode(expected.outcome)
    assert (found.baseline, found.best) == (expected.baseline, expected.best)
    assert lm.calls <= bill.stat().st_size <= lm.calls + 2  # what the killed one had under way
    with Store(where) as store:
        (run,) = store.runs()
    assert run.state == "completed"


def test_three_share_a_search_and_pay_for_each_evaluation_once(
    new_store: Callable[[str], str], zygote: Any, tmp_path: Path
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    assert zygote(store=where, log=str(log), workers=3, pause=0.01, lease=30.0) == 0
    check(where, log, deaths=0)
    lines = read(log)
    assert sum(what == "paid" for what, _ in lines) == STEPS * WIDTH
    assert len([detail for what, detail in lines if what == "end"]) == 3


def test_whoever_survives_takes_over_what_a_killed_one_had_under_way(
    new_store: Callable[[str], str], zygote: Any, tmp_path: Path
) -> None:
    where, log = new_store("postgresql"), tmp_path / "log"
    assert zygote(store=where, log=str(log), workers=2, pause=0.01, lease=3.0, event=120) == -signal.SIGKILL
    check(where, log, deaths=1)


def test_what_comes_after_the_lease_is_kept_and_not_counted(new_store: Callable[[str], str]) -> None:
    where = new_store("postgresql")
    with Store(where) as store:
        name = new_run(store)
        sleeper = started(TESTS / "sleeper.py", where)
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == "claimed\n"
        sleeper.send_signal(signal.SIGSTOP)  # a lid is closed; its lease ends meanwhile

        async def take_over() -> None:
            ledger = store.ledger(name)
            assert await ledger.acquire(KEY) is None
            await ledger.complete(await ledger.claim(KEY), KEY, Result(example="example", text="first"))
            assert ledger.lost == [KEY]
            assert ledger.paid(["search"]) == 2  # what the other has paid is paid

        asyncio.run(take_over())
        sleeper.send_signal(signal.SIGCONT)
        out, _ = sleeper.communicate("go on\n", timeout=PATIENCE)
        assert out == "first\n"  # it goes on with the result that counts
        assert attempts(store) == [(0, "lost", 2, "late"), (1, "done", 1, "first")]
        assert store.ledger(name).recall(KEY) == Result(example="example", text="first")


def test_a_worker_waits_for_another_and_leaves_it_its_evaluation(new_store: Callable[[str], str]) -> None:
    where = new_store("postgresql")
    with Store(where) as store, Store(where) as other:
        name = new_run(store)
        mine, theirs = store.ledger(name), other.ledger(name)
        assert list(mine.turns(range(50))) == list(range(50))
        assert sorted(theirs.turns(range(50))) == list(range(50)) != list(theirs.turns(range(50)))

        budget, heard = Budget(10), list[Spending]()
        budget.elsewhere = heard.append
        theirs.charge(budget, ["search"])

        async def both() -> None:
            assert await mine.acquire(KEY) is None
            asked = asyncio.ensure_future(theirs.acquire(KEY))
            await asyncio.sleep(0.1)
            assert not asked.done()
            await mine.complete(await mine.claim(KEY), KEY, _cheap("mine"))
            known = await asked
            assert known is not None
            assert known.text == "mine"
            assert theirs.recall(KEY) == known
            assert theirs.paid(["search"]) == budget.used == 1
            assert heard == [Spending(7, 0.5)] == [budget.spent]
            # What is given back, for nothing was paid, is another's at once.
            second = Key("search", "candidate", "other")
            assert await mine.acquire(second) is None
            await mine.release(second)
            assert await theirs.acquire(second) is None
            assert (mine.paid(["search"]), theirs.paid(["search"])) == (1, 2)

        asyncio.run(both())


def test_a_run_that_was_cancelled_elsewhere_is_stopped(new_store: Callable[[str], str]) -> None:
    where = new_store("postgresql")
    with Store(where, lease=3.0) as store, Store(where) as other:
        name = new_run(store)
        store.ledger(name)
        store.move(name, "running")
        assert other.run(name).state == "running"
        other.move(name, "cancelled")
        until(lambda: store.unwanted(name))
        store.leave(name)
        other.move(name, "running")
        assert other.run(name).state == "interrupted"


def test_an_optimisation_that_is_cancelled_elsewhere_pays_for_nothing_more(
    new_store: Callable[[str], str],
) -> None:
    where = new_store("postgresql")
    with Store(where, lease=0.2) as store, Store(where) as other:

        def hear(event: object) -> None:
            (run,) = other.runs()
            if run.status == "running":
                other.move(run.id, "cancelled")

        experiment = Experiment(
            program=Review,
            train=reviews(60),
            test=reviews(20, start=1_000),
            settings=Settings(budget_calls=10_000, seed=1, patience=1_000),
            concurrency=1,
            listener=hear,
        )
        lm = SimulatedLM(delay=lambda request: 0.05)
        with pytest.raises(Stopped):
            asyncio.run(conduct(experiment, lm, store, "new"))
        (run,) = other.runs()
        assert (run.state, run.outcome) == ("cancelled", None)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_run_whose_process_died_is_listed_as_interrupted(
    kind: str,
    new_store: Callable[[str], str],
    zygote: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where, log = new_store(kind), tmp_path / "log"
    assert zygote(store=where, log=str(log), event=110) == -signal.SIGKILL
    with Store(where) as store:
        until(lambda: store.runs()[0].state == "interrupted")
        assert store.runs()[0].status == "running"
    assert main(["runs", "list", "--store", where]) == 0
    assert "interrupted" in capsys.readouterr().out
    assert zygote(store=where, log=str(log)) == 0
    check(where, log, deaths=1)
    assert main(["runs", "list", "--store", where]) == 0
    assert "completed" in capsys.readouterr().out
    assert CONCURRENCY > 0


def test_a_call_that_is_made_again_has_the_key_that_it_had(tmp_path: Path) -> None:
    keys: list[str] = []

    class Provider:
        async def complete(self, request: Request) -> Reply:
            keys.append(key_for(b"the body"))
            return Reply(text="yes")

    request = Request(provider="toy", model="small", messages=())

    async def call(store: Store, name: str, key: Key, times: int = 1) -> None:
        lm = MeteredLM(Provider(), key, store.ledger(name), None)
        for _ in range(times):
            await lm.complete(request)

    with Store(tmp_path / "runs.db") as store:
        name = new_run(store)
        asyncio.run(call(store, name, KEY, times=2))  # and dies before it is complete
    with Store(tmp_path / "runs.db") as store:
        asyncio.run(call(store, name, KEY))
        asyncio.run(call(store, name, KEY._replace(example="other")))
        asyncio.run(call(store, new_run(store), KEY))
    first, second, again, other, fresh = keys
    assert again == first
    assert len({first, second, other, fresh}) == 4
    assert key_for(b"the body") != key_for(b"the body")
