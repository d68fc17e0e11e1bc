"""Ways to make a new candidate from an old one.

A strategy returns a candidate, or None when it has nothing to propose; a skipped one is never paid for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.batches import Item
from mlsig.simba.buckets import Bucket
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.settings import Settings

Ask = Callable[[Candidate, tuple[Message, ...], str], Awaitable[str | None]]
"""Asks the candidate's model something that is no example: messages and a name for the question.

None when it failed.
"""


@dataclass(frozen=True, slots=True)
class View:
    """What a strategy may look at.

    Attributes:
        buckets: All runs on the search part by example, the widest spread first.
        items: The search part.
        ask: A paid call, counted in the budget.
    """

    program: Program
    settings: Settings
    pool: Pool
    buckets: Sequence[Bucket]
    items: Sequence[Item]
    ask: Ask


class Strategy(Protocol):
    """One way to make a candidate."""

    name: str
    share: float
    """How often it is used while nothing is known about its pay-off, relative to the others."""

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return `candidate`, which is `parent`'s or made from it, changed.

        None when there is nothing to do.
        """
        ...
