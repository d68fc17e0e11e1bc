"""How sure a mean is: 95 % intervals, each with the name of the method that made it.

estimate([1, 1, 0, 1])  # Estimate(mean=0.75, low=0.30, high=0.95, method='wilson', count=4)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Final, Literal

import msgspec

from mlsig.evaluation.chance import generator

Z: Final = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""

RESAMPLES: Final = 1_000


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A mean of `count` values, and the 95 % interval around it.

    `method` is `wilson` for values that are all 0 or 1, `bootstrap` (percentiles of 1,000 resamples) for
    any others, and `none` where fewer than two values leave nothing to say.
    """

    mean: float
    low: float
    high: float
    method: Literal["wilson", "bootstrap", "none"]
    count: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def estimate(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Return the mean of `values` with its interval; no values at all give a mean of 0."""
    count = len(values)
    if count == 0:
        return Estimate(mean=0.0, low=0.0, high=0.0, method="none", count=0)
    mean = sum(values) / count
    if all(value in (0, 1) for value in values):
        low, high = wilson(sum(1 for value in values if value), count)
        return Estimate(mean=mean, low=low, high=high, method="wilson", count=count)
    if count == 1:
        return Estimate(mean=mean, low=mean, high=mean, method="none", count=1)
    low, high = bootstrap(values, seed=seed)
    return Estimate(mean=mean, low=low, high=high, method="bootstrap", count=count)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return Wilson's score interval of a share: sound for few examples and for shares near 0 and 1."""
    share = hits / count
    spread = Z * Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    # At 0 and at all, rounding may put an end a hair inside the share that it must contain.
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def bootstrap(values: Sequence[float], *, seed: int) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of the means of resamples."""
    count = len(values)
    rng = generator(seed, "bootstrap", count)
    means = sorted(
        sum(values[min(int(rng.random() * count), count - 1)] for _ in range(count)) / count
        for _ in range(RESAMPLES)
    )
    return means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975) - 1]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie, by nearest rank; 0 for no values."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[max(0, ceil(share * len(ranked)) - 1)]
