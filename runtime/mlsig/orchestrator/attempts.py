"""One call, tried until it succeeds or may not be tried again; and many calls, side by side."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from mlsig.errors import BudgetExhausted, MlsigError, ProviderRefused, StoreError

Value = TypeVar("Value")
Item = TypeVar("Item")

FINAL: Final = (BudgetExhausted, ProviderRefused, StoreError)
"""What another attempt cannot mend."""
FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 10.0


class StepFailed(MlsigError):
    """A step failed for good.

    Attributes:
        path: Its name, under those of the graphs around it: `research.docs[3]`.
        cause: What it raised the last time.
        attempts: How often it was tried.
        done: The values of the steps that had succeeded, by path.
    """

    def __init__(self, path: str, cause: BaseException, attempts: int, done: Mapping[str, Any]) -> None:
        tries = "" if attempts == 1 else f" in each of {attempts} attempts"
        super().__init__(f"step {path} failed{tries}: {type(cause).__name__}: {cause}")
        self.path = path
        self.cause = cause
        self.attempts = attempts
        self.done = dict(done)


class GaveUp(Exception):
    """The last attempt failed; `problem` is what it raised."""

    def __init__(self, problem: Exception, attempts: int) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.attempts = attempts


@dataclass(frozen=True)
class Options:
    """How a call is tried.

    Attributes:
        retry: How often again after the first time; between attempts it waits up to 0.1, 0.2, 0.4 … 10 s.
        timeout: Seconds of one attempt.
    """

    retry: int = 0
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.retry < 0 or (self.timeout is not None and not self.timeout > 0):
            raise ValueError(
                f"{self.retry} more attempts of {self.timeout} s: give 0 or more, of more than 0 s"
            )


async def tried(call: Callable[[], Awaitable[Value]], options: Options, rng: random.Random) -> Value:
    """Call until it succeeds.

    Raises:
        GaveUp: It failed the last time too, or in a way that will not change.
    """
    attempt = 0
    while True:
        limit = asyncio.timeout(options.timeout)
        try:
            async with limit:
                return await call()
        except Exception as error:
            problem = error
            if limit.expired():
                problem = TimeoutError(f"took more than {options.timeout} s")
        attempt += 1
        if attempt > options.retry or isinstance(root(problem), FINAL):
            raise GaveUp(problem, attempt) from problem
        await asyncio.sleep(rng.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1))))


def root(problem: BaseException) -> BaseException:
    """Return what made a step fail, however deep it lies."""
    return root(problem.cause) if isinstance(problem, StepFailed) else problem


async def side_by_side(
    call: Callable[[int, Item], Coroutine[Any, Any, Value]], items: Iterable[Item], concurrency: int
) -> list[Value]:
    """Call something for each item and its number, so many at a time; the first failure ends the others.

    Returns:
        What the calls gave, in the order of the items.

    Raises:
        ValueError: None may run at a time.
        Exception: What the first call that failed raised.
    """
    if concurrency < 1:
        raise ValueError(f"{concurrency} at a time: give 1 or more")
    every = list(items)
    left = enumerate(every)
    found: dict[int, Value] = {}

    async def work() -> None:
        for at, item in left:
            found[at] = await call(at, item)

    workers = [asyncio.create_task(work()) for _ in range(min(concurrency, len(every)))]
    try:
        if workers:
            ended, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            for worker in ended:
                worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return [found[at] for at in range(len(every))]
