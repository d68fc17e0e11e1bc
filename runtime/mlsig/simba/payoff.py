"""Which strategy to use next: those that have paid off are chosen more often, none is ever given up."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from random import Random
from typing import Final

from mlsig.evaluation.chance import weighted

FAITH: Final = 3.0
"""A strategy is believed to gain nothing until this many gains weigh as much as that belief."""

EAGERNESS: Final = 4.0
FLOOR: Final = 0.1


class Payoff:
    """What each strategy has gained.

    Score of its candidates minus that of the leader, on the same examples.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        """Start from the shares that the strategies get while nothing is known."""
        self._shares = dict(shares)
        self._total = dict.fromkeys(shares, 0.0)
        self._count = dict.fromkeys(shares, 0)

    def learn(self, strategy: str, gain: float) -> None:
        """Take one gain into account."""
        self._total[strategy] += gain
        self._count[strategy] += 1

    def weights(self) -> dict[str, float]:
        """Return how often each strategy should be chosen; the weights sum to 1."""
        raw = {
            name: share * exp(EAGERNESS * self._total[name] / (self._count[name] + FAITH))
            for name, share in self._shares.items()
        }
        total = sum(raw.values())
        floored = {name: max(FLOOR, weight / total) for name, weight in raw.items()}
        return {name: weight / sum(floored.values()) for name, weight in floored.items()}

    def choose(self, rng: Random) -> str:
        """Return the name of a strategy."""
        weights = self.weights()
        return weighted(list(weights), list(weights.values()), rng)
