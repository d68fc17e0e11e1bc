"""What a supervisor says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["running", "starting", "restarting", "stopped"]


@dataclass(frozen=True)
class Status:
    """A child, and its own where it is a supervisor.

    Attributes:
        id: Its name.
        kind: What it is.
        state: `restarting` is one whose last start failed, and that is tried again.
        restarts: How often it was started again by this supervisor.
        last: How it ended the last time, if it did.
        children: In the order in which they start.
    """

    id: str
    kind: Literal["worker", "supervisor"]
    state: State
    restarts: int
    last: str | None
    children: tuple[Status, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> list[str]:
        again = f", restarts: {self.restarts}" if self.restarts else ""
        ended = f", last ended by {self.last}" if self.last else ""
        own = [f"{indent}{self.id}: {self.state}{again}{ended}"]
        return own + [line for child in self.children for line in child._lines(indent + "  ")]


@dataclass(frozen=True)
class Counts:
    """How many children a supervisor has, its own only.

    Attributes:
        specs: Declared, running or not.
        active: Running.
        supervisors: Declared ones that are supervisors.
        workers: Declared ones that are not.
        restarts: Made since it was started itself.
        zombies: That did not end when they were asked to.
    """

    specs: int
    active: int
    supervisors: int
    workers: int
    restarts: int
    zombies: int
