"""Pipelines, so many at a time.

    pool = PipelinePool(size=5)
    async with Supervisor([pool.child()]):
        answer = await pool.call(Research, question="…")         # typed, as the pipeline itself
        async for done in pool.each(Research, rows):             # in their order, read as there is room
            …

A pipeline is anything with a name and `acall`. Its steps run side by side, so a few of them are a lot of
requests.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeVar, cast

from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components.bounded import Bounded, Work

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)

SIZE: Final = 5
WAITING: Final = 1_000
DEADLINE: Final = 60.0


class Flowing(Protocol[Answer_co]):
    """A pipeline."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def acall(self) -> Callable[..., Awaitable[Answer_co]]:
        """What runs it, with its inputs by name."""
        ...


@dataclass(frozen=True)
class Done(Generic[Answer]):
    """What became of one row.

    Attributes:
        row: The inputs.
        answer: What the pipeline returned, or None.
        error: What it raised, or None: `StepFailed` says which step it was and what had succeeded before.
    """

    row: Mapping[str, Any]
    answer: Answer | None = None
    error: Exception | None = None

    def result(self) -> Answer:
        """Return the answer, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("Answer", self.answer)


@dataclass(frozen=True)
class PipelineStats:
    """How busy the pool is, and how pipelines did.

    Attributes:
        size: How many run at a time.
        running: How many run.
        waiting: How many wait for their turn.
        pipelines: What was done of each, by name.
    """

    size: int
    running: int
    waiting: int
    pipelines: Mapping[str, Work]


class PipelinePool(Bounded):
    """A line of pipelines. Belongs to one event loop.

    Args:
        size: How many run at a time.
        waiting: How many more wait for their turn, which comes in the order of asking.
        deadline: Seconds for one, its waiting included; None: no limit.
        shutdown: Seconds that they have to end when they are stopped.
        name: What errors and logs call it.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        size: int = SIZE,
        waiting: int = WAITING,
        deadline: float | None = DEADLINE,
        shutdown: float = 5.0,
        name: str = "pipelines",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            name, concurrency=size, waiting=waiting, deadline=deadline, shutdown=shutdown, clock=clock
        )

    async def call(
        self, pipeline: Callable[Arguments, Answer], /, *args: Arguments.args, **inputs: Arguments.kwargs
    ) -> Answer:
        """Run a pipeline in its turn, and return its typed answer.

        Raises:
            Full: As many as are allowed wait.
            DeadlinePassed: There was no time.
            NotRunning: The pool does not run, or was stopped meanwhile.
            Exception: What the pipeline raised: `StepFailed` with the path of the step.
        """
        if args:
            raise TypeError("a pipeline takes its inputs by name, such as `call(pipeline, question=…)`")
        flowing = cast("Flowing[Answer]", pipeline)
        return await self.run(flowing.name, partial(flowing.acall, **inputs))

    async def each(
        self,
        pipeline: Flowing[Answer],
        rows: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
        *,
        deadline: float | None = None,
    ) -> AsyncGenerator[Done[Answer], None]:
        """Run a pipeline for each row, and yield what became of them, in their order.

        No more rows are read than twice the size of the pool beyond those that were taken: who takes slowly
        slows the reading. Close the generator (`contextlib.aclosing`) to give up early: that cancels what
        runs.
        """
        left = _read(rows)
        ahead: deque[asyncio.Task[Done[Answer]]] = deque()
        more = True
        try:
            while more or ahead:
                while more and len(ahead) < 2 * self.concurrency:
                    row = await anext(left, None)
                    if row is None:
                        more = False
                    else:
                        ahead.append(asyncio.create_task(self._done_with(pipeline, row, deadline)))
                if ahead:
                    await asyncio.wait([ahead[0]])
                    yield ahead.popleft().result()
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)
            await left.aclose()

    async def _done_with(
        self, pipeline: Flowing[Answer], row: Mapping[str, Any], deadline: float | None
    ) -> Done[Answer]:
        work = partial(pipeline.acall, **row)
        try:
            return Done(row, await self.run(pipeline.name, work, deadline=deadline))
        except Exception as error:
            return Done(row, error=error)

    def stats(self) -> PipelineStats:
        """Return the counts."""
        done = {name: work.copy() for name, work in self.work.items()}
        return PipelineStats(self.concurrency, self.running, self.waiting, done)

    def child(self, id: str = "pipeline_pool") -> Child:
        """Return it as a child of a supervisor. Its counts outlive the supervisor of what runs."""
        return self.tasks.child(id)


async def _read(
    rows: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
) -> AsyncGenerator[Mapping[str, Any], None]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row
