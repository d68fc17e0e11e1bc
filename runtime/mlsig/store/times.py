"""Times that never go back, so that what came later is later in the store too, whatever clocks do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

TICK: Final = timedelta(microseconds=1)


class Times:
    """Gives the time of a clock, or the last one again where the clock was set back."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last: datetime | None = None

    def floor(self, earlier: str | None) -> None:
        """Give no time before this one, which is in ISO 8601."""
        if earlier is None:
            return
        known = datetime.fromisoformat(earlier)
        if self._last is None or known > self._last:
            self._last = known

    def now(self) -> str:
        """Return a time in UTC, in ISO 8601."""
        now = self._clock().astimezone(UTC)
        if self._last is not None and now < self._last:
            now = self._last
        self._last = now
        return now.isoformat()


def after(earlier: str, now: str) -> str:
    """Return `now` where it is after `earlier`, else what comes next after `earlier`."""
    known = datetime.fromisoformat(earlier)
    return now if datetime.fromisoformat(now) > known else (known + TICK).isoformat()


class Remote:
    """The time of a server, as this process knows it: the last that was heard, and what has passed since."""

    def __init__(self) -> None:
        self._heard = datetime.now(UTC)
        self._at = time.monotonic()

    def hear(self, seconds: float) -> None:
        """Take note of the server's time, in seconds since 1970."""
        self._heard = datetime.fromtimestamp(seconds, UTC)
        self._at = time.monotonic()

    def now(self) -> datetime:
        """Return the server's time."""
        return self._heard + timedelta(seconds=time.monotonic() - self._at)
