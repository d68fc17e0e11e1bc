"""The memory of one run, on disk.

    claimed ──▶ done      the result is committed before anybody hears of it
       └──────▶ lost      the process died, or the result must not be trusted: paid, perhaps, never recalled

A lost evaluation is made again, as a new attempt with a row of its own; its calls stay counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, bindparam, func, insert, select, update

from mlsig.evaluation.budget import NOTHING, Budget, Spending
from mlsig.evaluation.ledger import Key, Result
from mlsig.store.redaction import Redactor
from mlsig.store.rows import IS_KEY, columns_of, key_of, named, result_of, taken_of
from mlsig.store.tables import evaluations
from mlsig.store.writer import Writer

T = TypeVar("T")

_ATTEMPTS: Final = select(func.coalesce(func.max(evaluations.c.attempt), -1) + 1).where(IS_KEY)
_CLAIM: Final = insert(evaluations).values(attempt=_ATTEMPTS.scalar_subquery())
_CHANGE: Final = update(evaluations).where(evaluations.c.id == bindparam("claim"))


Found: TypeAlias = tuple[int, Key, str, int, Result | None, Spending]
"""A row: its number, what it is of, its state, calls, result, and what it took where it has none."""


class RunLedger:
    """Claims and results of one run, of which this process is the only one to work on it.

    Attributes:
        scope: Names the run among all runs of all stores; calls of different runs are different calls.
        lost: Evaluations that an earlier process had under way when it died; they count as paid.
    """

    def __init__(
        self, run: str, writer: Writer, redactor: Redactor, clock: Callable[[], str], scope: bytes = b""
    ) -> None:
        """Read what the run has, and mark what it lost.

        Raises:
            StoreError: The database could not be read or written, or is damaged.
        """
        self._run = run
        self._writer = writer
        self._redactor = redactor
        self._clock = clock
        self._results: dict[Key, Result] = {}
        self._calls: dict[int, tuple[str, int]] = {}
        self.scope: Final = scope
        self.lost: list[Key] = []
        self._gone: dict[str, Spending] = {}
        self._load()

    def recall(self, key: Key) -> Result | None:
        """Return the recorded result, or None."""
        return self._results.get(key)

    def paid(self, splits: Iterable[str]) -> int:
        """Return how many calls these splits have cost, those with unknown outcome included."""
        wanted = frozenset(splits)
        return sum(calls for split, calls in self._calls.values() if split in wanted)

    def gone(self, splits: Iterable[str]) -> Spending:
        """Return the most that evaluations without a result have taken, when an earlier process lost them."""
        gone = NOTHING
        for split in frozenset(splits):
            gone = gone.plus(self._gone.get(split, NOTHING))
        return gone

    def charge(self, budget: Budget, splits: Iterable[str]) -> None:
        """Nobody else pays for this run."""

    def turns(self, items: Sequence[T]) -> Sequence[T]:
        """Return the order in which to do things: as they stand."""
        return items

    async def acquire(self, key: Key) -> Result | None:
        """Return None: nobody else evaluates anything of this run."""
        del key
        return None

    async def release(self, key: Key) -> None:
        """Nothing was acquired."""

    async def claim(self, key: Key) -> int:
        """Record that the first call of an evaluation is about to be made.

        Raises:
            StoreError: It could not be recorded; make no call.
        """
        row = {**self._row(key), **named(self._run, key)}

        def work(connection: Connection) -> int:
            (number,) = connection.execute(_CLAIM, row).inserted_primary_key or (0,)
            return int(number)

        claim = await self._writer.later(work)
        self._calls[claim] = (key.split, 1)
        return claim

    async def calling(self, claim: int, calls: int, most: Spending = NOTHING) -> None:
        """Record that a further call is about to be made, and what all may have taken.

        Raises:
            StoreError: It could not be recorded; make no call.
        """
        change: dict[str, Any] = {"calls": calls}
        if most != NOTHING:
            change |= {"input_tokens": most.tokens, "cost": most.dollars}
        await self._update(claim, change)
        self._calls[claim] = (self._calls[claim][0], calls)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Commit the result without secrets, and return it so.

        Raises:
            StoreError: It could not be recorded.
        """
        result = self._redactor.result(result)
        row = {**columns_of(result), "state": "done", "completed_at": self._clock()}
        await self._update(claim, row)
        self._calls[claim] = (key.split, result.calls)
        self._results[key] = result
        return result

    async def abandon(self, claim: int, key: Key, *, paid: bool = True) -> None:
        """Record that no result will come, or that none must be trusted.

        Raises:
            StoreError: It could not be recorded.
        """
        self._results.pop(key, None)
        change: dict[str, Any] = {"state": "lost", "completed_at": self._clock()}
        if not paid:
            change |= {"calls": 0, "input_tokens": None, "cost": None}
            del self._calls[claim]
        await self._update(claim, change)

    def _row(self, key: Key) -> dict[str, Any]:
        """Return a claim as columns."""
        return {
            **key._asdict(),
            "run": self._run,
            "state": "claimed",
            "calls": 1,
            "claimed_at": self._clock(),
        }

    async def _update(self, claim: int, values: dict[str, Any]) -> None:
        row = {**values, "claim": claim}
        await self._writer.later(lambda connection: connection.execute(_CHANGE, row))

    def _load(self) -> None:
        found = self._writer.now(self._found)
        for number, key, state, calls, result, gone in found:
            self._calls[number] = (key.split, calls)
            self._gone[key.split] = self._gone.get(key.split, NOTHING).plus(gone)
            if state == "claimed":
                self.lost.append(key)
            elif result is not None:
                self._results[key] = result

    def _found(self, connection: Connection) -> list[Found]:
        """Read all rows, and mark those that nobody will complete."""
        mine = evaluations.c.run == self._run
        found = [
            (
                row["id"],
                key_of(row),
                row["state"],
                row["calls"],
                result_of(row) if row["state"] == "done" else None,
                NOTHING if row["state"] == "done" else taken_of(row),
            )
            for row in connection.execute(
                select(evaluations).where(mine).order_by(evaluations.c.id)
            ).mappings()
        ]
        change = {"state": "lost", "completed_at": self._clock()}
        connection.execute(
            update(evaluations).where(mine & (evaluations.c.state == "claimed")).values(change)
        )
        return found
