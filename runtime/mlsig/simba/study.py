"""Search of a space by asking and telling: any function of a configuration, one objective or several.

    study = Study(Tuning, ["maximize"], seed=1)
    for _ in range(50):
        config = study.ask()                 # legal, and none that was told already while there are others
        study.tell(config, [score(config)])
    study.best

First come the default and a Latin hypercube of the space; then what a Gaussian process over all that was
told hopes most of. One objective: by the expected improvement. Several: by the volume that a guess would add
to the front, or by weights drawn at random. Proposals are drawn everywhere, around the best and between them,
so conditions and constraints are kept by the space itself. The same seed and values give the same
configurations.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, exp, log, pi, sqrt
from random import Random
from typing import Any, Final

import numpy as np

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import generator, pick
from mlsig.evaluation.pareto import front
from mlsig.settings import Direction
from mlsig.simba.surrogate import UNKNOWN, Array, Features, Surrogate
from mlsig.spaces import Config, Space
from mlsig.spaces.variables import Variable

DRAWS: Final = 120
"""Configurations that are drawn anywhere for each proposal; as many again around and between the best."""

CLIMBS: Final = 3
"""How often the most promising ones are looked around at, ever closer."""

MOST: Final = 240
"""Observations that a process is fitted to at most."""

BALANCED: Final = 0.25
"""How often several objectives are weighed at random, and not by volume: it finds the middle of a front."""

BEYOND: Final = 0.25
"""How far beyond the best of each objective volume counts, as a share of the front's width."""

HOPES: Final = (0.0, 0.3)
"""By how many deviations a guess is brighter than what is expected."""

POOR: Final = 0.25
"""Volume counts from where this share of all that was seen is worse."""

MANY: Final = 1_000_000
"""How many values a continuum is taken for."""

FEWEST: Final = 12
"""Values that are told before their noise can be."""

STEPS_FOR_BEST: Final = 20

EXACT: Final = 0.1
"""Noise below this share of the spread of all values is none that the choice of the best is to mind."""

BOX: Final = 1_000
"""Points that the volume of a front is measured by."""


class Study:
    """What has been tried of a space, and what to try next."""

    def __init__(
        self, space: type[Space], directions: Sequence[Direction] = ("maximize",), *, seed: int = 0
    ) -> None:
        """Begin.

        Raises:
            ValueError: There are no directions.
        """
        if not directions:
            raise ValueError("a study needs at least one direction: maximize or minimize")
        self.space: Final = space
        self.directions: Final = tuple(directions)
        self.configs: list[Config] = []
        self.values: list[tuple[float, ...]] = []
        self._signs = np.array([1.0 if direction == "maximize" else -1.0 for direction in directions])
        self._seed = seed
        self._asked = 0
        self._known: set[Config] = set()
        self._features = Features(space)
        self._rows: list[Array] = []
        self._thetas: list[Array | None] = [None] * len(self.directions)
        self._fitted = 0
        self._anew = 12  # when the ascent last began at the prior
        self._start: list[Config] = []

    @property
    def best(self) -> Config:
        """The configuration whose value of the first objective is expected to be the best.

        Where what was told has noise, the best value of all is mostly luck. So a process is fitted to all of
        it, and asked what it expects of each configuration with the noise taken out. Where there is hardly
        any noise, it is the configuration with the best value.

        Raises:
            ValueError: Nothing has been told.
        """
        if not self.configs:
            raise ValueError("nothing has been told to this study")
        signed = np.array(self.values)[:, 0] * self._signs[0]
        if len(self.configs) < FEWEST or not self._features.count or np.ptp(signed) == 0.0:
            return self.configs[int(np.argmax(signed))]
        keep = self._kept()
        values = signed[keep]
        model = self._surrogate(self._thetas[0])
        model.fit(np.array([self._rows[index] for index in keep]), values, steps=STEPS_FOR_BEST)
        if model.doubt() < EXACT * float(np.std(values)):
            return self.configs[int(np.argmax(signed))]
        expected = [float(f"{value:.9g}") for value in model.at_observed()]
        return self.configs[keep[int(np.argmax(expected))]]

    @property
    def front(self) -> list[Config]:
        """The configurations that no other beats in all objectives at once."""
        return [self.configs[index] for index in front(self.values, self.directions)]

    def tell(self, config: Config, values: Sequence[float]) -> None:
        """Take in what a configuration is worth; `values` has one number for each direction.

        Raises:
            ValueError: There are other numbers of values, or one is not finite.
        """
        told = tuple(float(value) for value in values)
        if len(told) != len(self.directions) or not np.all(np.isfinite(told)):
            raise ValueError(f"a study of {len(self.directions)} objectives cannot take {values!r}")
        self.configs.append(config)
        self.values.append(told)
        self._known.add(config)
        self._rows.append(self._features.rows([config.to_dict()])[0])

    def ask(self) -> Any:
        """Return a legal configuration to try next."""
        rng = generator(self._seed, "study", self._asked)
        self._asked += 1
        planned = self._planned(rng)
        if planned is not None:
            return planned
        if not self._features.count:
            return self.space.default()
        return self._proposed(rng)

    def _planned(self, rng: Random) -> Any:
        if self._asked == 1:
            return self.space.default()
        size = max(4, min(10, self._features.count + 1))
        if not self._start:
            self._start = self.space.latin_hypercube(size, generator(self._seed, "study", "start"))
        if self._asked - 2 < size:
            return self._start[self._asked - 2]
        return self.space.sample(rng) if len(self.configs) < 3 else None

    def _proposed(self, rng: Random) -> Config:
        keep = self._kept()
        rows = np.array([self._rows[index] for index in keep])
        values = np.array([self.values[index] for index in keep]) * self._signs
        models = self._models(rows, values)
        merit: _Improvement | _Volume
        merit = _Improvement(models[0]) if len(models) == 1 else _Volume(models, values, rng)
        order = merit.elite()
        elite = [self.configs[keep[index]] for index in order[:8]]
        drawn = [self.space.sample(rng) for _ in range(DRAWS)]
        drawn += [found for _ in range(DRAWS) if (found := self._near(elite, rng)) is not None]
        best = self._ranked(drawn, merit)
        for climb in range(CLIMBS):
            around = [
                found
                for _, config in best[:4]
                for _ in range(14)
                if (found := self._moved(config, rng, 0.15 / 4**climb)) is not None
            ]
            best = sorted([*best[:8], *self._ranked(around, merit)], key=lambda pair: -pair[0])
        return best[0][1] if best else self.space.sample(rng)

    def _ranked(self, configs: Sequence[Config], merit: _Improvement | _Volume) -> list[tuple[float, Config]]:
        """Return configurations that have not been tried with what is hoped of them, the best first."""
        fresh = list(dict.fromkeys(config for config in configs if config not in self._known))
        if not fresh:
            return []
        merits = merit.of(self._features.rows([config.to_dict() for config in fresh]))
        # A rounding keeps the last bits of another machine's arithmetic from deciding.
        pairs = [(float(f"{value:.9g}"), config) for value, config in zip(merits, fresh, strict=True)]
        return sorted(pairs, key=lambda pair: -pair[0])

    def _near(self, elite: Sequence[Config], rng: Random) -> Config | None:
        config = elite[min(int(rng.random() ** 2 * len(elite)), len(elite) - 1)]
        way = rng.random()
        if way < 0.3 and len(elite) > 1:
            crossed: Config = self.space.crossover(config, pick(elite, rng), rng)
            return crossed
        return self._moved(config, rng, pick((0.3, 0.1, 0.03), rng))

    def _moved(self, config: Config, rng: Random, width: float) -> Config | None:
        """Return one near another: some variables anew, numbers by about `width` of their range."""
        vector = self.space.encode(config)
        moving = [place for place, value in enumerate(vector) if value == value]  # noqa: PLR0124  (not nan)
        if not moving:
            return None
        few = 1 if rng.random() < 0.5 else 1 + int(rng.random() * min(3, len(moving)))
        moved = {pick(moving, rng) for _ in range(few)}
        if rng.random() < 0.2:
            moved = set(moving)
        for place, variable in enumerate(self.space.variables):
            if vector[place] != vector[place]:
                vector[place] = rng.random()
            elif place in moved:
                vector[place] = _step(vector[place], variable, width, rng)
        try:
            found: Config = self.space.decode(vector)
        except ValidationError:
            return None
        return found

    def _models(self, rows: Array, values: Array) -> list[Surrogate]:
        count = len(self.configs)
        again = count < 25 or count - self._fitted >= max(2, count // 20)
        if again:
            self._fitted = count
        anew = again and count >= 1.3 * self._anew
        if anew:
            self._anew = count
        models: list[Surrogate] = []
        for index in range(values.shape[1]):
            model = self._surrogate(self._thetas[index])
            told = _even(values[:, index])
            model.fit(rows, told, steps=(30 if count < 25 else 15) if again else 0)
            if anew:  # the ascent may have ended on a lower hill
                other = self._surrogate(None)
                other.fit(rows, told, steps=40)
                model = other if other.height > model.height else model
            self._thetas[index] = model.theta
            models.append(model)
        return models

    def _surrogate(self, theta: Array | None) -> Surrogate:
        return Surrogate(self._features.groups, self._features.count, theta, floor=1e-6, noise=UNKNOWN)

    def _kept(self) -> list[int]:
        """Return which observations a process is fitted to: all, or the best and the latest of them."""
        count = len(self.configs)
        if count <= MOST:
            return list(range(count))
        values = np.array(self.values) * self._signs
        ranks = np.argsort(np.argsort(-values, axis=0), axis=0).min(axis=1)
        best = np.argsort(ranks, kind="stable")[: MOST // 2].tolist()
        rest = [index for index in range(count) if index not in set(best)]
        return sorted({*best, *rest[-(MOST - len(best)) :]})


class _Improvement:
    """By how much a configuration is expected to be better than the best."""

    def __init__(self, model: Surrogate) -> None:
        self._model = model
        self._expected = model.at_observed()
        self._best = float(np.max(self._expected))

    def elite(self) -> list[int]:
        """Return the observations, the best first."""
        found: list[int] = np.argsort(-self._expected, kind="stable").tolist()
        return found

    def of(self, rows: Array) -> list[float]:
        """Return the logarithm of the expected improvement."""
        mean, deviation = self._model.predict(rows)
        return [
            _log_gain(float(z)) + log(float(s))
            for z, s in zip((mean - self._best) / deviation, deviation, strict=True)
        ]


class _Volume:
    """How much volume a guess on the bright side would add to the front."""

    def __init__(self, models: Sequence[Surrogate], values: Array, rng: Random) -> None:
        self._models = models
        even = np.column_stack([_even(values[:, index]) for index in range(values.shape[1])])
        self._on = _unbeaten(even)
        self._front = even[self._on]
        low, high = even.min(axis=0), even.max(axis=0)
        near = self._front.min(axis=0)
        span = np.maximum(high - near, 0.05 * (high - low + 1e-12))
        # The ends of a front can lie very far out; volume out there must not be all that counts.
        base = np.maximum(near - 0.15 * span, np.quantile(even, POOR, axis=0))
        base = np.minimum(base, high - 0.5 * span)
        box = np.array([[rng.random() for _ in range(even.shape[1])] for _ in range(BOX)])
        box = base + box * (high + BEYOND * span - base)
        taken = np.any(np.all(self._front[None, :, :] >= box[:, None, :], axis=2), axis=1)
        self._free = box[~taken]
        self._span = span
        self._even = even
        self._hope = pick(HOPES, rng)
        raw = [-log(1.0 - rng.random()) for _ in range(even.shape[1])]
        self._weights = np.array(raw) / sum(raw)
        self._high = high
        self._balanced = rng.random() < BALANCED

    def _balance(self, values: Array) -> Array:
        """Return how good values are by random weights: Tchebycheff's distance to the best of each."""
        short = (self._high - values) / self._span * self._weights
        found: Array = -np.max(short, axis=1) - 0.05 * np.sum(short, axis=1)
        return found

    def elite(self) -> list[int]:
        """Return the observations of the front in random order, then the others by a weighted sum."""
        on = self._on
        merit = self._balance(self._even)
        first = sorted(on, key=lambda index: -float(merit[index]))
        others = sorted(set(range(len(self._even))) - set(on), key=lambda index: -float(merit[index]))
        return [*first, *others]

    def of(self, rows: Array) -> list[float]:
        """Return the share of the free volume that each would take, and next to nothing for its nearness."""
        found = [model.predict(rows) for model in self._models]
        hoped = np.column_stack([mean + self._hope * deviation for mean, deviation in found])
        if self._balanced:
            balance: list[float] = self._balance(hoped).tolist()
            return balance
        taken = np.all(hoped[:, None, :] >= self._free[None, :, :], axis=2).sum(axis=1)
        short = np.max(np.min((self._front[None, :, :] - hoped[:, None, :]) / self._span, axis=2), axis=1)
        merits: list[float] = (taken / BOX - 1e-6 * short).tolist()
        return merits


def _unbeaten(values: Array) -> list[int]:
    """Return the rows that no other beats, as `mlsig.evaluation.pareto.front` does of large values."""
    reached = np.all(values[:, None, :] <= values[None, :, :], axis=2)
    beaten = reached & np.any(values[:, None, :] < values[None, :, :], axis=2)
    found: list[int] = np.flatnonzero(~np.any(beaten, axis=1)).tolist()
    return found


def log_improvements(mean: Array, deviation: Array, best: float) -> list[float]:
    """Return the logarithms of the expected improvements over `best`."""
    scaled = zip((mean - best) / deviation, deviation, strict=True)
    return [_log_gain(float(z)) + log(float(spread)) for z, spread in scaled]


def _even(values: Array) -> Array:
    """Return values whose bad tail is pulled in: how bad the worst are must not hide what is good."""
    middle, high = np.median(values), np.max(values)
    width = max(float(high - middle), 1e-12)
    below = (middle - values) / width
    pulled: Array = np.where(below > 1, middle - width * (1 + np.log(np.maximum(below, 1.0))), values)
    return pulled


def _log_gain(z: float) -> float:
    """Return log(phi(z) + z Phi(z)), the expected improvement in units of the deviation."""
    if z > -6:
        gain = exp(-z * z / 2) / sqrt(2 * pi) + z * 0.5 * (1 + erf(z / sqrt(2)))
        return log(max(gain, 1e-300))
    return -z * z / 2 - log(sqrt(2 * pi)) - 2 * log(-z)


def _step(value: float, variable: Variable, width: float, rng: Random) -> float:
    """Return a place near another in a variable's domain; of options, any."""
    if variable.kind not in ("float", "int"):
        return rng.random()
    size = max((domain.size or MANY for domain in variable.domains), default=MANY)
    # A sum of uniform numbers is normal enough, and the same everywhere.
    drawn = sum(rng.random() for _ in range(6)) - 3
    return min(1.0, max(0.0, value + drawn * max(1.4 * width, 1.2 / size)))
