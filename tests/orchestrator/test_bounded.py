"""Work is done in turn, within its time, in tasks that nobody loses."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest
from cancelling import every_point
from mlsig.orchestrator import DeadlinePassed, Full, NotRunning
from mlsig.orchestrator.components.bounded import Bounded, Work

who: ContextVar[str] = ContextVar("who", default="nobody")


def line(concurrency: int = 2, waiting: int = 3, deadline: float | None = 60.0) -> Bounded:
    return Bounded("line", concurrency=concurrency, waiting=waiting, deadline=deadline)


async def test_so_many_at_a_time_in_the_order_of_asking_and_a_flood_is_refused() -> None:
    bounded = line()
    order: list[int] = []
    most = 0

    async def work(at: int) -> str:
        nonlocal most
        order.append(at)
        most = max(most, bounded.running)
        await asyncio.sleep(0)
        return who.get()

    async with bounded.tasks:
        who.set("somebody")
        answers = await asyncio.gather(
            *(bounded.run("work", lambda at=at: work(at)) for at in range(8)), return_exceptions=True
        )
    assert [type(each) for each in answers] == [str] * 5 + [Full] * 3
    assert str(answers[-1]) == "3 wait for line, and no more may"
    assert answers[0] == "somebody"  # work sees the context of who asks for it
    assert (order, most, bounded.running, bounded.waiting) == ([0, 1, 2, 3, 4], 2, 0, 0)
    count = bounded.work["work"]
    assert (count.succeeded, count.refused, count.ended, count.failed) == (5, 3, 8, 0)


async def test_errors_are_the_askers_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    bounded = line(deadline=None)

    async def fail() -> None:
        raise OSError("no")

    async def full() -> None:
        raise Full("another line")

    async with bounded.tasks:
        for work, kind in ((fail, OSError), (full, Full)):
            with pytest.raises(kind):
                await bounded.run("x", work)
        with pytest.raises(DeadlinePassed, match=r"x was not done within 0\.001 s"):
            await bounded.run("x", asyncio.Event().wait, deadline=0.001)
    count = bounded.work["x"].copy()
    assert (count.failed, count.late, count.refused, count.errors) == (2, 1, 0, {"OSError": 1, "Full": 1})
    assert 0.001 <= count.longest <= count.seconds
    assert not caplog.records  # no child has crashed


async def test_the_wait_for_a_turn_counts() -> None:
    bounded = line(concurrency=1, deadline=0.01)
    async with bounded.tasks:
        ends = await asyncio.gather(
            bounded.run("first", asyncio.Event().wait), bounded.run("second", asyncio.Event().wait),
            return_exceptions=True,
        )  # fmt: skip
    assert [type(end) for end in ends] == [DeadlinePassed, DeadlinePassed]
    assert bounded.work["second"].late == 1


async def test_who_is_stopped_hears_of_it_and_nothing_runs_without_a_supervisor() -> None:
    bounded = line()
    with pytest.raises(NotRunning, match="line does not run"):
        await bounded.run("x", asyncio.Event().wait)
    async with bounded.tasks:
        asked = asyncio.create_task(bounded.run("x", asyncio.Event().wait))
        while not bounded.running:
            await asyncio.sleep(0)
    with pytest.raises(NotRunning, match="line stopped before x had ended"):
        await asked
    assert (bounded.work["x"].cancelled, bounded.work["x"].ended) == (1, 1)


async def test_cancelled_at_every_point_nothing_is_left() -> None:
    bounded = line(concurrency=1)
    inside = 0

    async def work() -> None:
        nonlocal inside
        inside += 1
        try:
            await asyncio.sleep(0)
        finally:
            inside -= 1

    async def two() -> None:
        await asyncio.gather(bounded.run("x", work), bounded.run("x", work))

    points = 0
    async with bounded.tasks:
        async for task in every_point(two):
            points += 1
            assert task.cancelled() or task.exception() is None
            while bounded.tasks.stats().active:  # `gather` does not wait for those that it cancels
                await asyncio.sleep(0)
            assert (inside, bounded.running, bounded.waiting) == (0, 0, 0)
            assert (bounded.work.get("x", Work()).running, bounded.work.get("x", Work()).waiting) == (0, 0)
    assert points > 4


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="line: 0 at a time and 3 that wait: give 1 or more, and 0 or more"):
        line(concurrency=0)
    with pytest.raises(ValueError, match="line: a deadline of 0 s: give more than 0, or None"):
        line(deadline=0)
