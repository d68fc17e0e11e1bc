"""What supervision costs: beside a bare task of asyncio, and beside itself with a thousand times as many."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mlsig.orchestrator import Child, DynamicSupervisor, Intensity, Started, Supervisor

from benchmarks.timing import OURS, Row, rows

ROUNDS = 11
TASKS = 5_000
RESTARTS = 500


async def nothing() -> None:
    """End at once."""


async def bare() -> float:
    """Return the CPU seconds of tasks that nobody supervises."""
    loop = asyncio.get_running_loop()
    start = time.process_time()
    for _ in range(TASKS):
        await loop.create_task(nothing())
    return time.process_time() - start


async def supervised() -> float:
    """Return the CPU seconds of as many supervised ones."""
    async with DynamicSupervisor() as found:
        start = time.process_time()
        for _ in range(TASKS):
            await found.spawn(nothing())
        return time.process_time() - start


async def restarts(siblings: int) -> float:
    """Return the CPU seconds of restarts beside so many siblings."""
    starts = 0
    crash: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def fragile(started: Started) -> None:
        nonlocal starts, crash
        starts += 1
        started()
        crash = asyncio.get_running_loop().create_future()
        await crash

    async def calm(started: Started) -> None:
        started()
        await asyncio.Event().wait()

    children = [Child(str(at), calm) for at in range(siblings)] + [Child("fragile", fragile)]
    async with Supervisor(children, intensity=Intensity(10**9, 1.0)):
        start = time.process_time()
        for at in range(RESTARTS):
            crash.set_exception(OSError())
            while starts < at + 2:
                await asyncio.sleep(0)
        return time.process_time() - start


def run(_: Path) -> list[Row]:
    """Measure each in turn, round after round."""
    logging.getLogger("mlsig.orchestrator").setLevel(logging.CRITICAL)
    contenders: dict[str, dict[str, Callable[[], Awaitable[float]]]] = {
        "run a task, supervised": {OURS: supervised, "asyncio, not supervised": bare},
        "restart one of 10 children": {OURS: lambda: restarts(10), "one of 10,000": lambda: restarts(10_000)},
    }
    found: list[Row] = []
    for workload, each in contenders.items():
        seen: dict[str, list[float]] = {name: [] for name in each}
        for _round in range(ROUNDS):
            for name, measure in each.items():
                seen[name].append(asyncio.run(_measured(measure)))
        found += rows(workload, seen)
    return found


async def _measured(measure: Callable[[], Awaitable[float]]) -> float:
    return await measure()
