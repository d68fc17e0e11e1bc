"""What goes wrong around a tree: floods, clocks that jump, a loop that is kept, signals, callers who leave.

Crashes in start, in stop and during a restart, and children that ignore their cancellation, are in
`test_supervisor.py`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from mlsig.evaluation import aevaluate
from mlsig.evaluation.ledger import MemoryLedger
from mlsig.orchestrator import Blocked, Child, Full, Intensity, Shutdown, Started, Supervisor, Watchdog
from mlsig.orchestrator.components import EvaluationWorkers
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Review, reviews

HERE = Path(__file__).parent


async def test_a_flood_is_refused_beyond_the_bound_and_everybody_hears_of_it() -> None:
    go = asyncio.Event()
    ran = 0

    async def job() -> None:
        nonlocal ran
        await go.wait()
        ran += 1

    async with EvaluationWorkers(workers=10, waiting=100) as workers:
        flood = [asyncio.create_task(workers.run(job)) for _ in range(5_000)]
        while not any(task.done() for task in flood):
            await asyncio.sleep(0)
        assert (workers.stats().running, workers.stats().waiting) == (10, 100)
        go.set()
        heard = Counter(map(type, await asyncio.gather(*flood, return_exceptions=True)))
        assert heard == {type(None): 110, Full: 4_890}
        assert ran == 110
        await workers.run(job)  # there is room again


async def test_restarts_are_counted_by_a_clock_that_may_jump() -> None:
    now = 0.0
    crash = asyncio.Event()
    starts = 0

    async def fragile(started: Started) -> None:
        nonlocal starts
        starts += 1
        started()
        await crash.wait()
        crash.clear()
        raise OSError("again")

    async def until(count: int) -> None:
        crash.set()
        while starts < count:
            await asyncio.sleep(0)

    top = Supervisor([Child("fragile", fragile)], intensity=Intensity(2, 5.0), clock=lambda: now)
    async with top:
        await until(2)
        await until(3)
        now += 3_600  # forward: what was is long ago
        await until(4)
        await until(5)
        now -= 7_200  # backward: what was still counts, so that nothing is restarted for ever
        crash.set()
        with pytest.raises(Shutdown, match="more than 2 restarts in 5 s"):
            await top.wait()


async def test_time_of_day_has_no_say_in_how_long_anything_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def job() -> str:
        monkeypatch.setattr(time, "time", lambda: 4e9)
        await asyncio.sleep(0)
        monkeypatch.setattr(time, "time", lambda: 0.0)
        await asyncio.sleep(0)
        return "done"

    async with EvaluationWorkers(workers=1, timeout=60.0) as workers:
        assert await workers.run(job) == "done"
        with pytest.raises(TimeoutError):
            await workers.run(asyncio.Event().wait, timeout=0.01)


async def test_an_evaluation_that_keeps_the_loop_is_named() -> None:
    told = threading.Event()
    found: list[Blocked] = []

    def tell(blocked: Blocked) -> None:
        if "greedy_metric" in blocked.stack:
            found.append(blocked)
            told.set()

    async def greedy_metric() -> None:
        told.wait(60)

    workers = EvaluationWorkers()
    async with Supervisor([Watchdog(0.05, tell).child(), workers.child()]):
        await workers.run(greedy_metric)
    assert found[0].task == "evaluation"


async def test_whoever_leaves_an_evaluation_at_any_await_leaves_nothing_behind() -> None:
    for turns in range(1, 40):
        lm, ledger = SimulatedLM(), MemoryLedger()
        async with EvaluationWorkers(workers=3) as workers:
            before = asyncio.all_tasks()
            task = asyncio.create_task(
                aevaluate(Review, reviews(6), lm=lm, ledger=ledger, workers=workers, concurrency=2)
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            ended = task.done()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() != ended
            assert asyncio.all_tasks() == before
            assert (workers.stats().running, workers.stats().waiting, lm.flying) == (0, 0, 0)
            assert ledger.paid(["held-out"]) == lm.calls
            assert await workers.run(partial(asyncio.sleep, 0, "free")) == "free"
        if ended:
            return
    raise AssertionError("it never ended by itself")


def terminated(*words: Path) -> subprocess.Popen[str]:
    places = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(
        [sys.executable, str(HERE / "terminated.py"), *map(str, words)],
        env={**os.environ, "PYTHONPATH": places},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_that_is_terminated_ends_its_calls_and_goes_on_the_next_time(tmp_path: Path) -> None:
    store, bill = tmp_path / "runs.db", tmp_path / "bill"
    with terminated(store, bill) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "stopped\nleft 0 tasks\n"
        assert process.wait(60) == 0
    paid = len(bill.read_bytes())
    with Store(store) as opened:
        [run] = opened.runs()
        assert run.status == "cancelled"
        assert opened.ledger(run.id).lost == []
    with terminated(store, bill) as process:
        said = process.communicate(timeout=120)[0].splitlines()
    lm = SimulatedLM()
    unbroken = Experiment(
        program=Review,
        train=reviews(40),
        test=reviews(10, start=1_000),
        settings=Settings(budget_calls=120, seed=1),
    )
    with Store(tmp_path / "other.db") as other:
        found = asyncio.run(conduct(unbroken, lm, other, "new"))
    assert said[-2] == f"completed {found.outcome.best} 0"  # 0 calls whose outcome is not known
    assert 0 < paid < len(bill.read_bytes()) == lm.calls
