"""What an orchestrator says of itself: how its programs did, what that took, and how its tree is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mlsig.orchestrator.components.bounded import Work
from mlsig.orchestrator.status import Status
from mlsig.providers.accounting import Tally
from mlsig.providers.routing import Target

State: TypeAlias = Literal["starting", "running", "draining", "stopped"]
"""`draining` refuses new calls and ends those that it has."""


@dataclass(frozen=True)
class Figures:
    """All of it, at one moment.

    Attributes:
        state: How it is as a whole.
        uptime: Seconds.
        waiting: How many calls wait for their turn.
        running: How many run.
        programs: Their calls, by name.
        spent: What requests of each program took.
        models: The same by provider and model.
        requests: How many requests to models wait for an answer.
        restarts: Of the whole tree.
        zombies: Names of tasks that did not end when they were asked to.
        components: What each component says of itself, by name.
    """

    state: State
    uptime: float
    waiting: int
    running: int
    programs: Mapping[str, Work]
    spent: Mapping[str, Tally]
    models: Mapping[Target, Tally]
    requests: int
    restarts: int
    zombies: tuple[str, ...]
    components: Mapping[str, Any]

    @property
    def cost(self) -> float:
        """US dollars that all requests took together."""
        return sum(tally.cost for tally in self.models.values())


def restarts(status: Status) -> int:
    """Return how many restarts there were in a tree."""
    return status.restarts + sum(map(restarts, status.children))
