"""Budgets of a run beside calls: tokens, US dollars and seconds, hard, and shared by reflection.

Each call is reserved at the most that it can take before it is made (`mlsig.evaluation.budget`), and none is
made after the time is up. What a journal answers counts as what it took when it was paid for. When as much of
any of them is gone as the search may take, the finals get the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping

from mlsig.errors import BudgetExhausted
from mlsig.evaluation.budget import NOTHING, Budget, BudgetedLM, Limited, Spending, most_of
from mlsig.evaluation.evaluator import NotMade
from mlsig.evaluation.ledger import Result
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import LM, Reply, Request
from mlsig.simba.settings import Settings


class Limits:
    """What a run may spend beside calls, and what it has spent.

    Attributes:
        budget: Has the tokens and dollars, where there is a budget of them.
    """

    def __init__(
        self,
        settings: Settings,
        providers: Mapping[str, Provider],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin; the time runs from here on."""
        self._settings = settings
        self._providers = providers
        self._clock = clock
        self._start = clock()
        self._last = 0.0
        self.budget: Budget | None = None
        if settings.budget_tokens is not None or settings.budget_usd is not None:
            self.budget = Budget(tokens=settings.budget_tokens, dollars=settings.budget_usd)

    def around(self, lm: LM) -> LM:
        """Return a model whose calls are within the limits; itself where there are none."""
        if self.budget is None and self._settings.budget_seconds is None:
            return lm
        inner: LM = lm if self.budget is None else BudgetedLM(lm, self.budget, self._providers)
        return _WithinLimits(inner, self)

    def most(self, request: Request) -> Spending:
        """Return the most that a call can take, where there is a budget in tokens or dollars."""
        if self.budget is None:
            return NOTHING
        provider = self._providers.get(request.provider)
        try:
            return most_of(request, provider.model(request.model) if provider else Model(name=request.model))
        except BudgetExhausted:
            return NOTHING  # nothing limits the answer, and so it will not be asked for

    def recalled(self, result: Result) -> None:
        """Count what a journal answered, and an earlier process paid for."""
        if self.budget is not None and result.calls:
            tokens = result.input_tokens + result.output_tokens
            self.elsewhere(Spending(tokens, result.cost))

    def elsewhere(self, spent: Spending) -> None:
        """Count what another process has paid."""
        if self.budget is not None:
            self.budget.settle(NOTHING, spent)

    def allow_step(self, kept: float) -> bool:
        """Say whether another step like the last one leaves about `kept` of each budget for the finals."""
        share = self.share
        grown, self._last = share - self._last, share
        return share < 1 - kept and share + grown <= 1 - kept / 2

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._start

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        most = self._settings.budget_seconds
        return most is not None and self.seconds >= most

    @property
    def share(self) -> float:
        """How much is gone of the budget that is most used up; 0 where there are no such budgets."""
        shares = [0.0]
        if self.budget is not None and self.budget.tokens is not None:
            shares.append(self.budget.spent.tokens / self.budget.tokens)
        if self.budget is not None and self.budget.dollars is not None:
            shares.append(self.budget.spent.dollars / self.budget.dollars)
        if self._settings.budget_seconds is not None:
            shares.append(self.seconds / self._settings.budget_seconds)
        return max(shares)


class _WithinLimits(Limited):
    """A model that is not asked beyond the limits."""

    def __init__(self, lm: LM, limits: Limits) -> None:
        self._lm = lm
        self._limits = limits

    def most(self, request: Request) -> Spending:
        """Return the most that a call can take."""
        return self._limits.most(request)

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        if self._limits.late:
            raise NotMade("the time is up")
        try:
            return (yield request)
        except BudgetExhausted as error:
            raise NotMade(str(error)) from error
