"""vary_configuration: other values of the program's variables: those of its space, and what it leaves out.

Legal configurations are drawn: mutations of the parent's, crossings of good ones, small moves, fresh samples.
Which one is tried is decided by what has been seen: a Gaussian process over all candidates of the pool
(`mlsig.simba.surrogate`), each with its paired score, that is how much better than others it was on the same
examples, and the number of its runs. The draw with the largest expected improvement wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import pick
from mlsig.programs.candidates import Candidate
from mlsig.programs.program import Program
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.strategies import View
from mlsig.spaces import Config, Space

if TYPE_CHECKING:
    from mlsig.simba.surrogate import Array

DRAWS: Final = 48
KNOWN: Final = 120
"""Candidates that the process is fitted to at most: the latest."""


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
        offered = list(drawn.values())
        hopes = Landscape(space, view.pool, rng).hopes(offered)
        return offered[max(range(len(offered)), key=hopes.__getitem__)]


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
        found = space.crossover(config, pick(good, rng), rng)
        return found
    found = space.sample(rng)
    return found


class Landscape:
    """What the pool's scores say about configurations, beside the number of demonstrations and rules."""

    def __init__(self, space: type[Space], pool: Pool, rng: Random) -> None:
        import numpy as np  # noqa: PLC0415  (only where configurations are searched)

        from mlsig.simba.surrogate import Features, Surrogate  # noqa: PLC0415

        self._rng = rng
        self._features = Features(space, EXTRA)
        seen = [entry for entry in pool.entries if entry.runs][-KNOWN:]
        self._model: Surrogate | None = None
        if len(seen) < FEWEST:
            return
        self._model = Surrogate(self._features.groups, self._features.count, floor=0.05)
        values = np.array([pool.paired(entry) for entry in seen])
        weights = np.array([float(len(entry.runs)) for entry in seen])
        self._model.fit(self._rows([entry.candidate for entry in seen]), values, weights)
        self._best = float(np.max(self._model.at_observed()))

    def hopes(self, candidates: Sequence[Candidate]) -> list[float]:
        """Return the logarithms of the expected improvements of candidates; at first, chance."""
        if self._model is None:
            return [self._rng.random() for _ in candidates]
        from mlsig.simba.study import log_improvements  # noqa: PLC0415

        mean, deviation = self._model.predict(self._rows(candidates))
        return [float(f"{hope:.9g}") for hope in log_improvements(mean, deviation, self._best)]

    def _rows(self, candidates: Sequence[Candidate]) -> Array:
        configs = [candidate.config.to_dict() for candidate in candidates]
        return self._features.rows(configs, [taught(candidate) for candidate in candidates])


FEWEST: Final = 4
EXTRA: Final = ("#demos", "#rules", "#words")


def taught(candidate: Candidate) -> list[float]:
    """Return how much a candidate was taught, as numbers about 0 to 1, under the names of `EXTRA`."""
    most: Any = candidate.config.to_dict().get("demos", len(candidate.demos))
    demos = min(len(candidate.demos), most)
    rules = len(candidate.rules)
    words = bool(candidate.instructions) + len(candidate.descriptions)
    for each in candidate.steps.values():
        demos += len(each.demos)
        rules += len(each.rules)
        words += bool(each.instructions) + len(each.descriptions)
    return [demos / 4, rules / 3, float(words > 0)]
