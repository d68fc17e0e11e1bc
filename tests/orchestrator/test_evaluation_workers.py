"""Workers that evaluate: whatever happens to a job happens to it alone, and each has an outcome."""

from __future__ import annotations

import asyncio
import contextvars
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jobs
import pytest
from mlsig.orchestrator import Full, NotRunning, Supervisor, WorkerDied
from mlsig.orchestrator.components import EvaluationWorkers
from mlsig.orchestrator.components.evaluation_workers import Crashed


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


async def fail(text: str) -> int:
    await asyncio.sleep(0)
    raise LookupError(text)


async def cancel_itself() -> int:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)
    return 0


async def claim_to_be_cancelled() -> int:
    raise asyncio.CancelledError


async def forever() -> int:
    return await asyncio.Event().wait()


async def stubborn(end: asyncio.Event) -> int:
    while not end.is_set():
        try:
            await end.wait()
        except asyncio.CancelledError:
            continue
    return 1


async def test_each_job_has_an_outcome_in_its_place(caplog: pytest.LogCaptureFixture) -> None:
    end = asyncio.Event()
    works: list[Callable[[], Coroutine[Any, Any, int]]] = [
        partial(double, 1), partial(fail, "two"), cancel_itself, claim_to_be_cancelled, forever,
        partial(stubborn, end), partial(double, 7),
    ]  # fmt: skip
    async with EvaluationWorkers(workers=2, timeout=0.05, grace=0.01) as workers:
        found = await workers.each(works)
        assert [found[0].result(), found[6].result()] == [2, 14]
        assert [type(outcome.error) for outcome in found] == [
            type(None), LookupError, Crashed, Crashed, TimeoutError, TimeoutError, type(None)
        ]  # fmt: skip
        with pytest.raises(TimeoutError, match=r"took more than 0\.05 s"):
            found[4].result()
        stats = workers.stats()
        assert (stats.done, stats.failed, stats.late, stats.crashed, stats.zombies) == (2, 1, 2, 2, 1)
        assert stats.running == 0
        end.set()
        while workers.stats().zombies:
            await asyncio.sleep(0.01)
        assert await workers.run(partial(double, 4), timeout=60.0) == 8
        with pytest.raises(LookupError, match="four"):
            await workers.run(partial(fail, "four"))
    assert "evaluation does not end: it goes on without a supervisor" in caplog.text


async def test_whatever_happens_none_is_lost() -> None:
    """Hundreds of jobs, some of which crash, hang, fail or cancel whom they meet, by chance."""
    rng = random.Random(7)
    tasks: list[asyncio.Task[Any]] = []
    begun: Counter[int] = Counter()

    async def job(place: int, fate: float) -> int:
        begun[place] += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        await asyncio.sleep(0)
        if fate < 0.05:
            await fail("by chance")
        elif fate < 0.1:
            await cancel_itself()
        elif fate < 0.15:
            tasks[int(fate * 1_000) % len(tasks)].cancel()
        elif fate < 0.2:
            await forever()
        return place

    async with EvaluationWorkers(workers=50, timeout=0.2) as workers:
        found = await workers.each(partial(job, place, rng.random()) for place in range(500))
        stats = workers.stats()
    assert len(found) == 500
    assert set(begun.values()) == {1}
    assert all(outcome.value == place or outcome.error for place, outcome in enumerate(found))
    assert stats.done + stats.failed + stats.late + stats.crashed == 500
    assert stats.crashed > 10 < stats.late


async def test_first_come_first_served_and_at_most_so_many() -> None:
    running = most = 0
    order: list[str] = []

    async def job(name: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(name)
        await asyncio.sleep(0)
        running -= 1

    async with EvaluationWorkers(workers=3, waiting=1) as workers:
        early = asyncio.create_task(workers.each([partial(job, "early")] * 40, most=2))
        await asyncio.sleep(0)
        later = asyncio.create_task(workers.each([partial(job, "later")] * 40))
        await asyncio.sleep(0)
        last = asyncio.create_task(workers.run(partial(job, "last")))
        await asyncio.sleep(0)
        assert workers.waiting == 1
        with pytest.raises(Full, match="1 calls wait for a worker, and no more may"):
            await workers.run(partial(job, "too many"))
        await asyncio.gather(early, later, last)
    assert most == 3
    assert order.index("last") > len(order) - 4
    assert order[:60].count("early") == 40  # two of three workers are theirs until they are done


async def test_jobs_are_made_one_by_one_and_see_the_context_of_who_asks() -> None:
    mine: contextvars.ContextVar[str] = contextvars.ContextVar("mine", default="nobody's")
    made: list[int] = []

    async def look() -> str:
        return mine.get()

    def until_it_fails() -> Iterator[Callable[[], Coroutine[Any, Any, str]]]:
        for at in range(100):
            made.append(at)
            if at == 3:
                raise OSError("no more")
            yield look

    async with EvaluationWorkers(workers=1) as workers:
        mine.set("of who asks")
        assert await workers.run(look) == "of who asks"
        with pytest.raises(OSError, match="no more"):
            await workers.each(until_it_fails())
        assert made == [0, 1, 2, 3]
        assert await workers.each([]) == []


async def test_who_is_cancelled_leaves_nothing_and_who_is_stopped_is_told() -> None:
    ended: list[str] = []

    async def job(name: str) -> None:
        try:
            await forever()
        finally:
            ended.append(name)

    workers = EvaluationWorkers(workers=4)
    with pytest.raises(NotRunning, match="the evaluation workers do not run"):
        await workers.run(partial(job, "early"))
    async with Supervisor([workers.child()]) as top:
        assert "workers: running" in str(top.status())
        gone = asyncio.create_task(workers.each([partial(job, "gone")] * 9, most=2))
        stopped = asyncio.create_task(workers.each([partial(job, "stopped")] * 9, most=2))
        waiting = asyncio.create_task(workers.run(partial(job, "never begun")))
        while workers.stats().running < 4:
            await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        assert ended == ["gone", "gone"]
        while workers.waiting:
            await asyncio.sleep(0)
    for task in (stopped, waiting):
        with pytest.raises(NotRunning, match="the evaluation workers were stopped"):
            await task
    assert sorted(ended) == ["gone", "gone", "never begun", "stopped", "stopped"]
    assert workers.stats().running == 0


async def test_a_process_that_is_killed_fails_its_own_call_and_another_is_there_at_once(
    tmp_path: Path,
) -> None:
    async with EvaluationWorkers(processes=2, call_timeout=60.0) as workers:
        doomed = asyncio.create_task(workers.call(jobs.sleep_in, str(tmp_path / "doomed")))
        other = asyncio.create_task(workers.call(jobs.sleep_in, str(tmp_path / "other")))
        for name in ("doomed", "other"):
            while not ((tmp_path / name).exists() and (tmp_path / name).read_text(encoding="utf-8")):
                await asyncio.sleep(0.01)
        assert workers.stats().in_processes == 2
        os.kill(int((tmp_path / "doomed").read_text(encoding="utf-8")), signal.SIGKILL)
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await doomed
        assert await workers.call(jobs.double, 21) == 42
        assert not other.done()
        with pytest.raises(TimeoutError, match=r"took more than 0\.1 s, and was killed"):
            await workers.call(jobs.sleep_in, str(tmp_path / "slow"), timeout=0.1)
        other.cancel()
        await asyncio.wait([other])
    async with EvaluationWorkers() as none:
        with pytest.raises(NotRunning, match="make the workers with `processes=2`, say"):
            await none.call(jobs.me)


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in ({"workers": 0}, {"waiting": -1}, {"processes": -1}, {"timeout": 0.0}, {"call_timeout": -1}):
        with pytest.raises(ValueError, match=r"give (1 or )?more"):
            EvaluationWorkers(**wrong)  # type: ignore[arg-type]
