"""How much work a study does before it leaves something open: counted in steps, never in time.

effort = Effort(1_000)
effort.allows(600)      True, and 400 are left
effort.allows(600)      False: nothing was spent

So what is proved of a space is the same on every machine.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = 1 << 18
"""Entries of the tables of all atoms of a space, each an evaluation."""

QUESTIONS: Final = 1 << 19
"""Questions for all conditions of a space: each counts for as many as its condition has variables."""

STATES: Final = 1 << 22
"""Open conditions of all states of one diagram."""


class Effort:
    """A number of steps to spend.

    Attributes:
        left: How many there are.
    """

    __slots__ = ("left",)

    def __init__(self, most: int) -> None:
        self.left = most

    def allows(self, steps: int) -> bool:
        """Spend some steps, if there are as many left."""
        if steps > self.left:
            return False
        self.left -= steps
        return True
