"""What a run ends with, as plain data: `msgspec.json.encode` of it is the record of its trajectory."""

from __future__ import annotations

from typing import Any

import msgspec

from mlsig.evaluation import Evaluation
from mlsig.evaluation.objectives import Measure
from mlsig.simba.earning import Earned
from mlsig.simba.race import Standing


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate's mean score over `count` examples that all contestants of a rung had."""

    candidate: str
    mean: float
    count: int

    @classmethod
    def of(cls, standing: Standing) -> Stand:
        """Return a standing as data."""
        return cls(candidate=standing.entry.key, mean=standing.mean, count=standing.count)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: who took part, each rung's standings, and who leads after it with what believed score.

    `calls` is what the run had taken at its end.
    """

    number: int
    contestants: tuple[str, ...]
    rungs: tuple[tuple[Stand, ...], ...]
    best: str
    score: float
    calls: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate of the pool: where it comes from.

    `mean` is its score on the search part over `count` examples.
    """

    key: str
    parent: str | None
    strategy: str
    step: int
    count: int
    mean: float
    body: dict[str, Any]


class Finalist(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate on the validation part; `count` examples, raw means of the objectives."""

    key: str
    score: float
    count: int
    measures: tuple[Measure, ...]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The score that the best candidate was believed to have after so many calls."""

    calls: int
    score: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A run's result.

    Attributes:
        best: Key of the chosen candidate, `body` the candidate as JSON-like data.
        score: Its score on the validation part; on the search part where the budget left nothing for that.
        reason: Why the run stopped: `target`, `patience`, `budget` or `exhausted`.
        validated: Whether `score` comes from examples that the search never used.
        calls: Calls of this trajectory; calls lost to a kill come on top. `cost` is in US dollars.
        front: Keys of the finalists that no other beats in all objectives at once.
        validation: The best candidate's evaluation on the validation part; None where there was none.
        earned: What each of its rules and demonstrations earned, where that was asked for.
    """

    best: str
    baseline: str
    body: dict[str, Any]
    score: float
    reason: str
    validated: bool
    calls: int
    cost: float
    steps: tuple[Step, ...]
    pool: tuple[Member, ...]
    finalists: tuple[Finalist, ...]
    front: tuple[str, ...]
    history: tuple[Point, ...]
    validation: Evaluation | None
    earned: tuple[Earned, ...] = ()
