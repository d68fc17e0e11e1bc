"""A forest of regression trees that says what a setting is likely to come to.

A number is a column; options are a column each; what is not active has a value of its own, so conditional
variables need no special case here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlsig.errors import MlsigError
from mlsig.insight.observations import Observation

Array = NDArray[np.float64]

TREES: Final = 100
FEWEST: Final = 8
"""Fewer candidates say nothing about what mattered."""

PARTS: Final = 4
"""Into how many parts candidates are divided to see what a surrogate knows of what it has not seen."""

ABSENT: Final = -1.0
"""Where a number would be that is not active: numbers are scaled to [0, 1]."""


class InsightExtraMissing(MlsigError):
    """The package that fits surrogates is not installed."""

    def __init__(self) -> None:
        super().__init__('insight needs scikit-learn: install it with `pip install "mlsig[report]"`')


class Columns:
    """How settings become rows of numbers; only variables that were seen to vary have columns.

    Attributes:
        names: Those variables, in the order of their first appearance.
        seen: The values that each had, in order, without absence.
    """

    def __init__(self, settings: Sequence[Mapping[str, Any]]) -> None:
        names = dict.fromkeys(name for values in settings for name in values)
        self.seen: dict[str, list[Any]] = {}
        self.names: list[str] = []
        for name in names:
            found = {(type(values[name]).__name__, values[name]) for values in settings if name in values}
            if len(found) + any(name not in values for values in settings) > 1:
                self.names.append(name)
                self.seen[name] = [value for _, value in sorted(found, key=_order)]
        self._numbers = {
            name
            for name, seen in self.seen.items()
            if all(isinstance(value, int | float) and not isinstance(value, bool) for value in seen)
        }

    def is_number(self, name: str) -> bool:
        """Tell whether a variable is a number, and not one of some options."""
        return name in self._numbers

    def span(self, name: str) -> tuple[float, float]:
        """Return the least and the greatest value of a number."""
        return float(self.seen[name][0]), float(self.seen[name][-1])

    def row(self, values: Mapping[str, Any]) -> list[float]:
        """Return one row."""
        found: list[float] = []
        for name in self.names:
            if self.is_number(name):
                low, high = self.span(name)
                width = (high - low) or 1.0
                found.append((float(values[name]) - low) / width if name in values else ABSENT)
            else:
                here = values.get(name)
                found += [float(name in values and here == option) for option in self.seen[name]]
        return found

    def rows(self, settings: Sequence[Mapping[str, Any]]) -> Array:
        """Return a row for each setting."""
        return np.array([self.row(values) for values in settings], dtype=np.float64)


def _order(value: tuple[str, Any]) -> tuple[bool, Any]:
    # Numbers of both kinds by size, all else by kind and text.
    kind, found = value
    if kind in {"int", "float"}:
        return (False, float(found))
    return (True, (kind, str(found)))


class Surrogate:
    """A fitted forest.

    Attributes:
        quality: The share of the variance that it explains of candidates it was not fitted to; at most 1, and
            0 or less where it knows nothing.
    """

    def __init__(self, columns: Columns, forest: Any, quality: float) -> None:
        self.columns = columns
        self.quality = quality
        self._forest = forest

    def predict(self, settings: Sequence[Mapping[str, Any]]) -> Array:
        """Return what each setting is likely to come to."""
        found: Array = self._forest.predict(self.columns.rows(settings))
        return found


def fitted(observations: Sequence[Observation], objective: str, *, seed: int = 0) -> Surrogate | None:
    """Fit a surrogate to one objective.

    Returns:
        None where there is too little to learn from: too few candidates, or nothing that varied.

    Raises:
        InsightExtraMissing: scikit-learn is not installed.
    """
    known = [one for one in observations if objective in one.outcomes]
    columns = Columns([one.values for one in known])
    if len(known) < FEWEST or not columns.names:
        return None
    target = np.array([one.outcomes[objective] for one in known])
    weights = np.array([one.weight for one in known])
    if float(np.ptp(target)) < 1e-12:
        return None
    rows = columns.rows([one.values for one in known])
    forest = _forest(TREES, seed)
    forest.fit(rows, target, sample_weight=weights)
    return Surrogate(columns, forest, _quality(rows, target, weights, seed))


def _quality(rows: Array, target: Array, weights: Array, seed: int) -> float:
    """Return how much of the variance is explained of parts that a forest of the others has not seen."""
    guessed = np.zeros(len(target))
    for part in range(PARTS):
        unseen = np.arange(len(target)) % PARTS == part
        forest = _forest(TREES // 2, seed)
        forest.fit(rows[~unseen], target[~unseen], sample_weight=weights[~unseen])
        guessed[unseen] = forest.predict(rows[unseen])
    mean = np.average(target, weights=weights)
    spread = float(np.average((target - mean) ** 2, weights=weights))
    return 1.0 - float(np.average((target - guessed) ** 2, weights=weights)) / spread


def _forest(trees: int, seed: int) -> Any:
    try:
        # An optional extra, without types.
        ensemble: Any = import_module("sklearn.ensemble")
    except ImportError as error:
        raise InsightExtraMissing from error
    return ensemble.RandomForestRegressor(n_estimators=trees, min_samples_leaf=2, random_state=seed, n_jobs=1)
