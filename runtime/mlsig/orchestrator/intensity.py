"""How many restarts are too many."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Intensity:
    """At most `restarts` of them in `period` seconds; one more, and a supervisor gives up."""

    restarts: int = 3
    period: float = 5.0

    def __post_init__(self) -> None:
        if self.restarts < 0 or not self.period > 0:
            raise ValueError(
                f"{self.restarts} restarts in {self.period} s: give 0 or more in more than 0 seconds"
            )


class Restarts:
    """The restarts of one supervisor that still count.

    Times come from a clock that may stand still; one that goes back makes old restarts count for longer.
    """

    __slots__ = ("_allowed", "_times")

    def __init__(self, allowed: Intensity) -> None:
        self._allowed = allowed
        self._times: deque[float] = deque(maxlen=allowed.restarts + 1)

    def add(self, now: float) -> bool:
        """Count a restart at `now`, in seconds; say whether it may be made."""
        times = self._times
        times.append(now)
        # Only the last `restarts + 1` matter: too many is when the oldest of so many is still in the period.
        return len(times) <= self._allowed.restarts or now - times[0] > self._allowed.period
