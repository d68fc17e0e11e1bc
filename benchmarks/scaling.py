"""What 1,000 workers do for a search, simulated: how busy they are, and what waiting for each other costs.

python -m benchmarks.scaling

Workers differ in speed, calls differ in latency, and one share in a hundred is lost with its worker, which is
noticed late, made again once, and paid for twice. A search waits for all of a rung before it decides who goes
on: that is a barrier, and the slowest evaluation of each holds up everybody. The table says, for shapes of a
search, how much of the workers' time is used, how many times longer it takes than if nobody ever waited, and
what share of the calls was paid for twice. All of it is drawn from fixed seeds: the same table every time.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

LATENCY = 1.0
"""Seconds, the median of a call; lognormal with a long tail, as that of models served to many."""
TAIL = 0.6
SPEED = 0.25
"""How much workers differ: the deviation of the logarithm of their speed."""
LOSS = 0.01
"""The chance that a share is lost with its worker."""
NOTICED = 5.0
"""Seconds until a lost worker is noticed; RESTART seconds later there is another in its place."""
RESTART = 20.0


@dataclass(frozen=True)
class Shape:
    """A search: `runs` of it side by side, each with so many candidates in a rung of so many examples."""

    name: str
    rungs: tuple[tuple[int, int], ...]
    runs: int = 1
    share: int = 1
    evaluations: int = 20_000

    def barriers(self) -> Iterator[int]:
        """Yield the evaluations between two barriers of one run, until the budget is used up."""
        left = self.evaluations // self.runs
        while left > 0:
            for candidates, examples in self.rungs:
                size = min(left, candidates * examples)
                if size:
                    yield size
                left -= size


SHAPES = (
    Shape("one run as it is: 8 candidates, rungs of 4, 8, 16", ((8, 4), (4, 4), (2, 8))),
    Shape("one run with 64 candidates, rungs of 16, 32, 64", ((64, 16), (32, 16), (16, 32))),
    Shape("16 runs side by side, as it is", ((8, 4), (4, 4), (2, 8)), runs=16),
    Shape("one run with 512 candidates, rungs of 16, 32, 64", ((512, 16), (256, 16), (128, 32))),
    Shape("the same in shares of 8", ((512, 16), (256, 16), (128, 32)), share=8),
    Shape("no barrier at all (a grid, or measuring one program)", ((20_000, 1),)),
)
WORKERS = (8, 64, 1_000)


@dataclass(frozen=True)
class Outcome:
    """What came of it: seconds in all, seconds of work, evaluations and those that were paid for again."""

    wall: float
    busy: float
    workers: int
    made: int
    again: int

    @property
    def utilisation(self) -> float:
        """The share of the workers' time that was used."""
        return self.busy / (self.wall * self.workers)


class Workers:
    """Workers that take one share at a time, the first free one first."""

    def __init__(self, count: int, rng: random.Random) -> None:
        self.rng = rng
        self.slowness = [rng.lognormvariate(0.0, SPEED) for _ in range(count)]
        self.free = [(0.0, number) for number in range(count)]
        self.busy = 0.0
        self.again = 0
        heapq.heapify(self.free)

    def do(self, share: int, ready: float) -> float:
        """Do a share that is ready at a time, and return when it is done."""
        for _ in range(2):
            start, number = heapq.heappop(self.free)
            start = max(start, ready)
            took = sum(
                LATENCY * self.rng.lognormvariate(0.0, TAIL) * self.slowness[number] for _ in range(share)
            )
            lost = self.rng.random() < LOSS
            took = took * self.rng.random() if lost else took
            self.busy += took
            heapq.heappush(self.free, (start + took + (NOTICED + RESTART if lost else 0.0), number))
            if not lost:
                break
            self.again += share
            ready = start + took + NOTICED
        return start + took


def simulated(shape: Shape, workers: int, seed: int = 1) -> Outcome:
    """Run a search."""
    crew = Workers(workers, random.Random(f"{shape.name} {workers} {seed}"))
    # Runs wait for themselves only, so whichever is ready first is next.
    runs = [(0.0, number) for number in range(shape.runs)]
    plans = [shape.barriers() for _ in runs]
    wall, made = 0.0, 0
    while runs:
        ready, number = heapq.heappop(runs)
        size = next(plans[number], 0)
        if not size:
            continue
        made += size
        shares = [shape.share] * (size // shape.share) + [size % shape.share] * bool(size % shape.share)
        done = max(crew.do(share, ready) for share in shares)
        wall = max(wall, done)
        heapq.heappush(runs, (done, number))
    return Outcome(wall, crew.busy, workers, made, crew.again)


def rows(shapes: Sequence[Shape] = SHAPES, workers: Sequence[int] = WORKERS) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table, the head first."""
    head = (
        "search of 20,000 evaluations",
        "workers",
        "takes",
        "workers' time used",
        "against no waiting",
        "paid twice",
    )
    yield head
    for shape in shapes:
        for count in workers:
            found = simulated(shape, count)
            free = simulated(replace(shape, rungs=((shape.evaluations, 1),), runs=1), count)
            yield (
                shape.name,
                f"{count:,}",
                f"{found.wall / 60:,.0f} min" if found.wall >= 120 else f"{found.wall:.0f} s",
                f"{100 * found.utilisation:.0f} %",
                f"{found.wall / free.wall:.1f} x",
                f"{100 * found.again / found.made:.1f} %",
            )


def table() -> str:
    """Return the table as Markdown."""
    head, *body = rows()
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)]) + "\n"


if __name__ == "__main__":
    print(table(), end="")
