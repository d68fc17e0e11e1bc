"""Interleaved timing: every contender once a round, the order shuffled, one ratio a round, and the median
of those.

Shared machines drift, so absolute times mean nothing; two things measured within the same few milliseconds
do.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OURS = "mlsig"


@dataclass(frozen=True)
class Row:
    """One line of the table: how many times as much CPU the rival needs as mlsig, as a median over rounds."""

    workload: str
    rival: str
    ratio: float
    low: float
    high: float
    rounds: int

    def cells(self) -> tuple[str, str, str, str]:
        """Return the cells of a Markdown row."""
        return (
            self.workload,
            self.rival,
            f"{_short(self.ratio)}×",
            f"{_short(self.low)}–{_short(self.high)}",
        )


@dataclass(frozen=True)
class Figure:
    """One line of the other table: what was measured, beside what it should be."""

    what: str
    goal: str
    measured: str

    def cells(self) -> tuple[str, str, str]:
        """Return the cells of a Markdown row."""
        return self.what, self.goal, self.measured


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def compare(workload: str, contenders: Mapping[str, Callable[[], object]], *, rounds: int = 15) -> list[Row]:
    """Time callables in this process, by CPU time of all its threads; `contenders` holds mlsig under its own
    name.
    """
    loops = {name: _loops(call) for name, call in contenders.items()}
    order = list(contenders)
    shuffler = random.Random(0)
    seen: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            shuffler.shuffle(order)
            for name in order:
                call, count = contenders[name], loops[name]
                start = time.process_time()
                for _ in range(count):
                    call()
                seen[name].append((time.process_time() - start) / count)
            gc.collect()
    finally:
        gc.enable()
    return rows(workload, seen)


def compare_commands(
    workload: str, commands: Mapping[str, Callable[[], float]], *, rounds: int = 5
) -> list[Row]:
    """Time whole processes: each callable runs one and returns its CPU seconds."""
    seen: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, run in commands.items():
            seen[name].append(run())
    return rows(workload, seen)


def rows(workload: str, seen: Mapping[str, Sequence[float]]) -> list[Row]:
    """Turn seconds by contender and round into one row a rival."""
    ours = seen[OURS]
    table: list[Row] = []
    for rival, theirs in seen.items():
        if rival == OURS:
            continue
        ratios = sorted(other / max(own, 1e-9) for other, own in zip(theirs, ours, strict=True))
        quarter = len(ratios) // 4
        table.append(
            Row(
                workload, rival, statistics.median(ratios), ratios[quarter], ratios[-1 - quarter], len(ratios)
            )
        )
    return table


def peak() -> int:
    """Return the most memory that this process has had until now, in KiB.

    Linux hands a parent's `ru_maxrss` down to what it starts, so its own account is asked where there is one.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))


def _loops(call: Callable[[], object]) -> int:
    """Return how many calls fill about five milliseconds."""
    call()
    count = 1
    while True:
        start = time.process_time()
        for _ in range(count):
            call()
        spent = time.process_time() - start
        if spent > 0.005 or count >= 1 << 20:
            return count
        count *= 2


def cpu_of(command: Sequence[str], *, cwd: Path | None = None, pythonpath: Sequence[str] = ()) -> float:
    """Run a command and return the CPU seconds (user and system) that it and its children used.

    Raises:
        RuntimeError: The command failed; its output is in the message.
    """
    environment = environment_with(*pythonpath)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def environment_with(*places: str) -> dict[str, str]:
    """Return this environment, with more places to import from; bytecode is kept whatever it says of that."""
    found = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    inherited = found.get("PYTHONPATH")
    if places:
        found["PYTHONPATH"] = os.pathsep.join([*places, *([inherited] if inherited else [])])
    return found


def python(*words: str) -> list[str]:
    """Return a command that runs this interpreter."""
    return [sys.executable, *words]
