"""A loop that is kept from its work."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from mlsig.orchestrator import Blocked, Supervisor, Watchdog


def keep_the_loop(told: threading.Event) -> None:
    told.wait(60)  # not a coroutine: the loop stands still until somebody has noticed


async def test_who_keeps_the_loop_is_named_while_it_does() -> None:
    found: list[Blocked] = []
    told = threading.Event()

    def tell(blocked: Blocked) -> None:
        if "keep_the_loop" in blocked.stack:  # a busy machine may keep it too
            found.append(blocked)
            told.set()
        raise OSError("whoever hears of it may fail")

    async def greedy() -> None:
        keep_the_loop(told)

    async with Supervisor([Watchdog(0.05, tell).child()]):
        await asyncio.create_task(greedy(), name="evaluation-7")
        assert told.is_set()
    [blocked] = found
    assert blocked.task == "evaluation-7"
    assert blocked.seconds >= 0.05


async def test_each_time_is_told_once_and_callbacks_too() -> None:
    found: list[Blocked] = []

    def of(name: str) -> list[Blocked]:
        return [blocked for blocked in found if name in blocked.stack]

    def until_told(name: str) -> None:
        while not of(name):
            time.sleep(0.01)
        time.sleep(0.1)  # long enough to be told of again

    def first() -> None:
        until_told("in first")

    def second() -> None:
        until_told("in second")

    async with Supervisor([Watchdog(0.03, found.append).child()]):
        for call, name in ((first, "in first"), (second, "in second")):
            asyncio.get_running_loop().call_soon(call)
            await asyncio.sleep(0.05)
            assert [blocked.task for blocked in of(name)] == [""]


async def test_what_is_told_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def kept() -> list[str]:
        return [
            text for record in caplog.records if "the event loop has waited" in (text := record.getMessage())
        ]

    def keep() -> None:
        while not kept():
            time.sleep(0.01)

    async with Supervisor([Watchdog(0.03).child()]):
        asyncio.get_running_loop().call_soon(keep)
        await asyncio.sleep(0.05)
    assert "give long work to `Workers`, or to a thread" in kept()[0]


async def test_a_loop_that_works_is_left_in_peace(caplog: pytest.LogCaptureFixture) -> None:
    async with Supervisor([Watchdog(30.0).child()]):
        await asyncio.sleep(0.01)
    assert caplog.records == []
    with pytest.raises(ValueError, match="a threshold of 0 s"):
        Watchdog(0)
