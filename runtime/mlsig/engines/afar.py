"""Evaluations that run elsewhere: sent with an allowance, gone on with where that was too small.

The evaluator claims, records and counts as ever; only what happens between a claim and its result is here.
Results depend on the candidate, the example and the seed, and on nothing else: so which evaluations travel
together, and where to, changes no outcome.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mlsig.engines import shares
from mlsig.engines.allowances import Allowance, Allowances
from mlsig.engines.engine import Engine
from mlsig.engines.post import Lost, Post
from mlsig.engines.shares import Order
from mlsig.errors import BudgetExhausted
from mlsig.evaluation.budget import Budget
from mlsig.evaluation.evaluator import NotMade

if TYPE_CHECKING:
    from mlsig.evaluation.budget import Spending
    from mlsig.evaluation.evaluator import Job
    from mlsig.evaluation.ledger import Result

__all__ = ["Afar", "Lost"]


class Afar:
    """Runs evaluations on an engine, for one event loop.

    Args:
        engine: Where.
        program: `module:Program`; its candidate travels, nothing else that was done to it in this process.
        folders: Where modules are looked for.
        lm: `module:function` that makes the model to ask; empty for the program's own providers.
        share: How many evaluations travel together, at most.
        calls: How many calls an evaluation may make before it has to ask for more: so many are reserved while
            it is under way, or as many as any has needed by then.

    Attributes:
        late: Asked before each evaluation; whoever has a budget in seconds sets it.
    """

    def __init__(
        self,
        engine: Engine,
        program: str,
        folders: Sequence[Path] = (),
        *,
        lm: str = "",
        share: int = 1,
        calls: int = 1,
    ) -> None:
        if share < 1 or calls < 1:
            raise ValueError(f"shares of {share} and {calls} calls: give at least 1 of both")
        self.late: Callable[[], bool] = lambda: False
        self._calls = calls
        self._post = Post(engine, program, folders, lm, share)
        self._allowances = Allowances(calls)
        self._unbounded = Budget()

    def within(self, late: Callable[[], bool], spending: Budget | None) -> Afar:
        """Return one that sends by the same post, within the limits of a run of its own.

        Args:
            late: Says whether the time is up.
            spending: Has the tokens and dollars, where there is a budget of them.
        """
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.late = late
        made._allowances = Allowances(self._calls, spending)
        made._unbounded = Budget()
        return made

    @property
    def engine(self) -> Engine:
        """Where evaluations run."""
        return self._post.engine

    @property
    def lost(self) -> int:
        """How many evaluations had to be made again because their worker was gone."""
        return self._post.lost

    async def result(
        self,
        job: Job,
        seed: int,
        budget: Budget | None,
        scope: bytes,
        calling: Callable[[int, Spending], Awaitable[None]],
    ) -> Result:
        """Make an evaluation.

        Args:
            job: What to make.
            seed: The run's.
            budget: Has the calls, where there is a budget of them.
            scope: Names the run.
            calling: Records that so many calls may be made, and what they may take, before they are.

        Raises:
            Lost: Its worker is gone; all that it might have taken counts as taken.
            NotMade: It would exceed the budget, or the time is up; no call was made.
            BudgetExhausted: It needs more than there is left; the calls that were made stay paid.
            MlsigError: What no other evaluation would survive either.
        """
        if self.late():
            raise NotMade("the time is up")
        calls = self._unbounded if budget is None else budget
        order = Order(job.key, scope, seed, job.program.candidate.to_dict(), job.example.to_dict(), calls=1)
        claimed = 1
        had, least = Allowance(0), None
        while True:
            try:
                taken = await self._allowances.take(calls, least)
            except BudgetExhausted as exhausted:
                await calling(max(1, had.calls), had.most)
                if not had.calls:
                    raise NotMade(str(exhausted)) from exhausted
                raise
            used = taken  # where nobody knows better, all of it may have been paid
            try:
                most = had.plus(taken)
                if most.calls > claimed or any(self._allowances.limits):
                    claimed = most.calls
                    await calling(claimed, most.most)
                answer = await self._post.sent(self._allowed(order, taken))
                used = Allowance(answer.calls, answer.spent)
            finally:
                self._allowances.give_back(calls, taken, used)
            self._allowances.learn(had.plus(Allowance(answer.calls, answer.most)))
            had = had.plus(used)
            if answer.result is not None:
                return answer.result
            if answer.lacks is None:
                await calling(max(1, had.calls), had.most)
                error = shares.error_of(answer)
                if isinstance(error, BudgetExhausted) and not had.calls:
                    raise NotMade(str(error))
                raise error
            least = Allowance(1, answer.lacks)
            self._allowances.learn(had.plus(least))
            order = msgspec.structs.replace(order, tape=answer.tape)

    def _allowed(self, order: Order, taken: Allowance) -> Order:
        tokens, dollars = self._allowances.limits
        return msgspec.structs.replace(
            order,
            calls=taken.calls,
            tokens=taken.most.tokens if tokens else None,
            dollars=taken.most.dollars if dollars else None,
        )
