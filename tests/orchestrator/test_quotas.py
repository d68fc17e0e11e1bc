"""Resources are reserved in the order of asking, and given back exactly once."""

from __future__ import annotations

import asyncio
import random

import pytest
from mlsig.orchestrator import Event, Full, Quotas


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_is_reserved_comes_back_once() -> None:
    quotas = Quotas()
    async with await quotas.reserve("one", memory_mb=1_000, workers=1) as held:
        assert {name: use.used for name, use in quotas.usage().items()} == {"memory_mb": 1_000, "workers": 1}
        assert quotas.take("two", memory_mb=100) is None
        assert held.release()
        assert not held.release()
        assert held.released
    assert {use.share for use in quotas.usage().values()} == {0.0}
    assert [(event.kind, event.who) for event in quotas.history()] == [
        ("reserved", "one"), ("alert", "memory_mb"), ("released", "one"), ("calm", "memory_mb"),
    ]  # fmt: skip


async def test_nobody_is_passed_by_one_who_wants_less() -> None:
    quotas = Quotas({"workers": 10})
    order: list[str] = []

    async def use(name: str, amount: int) -> None:
        async with await quotas.reserve(name, workers=amount):
            order.append(name)
            await turns()

    first = await quotas.reserve("first", workers=8)
    tasks = [
        asyncio.create_task(use(name, amount)) for name, amount in (("big", 9), ("small", 1), ("last", 1))
    ]
    await turns()
    assert (quotas.waiting, order) == (3, [])
    assert quotas.take("quick", workers=1) is None
    first.release()
    await asyncio.gather(*tasks)
    assert order == ["big", "small", "last"]


async def test_who_goes_away_while_waiting_keeps_nothing() -> None:
    quotas = Quotas({"workers": 1})
    first = await quotas.reserve("first", workers=1)
    gone = asyncio.create_task(quotas.reserve("gone", workers=1))
    next_ = asyncio.create_task(quotas.reserve("next", workers=1))
    await turns()
    gone.cancel()
    await turns()
    assert quotas.waiting == 1
    first.release()  # it is the turn of `next` now, who is cancelled before it hears of it
    next_.cancel()
    await turns()
    assert next_.cancelled()
    assert quotas.usage()["workers"].used == 0
    assert quotas.waiting == 0


async def test_the_end_of_a_task_gives_back_what_it_had(caplog: pytest.LogCaptureFixture) -> None:
    quotas = Quotas({"workers": 2})

    async def careless() -> None:
        await quotas.reserve("careless", workers=1)
        (await quotas.reserve("careful", workers=1)).detach()

    await asyncio.create_task(careless())
    await turns()
    assert quotas.usage()["workers"].used == 1
    assert [record.getMessage() for record in caplog.records if "ended" in record.getMessage()] == [
        "careless ended without giving back {'workers': 1}"
    ]
    assert [event.kind for event in quotas.history()][-1] == "calm"


async def test_only_so_many_wait_and_nonsense_is_refused() -> None:
    quotas = Quotas({"workers": 1, "none": 0}, waiting=1)
    assert quotas.usage()["none"].share == 0
    await quotas.reserve("one", workers=1)
    waiting = asyncio.create_task(quotas.reserve("two", workers=1))
    await turns()
    with pytest.raises(Full, match="1 wait for workers, and no more may"):
        await quotas.reserve("three", workers=1)
    with pytest.raises(ValueError, match="there is no resource 'gpus'; there are workers, none"):
        await quotas.reserve("four", gpus=1)
    with pytest.raises(ValueError, match="2 of workers: ask for 0 to 1, which is all there is"):
        await quotas.reserve("five", workers=2)
    with pytest.raises(ValueError, match="the quota of workers is -1"):
        Quotas({"workers": -1})
    waiting.cancel()


async def test_alerts_are_told_once_on_the_way_up_and_down(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mlsig.orchestrator")
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        raise OSError("deaf")

    for quotas in (Quotas({"workers": 10}, alert=tell, history=3), Quotas({"workers": 10})):
        held = [await quotas.reserve("x", workers=1) for _ in range(10)]
        for each in held:
            each.release()
        assert len(quotas.history()) <= 20 + 2
    assert [(event.kind, event.amounts) for event in told] == [
        ("alert", {"workers": 9}),
        ("calm", {"workers": 8}),
    ]
    messages = [record.getMessage() for record in caplog.records]
    assert messages[-2:] == ["workers: 9 in use, which is above the line", "workers: 8 in use again"]
    assert "an alert about workers could not be told" in messages


@pytest.mark.parametrize("seed", range(20))
async def test_under_random_cancellation_nothing_is_lost_or_given_twice(seed: int) -> None:
    rng = random.Random(seed)
    quotas = Quotas({"workers": 7, "memory_mb": 700})

    async def use() -> None:
        async with await quotas.reserve(
            "x", workers=rng.randint(0, 7), memory_mb=rng.choice([100, 300, 700])
        ):
            usage = quotas.usage()
            assert usage["workers"].used <= 7
            assert usage["memory_mb"].used <= 700
            await turns(rng.randint(0, 4))

    tasks: list[asyncio.Task[None]] = []
    for _ in range(200):
        tasks.append(asyncio.create_task(use()))
        if rng.random() < 0.3:
            rng.choice(tasks).cancel()
        await turns(rng.randint(0, 2))
    await asyncio.wait(tasks, timeout=60)
    assert all(task.done() for task in tasks)
    assert [task for task in tasks if not task.cancelled() and task.exception()] == []
    assert quotas.waiting == 0
    assert quotas.usage()["workers"].used == 0
    assert quotas.usage()["memory_mb"].used == 0
    assert quotas.take("all", workers=7) is not None
