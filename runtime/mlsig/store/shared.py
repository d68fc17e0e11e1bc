"""The memory of one run that several processes work on: no evaluation is made twice.

    acquire ──▶ claimed by me        under my lease: nobody else takes it while that lasts
        ├─────▶ done by another      its result, and no call
        ├─────▶ claimed by another   wait: its result will come, or its lease will end
        └─────▶ its lease has ended  what it claimed is lost; a new attempt is mine

All of them go through the same course, so all come to ask for the same evaluations, and each takes those that
nobody has. Whoever finds at the end that its claim was taken over (it slept, or the network did) writes its
result down beside the claim, uncounted, and goes on with the result that counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql

from mlsig.evaluation.budget import NOTHING, Budget, Spending
from mlsig.evaluation.chance import generator
from mlsig.evaluation.ledger import Key, Result
from mlsig.store.leases import Leases, live, others
from mlsig.store.ledger import Found, RunLedger
from mlsig.store.redaction import Redactor
from mlsig.store.rows import IS_KEY, columns_of, key_of, named, result_of, taken_of
from mlsig.store.tables import evaluations
from mlsig.store.writer import Writer

T = TypeVar("T")

WAIT: Final = 0.02
"""Seconds before somebody else's evaluation is asked for again; more each time, up to `LONGEST`."""
LONGEST: Final = 0.5

_CLAIM: Final = postgresql.insert(evaluations).on_conflict_do_nothing().returning(evaluations.c.id)
_LAST: Final = (
    select(evaluations, live().label("live")).where(IS_KEY).order_by(evaluations.c.attempt.desc()).limit(1)
)
_MINE: Final = (evaluations.c.id == bindparam("claim")) & (evaluations.c.owner == bindparam("worker"))
_COMPLETE: Final = update(evaluations).where(_MINE, evaluations.c.state == "claimed")
_STATE: Final = select(evaluations.c.state).where(_MINE)
_NOTE: Final = update(evaluations).where(_MINE)


class _Taken(NamedTuple):
    """A row; its result, or None where it is mine to make; and the row that it takes the place of."""

    number: int
    calls: int
    result: Result | None = None
    lost: tuple[int, int, Spending] | None = None


class SharedLedger(RunLedger):
    """Claims and results of one run, under a lease of this process."""

    def __init__(
        self,
        run: str,
        writer: Writer,
        redactor: Redactor,
        clock: Callable[[], str],
        scope: bytes,
        *,
        leases: Leases,
    ) -> None:
        """Join those who work on the run, read what it has, and mark what the dead among them lost.

        Raises:
            StoreError: The database could not be read or written, or is damaged.
        """
        self._leases = leases
        self._held: dict[Key, int] = {}
        self._budget: Budget | None = None
        self._charged: frozenset[str] = frozenset()
        self._token = ""
        self._late = False
        super().__init__(run, writer, redactor, clock, scope)

    def charge(self, budget: Budget, splits: Iterable[str]) -> None:
        """Count in this budget what others pay for from now on."""
        self._budget, self._charged = budget, frozenset(splits)

    def turns(self, items: Sequence[T]) -> Sequence[T]:
        """Return the order in which to do things: one of its own for whoever comes to the others."""
        if not self._late:
            return items
        mixed = list(items)
        generator(0, "turns", self._token).shuffle(mixed)
        return mixed

    async def acquire(self, key: Key) -> Result | None:
        """Take an evaluation, or wait for the result of whoever has it.

        Returns:
            None where it is this process's to make.

        Raises:
            StoreError: The database could not be read or written; make no call.
        """
        wait = WAIT
        while key not in self._held:
            taken = await self._writer.later(partial(self._take, key))
            if taken is None:
                await asyncio.sleep(wait)
                wait = min(1.5 * wait, LONGEST)
                continue
            if taken.lost is not None:
                number, calls, gone = taken.lost
                self._heard(number, key, calls, gone)
                self.lost.append(key)
            if taken.result is not None:
                made = taken.result
                spent = Spending(made.input_tokens + made.output_tokens, made.cost)
                self._heard(taken.number, key, taken.calls, spent)
                self._results[key] = made
                return made
            self._calls[taken.number] = (key.split, taken.calls)
            self._held[key] = taken.number
        return None

    async def release(self, key: Key) -> None:
        """Give back what was acquired: no call was made."""
        claim = self._held.pop(key, None)
        if claim is not None:
            await self.abandon(claim, key, paid=False)

    async def claim(self, key: Key) -> int:
        """Return the claim that was acquired, or make one.

        Raises:
            StoreError: It could not be recorded; make no call.
        """
        if key not in self._held:
            claim = await self._writer.later(partial(self._attempt, key, -1))
            while claim is None:
                claim = await self._writer.later(partial(self._next, key))
            self._calls[claim] = (key.split, 1)
            return claim
        return self._held.pop(key)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Commit the result without secrets, and return it so.

        Where the claim was lost, the result that counts is returned.

        Raises:
            StoreError: It could not be recorded.
        """
        result = self._redactor.result(result)
        row = {**columns_of(result), "completed_at": self._clock()}
        counts = await self._writer.later(partial(self._keep, claim, row))
        self._calls[claim] = (key.split, result.calls)
        if counts:
            self._results[key] = result
            return result
        known = await self.acquire(key)
        if known is not None:
            return known
        return await self.complete(await self.claim(key), key, result)  # whoever took it over has died too

    def _found(self, connection: Connection) -> list[Found]:
        self._token = self._leases.join(connection, self._run)
        self._late = others(connection, self._run, self._token) > 0
        mine = evaluations.c.run == self._run
        dead = update(evaluations).where(mine & (evaluations.c.state == "claimed") & ~live())
        taken = connection.execute(
            dead.values(state="lost", completed_at=self._clock()).returning(evaluations.c.id)
        )
        numbers = set(taken.scalars())
        every = connection.execute(select(evaluations).where(mine).order_by(evaluations.c.id)).mappings()
        return [
            (
                row["id"],
                key_of(row),
                "claimed" if row["id"] in numbers else "done" if row["state"] == "done" else "",
                row["calls"],
                result_of(row) if row["state"] == "done" else None,
                taken_of(row) if row["id"] in numbers or row["state"] == "lost" else NOTHING,
            )
            for row in every
        ]

    def _take(self, key: Key, connection: Connection) -> _Taken | None:
        number = self._attempt(key, -1, connection)
        if number is not None:
            return _Taken(number, 1)
        row = connection.execute(_LAST, named(self._run, key)).mappings().one()
        if row["state"] == "done":
            return _Taken(row["id"], row["calls"], result_of(row))
        lost = None
        if row["state"] == "claimed":
            if row["owner"] == self._token:  # the answer to the claim was lost on its way
                return _Taken(row["id"], row["calls"])
            if row["live"] or not self._over(row["id"], connection):
                return None
            lost = (row["id"], row["calls"], taken_of(row))
        number = self._attempt(key, row["attempt"], connection)
        return None if number is None else _Taken(number, 1, lost=lost)

    def _attempt(self, key: Key, last: int, connection: Connection) -> int | None:
        """Claim the attempt after the last, unless somebody has."""
        row = {**self._row(key), "attempt": last + 1, "owner": self._token}
        return connection.execute(_CLAIM, row).scalar()

    def _next(self, key: Key, connection: Connection) -> int | None:
        last = connection.execute(_LAST, named(self._run, key)).mappings().one()
        return self._attempt(key, last["attempt"], connection)

    def _over(self, number: int, connection: Connection) -> bool:
        """Mark a claim whose owner's lease has ended, unless it was completed or renewed meanwhile."""
        open_still = (evaluations.c.id == number) & (evaluations.c.state == "claimed") & ~live()
        change = {"state": "lost", "completed_at": self._clock()}
        return connection.execute(update(evaluations).where(open_still).values(change)).rowcount == 1

    def _keep(self, claim: int, row: dict[str, Any], connection: Connection) -> bool:
        """Write a result down, and return whether it counts."""
        which = {"claim": claim, "worker": self._token}
        if connection.execute(_COMPLETE, {**row, **which, "state": "done"}).rowcount == 1:
            return True
        if connection.execute(_STATE, which).scalar() == "done":
            return True  # the answer to the first try was lost on its way
        connection.execute(_NOTE, {**row, **which})
        return False

    def _heard(self, number: int, key: Key, calls: int, spent: Spending = NOTHING) -> None:
        """Count what another has paid for."""
        _, known = self._calls.get(number, (key.split, 0))
        self._calls[number] = (key.split, calls)
        if self._budget is not None and key.split in self._charged:
            self._budget.charge(calls - known, spent)
