"""What supervision costs: beside a bare task of asyncio, and beside itself with a thousand times as many.

And what it is for: of very many evaluations against a server that fails, none is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mlsig.orchestrator import Child, DynamicSupervisor, Intensity, Started, Supervisor, WorkerDied, Workers

from benchmarks.crowd import failing_server
from benchmarks.sources import PROGRAM, compile_to
from benchmarks.timing import OURS, Figure, Row, environment_with, python, rows

ROUNDS = 11
TASKS = 5_000
RESTARTS = 500
MANY = 10_000
KILLS = 5
METRIC = "def exact(example, output):\n    return float(example.expected.answer == output.answer)\n"


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


def run(folder: Path) -> list[Row | Figure]:
    """Measure each in turn, round after round."""
    logging.getLogger("mlsig.orchestrator").setLevel(logging.CRITICAL)
    contenders: dict[str, dict[str, Callable[[], Awaitable[float]]]] = {
        "run a task, supervised": {OURS: supervised, "asyncio, not supervised": bare},
        "restart one of 10 children": {OURS: lambda: restarts(10), "one of 10,000": lambda: restarts(10_000)},
    }
    found: list[Row | Figure] = []
    for workload, each in contenders.items():
        seen: dict[str, list[float]] = {name: [] for name in each}
        for _round in range(ROUNDS):
            for name, measure in each.items():
                seen[name].append(asyncio.run(_measured(measure)))
        found += rows(workload, seen)
    return [*found, *figures(folder)]


def figures(folder: Path) -> list[Figure]:
    """Measure what has a goal in seconds or bytes, in processes of their own."""
    each = _alone(folder, "children", str(MANY))["each"]
    crowd = crowded(folder, MANY)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(crowd["kinds"].items()))
    found = [
        Figure(f"{MANY:,} supervised children", "5 KiB each", f"{each:.1f} KiB each"),
        Figure(
            f"{MANY:,} evaluations at once, 5 % of requests fail",
            "120 MiB, none lost",
            f"{crowd['peak']:.0f} MiB, {crowd['lost']} lost, {crowd['twice']} twice ({kinds})",
        ),
    ]
    if importlib.util.find_spec("pebble") is None:
        sys.stderr.write("  no figure for worker processes: mlsig[workers] is not installed\n")
        return found
    back = asyncio.run(back_again())
    return [*found, Figure("a killed worker process", "back within 1 s", f"{back:.2f} s, median of {KILLS}")]


def crowded(folder: Path, count: int) -> dict[str, Any]:
    """Run so many evaluations at once in a process of their own, and return what it says of them."""
    (folder / "benchmark_metric.py").write_text(METRIC, encoding="utf-8")
    compile_to(folder, "bench_crowd", PROGRAM)
    with failing_server() as url:
        said = _alone(folder, "evaluations", url, str(count))
    assert said["at_once"] == said["accounted"] == count, said
    assert not said["lost"] and not said["twice"], said
    return said


async def back_again() -> float:
    """Return the seconds from the death of a worker process until another has done some work."""
    seen: list[float] = []
    async with Workers(1) as workers:
        for _ in range(KILLS):
            doomed = await workers.run(os.getpid)
            sleeping = asyncio.create_task(workers.run(time.sleep, 3600))
            await asyncio.sleep(0.2)
            start = time.perf_counter()
            os.kill(doomed, signal.SIGKILL)
            with contextlib.suppress(WorkerDied):
                await sleeping
            await workers.run(os.getpid)
            seen.append(time.perf_counter() - start)
    return statistics.median(seen)


def _alone(folder: Path, *words: str) -> Any:
    places = (str(Path(__file__).parents[1]), str(folder), str(folder / "generated"))
    done = subprocess.run(
        python("-m", "benchmarks.crowd", *words),
        env=environment_with(*places),
        check=True,
        stdout=subprocess.PIPE,
        timeout=1_800,
    )
    return json.loads(done.stdout)


async def _measured(measure: Callable[[], Awaitable[float]]) -> float:
    return await measure()
