"""How many requests and tokens a minute: what a provider allows, never passed in any minute.

A window slides over the last minute and knows what was taken in it. That is stricter than a bucket that
refills, which lets almost twice the limit pass in a minute after a pause.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from mlsig.providers.clock import Clock
from mlsig.providers.declared import Limits

SPAN: Final = 60.0
"""The length of the window, in seconds."""

LONGEST_NAP: Final = 1.0
"""Who waits looks again after this many seconds: somebody may have given tokens back."""


class Taken:
    """What was taken from a window at a time; it can be corrected once more is known."""

    __slots__ = ("amount", "time")

    def __init__(self, time: float, amount: int) -> None:
        self.time = time
        self.amount = amount


class Window:
    """So much within any minute, and no more."""

    def __init__(self, limit: int) -> None:
        self.limit: Final = limit
        self._taken: deque[Taken] = deque()
        self._total = 0

    def wait(self, amount: int, now: float) -> float:
        """Return the seconds until `amount` can be taken; what is more than the limit counts as all of it."""
        while self._taken and self._taken[0].time + SPAN <= now:
            self._total -= self._taken.popleft().amount
        excess = self._total + min(amount, self.limit) - self.limit
        if excess <= 0:
            return 0.0
        for taken in self._taken:
            excess -= taken.amount
            if excess <= 0:
                return taken.time + SPAN - now
        raise AssertionError("what is taken is the total")

    def take(self, amount: int, now: float) -> Taken:
        """Take what `wait` said can be taken."""
        taken = Taken(now, min(amount, self.limit))
        self._taken.append(taken)
        self._total += taken.amount
        return taken

    def correct(self, taken: Taken, amount: int, now: float) -> None:
        """Say what was really used: less is given back, more counts too."""
        if taken.time + SPAN > now:  # it is no longer counted otherwise
            self._total += amount - taken.amount
            taken.amount = amount


class Rates:
    """The limits of one provider; who waits is served in order."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._requests = Window(limits.requests_per_minute) if limits.requests_per_minute else None
        self._tokens = Window(limits.tokens_per_minute) if limits.tokens_per_minute else None
        self._clock = clock
        self._order = asyncio.Lock()
        self.limited: Final = bool(self._requests or self._tokens)

    async def take(self, tokens: int) -> Taken | None:
        """Wait until one request of so many tokens may be made; returns what `correct` wants."""
        async with self._order:
            while (wait := self._wait(tokens)) > 0:
                await self._clock.sleep(min(wait, LONGEST_NAP))
            now = self._clock.now()
            if self._requests:
                self._requests.take(1, now)
            return self._tokens.take(tokens, now) if self._tokens else None

    def correct(self, taken: Taken | None, tokens: int) -> None:
        """Say how many tokens a request really took."""
        if self._tokens and taken:
            self._tokens.correct(taken, tokens, self._clock.now())

    def _wait(self, tokens: int) -> float:
        now = self._clock.now()
        return max(
            self._requests.wait(1, now) if self._requests else 0.0,
            self._tokens.wait(tokens, now) if self._tokens else 0.0,
        )
