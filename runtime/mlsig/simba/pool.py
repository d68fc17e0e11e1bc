"""The candidates of a run, and all that is known of each.

Every evaluation counts as evidence about its candidate, whatever it was made for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from math import exp
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

    def belief(self, entry: Entry) -> float:
        """Return the score that a candidate is believed to have: its own mean, drawn towards the average."""
        total = sum(run.score for run in entry.runs.values())
        return (total + CAUTION * self.average()) / (len(entry.runs) + CAUTION)

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
