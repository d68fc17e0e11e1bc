"""Steps that need each other's values: each runs as soon as what it needs is there, the others side by side.

    async with Graph("research", deadline=30.0) as graph:
        plan = graph.step("plan", lambda: Plan.acall(question=question))
        docs = graph.each("docs", lambda: plan.value.queries, search, needs=[plan], concurrency=8, retry=2)
        fine = graph.optional("fine", lambda: Review.acall(docs=docs.value), needs=[docs], timeout=10.0)
        return await docs

The first step that fails for good ends the others, and `StepFailed` says which it was and what had succeeded.
What is cancelled stops working, and nothing is left behind when the block is left.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from mlsig.errors import BudgetExhausted
from mlsig.orchestrator.attempts import GaveUp, Options, StepFailed, root, side_by_side, tried

Value = TypeVar("Value")
Item = TypeVar("Item")

_UNSET: Final[Any] = object()

ITEM: Final[ContextVar[tuple[Graph, str, int] | None]] = ContextVar("ITEM", default=None)
"""Which item of which step the task works on: a worker of `side_by_side` has one after the other."""


class DeadlinePassed(TimeoutError):
    """There was not enough time for all steps."""


class Step(Generic[Value]):
    """What a step will give: `await` it, or read `value` in a step that needs it.

    Attributes:
        name: Its name.
        needs: The steps that it waits for.
        width: How many of its calls may run at a time.
    """

    __slots__ = ("_graph", "_task", "_value", "name", "needs", "width")

    def __init__(self, name: str, graph: Graph, needs: tuple[Step[Any], ...] = (), width: int = 1) -> None:
        self.name = name
        self.needs = needs
        self.width = width
        self._graph = graph
        self._value: Value = _UNSET
        self._task: asyncio.Task[None] | None = None

    @property
    def value(self) -> Value:
        """What it gave.

        Raises:
            RuntimeError: It has not ended; a step that reads it has to name it in `needs`.
        """
        if self._value is _UNSET:
            raise RuntimeError(
                f"step {self.name} has not ended: name it in `needs` of the step that reads it"
            )
        return self._value

    def __await__(self) -> Generator[Any, None, Value]:
        """Wait for it.

        Raises:
            StepFailed: It, or another step, failed for good.
            DeadlinePassed: There was no time.
        """
        return self._graph._awaited(self).__await__()  # pyright: ignore[reportPrivateUsage]


class Graph:
    """Steps, from `async with` to the end of the block.

    Args:
        name: What errors call it.
        deadline: Seconds that all of it may take.
        rng: What waits between attempts are drawn by.
    """

    def __init__(
        self, name: str = "", *, deadline: float | None = None, rng: random.Random | None = None
    ) -> None:
        self.name = name
        self.errors: dict[str, Exception] = {}
        """Why optional steps have no value, by path."""
        self._deadline = deadline
        self._rng = rng or random.Random()  # noqa: S311  (for waits)
        self._steps: dict[str, Step[Any]] = {}
        self._failure: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        """Begin; the deadline counts from here."""
        self._open = True
        if self._deadline is not None:
            self._timer = asyncio.get_running_loop().call_later(self._deadline, self._late, self._deadline)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for all steps, or end them if the block failed.

        Raises:
            StepFailed: A step failed for good.
            DeadlinePassed: There was no time.
        """
        self._open = False
        tasks = [step._task for step in self._steps.values() if step._task is not None]  # pyright: ignore[reportPrivateUsage]
        if error is not None:
            self._end(None)
        cancelled: asyncio.CancelledError | None = None
        while not all(task.done() for task in tasks):
            try:
                await asyncio.wait(tasks)
            except asyncio.CancelledError as wish:
                cancelled = wish
                self._end(None)
        if self._timer is not None:
            self._timer.cancel()
        if cancelled is not None:
            raise cancelled
        if error is None and self._failure is not None:
            raise self._failure

    def step(
        self,
        name: str,
        call: Callable[[], Awaitable[Value]],
        *,
        needs: Iterable[Step[Any]] = (),
        retry: int = 0,
        timeout: float | None = None,
    ) -> Step[Value]:
        """Add a step, which begins when those that it needs have ended.

        Raises:
            ValueError: There is a step of the name, or the options make no sense.
            RuntimeError: The block has been left.
        """
        options = Options(retry, timeout)

        async def done() -> Value:
            return await self._required(name, call, options)

        return self._added(name, done, needs)

    def compute(
        self, name: str, value: Callable[[], Value], *, needs: Iterable[Step[Any]] = ()
    ) -> Step[Value]:
        """Add a step that calls nothing which has to be waited for."""

        async def done() -> Value:
            return value()

        return self._added(name, done, needs)

    def optional(
        self,
        name: str,
        call: Callable[[], Awaitable[Value]],
        *,
        needs: Iterable[Step[Any]] = (),
        retry: int = 0,
        timeout: float | None = None,
    ) -> Step[Value | None]:
        """Add a step that is None if it fails; `errors` says why."""
        options = Options(retry, timeout)

        async def done() -> Value | None:
            return await self._or_none(name, call, options)

        return self._added(name, done, needs)

    def each(
        self,
        name: str,
        items: Callable[[], Iterable[Item]],
        call: Callable[[Item], Awaitable[Value]],
        *,
        needs: Iterable[Step[Any]] = (),
        retry: int = 0,
        timeout: float | None = None,
        concurrency: int = 16,
    ) -> Step[list[Value]]:
        """Add a step that calls something for each item, at most `concurrency` at a time; in their order."""
        options = Options(retry, timeout)

        async def done() -> list[Value]:
            async def one(at: int, item: Item) -> Value:
                ITEM.set((self, name, at))
                value = await self._required(f"{name}[{at}]", lambda: call(item), options)
                await self._ended(f"{name}[{at}]", value)
                return value

            return await side_by_side(one, items(), concurrency)

        return self._added(name, done, needs, concurrency)

    def each_optional(
        self,
        name: str,
        items: Callable[[], Iterable[Item]],
        call: Callable[[Item], Awaitable[Value]],
        *,
        needs: Iterable[Step[Any]] = (),
        retry: int = 0,
        timeout: float | None = None,
        concurrency: int = 16,
    ) -> Step[list[Value | None]]:
        """Do as `each` does; an item whose call fails is None, and `errors` says why."""
        options = Options(retry, timeout)

        async def done() -> list[Value | None]:
            async def one(at: int, item: Item) -> Value | None:
                ITEM.set((self, name, at))
                value = await self._or_none(f"{name}[{at}]", lambda: call(item), options)
                if self._path(f"{name}[{at}]") not in self.errors:
                    await self._ended(f"{name}[{at}]", value)
                return value

            return await side_by_side(one, items(), concurrency)

        return self._added(name, done, needs, concurrency)

    async def ended(self, step: Step[Value]) -> Step[Value]:
        """Wait for a step, and return it: for type checkers nobody waits for what is only ever None.

        Raises:
            StepFailed: It, or another step, failed for good.
            DeadlinePassed: There was no time.
        """
        await self._awaited(step)
        return step

    def done(self) -> dict[str, Any]:
        """Return the values of the steps that have ended well, by path."""
        return {
            self._path(name): step._value  # pyright: ignore[reportPrivateUsage]
            for name, step in self._steps.items()
            if step._value is not _UNSET  # pyright: ignore[reportPrivateUsage]
        }

    def _path(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name

    def _added(
        self,
        name: str,
        done: Callable[[], Coroutine[Any, Any, Value]],
        needs: Iterable[Step[Any]],
        width: int = 1,
    ) -> Step[Value]:
        if not self._open:
            raise RuntimeError(f"step {name} stands outside of `async with Graph(…)`")
        if name in self._steps:
            raise ValueError(f"there are two steps {name}")
        step: Step[Value] = Step(name, self, tuple(needs), width)
        self._steps[name] = step
        if self._failure is None:
            run = self._run(step, done)
            step._task = asyncio.create_task(run, name=self._path(name))  # pyright: ignore[reportPrivateUsage]
        return step

    async def _run(
        self,
        step: Step[Value],
        done: Callable[[], Coroutine[Any, Any, Value]],
    ) -> None:
        try:
            for need in step.needs:
                await need
            await self._began(step.name)
            step._value = await done()  # pyright: ignore[reportPrivateUsage]
            if self._path(step.name) not in self.errors:
                await self._ended(step.name, step.value)
        except Exception as error:
            if error is not self._failure:
                self._end(error if isinstance(error, StepFailed) else self._failed(step.name, error, 1))

    async def _began(self, name: str) -> None:
        """Hear that a step begins; for those who tell of it, as are the next two."""

    async def _ended(self, name: str, value: object) -> None:
        """Hear what a step, or a call of it, gave."""

    async def _went_wrong(self, name: str, error: Exception) -> None:
        """Hear that an optional step, or a call of it, has no value."""

    async def _awaited(self, step: Step[Value]) -> Value:
        task = step._task  # pyright: ignore[reportPrivateUsage]
        if task is not None and not task.done():
            await asyncio.wait([task])
        if step._value is _UNSET:  # pyright: ignore[reportPrivateUsage]
            if self._failure is None:
                raise asyncio.CancelledError
            raise self._failure
        return step._value  # pyright: ignore[reportPrivateUsage]

    async def _required(self, name: str, call: Callable[[], Awaitable[Value]], options: Options) -> Value:
        try:
            return await tried(call, options, self._rng)
        except GaveUp as gave_up:
            raise self._failed(name, gave_up.problem, gave_up.attempts) from gave_up.problem

    async def _or_none(
        self, name: str, call: Callable[[], Awaitable[Value]], options: Options
    ) -> Value | None:
        try:
            return await self._required(name, call, options)
        except StepFailed as failed:
            if isinstance(root(failed), BudgetExhausted):
                raise  # a limit of the whole run, not a trouble of this step
            self.errors[self._path(name)] = failed
            await self._went_wrong(name, failed)
            return None

    def _failed(self, name: str, problem: Exception, attempts: int) -> StepFailed:
        if isinstance(problem, StepFailed):  # of a graph inside: its path goes on ours
            path = f"{self._path(name)}.{problem.path}"
            inner = {f"{self._path(name)}.{at}": value for at, value in problem.done.items()}
            return StepFailed(path, problem.cause, problem.attempts, {**self.done(), **inner})
        return StepFailed(self._path(name), problem, attempts, self.done())

    def _late(self, deadline: float) -> None:
        running = [self._path(name) for name, step in self._steps.items() if step._value is _UNSET]  # pyright: ignore[reportPrivateUsage]
        at = f", in {', '.join(running[:5])}" if running else ""
        self._end(DeadlinePassed(f"the deadline of {deadline} s passed{at}"))

    def _end(self, failure: Exception | None) -> None:
        """End all steps that still run, because of a failure if there is one."""
        if self._failure is None:
            self._failure = failure
        for step in self._steps.values():
            task = step._task  # pyright: ignore[reportPrivateUsage]
            if task is not None and task is not asyncio.current_task() and not task.done():
                task.cancel()
