"""The candidates of a run, and all that is known of each.

Every evaluation counts as evidence about its candidate, whatever it was made for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import exp, sqrt
from random import Random
from typing import Final, TypeAlias

from mlsig.evaluation.chance import weighted
from mlsig.evaluation.ledger import VALIDATION, Result
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate

CAUTION: Final = 4.0
"""A candidate is believed to be average until this many examples of its own weigh as much as that belief."""

WARMTH: Final = 0.06
"""How much worse a parent may be than the best and still be chosen often, in score."""

FAITH: Final = 0.3
"""An example is believed to be as hard as any until this many runs weigh as much as that belief."""

ROUNDS: Final = 8
"""How often candidates and examples are fitted in turn."""

Place: TypeAlias = tuple[str, int]
"""An example's id, and its trial."""


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation of a candidate on an example of the search part: a trajectory, with its score."""

    example: str
    trial: int
    score: float
    result: Result


@dataclass(slots=True)
class Entry:
    """A candidate of the pool.

    Attributes:
        shown: Ids of the examples whose answers its prompt shows: it is never judged on those.
        runs: Its evaluations on the search part, by example and trial.
        validation: Its evaluations on the validation part.
    """

    candidate: Candidate
    program: Program
    key: str
    parent: str | None
    strategy: str
    step: int
    shown: frozenset[str]
    runs: dict[Place, Run] = field(default_factory=dict[Place, Run])
    validation: dict[Place, Run] = field(default_factory=dict[Place, Run])

    def of(self, split: str) -> dict[Place, Run]:
        """Return the evaluations on one part of the data."""
        return self.validation if split == VALIDATION else self.runs

    @property
    def mean(self) -> float:
        """The mean score on the search part; 0 before the first run."""
        return sum(run.score for run in self.runs.values()) / len(self.runs) if self.runs else 0.0


class Pool:
    """All candidates of a run, in the order of their proposal; the first is the baseline."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._counted = -1
        self._known: dict[str, float] = {}
        self._spread = 0.5

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def add(self, entry: Entry) -> None:
        """Take in a new candidate."""
        self._entries[entry.key] = entry

    @property
    def entries(self) -> list[Entry]:
        """All candidates, oldest first."""
        return list(self._entries.values())

    @property
    def baseline(self) -> Entry:
        """The program as it was handed in."""
        return next(iter(self._entries.values()))

    def average(self) -> float:
        """Return the mean score of all runs of all candidates."""
        scores = [run.score for entry in self._entries.values() for run in entry.runs.values()]
        return sum(scores) / len(scores) if scores else 0.0

    def paired(self, entry: Entry) -> float:
        """Return a candidate's score as it would be on the same examples as all others.

        The score of a run is taken for the sum of what the candidate and what the example brings, fitted to
        all runs: one that happened to get hard examples is not worse for it.
        """
        return self.average() + self._effects().get(entry.key, 0.0)

    def belief(self, entry: Entry) -> float:
        """Return the score that a candidate is believed to have: `paired`, drawn towards the average."""
        count = len(entry.runs)
        return self.average() + self._effects().get(entry.key, 0.0) * count / (count + CAUTION)

    def deviation(self, entry: Entry) -> float:
        """Return how far the true score may lie from what is believed of it: one standard deviation."""
        self._effects()
        return self._spread / sqrt(len(entry.runs) + 1.0)

    def _effects(self) -> dict[str, float]:
        """Return how much better than the average each candidate is, on examples that are equally hard."""
        total = sum(len(entry.runs) for entry in self._entries.values())
        if total == self._counted:
            return self._known
        runs = [(entry.key, run.example, run.score) for entry in self.entries for run in entry.runs.values()]
        average = sum(score for _, _, score in runs) / max(1, len(runs))
        mine: dict[str, float] = {}
        hard: dict[str, float] = {}
        for _ in range(ROUNDS):
            harder = [(example, score - average - mine.get(key, 0.0)) for key, example, score in runs]
            hard = _means(harder, FAITH)
            mine = _means([(key, score - average - hard[example]) for key, example, score in runs], 0.0)
        left = [score - average - mine[key] - hard[example] for key, example, score in runs]
        self._spread = sqrt(sum(each * each for each in left) / max(1, len(left)) + 0.01)
        self._counted, self._known = total, mine
        return mine

    def ranking(self) -> list[Entry]:
        """Return the candidates that have been run, the best believed first, ties by age."""
        beliefs = {entry.key: self.belief(entry) for entry in self.entries if entry.runs}
        return sorted((self[key] for key in beliefs), key=lambda entry: -beliefs[entry.key])

    def draw(self, rng: Random, *, without: Collection[str] = ()) -> Entry | None:
        """Return a candidate, good ones more often; None when there is none to choose from."""
        entries = [entry for entry in self.ranking() if entry.key not in without]
        if not entries:
            return None
        beliefs = [self.belief(entry) for entry in entries]
        return weighted(entries, [exp((belief - max(beliefs)) / WARMTH) for belief in beliefs], rng)


def _means(pairs: Iterable[tuple[str, float]], faith: float) -> dict[str, float]:
    """Return the mean of each name's values, drawn towards 0 as if it had `faith` more values of 0."""
    found: dict[str, list[float]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: sum(values) / (len(values) + faith) for name, values in found.items()}
