"""vary_configuration: other values of the program's variables: those of its space, and what it leaves out.

A handful of legal configurations is drawn: mutations of the parent's, crossings of good ones, fresh
samples. Which one is tried is decided by what has been seen: each evaluated candidate says something about
its neighbourhood, and the draw with the best hope (expected score, and a bonus where little is known) wins.
"""

from __future__ import annotations

from math import exp, sqrt
from random import Random
from typing import Any, Final

import msgspec

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import pick
from mlsig.programs.candidates import Candidate
from mlsig.programs.program import Program
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.strategies import View
from mlsig.spaces import Config, Space

DRAWS: Final = 12
CURIOSITY: Final = 0.15
"""What a place about which nothing is known is worth, in score."""

NEAR: Final = 1.0
"""Two configurations that differ in one variable say this much about each other, as a power of 1/e."""


class VaryConfiguration:
    """Changes the configuration, and leaves rules and demonstrations as they are."""

    name = "vary_configuration"
    share = 0.35

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with another configuration; None when every draw has been tried."""
        del parent
        best = [entry.candidate.config for entry in view.pool.ranking()[:4]]
        space, (config, *good) = searched(view.program, [candidate.config, *best])
        drawn: dict[str, Candidate] = {}
        for _ in range(DRAWS):
            found = draw(space, config, good, rng)
            made = msgspec.structs.replace(candidate, config=found)
            if found != config and made.key() not in view.pool:
                drawn.setdefault(made.key(), made)
        if not drawn:
            return None
        landscape = Landscape(view.pool)
        return max(drawn.values(), key=landscape.hope)


def searched(program: Program, configs: list[Config]) -> tuple[type[Space], list[Config]]:
    """Return the space that is searched, and configurations as those of it.

    It is all that can be tuned about the program. Where what its space leaves out has no legal defaults
    beside one of the configurations, it is the space alone.
    """
    wider = program.variables()
    try:
        return wider, [wider.complete(config.to_dict()) for config in configs]
    except ValidationError:
        return program.space, [_narrowed(program.space, config) for config in configs]


def _narrowed(space: type[Space], config: Config) -> Config:
    if type(config) is space.Config:
        return config
    known = space.Config.__struct_fields__
    narrowed: Config = space.validate(
        {name: value for name, value in config.to_dict().items() if name in known}
    )
    return narrowed


def draw(space: type[Space], config: Config, good: list[Config], rng: Random) -> Config:
    """Return a legal configuration: near `config`, between good ones, or anywhere."""
    way = rng.random()
    found: Config
    if way < 0.75 or (way < 0.9 and not good):
        found = space.mutate(config, rng)
        # Two variables that only help together need two moves at once.
        if way < 0.25:
            found = space.mutate(found, rng)
        return found
    if way < 0.9:
        return cross(space, config, pick(good, rng), rng)
    found = space.sample(rng)
    return found


def cross(space: type[Space], first: Config, second: Config, rng: Random) -> Config:
    """Return a configuration that has each value from one of the two.

    `first` when the mixture is not legal.
    """
    other = second.to_dict()
    values = {
        name: other.get(name, value) if rng.random() < 0.5 else value
        for name, value in first.to_dict().items()
    }
    if space.check(values):
        return first
    crossed: Config = space.validate(values)
    return crossed


class Landscape:
    """What the pool's scores say about configurations: a mean weighted by closeness."""

    def __init__(self, pool: Pool) -> None:
        self._average = pool.average()
        self._seen = [
            (features(entry.candidate), entry.mean, float(len(entry.runs)))
            for entry in pool.entries
            if entry.runs
        ]
        numbers: dict[str, list[float]] = {}
        for row, _, _ in self._seen:
            for name, value in row.items():
                if _is_number(value):
                    numbers.setdefault(name, []).append(float(value))
        self._ranges = {name: (max(values) - min(values)) or 1.0 for name, values in numbers.items()}

    def hope(self, candidate: Candidate) -> float:
        """Return the expected score of a candidate, and a bonus that falls with what is known around it."""
        row = features(candidate)
        weight, total = 1.0, self._average
        for seen, score, count in self._seen:
            closeness = exp(-NEAR * self._distance(row, seen)) * sqrt(count)
            weight += closeness
            total += closeness * score
        return total / weight + CURIOSITY / sqrt(weight)

    def _distance(self, left: dict[str, Any], right: dict[str, Any]) -> float:
        total = 0.0
        for name in sorted(left.keys() | right.keys()):  # a fixed order: float sums depend on it
            a, b = left.get(name), right.get(name)
            if a == b:
                continue
            apart = 1.0
            if _is_number(a) and _is_number(b):
                apart = abs(float(a or 0) - float(b or 0)) / self._ranges.get(name, 1.0)
            total += min(1.0, apart)
        return total


def features(candidate: Candidate) -> dict[str, Any]:
    """Return what a candidate is compared by: its values, and how many demonstrations and rules it has."""
    return {
        **candidate.config.to_dict(),
        "#demos": min(len(candidate.demos), candidate.config.to_dict().get("demos", len(candidate.demos))),
        "#rules": len(candidate.rules),
        **{f"{path}#demos": len(taught.demos) for path, taught in candidate.steps.items()},
        **{f"{path}#rules": len(taught.rules) for path, taught in candidate.steps.items()},
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
