"""What is reserved is given back exactly once, whatever becomes of who has it."""

from __future__ import annotations

import asyncio

import pytest
from cancelling import every_point
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from mlsig.orchestrator import Event, Full, Intensity, Reservation, Supervisor
from mlsig.orchestrator.components import ResourceManager
from nightly import examples

QUOTAS = {"memory_mb": 10, "workers": 3}


class Life(RuleBasedStateMachine):
    """Tasks that reserve, and return, raise, forget, pass on or are cancelled, at any point."""

    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.manager = ResourceManager(quotas=QUOTAS, waiting=3, alert=lambda _: None)
        self.kept: list[Reservation] = []
        self.all: list[asyncio.Task[None]] = []

    def turn(self) -> None:
        for _ in range(4):
            self.loop.run_until_complete(asyncio.sleep(0))

    @rule(
        target=tasks,
        memory=st.integers(0, 10),
        workers=st.integers(0, 3),
        end=st.sampled_from(["leave", "raise", "forget", "pass on", "twice"]),
    )
    def begin(self, memory: int, workers: int, end: str) -> tuple[asyncio.Task[None], asyncio.Event]:
        over = asyncio.Event()

        async def live() -> None:
            held = await self.manager.reserve("x", memory_mb=memory, workers=workers)
            if end == "pass on":
                self.kept.append(held.detach())
                return
            if end == "forget":
                await over.wait()
                return
            async with held:
                await over.wait()
                if end == "raise":
                    raise OSError
                if end == "twice":
                    assert held.release()

        task = self.loop.create_task(live())
        self.all.append(task)
        self.turn()
        return task, over

    @rule(started=consumes(tasks))
    def finish(self, started: tuple[asyncio.Task[None], asyncio.Event]) -> None:
        started[1].set()
        self.turn()

    @rule(started=consumes(tasks), finished=st.booleans())
    def cancel(self, started: tuple[asyncio.Task[None], asyncio.Event], finished: bool) -> None:
        if finished:
            started[1].set()  # at the same moment
        started[0].cancel()
        self.turn()

    @rule()
    def release(self) -> None:
        if self.kept:
            held = self.kept.pop()
            assert held.release()
            assert not held.release()
            self.turn()

    @invariant()
    def sums(self) -> None:
        stats = self.manager.stats()
        held = self.manager.held()
        for name, quota in QUOTAS.items():
            used = sum(each.amounts[name] for each in held)
            assert stats.usage[name].used == used <= quota
        events = stats.events
        given = events.get("released", 0) + events.get("lost", 0)
        assert events.get("reserved", 0) == given + stats.held
        assert stats.waiting <= 3

    def teardown(self) -> None:
        try:
            self.loop.run_until_complete(self.over())
            self.turn()
            for held in self.kept:
                held.release()
            self.sums()
            assert self.manager.stats().held == 0
        finally:
            self.loop.close()

    async def over(self) -> None:
        for task in self.all:
            task.cancel()
        for each in await asyncio.gather(*self.all, return_exceptions=True):
            assert each is None or isinstance(each, OSError | Full | asyncio.CancelledError)


Life.TestCase.settings = settings(examples(25), stateful_step_count=25)
TestLife = Life.TestCase


async def test_cancelled_at_every_point_it_keeps_nothing() -> None:
    manager = ResourceManager(quotas={"workers": 1})

    async def use() -> None:
        async with await manager.reserve("x", workers=1):
            await asyncio.sleep(0)

    async def two() -> None:
        await asyncio.gather(use(), use())

    points = 0
    async for _ in every_point(two):
        points += 1
        assert manager.stats().held == manager.stats().waiting == 0
    assert points > 4


async def test_reservations_outlive_the_task_that_looks_after_them(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    told: list[Event] = []
    manager = ResourceManager(look=0.0, long=5.0, clock=lambda: now[0], alert=told.append)
    held = await manager.reserve("evaluation 7", workers=81)
    assert [(event.kind, event.who) for event in told] == [("alert", "workers")]
    looks = 0

    def broken() -> list[Reservation]:
        nonlocal looks
        looks += 1
        raise OSError("dead")

    async with Supervisor([manager.child()], intensity=Intensity(10**6, 1.0)) as top:
        manager.overdue = broken  # type: ignore[method-assign]
        while looks < 2:
            await asyncio.sleep(0)
        del manager.overdue
        while top.status().children[0].state != "running":
            await asyncio.sleep(0)
        assert (manager.stats().usage["workers"].used, manager.held()) == (81, [held])
        assert manager.stats().usage["memory_mb"].quota == 1_024
        caplog.clear()
        now[0] = 6.0
        while not any("holds" in record.getMessage() for record in caplog.records):
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
    messages = [record.getMessage() for record in caplog.records]
    assert [message for message in messages if "holds" in message] == [
        "evaluation 7 holds {'workers': 81} since 6 s"
    ]
    assert manager.stats().longest == 6.0
    assert held.release()
    assert manager.stats().longest == 0.0
