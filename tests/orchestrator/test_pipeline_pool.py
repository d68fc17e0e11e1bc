"""A few pipelines at a time, in the order of asking, and rows are read as there is room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest
from cancelling import every_point
from mlsig.orchestrator import DeadlinePassed, Full, Graph, Intensity, NotRunning, StepFailed, Supervisor
from mlsig.orchestrator.components import PipelinePool


class Research:
    """Two steps, one after the other, as a compiled pipeline has them."""

    name = "Research"

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.begun: list[int] = []
        self.go = asyncio.Event()
        self.go.set()

    async def plan(self, question: int) -> int:
        await self.go.wait()
        if question < 0:
            raise LookupError(f"no plan for {question}")
        return question * 2

    async def search(self, plan: int) -> str:
        await asyncio.sleep(0)
        return f"found {plan}"

    async def acall(self, *, question: int) -> str:
        self.begun.append(question)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            async with Graph(self.name) as graph:
                plan = graph.step("plan", lambda: self.plan(question))
                found = graph.step("search", lambda: self.search(plan.value), needs=[plan])
                return await found
        finally:
            self.running -= 1

    def __call__(self, *, question: int) -> str:
        raise AssertionError(question)


async def test_so_many_run_at_a_time_and_a_flood_is_refused() -> None:
    pool = PipelinePool(waiting=6)
    research = Research()
    with pytest.raises(NotRunning):
        await pool.call(research, question=1)
    async with Supervisor([pool.child()]):
        calls = [pool.call(research, question=at) for at in range(13)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert ends[:11] == [f"found {2 * at}" for at in range(11)]
        assert [type(end) for end in ends[11:]] == [Full, Full]
        assert (research.most, research.begun) == (5, list(range(11)))
        with pytest.raises(StepFailed, match=r"step Research\.plan failed: LookupError: no plan for -1"):
            await pool.call(research, question=-1)
        with pytest.raises(TypeError, match="by name"):
            await pool.call(research, 1)  # type: ignore[call-arg, misc]
    stats = pool.stats()
    work = stats.pipelines["Research"]
    assert (stats.size, stats.running, stats.waiting) == (5, 0, 0)
    assert (work.succeeded, work.refused, work.failed, work.errors) == (11, 2, 1, {"StepFailed": 1})


async def test_rows_are_read_as_there_is_room() -> None:
    pool = PipelinePool(size=2)
    research = Research()
    read = 0

    def rows() -> Iterator[Mapping[str, Any]]:
        nonlocal read
        for at in (*range(8), -1, 9):
            read += 1
            yield {"question": at}

    async def later() -> AsyncGenerator[Mapping[str, Any], None]:
        for row in rows():
            await asyncio.sleep(0)
            yield row

    async with Supervisor([pool.child()]):
        for source in (rows, later):
            read = taken = 0
            async with aclosing(pool.each(research, source())) as every:
                async for done in every:
                    taken += 1
                    assert taken <= read <= taken + 3  # those that wait or run beside the one that was taken
                    question = done.row["question"]
                    if question >= 0:
                        assert done.result() == f"found {2 * question}"
                    else:
                        with pytest.raises(StepFailed):
                            done.result()
            assert (taken, read, research.most) == (10, 10, 2)
        research.go.clear()
        research.begun.clear()
        async with aclosing(pool.each(research, rows(), deadline=0.01)) as every:
            async for done in every:
                assert isinstance(done.error, DeadlinePassed)
                break
        assert (research.running, pool.stats().running, pool.stats().waiting) == (0, 0, 0)
        assert len(research.begun) <= 4


async def test_cancelled_at_every_point_nothing_runs_on() -> None:
    pool = PipelinePool(size=1)
    research = Research()

    async def two() -> None:
        async with aclosing(pool.each(research, [{"question": 1}, {"question": 2}])) as every:
            assert [done.result() async for done in every] == ["found 2", "found 4"]

    points = 0
    async with Supervisor([pool.child()]):
        async for task in every_point(two):
            points += 1
            assert task.cancelled() or task.exception() is None
            assert (research.running, pool.stats().running, pool.stats().waiting) == (0, 0, 0)
            assert pool.tasks.stats().active == 0
    assert points > 5


async def test_a_crash_of_the_pool_fails_what_runs_and_no_more() -> None:
    pool = PipelinePool()
    research = Research()
    async with Supervisor([pool.child()], intensity=Intensity(5, 60.0)) as top:
        await pool.call(research, question=1)
        research.go.clear()
        hanging = asyncio.create_task(pool.call(research, question=2))
        while not research.running:
            await asyncio.sleep(0)
        [victim] = [task for task in asyncio.all_tasks() if task.get_name() == "supervisor/pipeline_pool"]
        victim.cancel()
        with pytest.raises(NotRunning, match="pipelines stopped before Research had ended"):
            await hanging
        while top.status().children[0].state != "running" or not top.status().children[0].restarts:
            await asyncio.sleep(0)
        research.go.set()
        assert await pool.call(research, question=3) == "found 6"
        work = pool.stats().pipelines["Research"]
        assert (work.succeeded, work.cancelled) == (2, 1)
