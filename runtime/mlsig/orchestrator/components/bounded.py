"""Work in turn: so many at a time, so many that wait, each in a task of its own under supervision.

    work = Bounded("pipelines", concurrency=5, waiting=100, deadline=30.0)
    async with work.tasks:
        answer = await work.run("research", lambda: pipeline.acall(question="…"))

One deadline is for all of it, the wait for a turn included. Whoever is cancelled while waiting for work
cancels it, and hears of it when it has ended; what is stopped by its supervisor ends in `NotRunning`.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, TypeVar, cast

from mlsig.orchestrator.dynamic import DynamicSupervisor
from mlsig.orchestrator.graph import DeadlinePassed
from mlsig.orchestrator.quotas import Quotas, Reservation
from mlsig.orchestrator.supervisor import NotRunning

Result = TypeVar("Result")
End: TypeAlias = Literal["succeeded", "failed", "late", "refused", "cancelled"]


@dataclass
class Work:
    """What was done of one kind.

    Attributes:
        waiting: For their turn.
        running: Now.
        succeeded: Ended well.
        failed: Raised.
        late: Were not done at their deadline.
        refused: Met a line that was full.
        cancelled: Were given up by who wanted them, or stopped.
        seconds: Of all that ended together, their waiting included.
        longest: Seconds of the one that took longest.
        errors: Of those that failed, by the name of the class.
    """

    waiting: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    late: int = 0
    refused: int = 0
    cancelled: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    errors: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def ended(self) -> int:
        """How many ended, one way or the other."""
        return self.succeeded + self.failed + self.late + self.refused + self.cancelled

    def copy(self) -> Work:
        """Return it as it is now."""
        return replace(self, errors=dict(self.errors))

    def end(self, how: End, seconds: float, error: BaseException | None) -> None:
        """Count one that ended."""
        setattr(self, how, getattr(self, how) + 1)
        self.seconds += seconds
        self.longest = max(self.longest, seconds)
        if how == "failed":
            name = type(error).__name__
            self.errors[name] = self.errors.get(name, 0) + 1


class Bounded:
    """A line of work. Belongs to one event loop.

    Args:
        name: What errors and logs call it.
        concurrency: How many run at a time.
        waiting: How many more wait for their turn, which comes in the order of asking.
        deadline: Seconds for one, its waiting included; None: no limit.
        shutdown: Seconds that they have to end when they are stopped.
        resources: What work may need beside its turn.
        clock: Seconds that only grow.

    Attributes:
        tasks: What supervises them; nothing runs where that does not.
        work: What was done, by kind. It outlives restarts of the supervisor.
    """

    def __init__(
        self,
        name: str,
        *,
        concurrency: int,
        waiting: int,
        deadline: float | None,
        shutdown: float = 5.0,
        resources: Quotas | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if concurrency < 1 or waiting < 0:
            raise ValueError(
                f"{name}: {concurrency} at a time and {waiting} that wait: give 1 or more, and 0 or more"
            )
        if deadline is not None and not deadline > 0:
            raise ValueError(f"{name}: a deadline of {deadline} s: give more than 0, or None")
        self.name = name
        self.concurrency = concurrency
        self.deadline = deadline
        self.resources = resources
        self.tasks = DynamicSupervisor(name=name, shutdown=shutdown)
        self.work: dict[str, Work] = {}
        self._turns = Quotas({name: concurrency}, waiting=waiting, alert=lambda _: None)
        self._clock = clock

    @property
    def running(self) -> int:
        """How many run."""
        return self._turns.usage()[self.name].used

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turns.waiting

    async def run(
        self,
        kind: str,
        work: Callable[[], Awaitable[Result]],
        *,
        deadline: float | None = None,
        needs: Mapping[str, int] | None = None,
    ) -> Result:
        """Do something in its turn, and return what it returns.

        Args:
            kind: What it is counted as.
            work: Begins it.
            deadline: Seconds, if they are fewer than those of the line.
            needs: What it has to have of the resources, from its turn to its end.

        Raises:
            Full: As many as are allowed wait, for a turn or for a resource.
            ValueError: There is no such resource, or it will never be enough.
            DeadlinePassed: There was no time.
            NotRunning: The supervisor does not run, or was stopped meanwhile.
            Exception: What the work raised.
        """
        seconds = min((each for each in (self.deadline, deadline) if each is not None), default=None)
        # It sees the context of who asks, such as the span that it is a part of.
        task = self.tasks.spawn(
            self._done(kind, work, seconds, needs or {}), context=contextvars.copy_context()
        )
        try:
            value, error = await task
        except asyncio.CancelledError:
            here = asyncio.current_task()
            if here is not None and here.cancelling():
                raise
            raise NotRunning(f"{self.name} stopped before {kind} had ended") from None
        if error is not None:
            raise error
        return cast("Result", value)

    async def _done(
        self,
        kind: str,
        work: Callable[[], Awaitable[Result]],
        seconds: float | None,
        needs: Mapping[str, int],
    ) -> tuple[Result | None, Exception | None]:
        """Return what came of it: an error is who asked for it, and no crash of a child."""
        count = self.work.setdefault(kind, Work())
        began = self._clock()
        how: End = "cancelled"
        found: Exception | None = None
        turn: Reservation | None = None
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                turn = await self._turn(count, kind)
                async with turn, self._reserved(kind, needs):
                    count.running += 1
                    try:
                        value = await work()
                    finally:
                        count.running -= 1
            how = "succeeded"
            return value, None
        except Exception as error:
            how, found = "failed", error
            if limit.expired():
                how, found = "late", DeadlinePassed(f"{kind} was not done within {seconds} s")
            elif turn is None:
                how = "refused"
        finally:
            count.end(how, self._clock() - began, found)
        return None, found

    @asynccontextmanager
    async def _reserved(self, kind: str, needs: Mapping[str, int]) -> AsyncGenerator[None, None]:
        if not needs:
            yield
            return
        async with await needed(self.resources, kind, needs).reserve(kind, **needs):
            yield

    async def _turn(self, count: Work, kind: str) -> Reservation:
        count.waiting += 1
        try:
            return await self._turns.reserve(kind, **{self.name: 1})
        finally:
            count.waiting -= 1


def needed(resources: Quotas | None, kind: str, needs: Mapping[str, int]) -> Quotas:
    """Return the resources that some work needs.

    Raises:
        ValueError: There are none, or none of the name, or they will never be enough.
    """
    if resources is None:
        raise ValueError(f"{kind} needs {dict(needs)}, and there are no resources: give `resources=`")
    resources.check(**needs)
    return resources
