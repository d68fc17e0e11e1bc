"""The memory of one run, on disk.

    claimed ──▶ done      the result is committed before anybody hears of it
       └──────▶ lost      the process died, or the result must not be trusted: paid, perhaps, never recalled

A lost evaluation is made again, as a new attempt with a row of its own; its calls stay counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from mlsig.evaluation.ledger import Key, Result
from mlsig.programs.executions import StepRun
from mlsig.store.redaction import Redactor
from mlsig.store.tables import evaluations
from mlsig.store.writer import Writer

_KEY = (evaluations.c.split, evaluations.c.candidate, evaluations.c.example, evaluations.c.trial)


class RunLedger:
    """Claims and results of one run.

    Attributes:
        lost: Evaluations that an earlier process had under way when it died; they count as paid.
    """

    def __init__(self, run: str, writer: Writer, redactor: Redactor, clock: Callable[[], str]) -> None:
        """Read what the run has, and mark what it lost.

        Raises:
            StoreError: The database could not be read or written.
        """
        self._run = run
        self._writer = writer
        self._redactor = redactor
        self._clock = clock
        self._results: dict[Key, Result] = {}
        self._calls: dict[int, tuple[str, int]] = {}
        self.lost: list[Key] = []
        self._writer.now(self._load)

    def recall(self, key: Key) -> Result | None:
        """Return the recorded result, or None."""
        return self._results.get(key)

    def paid(self, splits: Iterable[str]) -> int:
        """Return how many calls these splits have cost, those with unknown outcome included."""
        wanted = frozenset(splits)
        return sum(calls for split, calls in self._calls.values() if split in wanted)

    async def claim(self, key: Key) -> int:
        """Record that the first call of an evaluation is about to be made.

        Raises:
            StoreError: It could not be recorded; make no call.
        """
        row = {**key._asdict(), "run": self._run, "state": "claimed", "calls": 1, "claimed_at": self._clock()}
        mine = evaluations.c.run == self._run
        for column, value in zip(_KEY, key, strict=True):
            mine &= column == value
        attempts = (
            select(func.coalesce(func.max(evaluations.c.attempt), -1) + 1).where(mine).scalar_subquery()
        )

        def work(connection: Connection) -> int:
            made = connection.execute(insert(evaluations).values({**row, "attempt": attempts}))
            (number,) = made.inserted_primary_key or (0,)
            return int(number)

        claim = await self._writer.later(work)
        self._calls[claim] = (key.split, 1)
        return claim

    async def calling(self, claim: int, calls: int) -> None:
        """Record that a further call is about to be made.

        Raises:
            StoreError: It could not be recorded; make no call.
        """
        await self._update(claim, {"calls": calls})
        self._calls[claim] = (self._calls[claim][0], calls)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Commit the result without secrets, and return it so.

        Raises:
            StoreError: It could not be recorded.
        """
        result = self._redactor.result(result)
        row: dict[str, Any] = msgspec.structs.asdict(result)
        del row["example"], row["trial"]
        row["metrics"] = msgspec.json.encode(result.metrics).decode()
        row["output"] = None if result.output is None else msgspec.json.encode(result.output).decode()
        row["steps"] = msgspec.json.encode(result.steps).decode() if result.steps else None
        await self._update(claim, {**row, "state": "done", "completed_at": self._clock()})
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
            change["calls"] = 0
            del self._calls[claim]
        await self._update(claim, change)

    async def _update(self, claim: int, values: dict[str, Any]) -> None:
        statement = update(evaluations).where(evaluations.c.id == claim).values(values)
        await self._writer.later(lambda connection: connection.execute(statement))

    def _load(self, connection: Connection) -> None:
        mine = evaluations.c.run == self._run
        for row in connection.execute(select(evaluations).where(mine).order_by(evaluations.c.id)).mappings():
            key = Key(row["split"], row["candidate"], row["example"], row["trial"])
            self._calls[row["id"]] = (key.split, row["calls"])
            if row["state"] == "done":
                self._results[key] = _result(row)
            elif row["state"] == "claimed":
                self.lost.append(key)
        connection.execute(
            update(evaluations)
            .where(mine & (evaluations.c.state == "claimed"))
            .values(state="lost", completed_at=self._clock())
        )


def _result(row: RowMapping) -> Result:
    data = {name: row[name] for name in Result.__struct_fields__}
    data["metrics"] = msgspec.json.decode(row["metrics"])
    data["output"] = None if row["output"] is None else msgspec.json.decode(row["output"])
    steps = row["steps"]
    data["steps"] = () if steps is None else msgspec.json.decode(steps, type=tuple[StepRun, ...])
    return Result(**data)
