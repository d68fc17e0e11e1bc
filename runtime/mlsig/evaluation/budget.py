"""A hard cap on calls.

Every call is reserved before it is made, so no number of calls in flight can exceed the cap. A reservation
is never given back: a call whose outcome is unknown may have been paid for.
"""

from __future__ import annotations

import threading
from typing import Final

from mlsig.errors import BudgetExhausted
from mlsig.providers.messages import LM, Reply, Request


class Budget:
    """So many calls and no more, whoever makes them. Safe to share between tasks and threads.

    Attributes:
        limit: Calls allowed.
        used: Calls reserved until now, those of an earlier process included.
    """

    def __init__(self, limit: int, *, used: int = 0) -> None:
        """Allow `limit` calls, of which `used` are gone.

        Raises:
            ValueError: The limit is not above zero.
        """
        if limit <= 0:
            raise ValueError(f"a budget of {limit} calls allows nothing: it must be at least 1")
        self.limit: Final = limit
        self.used = used
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """Calls that may still be made."""
        return max(0, self.limit - self.used)

    def reserve(self) -> None:
        """Take one call from the budget.

        Raises:
            BudgetExhausted: None is left; nothing was taken.
        """
        with self._lock:
            if self.used >= self.limit:
                raise BudgetExhausted(f"the budget of {self.limit} calls is used up")
            self.used += 1


class BudgetedLM:
    """A model behind a budget."""

    def __init__(self, lm: LM, budget: Budget) -> None:
        self._lm = lm
        self._budget = budget

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            BudgetExhausted: The budget is used up; no call was made.
        """
        self._budget.reserve()
        return await self._lm.complete(request)
