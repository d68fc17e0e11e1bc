"""What an orchestrator says of itself: how its programs did, what that took, and how its tree is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from mlsig.orchestrator.status import Counts, Status
from mlsig.providers.accounting import Tally
from mlsig.providers.routing import Target

Outcome: TypeAlias = Literal["succeeded", "failed", "refused", "late", "cancelled"]
"""How a call ended: `refused` was not begun, `late` is beyond its deadline."""


@dataclass
class Flow:
    """The calls of one program.

    Attributes:
        waiting: For their turn.
        running: Now.
        ended: By outcome.
        errors: By the name of the class of the error.
        seconds: That those which ended took together, their waiting included.
        cost: In US dollars.
        tokens: Read and written, together.
    """

    waiting: int = 0
    running: int = 0
    ended: dict[Outcome, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cost: float = 0.0
    tokens: int = 0

    def end(self, outcome: Outcome, seconds: float, error: BaseException | None = None) -> None:
        """Count the end of a call."""
        self.ended[outcome] = self.ended.get(outcome, 0) + 1
        self.seconds += seconds
        if error is not None:
            name = type(error).__name__
            self.errors[name] = self.errors.get(name, 0) + 1


@dataclass(frozen=True)
class Figures:
    """All of it, at one moment.

    Attributes:
        state: `draining` refuses new calls and ends those that it has.
        uptime: Seconds.
        waiting: How many calls wait for their turn.
        running: How many run.
        concurrency: How many may run.
        programs: By name.
        models: What requests took, by provider and model.
        requests: How many requests to models wait for an answer.
        supervision: Of the top of the tree; `restarts` are those of the whole tree.
        components: What each component says of itself, by name.
    """

    state: Literal["starting", "running", "draining", "stopped"]
    uptime: float
    waiting: int
    running: int
    concurrency: int
    programs: Mapping[str, Flow]
    models: Mapping[Target, Tally]
    requests: int
    supervision: Counts
    components: Mapping[str, Any]

    @property
    def cost(self) -> float:
        """US dollars that all requests took together."""
        return sum(tally.cost for tally in self.models.values())


def restarts(status: Status) -> int:
    """Return how many restarts there were in a tree."""
    return status.restarts + sum(map(restarts, status.children))
