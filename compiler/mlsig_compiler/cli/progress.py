"""What people watch while a run goes on: a live bar on a terminal, plain lines anywhere else.

All of it goes to standard error, so that the result on standard output can be piped.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Self

from mlsig.simba import events
from mlsig.simba.experiment import Measuring
from mlsig.simba.settings import UNSAID_CALLS

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import ProgressColumn, Task, TaskID

EVERY: Final = 10.0
"""Seconds between plain lines that say only how far things are."""


def say(line: str) -> None:
    """Write a line where progress goes."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Progress:
    """Turns events into lines and a bar; a context manager."""

    def __init__(self) -> None:
        self._done = 0
        self._total = 0
        self._what = ""
        self._began = time.monotonic()
        self._end = ""
        self._best = ""
        self._spoke = time.monotonic()
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def phase(self, what: str, total: int, done: int = 0) -> None:
        """Begin something of `total` parts."""
        self._what, self._total, self._done = what, total, done
        self._began = time.monotonic()
        counted = total < UNSAID_CALLS
        self._end = f" of at most {total}" if counted else ""
        self.line(f"{what} ({total} calls at most)" if self._bar is None and counted else what)
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(
                what, total=total if counted else None, completed=done, best=self._best
            )

    def _left(self, used: float) -> str:
        """Return how much is used, and the time left, where no number of calls says so."""
        if self._end or not used:
            return ""
        seconds = (time.monotonic() - self._began) * (1 - used) / used
        return f", {used:.0%} of the budget, {max(0.0, seconds):.0f} s left"

    def advance(self) -> None:
        """Count one part as done."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done, best=self._best)
        elif time.monotonic() - self._spoke > EVERY:
            self.line(f"  {self._what}: {self._done}{self._end}{self._best}")

    def line(self, text: str) -> None:
        """Say something that stays."""
        self._spoke = time.monotonic()
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            say(text)

    def hear(self, event: events.Event | Measuring) -> None:
        """Take an event of an experiment."""
        match event:
            case Measuring():
                self.phase(f"measuring the {event.which} program on held-out examples", event.examples)
            case events.Started():
                known = f"; {event.paid} calls are known from before" if event.paid else ""
                lost = f"; {len(event.lost)} were under way when it died, and count" if event.lost else ""
                self.line(
                    f"{event.search} examples to search on, {event.validation} to choose on{known}{lost}"
                )
                self.phase("searching", event.budget)
            case events.Evaluated():
                self.advance()
            case events.StepEnded():
                left = self._left(event.used)
                self._best = f", best {event.score:.3f}, front {event.front}, ${event.cost:.4f}{left}"
                self.line(
                    f"  step {event.step}: {event.calls} calls, {event.candidates} candidates, "
                    f"best {event.best[:8]} believed to score {event.score:.3f}"
                )
            case events.FinalsStarted():
                self.line(f"  finals: {len(event.finalists)} candidates on {event.examples} fresh examples")
            case events.Ended():
                self.line(
                    f"  stopped by {event.reason} after {event.calls} calls; chosen {event.best[:8]}, "
                    f"expected to score {event.score:.3f}"
                )
                self._best = ""
            case events.Proposed() | events.Skipped():
                pass


def _bar() -> Bar:
    from rich import progress  # noqa: PLC0415  (only where somebody watches)
    from rich.console import Console  # noqa: PLC0415

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=None),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[best]}", markup=False),
        _rate(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _rate() -> ProgressColumn:
    """Return the column that says how many calls a second there are."""
    from rich.progress import ProgressColumn  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.1f}/s")

    return Rate(Column(min_width=9, no_wrap=True))
