"""Things are lent in turn, and come back whatever becomes of the borrower."""

from __future__ import annotations

import asyncio

import pytest
from mlsig.orchestrator import Full, NotRunning, Pool


class Thing:
    made = 0

    def __init__(self) -> None:
        Thing.made += 1
        self.number = Thing.made
        self.users = 0
        self.closed = False


async def make() -> Thing:
    await asyncio.sleep(0)
    return Thing()


async def close(thing: Thing) -> None:
    await asyncio.sleep(0)
    thing.closed = True
    if thing.number % 2 == 0:
        raise OSError("does not close")


async def test_at_most_so_many_each_to_one_borrower_and_in_turn() -> None:
    pool = Pool(make, 3, close=close)
    order: list[int] = []
    seen: set[int] = set()

    async def use(at: int) -> None:
        async with pool.borrow() as lent:
            order.append(at)
            lent.item.users += 1
            seen.add(lent.item.number)
            assert lent.item.users == 1
            assert pool.lent <= 3
            await asyncio.sleep(0)
            lent.item.users -= 1

    await asyncio.gather(*(use(at) for at in range(30)))
    assert order == list(range(30))
    assert len(seen) == 3
    assert (pool.lent, pool.idle, pool.waiting) == (0, 3, 0)


async def test_the_dead_give_back_and_the_broken_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    pool = Pool(make, 1, close=close, name="clients")
    numbers: list[int] = []

    async def die() -> None:
        async with pool.borrow() as lent:
            numbers.append(lent.item.number)
            raise OSError("dead")

    async def stay() -> None:
        async with pool.borrow() as lent:
            numbers.append(lent.item.number)
            await asyncio.Event().wait()

    for end in (die, stay):
        task = asyncio.create_task(end())
        while len(numbers) < (1 if end is die else 2):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with pool.borrow() as lent:
        first = lent.item
        lent.broken = True
    assert first.closed
    async with pool.borrow() as lent:
        second = lent.item
        await pool.close()
    assert second.closed
    assert numbers == [first.number] * 2
    assert second.number == first.number + 1
    assert [record.getMessage() for record in caplog.records] == [
        "clients: one could not be closed: OSError: does not close"
    ]
    with pytest.raises(NotRunning, match="clients is closed"):
        async with pool.borrow():
            pass


async def test_what_cannot_be_made_and_who_cannot_wait() -> None:
    async def broken() -> Thing:
        raise OSError("no server")

    pool = Pool(broken, 1, waiting=0)
    with pytest.raises(OSError, match="no server"):
        async with pool.borrow():
            pass
    assert pool.lent == 0
    lasting = Pool(make, 1, waiting=0)
    async with lasting.borrow():
        with pytest.raises(Full):
            async with lasting.borrow():
                pass
    await lasting.close()
    assert lasting.idle == 0
    with pytest.raises(ValueError, match="a pool of 0 lends nothing"):
        Pool(make, 0)
