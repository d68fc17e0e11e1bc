"""Whether looking something up costs less than it saves: tried on some, believed for many, tried again.

What reading costs is known only where it runs: a flat record is read as fast as it is found, one with rules
takes thirty times as long, and texts that never come again are never found.
"""

from __future__ import annotations

from typing import Final

TRIAL: Final = 1_024
"""How many lookups are timed before there is an answer."""
STEADY: Final = 16_384
"""How many are not timed after it."""
SAMPLED: Final = 16
"""In a trial, the work is done and timed beside every so many lookups that make it needless."""

MARGIN: Final = 2.0
"""They have to save so many times what they take: memory has a price too, and so has the call around them."""


class Worth:
    """The account of one kind of work. Threads may mix up a count or two, which decides nothing.

    Attributes:
        pays: What the last trial said; None before there was one.
        left: How many lookups more need not be timed.
    """

    __slots__ = ("_hits", "_looks", "_trial", "_works", "left", "pays")

    def __init__(self, trial: int = TRIAL) -> None:
        if trial < 1:
            raise ValueError(f"a trial of {trial} lookups tells nothing: give 1 or more")
        self.pays: bool | None = None
        self.left = 0
        self._trial = trial
        self._hits = 0
        self._looks: list[float] = []
        self._works: list[float] = []

    def look(self, seconds: float, found: bool) -> bool:
        """Count a lookup that took so long; say whether the work is to be timed, found or not."""
        self._looks.append(seconds)
        self._hits += found
        return not found or len(self._looks) % SAMPLED == 0

    def work(self, seconds: float) -> None:
        """Count work that was done."""
        self._works.append(seconds)

    def decide(self) -> None:
        """Say whether it pays, if the trial has been long enough."""
        count = len(self._looks)
        if count < self._trial:
            return
        # Medians: one that was interrupted by another process tells nothing, and takes as long as all others.
        saved = self._hits * _median(self._works)
        self.pays = saved > MARGIN * count * _median(self._looks)
        self._begin()
        self.left = STEADY if self.pays else 0

    def again(self) -> None:
        """Have another trial."""
        self.pays = None
        self._begin()

    def _begin(self) -> None:
        self.left = self._hits = 0
        self._looks, self._works = [], []


def _median(seconds: list[float]) -> float:
    """Return the middle one; 0 where there is none, which is work that never succeeds."""
    return sorted(seconds)[len(seconds) // 2] if seconds else 0.0
