"""What a run ends with, as plain data: `msgspec.json.encode` of it is the record of its trajectory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from mlsig.evaluation import Evaluation
from mlsig.evaluation.intervals import Estimate
from mlsig.evaluation.objectives import Measure
from mlsig.evaluation.pareto import Point as Values
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate, space_of
from mlsig.settings import Direction
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

    `mean` is its score on the search part over `count` examples; `paired` what it would be on the examples of
    all others, and `deviation` how far its true score may lie from that, as a standard deviation.
    """

    key: str
    parent: str | None
    strategy: str
    step: int
    count: int
    mean: float
    body: dict[str, Any]
    paired: float = 0.0
    deviation: float = 0.0


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
        score: What it may be expected to score on examples that nobody has seen: its score on the validation
            part, less what choosing the best there adds; on the search part where the budget left nothing.
        expected: The same with its interval of 95 %; None where the budget left nothing for the finals.
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
    expected: Estimate | None = None

    def choose(self, way: Callable[[Sequence[Values], Sequence[Direction]], int]) -> dict[str, Any]:
        """Return another candidate of the front, as JSON-like data; the chosen one if there were no finals.

            outcome.choose(knee)
            outcome.choose(lambda points, directions: topsis(points, directions, [0.7, 0.3]))

        Args:
            way: Takes the raw measures of each finalist on the front, and the directions; returns a place.
        """
        finalists = [finalist for finalist in self.finalists if finalist.key in self.front]
        if not finalists:
            return self.body
        points = [[measure.value for measure in finalist.measures] for finalist in finalists]
        directions: list[Direction] = [measure.direction for measure in finalists[0].measures]
        return self._body(finalists[way(points, directions)].key)

    def liked(self, program: Program) -> dict[str, Any]:
        """Return the finalist that leaves the fewest preferences (`prefer`) of the space unmet.

        Of equals the one with the best score; as JSON-like data.
        """
        found: list[tuple[float, float, dict[str, Any]]] = []
        for finalist in self.finalists:
            body = self._body(finalist.key)
            candidate = Candidate.from_dict(program, body)
            space = space_of(program, candidate.config.to_dict())
            found.append((space.penalty(candidate.config), -finalist.score, body))
        return min(found, key=lambda each: each[:2])[2] if found else self.body

    def _body(self, key: str) -> dict[str, Any]:
        return next(member.body for member in self.pool if member.key == key)
