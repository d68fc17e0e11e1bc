"""What each evaluation may take of a run's budgets while it is somewhere else.

    take ──▶ [ a worker may make so many calls, and use so many tokens and dollars ] ──▶ give back
                └── it needs more: gives back what it did not use, and takes more, if there is any

A worker cannot ask for each call, so what an evaluation may take is reserved before it leaves: as much as any
has needed until now. What comes back is known to the call, and what is lost with a worker counts in full. So
no budget is ever exceeded, whatever workers do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from mlsig.evaluation.budget import NOTHING, Budget, Spending

GUESS: Final = 16
"""A first evaluation, of which nobody knows what it takes, may take such a part of what is left."""
TRIFLE: Final = 1e-12
"""Dollars."""
SLACK: Final = 1 - 1e-12
"""Sums of dollars are rounded: what is left is taken to be a trifle less."""


class Allowance(msgspec.Struct, frozen=True):
    """Calls, tokens and dollars; tokens and dollars mean something only where they have a budget."""

    calls: int
    most: Spending = NOTHING

    def plus(self, other: Allowance) -> Allowance:
        """Return both together."""
        tokens = self.most.tokens + other.most.tokens
        return Allowance(self.calls + other.calls, Spending(tokens, self.most.dollars + other.most.dollars))


class Allowances:
    """The budgets of one run, for one event loop.

    Args:
        calls: How many calls an evaluation begins with, where none has taken more.
        spending: Has the tokens and dollars, where there is a budget of them.
    """

    def __init__(self, calls: int, spending: Budget | None = None) -> None:
        self._usual = Allowance(calls)
        self._known = False
        self._spending = spending
        self._out = 0
        self._returned: asyncio.Event | None = None

    @property
    def limits(self) -> tuple[bool, bool]:
        """Whether there are budgets in tokens, and in dollars."""
        of = self._spending
        return (of is not None and of.tokens is not None, of is not None and of.dollars is not None)

    async def take(self, budget: Budget, least: Allowance | None = None) -> Allowance:
        """Reserve what an evaluation may take; wait for what others give back if need be.

        Args:
            budget: Has the calls.
            least: What it needs; None where it has not begun.

        Raises:
            BudgetExhausted: There is not so much left, and nobody will give any back.
        """
        while True:
            left = self._left(budget)
            usual = self._usual if self._known else _larger(self._usual, Allowance(1, self._guess(left.most)))
            needed = least or (usual if self._out else Allowance(1, self._little))
            if not self._out or _fits(needed, left):
                found = _smaller(_larger(usual, needed), left)
                if not _fits(needed, left):
                    found = needed  # of which the budget says why it cannot be
                self._reserve(budget, found)
                self._out += 1
                return found
            if self._returned is None or self._returned.is_set():
                self._returned = asyncio.Event()
            await self._returned.wait()

    def give_back(self, budget: Budget, taken: Allowance, used: Allowance) -> None:
        """Say what was used of an allowance; all of it where nobody knows."""
        budget.release(taken.calls - used.calls)
        if self._spending is not None:
            self._spending.settle(taken.most, used.most)
        self._out -= 1
        if self._returned is not None:
            self._returned.set()

    def learn(self, needed: Allowance) -> None:
        """Let those that come begin with as much as this one needed."""
        self._usual = _larger(self._usual, needed)
        self._known = True

    def _reserve(self, budget: Budget, wanted: Allowance) -> None:
        budget.reserve(calls=wanted.calls)
        if self._spending is None:
            return
        try:
            self._spending.reserve(wanted.most)
        except BaseException:
            budget.release(wanted.calls)
            raise

    def _left(self, budget: Budget) -> Allowance:
        tokens, dollars = sys.maxsize, sys.float_info.max
        if self._spending is not None:
            spent = self._spending.spent
            if self._spending.tokens is not None:
                tokens = max(0, self._spending.tokens - spent.tokens)
            if self._spending.dollars is not None:
                dollars = max(0.0, (self._spending.dollars - spent.dollars) * SLACK)
        return Allowance(budget.left, Spending(tokens, dollars))

    def _guess(self, left: Spending) -> Spending:
        """Return a part of what is left, of those that have a budget."""
        tokens, dollars = self.limits
        return Spending(left.tokens // GUESS if tokens else 0, left.dollars / GUESS if dollars else 0.0)

    @property
    def _little(self) -> Spending:
        """The least that it makes sense to begin with: a worker knows what the first call may take."""
        tokens, dollars = self.limits
        return Spending(int(tokens), TRIFLE if dollars else 0.0)


def _larger(one: Allowance, other: Allowance) -> Allowance:
    return _each(max, one, other)


def _smaller(one: Allowance, other: Allowance) -> Allowance:
    return _each(min, one, other)


def _each(choose: Callable[[float, float], float], one: Allowance, other: Allowance) -> Allowance:
    tokens = int(choose(one.most.tokens, other.most.tokens))
    return Allowance(
        int(choose(one.calls, other.calls)),
        Spending(tokens, choose(one.most.dollars, other.most.dollars)),
    )


def _fits(needed: Allowance, left: Allowance) -> bool:
    return (
        needed.calls <= left.calls
        and needed.most.tokens <= left.most.tokens
        and needed.most.dollars <= left.most.dollars
    )
