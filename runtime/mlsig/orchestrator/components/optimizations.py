"""Optimisations that are under way, and those that have ended: what each has found, whoever has died.

    with optimizations.begin("mood", Tuning) as run:
        run.progress(0.7, config)

One is `running` until its block is left, or the task ends that began it: `completed`, `failed` or
`cancelled`. Its best configuration stays known.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

from mlsig.spaces import Config, Space

Status: TypeAlias = Literal["running", "completed", "failed", "cancelled"]
ENDED: Final = 1_000


class Optimization:
    """One optimisation.

    Attributes:
        id: Its number in the order of beginning.
        name: What it is called.
        space: What it searches.
        status: How it is.
        maximize: Whether more is better.
        iterations: How often it has told of a score.
        best: The best score, or None before the first.
        config: The configuration of that.
        began: When, by the clock.
        ended: When, or None.
        error: Why it failed.
    """

    def __init__(
        self,
        id: int,
        name: str,
        space: type[Space],
        *,
        maximize: bool,
        clock: Callable[[], float],
        over: Callable[[Optimization], None],
    ) -> None:
        self.id = id
        self.name = name
        self.space = space
        self.status: Status = "running"
        self.maximize = maximize
        self.iterations = 0
        self.best: float | None = None
        self.config: Config | None = None
        self.began = clock()
        self.ended: float | None = None
        self.error: str | None = None
        self._clock = clock
        self._over = over
        self._task = _task()
        if self._task is not None:
            self._task.add_done_callback(self._died)

    def detach(self) -> Self:
        """Keep it under way beyond the end of the task that began it; somebody has to end it."""
        if self._task is not None:
            self._task.remove_done_callback(self._died)
            self._task = None
        return self

    def progress(self, score: float, config: Config | None = None) -> bool:
        """Tell of a score, and say whether it is the best so far.

        Raises:
            RuntimeError: It has ended.
        """
        if self.status != "running":
            raise RuntimeError(f"optimisation {self.name} is {self.status}, and makes no progress any more")
        self.iterations += 1
        better = self.best is None or (score > self.best if self.maximize else score < self.best)
        if not better or math.isnan(score):
            return False
        self.best, self.config = score, config
        return True

    def end(self, status: Status = "completed", error: BaseException | None = None) -> bool:
        """End it; say whether that was this call's doing."""
        if self.status != "running":
            return False
        self.status = status
        self.ended = self._clock()
        self.error = None if error is None else f"{type(error).__name__}: {error}"
        self.detach()
        self._over(self)
        return True

    def _died(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self.end("cancelled")
        else:
            error = task.exception()
            self.end("failed" if error is not None else "completed", error)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it by how the block was left."""
        if error is None:
            self.end()
        elif isinstance(error, asyncio.CancelledError):
            self.end("cancelled")
        else:
            self.end("failed", error)


class Optimizations:
    """All of them: those under way, and the last ones that have ended.

    Args:
        ended: How many of those are remembered.
        clock: Seconds that only grow.
    """

    def __init__(self, *, ended: int = ENDED, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._active: dict[int, Optimization] = {}
        self._ended: deque[Optimization] = deque(maxlen=ended)
        self._counts: Counter[Status] = Counter()
        self._begun = 0

    def begin(self, name: str, space: type[Space], *, maximize: bool = True) -> Optimization:
        """Begin one; it ends with the block, or with the task that calls this."""
        self._begun += 1
        made = Optimization(self._begun, name, space, maximize=maximize, clock=self._clock, over=self._over)
        self._active[made.id] = made
        return made

    def active(self, space: type[Space] | None = None) -> list[Optimization]:
        """Return those under way, of one space or all, in the order of beginning."""
        return [run for run in self._active.values() if space in (None, run.space)]

    def ended(self, space: type[Space] | None = None) -> list[Optimization]:
        """Return the last ones that have ended, of one space or all, in the order of ending."""
        return [run for run in self._ended if space in (None, run.space)]

    def counts(self) -> Mapping[Status, int]:
        """Return how many there were by status, forgotten ones too."""
        return {"running": len(self._active), **self._counts}

    def _over(self, run: Optimization) -> None:
        del self._active[run.id]
        self._ended.append(run)
        self._counts[run.status] += 1


def _task() -> asyncio.Task[Any] | None:
    """Return the task that runs; None where there is no event loop."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
