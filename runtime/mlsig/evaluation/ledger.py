"""What was paid for, and what came back: the memory of a run.

Every evaluation is claimed before its call is made and completed before anybody hears of its result. A
ledger that writes to disk (`mlsig.store`) thereby knows, after any crash, which results it has and which
calls were under way. The ledger here keeps everything in memory, for runs that nobody wants to resume.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from mlsig.evaluation.budget import NOTHING, Spending
from mlsig.programs.executions import StepRun

if TYPE_CHECKING:
    from mlsig.evaluation.budget import Budget

T = TypeVar("T")

SEARCH: Final = "search"
VALIDATION: Final = "validation"
REFLECTION: Final = "reflection"
HELD_OUT: Final = "held-out"


class Key(NamedTuple):
    """One evaluation of a run. `trial` counts repetitions of the same candidate on the same example."""

    split: str
    candidate: str
    example: str
    trial: int = 0


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one example.

    Attributes:
        example: The id of the example.
        metrics: The raw value of each metric; the worst one where `error` is set.
        cost: US dollars.
        latency: Seconds.
        calls: How many calls were made, the failed ones included.
        output: The typed answer as JSON-like data; None when there is none.
        text: The model's last answer, as it came.
        reasoning: What the model wrote before its answer.
        error: Why the example failed, or None. A failed example scores 0.
        error_kind: `parse`, `provider`, `program`, `metric` (its process hung or died) or `timeout`.
        steps: Of a pipeline, what the programs of its steps were given and answered.
    """

    example: str
    trial: int = 0
    metrics: Mapping[str, float] = {}
    cost: float = 0.0
    latency: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 1
    output: Mapping[str, Any] | None = None
    text: str = ""
    reasoning: str | None = None
    error: str | None = None
    error_kind: str | None = None
    steps: tuple[StepRun, ...] = ()


class Ledger(Protocol):
    """What the evaluator asks of the memory of a run. A claim is a number that names one paid attempt."""

    def recall(self, key: Key) -> Result | None:
        """Return the recorded result, which then costs no call; None when there is none."""
        ...

    def paid(self, splits: Iterable[str]) -> int:
        """Return how many calls these splits have cost, those with unknown outcome included."""
        ...

    def gone(self, splits: Iterable[str]) -> Spending:
        """Return the most that evaluations without a result have taken, when an earlier process lost them."""
        ...

    @property
    def scope(self) -> bytes:
        """Names the run: the same call for the same run has the same idempotency key."""
        ...

    def charge(self, budget: Budget, splits: Iterable[str]) -> None:
        """Count in this budget, from now on, what other processes pay for these splits."""
        ...

    def turns(self, items: Sequence[T]) -> Sequence[T]:
        """Return the order in which to do things, so that two processes do not begin with the same."""
        ...

    async def acquire(self, key: Key) -> Result | None:
        """Wait until an evaluation is this process's to make (None), or another process has its result."""
        ...

    async def release(self, key: Key) -> None:
        """Give back what was acquired, and not claimed."""
        ...

    async def claim(self, key: Key) -> int:
        """Record that the first call of an evaluation is about to be made."""
        ...

    async def calling(self, claim: int, calls: int, most: Spending = NOTHING) -> None:
        """Record that an evaluation has come to so many calls with the one that is about to be made.

        `most` is what they may have taken, where there is a budget of it.
        """
        ...

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Record the result, and return it as it was recorded; it is safe when this returns."""
        ...

    async def abandon(self, claim: int, key: Key, *, paid: bool = True) -> None:
        """Record that no result will come, or that none must be trusted.

        And whether its calls count as paid.
        """
        ...


class MemoryLedger:
    """A ledger for one process's lifetime; `scope` names the run, where it is known elsewhere too."""

    def __init__(self, scope: bytes = b"") -> None:
        self._results: dict[Key, Result] = {}
        self._calls: dict[int, tuple[str, int]] = {}
        self._next = 0
        self.scope = scope or os.urandom(16)

    def recall(self, key: Key) -> Result | None:
        """Return the recorded result, or None."""
        return self._results.get(key)

    def paid(self, splits: Iterable[str]) -> int:
        """Return how many calls these splits have cost."""
        wanted = frozenset(splits)
        return sum(calls for split, calls in self._calls.values() if split in wanted)

    def gone(self, splits: Iterable[str]) -> Spending:
        """Return nothing: there was no earlier process."""
        del splits
        return NOTHING

    def charge(self, budget: Budget, splits: Iterable[str]) -> None:
        """Nobody else pays."""

    def turns(self, items: Sequence[T]) -> Sequence[T]:
        """Return things as they stand."""
        return items

    async def acquire(self, key: Key) -> Result | None:
        """Return None: there is nobody else."""
        del key
        return None

    async def release(self, key: Key) -> None:
        """Nothing was acquired."""

    async def claim(self, key: Key) -> int:
        """Record that a call is about to be made."""
        claim = self._next = self._next + 1
        self._calls[claim] = (key.split, 1)
        return claim

    async def calling(self, claim: int, calls: int, most: Spending = NOTHING) -> None:  # noqa: ARG002
        """Record a further call."""
        self._calls[claim] = (self._calls[claim][0], calls)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Keep the result."""
        self._calls[claim] = (key.split, result.calls)
        self._results[key] = result
        return result

    async def abandon(self, claim: int, key: Key, *, paid: bool = True) -> None:
        """Forget the result, and the price only where none was paid."""
        self._results.pop(key, None)
        if not paid:
            del self._calls[claim]
