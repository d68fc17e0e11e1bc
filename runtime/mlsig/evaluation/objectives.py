"""What a program is judged by: raw measures that keep their unit and direction, and one score made of them.

    maximize accuracy weight 0.7      accuracy  0.82  maximize
    minimize cost     weight 0.2      cost      0.004 USD/example, minimize
    minimize latency  weight 0.1      latency   1.2   s/example, minimize

The score of an example lies in [0, 1], 1 best. It is the weighted mean of scaled measures, weights made to
sum to 1:

- a metric is expected in [0, 1] and cut to it; a minimised one counts as 1 - value;
- cost and latency count as `budget / (budget + value)`: 1 for nothing, a half when the budget is used up,
  and never 0, so that less is always better. The budgets are fixed (`Scales`), never taken from the data,
  so scores of two runs can be compared;
- an example that failed scores 0 as a whole: a fast and cheap failure earns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mlsig.settings import Direction, Objective

COST: Final = "cost"
LATENCY: Final = "latency"
UNITS: Final = {COST: "USD/example", LATENCY: "s/example"}


class Scales(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets that a half of the cost and latency score stands for.

    US dollars and seconds, per example.
    """

    cost: float = 0.01
    latency: float = 10.0

    def __post_init__(self) -> None:
        if not (self.cost > 0 and self.latency > 0):
            raise ValueError("the cost and latency budgets must be above zero")


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """The raw mean of one objective. `unit` is empty for a metric."""

    name: str
    direction: Direction
    unit: str
    value: float


def defaults(metrics: Sequence[str]) -> tuple[Objective, ...]:
    """Return the objectives of a program that names none: its first metric 0.5, cost 0.3, latency 0.2."""
    first = tuple(Objective(metric, "maximize", 0.5) for metric in metrics[:1])
    return (*first, Objective(COST, "minimize", 0.3), Objective(LATENCY, "minimize", 0.2))


class Scoring:
    """The objectives of a program with their scales, and so the way from raw measures to one score."""

    def __init__(
        self, objectives: Sequence[Objective], metrics: Sequence[str], scales: Scales | None = None
    ) -> None:
        """Fix the scales.

        Raises:
            ValueError: No objective has a weight above zero, or one has a negative weight.
        """
        self.objectives = tuple(objectives) or defaults(metrics)
        self.scales = scales or Scales()
        if any(objective.weight < 0 for objective in self.objectives):
            raise ValueError("the weight of an objective is negative")
        total = sum(objective.weight for objective in self.objectives)
        if total <= 0:
            raise ValueError("no objective has a weight above zero")
        self.weights = {objective.name: objective.weight / total for objective in self.objectives}

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The direction of each objective, in declaration order."""
        return tuple(objective.direction for objective in self.objectives)

    def scaled(self, objective: Objective, value: float) -> float:
        """Return a raw value as a share of the best, in [0, 1]."""
        if objective.name == COST:
            return self.scales.cost / (self.scales.cost + max(0.0, value))
        if objective.name == LATENCY:
            return self.scales.latency / (self.scales.latency + max(0.0, value))
        value = min(1.0, max(0.0, value))
        return value if objective.direction == "maximize" else 1.0 - value

    def score(self, raw: Mapping[str, float]) -> float:
        """Return the score of one example that did not fail; `raw` has every objective by name."""
        # Rounding keeps a sum of weights that is 1 - 1e-16 from making a perfect answer look imperfect.
        return round(sum(self.weights[o.name] * self.scaled(o, raw[o.name]) for o in self.objectives), 12)

    def worst(self, metric: str) -> float:
        """Return the raw value that a failed example gets for a metric."""
        minimised = any(o.name == metric and o.direction == "minimize" for o in self.objectives)
        return 1.0 if minimised else 0.0

    def measures(self, raw: Sequence[Mapping[str, float]]) -> tuple[Measure, ...]:
        """Return the mean of each objective over the examples; 0 where there are none."""
        return tuple(
            Measure(
                name=objective.name,
                direction=objective.direction,
                unit=UNITS.get(objective.name, ""),
                value=sum(row[objective.name] for row in raw) / len(raw) if raw else 0.0,
            )
            for objective in self.objectives
        )
