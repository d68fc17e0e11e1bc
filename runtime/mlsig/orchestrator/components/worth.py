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

    __slots__ = ("_hits", "_looked", "_looking", "_trial", "_worked", "_working", "left", "pays")

    def __init__(self, trial: int = TRIAL) -> None:
        if trial < 1:
            raise ValueError(f"a trial of {trial} lookups tells nothing: give 1 or more")
        self.pays: bool | None = None
        self._trial = trial
        self.left = self._looked = self._hits = self._worked = 0
        self._looking = self._working = 0.0

    def look(self, seconds: float, found: bool) -> bool:
        """Count a lookup that took so long; say whether the work is to be timed, found or not."""
        self._looking += seconds
        self._looked += 1
        self._hits += found
        return not found or self._looked % SAMPLED == 0

    def work(self, seconds: float) -> None:
        """Count work that was done."""
        self._working += seconds
        self._worked += 1

    def decide(self) -> None:
        """Say whether it pays, if the trial has been long enough."""
        if self._looked < self._trial:
            return
        each = self._working / self._worked if self._worked else 0.0
        self.pays = self._hits * each > MARGIN * self._looking
        self._begin()
        self.left = STEADY if self.pays else 0

    def again(self) -> None:
        """Have another trial."""
        self.pays = None
        self._begin()

    def _begin(self) -> None:
        self.left = self._looked = self._hits = self._worked = 0
        self._looking = self._working = 0.0
