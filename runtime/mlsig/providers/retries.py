"""When to try again, and how long to wait before."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

RETRYABLE: Final = frozenset({408, 409, 429})


def retryable(status: int) -> bool:
    """Say whether the same request may succeed later."""
    return status in RETRYABLE or status >= 500


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Exponential with full jitter, so that clients that failed together do not return together.

    Attributes:
        attempts: How often a request is sent at most.
        first: The longest wait before the second attempt, in seconds; it doubles from then on.
        longest: The longest wait that we choose, in seconds.
        patience: The longest wait that a server may ask for, in seconds; beyond it the call fails at once.
        random: Draws from [0, 1).
        ratio: How many retries an answered call earns for all calls of its provider, such as one for five.
        reserve: Retries that a provider has to begin with, and the most that it saves up.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 8.0
    patience: float = 60.0
    random: Callable[[], float] = random.random
    ratio: float = 0.2
    reserve: float = 50.0

    def wait(self, attempt: int, asked: float | None = None) -> float | None:
        """Return the seconds to wait after attempt number `attempt` (from 1) failed, or None to give up.

        Args:
            attempt: Number of attempts made so far.
            asked: What the server asked for, in seconds.
        """
        if attempt >= self.attempts or (asked is not None and asked > self.patience):
            return None
        if asked is not None:
            return asked
        return self.random() * min(self.longest, self.first * float(2 ** (attempt - 1)))


class RetryBudget:
    """Retries that a provider's calls have together: when it fails them all, they do not all come back.

    Each answered call earns a fraction of a retry, each retry takes one; there is a reserve to begin with.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._ratio = backoff.ratio
        self._most = backoff.reserve
        self._left = backoff.reserve

    def earn(self) -> None:
        """Count a call that was answered."""
        self._left = min(self._most, self._left + self._ratio)

    def spend(self) -> bool:
        """Take one retry, if there is one left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def retry_after(header: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Read a `Retry-After` header, seconds or a date, as seconds from now; None where it makes no sense."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now()
        except (ValueError, TypeError, OverflowError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)
