"""Clients are lent in turn, and come back from whoever has them, dead or alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from cancelling import every_point
from mlsig.orchestrator import Full, NotRunning, Supervisor
from mlsig.orchestrator.components import ClientPool
from mlsig.providers.client import Client
from mlsig.providers.messages import LM, Reply, Request
from steps import LOCAL, FeelProgram

ASKED = Request(provider="local", model="small", messages=())


class One:
    """A client that must not be shared."""

    def __init__(self) -> None:
        self.users = 0
        self.most = 0
        self.closed = 0

    async def complete(self, _: Request) -> Reply:
        self.users += 1
        self.most = max(self.most, self.users)
        try:
            await asyncio.sleep(0)
            return Reply(text='{"mood": "good"}')
        finally:
            self.users -= 1

    async def aclose(self) -> None:
        self.closed += 1


class Streaming(One):
    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        yield "go"
        yield await self.complete(request)


class Made:
    """What a pool has made."""

    def __init__(self, kind: type[One] = One) -> None:
        self.all: list[One] = []
        self.kind = kind

    async def __call__(self) -> LM:
        await asyncio.sleep(0)
        self.all.append(self.kind())
        return self.all[-1]


async def test_a_program_asks_the_pool_and_no_client_is_shared() -> None:
    made = Made()
    pool = ClientPool(make=made, size=3)
    async with Supervisor([pool.child()]):
        feel = FeelProgram().using(pool)
        answers = await asyncio.gather(*(feel.acall(review="x") for _ in range(20)))
        assert {answer.mood for answer in answers} == {"good"}
        assert [client.most for client in made.all] == [1, 1, 1]
        stats = pool.stats()
        assert (stats.size, stats.lent, stats.idle, stats.waiting) == (3, 0, 3, 0)
        assert (stats.borrowed, stats.made, stats.closed) == (20, 3, 0)
    assert [client.closed for client in made.all] == [1, 1, 1]


async def test_a_dead_borrower_returns_its_client(caplog: pytest.LogCaptureFixture) -> None:
    made = Made()
    pool = ClientPool(make=made, size=1)

    async def die() -> None:
        await pool.take()

    async def crash() -> None:
        await pool.take()
        raise OSError("dead")

    async def stay() -> None:
        await pool.take()
        await asyncio.Event().wait()

    for work in (die, crash, stay):
        task = asyncio.create_task(work(), name=work.__name__)
        while not pool.lent and not task.done():
            await asyncio.sleep(0)
        next_ = asyncio.create_task(pool.complete(ASKED))  # who waits for it gets it
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert (await next_).text
    assert (pool.lent, pool.idle, len(made.all)) == (0, 1, 1)
    assert [record.getMessage() for record in caplog.records] == [
        f"{name} ended without giving back what it had borrowed" for name in ("die", "crash", "stay")
    ]
    lent = await pool.take()
    assert (lent.give_back(), lent.give_back()) == (True, False)
    assert pool.lent == 0


async def test_who_asks_first_gets_first_and_only_so_many_wait() -> None:
    pool = ClientPool(make=Made(), size=1, waiting=2)
    order: list[int] = []

    async def use(at: int) -> None:
        async with pool.borrow():
            order.append(at)
            await asyncio.sleep(0)

    lent = await pool.take()
    tasks = [asyncio.create_task(use(at)) for at in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Full, match="2 wait for client_pool, and no more may"):
        await pool.complete(ASKED)
    lent.broken = True
    lent.give_back()
    await asyncio.gather(*tasks)
    assert order == [0, 1]
    assert (pool.stats().made, pool.stats().closed) == (2, 1)


async def test_cancelled_at_every_point_all_clients_are_there() -> None:
    made = Made(Streaming)
    pool = ClientPool(make=made, size=2)

    async def use() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(pool.complete(ASKED))
        assert [type(piece) for piece in [piece async for piece in pool.stream(ASKED)]] == [str, Reply]

    points = 0
    async for _ in every_point(use):
        points += 1
        await asyncio.sleep(0)
        assert (pool.lent, pool.waiting) == (0, 0)
        assert pool.idle == pool.stats().made <= 2
    assert points > 8


async def test_after_a_restart_it_is_open_again_and_makes_clients_of_its_own() -> None:
    pool = ClientPool(providers={"local": LOCAL})
    async with Supervisor([pool.child()]) as top:
        lent = await pool.take()
        assert isinstance(lent.item, Client)
        await top.terminate_child("client_pool")
        with pytest.raises(NotRunning, match="client_pool is closed"):
            await pool.take()
        assert lent.give_back()  # it comes back late, and is closed
        assert (pool.idle, pool.stats().closed) == (0, 1)
        await top.restart_child("client_pool")
        async with pool.borrow():
            assert pool.stats().lent == 1
    plain = ClientPool(make=Made())
    assert [type(piece) for piece in [piece async for piece in plain.stream(ASKED)]] == [Reply]

    async def other() -> LM:
        return plain  # has no `aclose`

    nested = ClientPool(make=other)
    assert (await nested.complete(ASKED)).text
    await nested.close()
    assert nested.stats().closed == 1
