"""What a run tells while it goes on. Nothing in the loop prints; whoever watches gets these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mlsig.evaluation.ledger import Key


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins. `paid` calls are known from before; those of `lost` had no known outcome."""

    budget: int
    search: int
    validation: int
    paid: int
    lost: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A new candidate will be tried."""

    step: int
    key: str
    parent: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A strategy had nothing to propose; nothing was paid for it, save a reflection call that led nowhere."""

    step: int
    strategy: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An example was run, or recalled. `done` counts these events from 1."""

    split: str
    candidate: str
    score: float
    error: str | None
    done: int


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is over; `score` is what the best candidate is believed to score.

    `cost` is in US dollars until now; `front` counts the candidates that no other beats in all objectives;
    `used` is the share that is gone of the budget that is most used up.
    """

    step: int
    best: str
    score: float
    calls: int
    candidates: int
    cost: float = 0.0
    front: int = 0
    used: float = 0.0


@dataclass(frozen=True, slots=True)
class FinalsStarted:
    """The front-runners are compared on the validation part."""

    finalists: tuple[str, ...]
    examples: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over, and why: `target`, `patience`, `budget` or `exhausted`.

    `score` is what the best candidate may be expected to score on new examples.
    """

    reason: str
    best: str
    score: float
    calls: int


Event: TypeAlias = Started | Proposed | Skipped | Evaluated | StepEnded | FinalsStarted | Ended
Listener: TypeAlias = Callable[[Event], None]
