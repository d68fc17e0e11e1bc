"""Jobs that somebody waits for together, and what became of each.

batch = Batch(iter(works), most=8, timeout=60.0)
place, work = batch.take()
batch.tell(place, Outcome(value))       # whoever waits for `batch.ended` goes on when all are told
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Generic, TypeVar, cast

import msgspec

Value = TypeVar("Value")
Work = Callable[[], Coroutine[Any, Any, Value]]


class Crashed(Exception):
    """What did a job was cancelled by somebody who was not asked, perhaps by the job itself."""


class Outcome(msgspec.Struct, Generic[Value], frozen=True):
    """What became of a job: its value, or its error.

    Attributes:
        value: What it returned.
        error: What it raised; `TimeoutError` where it took too long, `Crashed` where its worker died.
    """

    value: Value | None = None
    error: Exception | None = None

    def result(self) -> Value:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)


class Batch:
    """Jobs that somebody waits for together, in their order."""

    __slots__ = (
        "context",
        "ended",
        "error",
        "flying",
        "given_up",
        "jobs",
        "most",
        "outcomes",
        "timeout",
        "workers",
    )

    def __init__(self, jobs: Iterator[Work[Any]], most: int, timeout: float | None) -> None:
        self.jobs: Iterator[Work[Any]] | None = jobs
        self.most = most
        self.timeout = timeout
        self.flying = 0
        self.given_up = False
        self.error: Exception | None = None
        self.outcomes: list[Outcome[Any] | None] = []
        self.workers: set[asyncio.Task[None]] = set()
        self.context = contextvars.copy_context()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def has_room(self) -> bool:
        """Whether one more of its jobs may run."""
        return self.jobs is not None and self.flying < self.most

    def take(self) -> tuple[int, Work[Any]] | None:
        """Return the next job with its place, or None where there is none."""
        if self.jobs is None:
            return None
        try:
            work = next(self.jobs, None)
        except Exception as error:
            self.error = error
            work = None
        if work is None:
            self.jobs = None
            self.look()
            return None
        self.flying += 1
        self.outcomes.append(None)
        return len(self.outcomes) - 1, work

    def tell(self, place: int, outcome: Outcome[Any]) -> None:
        """Write the outcome of a job down."""
        self.outcomes[place] = outcome
        self.flying -= 1
        self.look()

    def look(self) -> None:
        """Wake whoever waits, if all is over."""
        if self.jobs is not None or self.flying or self.given_up or self.ended.done():
            return
        if self.error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(self.error)
