"""Evaluations that run elsewhere: gathered in shares, sent, redone once where a worker was lost.

The evaluator claims, records and counts as ever; only what happens between a claim and its result is here.
Results depend on the candidate, the example and the seed, and on nothing else: so which evaluations travel
together, and where to, changes no outcome.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from mlsig.engines import shares
from mlsig.engines.engine import Engine
from mlsig.engines.shares import Answer, Order, Share
from mlsig.errors import BudgetExhausted
from mlsig.evaluation.evaluator import NotMade

if TYPE_CHECKING:
    from mlsig.evaluation.budget import Budget
    from mlsig.evaluation.evaluator import Job
    from mlsig.evaluation.ledger import Result

GATHER: Final = 0.005
"""Seconds that an order waits for others to travel with."""


class Lost(Exception):
    """A worker was lost with this evaluation; nobody knows whether it was paid for."""


class Afar:
    """Runs evaluations on an engine, for one event loop.

    Args:
        engine: Where.
        program: `module:Program`; its candidate travels, nothing else that was done to it in this process.
        folders: Where modules are looked for.
        lm: `module:function` that makes the model to ask; empty for the program's own providers.
        share: How many evaluations travel together, at most.
        calls: How many calls an evaluation may make; so many are reserved while it is under way.

    Attributes:
        late: Asked before each evaluation; whoever has a budget in seconds sets it.
        lost: How many evaluations had to be made again because their worker was gone.
    """

    def __init__(
        self,
        engine: Engine,
        program: str,
        folders: Sequence[Path] = (),
        *,
        lm: str = "",
        share: int = 1,
        calls: int = 16,
    ) -> None:
        if share < 1 or calls < 1:
            raise ValueError(f"shares of {share} and {calls} calls: give at least 1 of both")
        self.engine = engine
        self.late: Callable[[], bool] = lambda: False
        self.lost = 0
        self._program = program
        self._folders = tuple(str(folder.resolve()) for folder in folders)
        self._lm = lm
        self._size = share
        self._calls = calls
        self._waiting: deque[tuple[Order, int, asyncio.Future[Answer]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._returned: asyncio.Event | None = None
        self._reserved = 0

    async def result(self, job: Job, seed: int, budget: Budget | None) -> Result:
        """Make an evaluation.

        Raises:
            Lost: Its worker is gone.
            NotMade: It would exceed the budget, or the time is up.
            BudgetExhausted: It took more calls than it may; those that were made stay paid.
            MlsigError: What no other evaluation would survive either.
        """
        if self.late():
            raise NotMade("the time is up")
        allowed = await self._allowance(budget)
        used = 1  # where nobody knows better: at least one call may have been paid
        try:
            answer = await self._sent(
                Order(job.program.candidate.to_dict(), job.example.to_dict(), job.key.trial, allowed), seed
            )
            if answer.result is None:
                used = answer.calls
                raise shares.error_of(answer)
            used = answer.result.calls
            return answer.result
        finally:
            self._give_back(budget, allowed, allowed - used)

    async def _allowance(self, budget: Budget | None) -> int:
        """Reserve calls, as many as an evaluation may make; wait for others to return theirs if need be."""
        if budget is None:
            return self._calls
        while budget.left < 1 and self._reserved:
            if self._returned is None or self._returned.is_set():
                self._returned = asyncio.Event()
            await self._returned.wait()
        allowed = min(self._calls, max(1, budget.left))
        try:
            for _ in range(allowed):
                budget.reserve()
        except BudgetExhausted as error:
            raise NotMade(str(error)) from error
        self._reserved += allowed
        return allowed

    def _give_back(self, budget: Budget | None, allowed: int, unused: int) -> None:
        if budget is None:
            return
        budget.release(unused)
        self._reserved -= allowed
        if self._returned is not None:
            self._returned.set()

    async def _sent(self, order: Order, seed: int) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((order, seed, answer))
        if len(self._waiting) >= self._size:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(GATHER, self._send)
        return await answer

    def _send(self) -> None:
        """Send all that waits, in one share."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        share = list(self._waiting)
        self._waiting.clear()
        task = asyncio.get_running_loop().create_task(self._share(share))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _share(self, share: list[tuple[Order, int, asyncio.Future[Answer]]]) -> None:
        orders = tuple(order for order, _, _ in share)
        _, seed, _ = share[0]
        sent = msgspec.json.encode(Share(self._program, self._folders, seed, self._lm, orders))
        answers = [answer for _, _, answer in share]
        lost: tuple[type[BaseException], ...] = (*self.engine.lost, CancelledError)
        try:
            under_way = self.engine.executor.submit(shares.run, sent)
            # Not awaited itself: a future that an engine cancelled is no wish of anybody here.
            ended = asyncio.wrap_future(under_way)
            await asyncio.wait([ended])
            if not ended.cancelled():
                ended.exception()
            found = msgspec.json.decode(under_way.result(timeout=0), type=list[Answer])
        except lost as error:
            self.lost += len(share)
            _refuse(answers, Lost(f"a worker of the engine {self.engine.name} is gone: {error}"))
        except Exception as error:
            _refuse(answers, error)
        else:
            for answer, one in zip(answers, found, strict=True):
                if not answer.done():
                    answer.set_result(one)


def _refuse(answers: Sequence[asyncio.Future[Answer]], error: Exception) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)
