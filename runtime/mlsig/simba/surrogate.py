"""A Gaussian process over configurations: what is expected where nothing has been tried, and how surely.

Numbers are compared by their distance, options by being the same, and what is not active by that; how much
each variable matters is learned from the observations (a length scale each, by the marginal likelihood). The
kernel is Matérn's of order 5/2. A few hundred observations take milliseconds.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, chapters 2 and 5; the prior that
length scales grow with the number of variables is that of Hvarfner and others, ICML 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsig.spaces import Space
from mlsig.spaces.domains import FloatDomain, IntDomain
from mlsig.spaces.variables import Variable

Array = NDArray[np.float64]

STEPS: Final = 25
"""Steps of the ascent on the likelihood, from where the last one ended."""

JITTER: Final = 1e-8
_SQRT5: Final = sqrt(5.0)


class Noise(NamedTuple):
    """What is believed of the noise: the least logarithm of its variance, and the variance of that belief."""

    least: float
    width: float


NOISY: Final = Noise(-6.0, 4.0)
"""Of scores on a few examples: an exact fit to them would be one to chance."""

UNKNOWN: Final = Noise(-13.0, 16.0)
"""Of any function: it may have no noise at all, and what is left of it then hides how to come closer."""


class Features:
    """The columns that configurations of a space become; `groups` says of which variable each is."""

    def __init__(self, space: type[Space], extra: Sequence[str] = ()) -> None:
        """Lay the columns out; `extra` are names of further numbers, about 0 to 1."""
        self._numbers: list[tuple[int, str, float, float, bool, bool]] = []
        self._options: list[tuple[int, str, dict[Any, int]]] = []
        groups: list[int] = []
        for variable in space.variables:
            if all(domain.size == 1 for domain in variable.domains) and variable.when is None:
                continue
            group = len(set(groups))
            if _is_number(variable):
                low, high, logarithmic = _range(variable)
                sometimes = variable.when is not None
                self._numbers.append((len(groups), variable.name, low, high, logarithmic, sometimes))
                groups += [group] * (1 + sometimes)
            else:
                options: dict[Any, int] = {}
                for domain in variable.domains:
                    for option in getattr(domain, "options", ()):
                        options.setdefault((type(option), option), len(options))
                self._options.append((len(groups), variable.name, options))
                groups += [group] * len(options)
        self._extra = tuple(extra)
        for _ in self._extra:
            groups.append(len(set(groups)))
        self.groups: Final = np.array(groups, dtype=np.int64)
        self.count: Final = len(set(groups))

    def rows(self, configs: Sequence[Mapping[str, Any]], extra: Sequence[Sequence[float]] = ()) -> Array:
        """Return one row for each configuration, given as values by name."""
        found = np.zeros((len(configs), len(self.groups)))
        for row, values in enumerate(configs):
            for column, name, low, high, logarithmic, sometimes in self._numbers:
                value = values.get(name)
                if value is None:
                    found[row, column] = 0.5
                    continue
                number = log(value) if logarithmic else float(value)
                found[row, column] = (number - low) / (high - low)
                if sometimes:
                    found[row, column + 1] = 1.0
            for column, name, options in self._options:
                value = values.get(name)
                place = options.get((type(value), value))
                if place is not None:
                    found[row, column + place] = 0.7071067811865476
            if extra:
                found[row, len(self.groups) - len(self._extra) :] = extra[row]
        return found


class Surrogate:
    """A fitted process. Values are made to have mean 0 and deviation 1 inside.

    Attributes:
        theta: Logarithms of the length scales and, last, of the noise's variance beside the floor.
        height: The log posterior of `theta`; -inf before a fit with steps.
    """

    def __init__(
        self,
        groups: NDArray[np.int64],
        count: int,
        theta: Array | None = None,
        floor: float = 1e-4,
        noise: Noise = NOISY,
    ) -> None:
        """Prepare; `theta` are the parameters of an earlier fit, `floor` the least variance of the noise."""
        self._believed = noise
        self._least: Array = np.append(np.full(count, -6.0), noise.least)
        self._groups = groups
        self._count = count
        self._floor = floor
        self._prior = log(0.5 * sqrt(max(1, count))) + 0.2
        start = np.append(np.full(count, self._prior), log(0.02))
        self.theta: Array = start if theta is None else theta.copy()
        self.height: float = -np.inf
        self._mean = 0.0
        self._scale = 1.0

    def fit(self, rows: Array, values: Array, weights: Array | None = None, steps: int = STEPS) -> None:
        """Fit to observations; `weights` are how many measurements each value is the mean of."""
        self._rows = rows
        self._mean = float(np.mean(values))
        self._scale = float(np.std(values)) or 1.0
        self._y: Array = (values - self._mean) / self._scale
        self._shares: Array = np.ones(len(values)) if weights is None else 1.0 / weights
        speed = np.full(len(self.theta), 0.1)
        before: Array = np.zeros(len(self.theta))
        best, best_theta = -np.inf, self.theta
        for _ in range(steps):
            height, slope = self._likelihood(self.theta)
            if height > best:
                best, best_theta = height, self.theta
            # Each parameter goes its own way uphill, faster while the slope keeps its sign.
            same = np.sign(slope) * np.sign(before)
            speed = np.clip(
                np.where(same > 0, speed * 1.3, np.where(same < 0, speed * 0.5, speed)), 1e-3, 0.6
            )
            slope = np.where(same < 0, 0.0, slope)
            self.theta = np.clip(self.theta + np.sign(slope) * speed, self._least, 6.0)
            before = slope
        if steps:
            self.height = self._likelihood(self.theta)[0]
            if self.height < best:
                self.height, self.theta = best, best_theta
        self._solve()

    def predict(self, rows: Array) -> tuple[Array, Array]:
        """Return the expected values, and their standard deviations."""
        cross = _matern(_distances(self._scaled(rows), self._scaled(self._rows)))
        mean = cross @ self._alpha
        part = cross @ self._inverse
        variance = np.maximum(1e-12, 1.0 - np.sum(part * cross, axis=1))
        return mean * self._scale + self._mean, np.sqrt(variance) * self._scale

    def doubt(self) -> float:
        """Return the standard deviation that a single measurement is believed to have."""
        return sqrt(self._floor + exp(float(self.theta[-1]))) * self._scale

    def at_observed(self) -> Array:
        """Return what is expected at the observations, with their noise taken out."""
        return self.predict(self._rows)[0]

    def relevance(self) -> Array:
        """Return how much each variable matters: the inverse squares of the length scales, as shares."""
        found = np.exp(-2 * self.theta[:-1])
        shares: Array = found / np.sum(found)
        return shares

    def _scaled(self, rows: Array) -> Array:
        scaled: Array = rows * np.exp(-self.theta[:-1])[self._groups]
        return scaled

    def _noise(self, theta: Array) -> Array:
        noise: Array = (self._floor + np.exp(theta[-1])) * self._shares + JITTER
        return noise

    def _solve(self) -> None:
        kernel = _matern(_distances(self._scaled(self._rows), self._scaled(self._rows)))
        kernel[np.diag_indices_from(kernel)] += self._noise(self.theta)
        self._inverse: Array = np.asarray(np.linalg.inv(kernel), dtype=np.float64)
        self._alpha: Array = self._inverse @ self._y

    def _likelihood(self, theta: Array) -> tuple[float, Array]:
        """Return the log posterior of the parameters and its gradient."""
        scales = np.exp(-theta[:-1])
        scaled = self._rows * scales[self._groups]
        squares = _distances(scaled, scaled)
        distance = np.sqrt(squares)
        decay = np.exp(-_SQRT5 * distance)
        kernel = (1 + _SQRT5 * distance + 5 / 3 * squares) * decay
        noise = np.exp(theta[-1])
        kernel[np.diag_indices_from(kernel)] += self._noise(theta)
        try:
            lower = np.linalg.cholesky(kernel)
        except np.linalg.LinAlgError:
            return -np.inf, np.zeros(len(theta))
        inverse = np.linalg.inv(kernel)
        alpha = inverse @ self._y
        height = -0.5 * float(self._y @ alpha) - float(np.sum(np.log(np.diag(lower))))
        change = np.outer(alpha, alpha) - inverse
        # dk/dlog(l) = 5/3 (1 + sqrt(5) r) exp(-sqrt(5) r) d²/l², and the d² of a column is a product of rows.
        weight = change * (5 / 3) * (1 + _SQRT5 * distance) * decay
        total = np.sum(weight, axis=1)
        columns = total @ (scaled * scaled) * 2 - 2 * np.sum(scaled * (weight @ scaled), axis=0)
        slope = np.zeros(len(theta))
        np.add.at(slope, self._groups, 0.5 * columns)
        slope[-1] = 0.5 * noise * float(np.sum(np.diag(change) * self._shares))
        away = theta[:-1] - self._prior
        height -= 0.5 * float(away @ away) / 0.75 + 0.5 * (theta[-1] + 4.0) ** 2 / self._believed.width
        slope[:-1] -= away / 0.75
        slope[-1] -= (theta[-1] + 4.0) / self._believed.width
        return height, slope


def _distances(left: Array, right: Array) -> Array:
    found: Array = np.sum(left * left, axis=1)[:, None] + np.sum(right * right, axis=1)[None, :]
    return np.maximum(0.0, found - 2 * (left @ right.T))


def _matern(squares: Array) -> Array:
    distance = np.sqrt(squares)
    found: Array = (1 + _SQRT5 * distance + 5 / 3 * squares) * np.exp(-_SQRT5 * distance)
    return found


def _is_number(variable: Variable) -> bool:
    return all(isinstance(domain, FloatDomain | IntDomain) for domain in variable.domains)


def _range(variable: Variable) -> tuple[float, float, bool]:
    domains = [domain for domain in variable.domains if isinstance(domain, FloatDomain | IntDomain)]
    low, high = min(domain.low for domain in domains), max(domain.high for domain in domains)
    logarithmic = any(domain.log for domain in domains) and low > 0
    if logarithmic:
        return log(low), log(high) if high > low else log(low) + 1, True
    return float(low), float(high if high > low else low + 1), False
