"""assemble: put together what has helped wherever it was tried.

Every candidate is a set of parts: rules, demonstrations, an instruction, descriptions. What each part adds is
estimated from the paired scores of all candidates that have it and all that do not, as a Bayesian regression;
one draw from what is believed of each part is as bold as little is known (Thompson sampling). The parts with
the largest draws make the candidate. So five rules that each helped a little on few examples come together,
though no candidate ever had two of them.

Source: Russo and others, A Tutorial on Thompson Sampling, 2018, chapter 4.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import cos, log, pi, sqrt
from random import Random
from typing import Any, Final

import msgspec

from mlsig.programs.candidates import Candidate
from mlsig.signatures import Example
from mlsig.simba.batches import source
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.strategies import View
from mlsig.simba.strategies.append_demo import room_for_demos

PRIOR: Final = 0.06
"""By how much a part changes the score before anything is known, as a deviation."""

NOISE: Final = 0.4
"""How far a single run lies from what is expected of it."""

FEWEST: Final = 6

Part = tuple[str, Hashable]


class Assemble:
    """Makes a candidate of the parts that seem to help."""

    name = "assemble"
    share = 0.2

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with other rules and demonstrations; None while there is little to go by."""
        del parent
        drawn = Parts(view.pool).drawn(rng)
        if drawn is None:
            return None
        rules: dict[str, float] = {}
        demos: dict[str, tuple[float, Example[Any, Any]]] = {}
        for entry in view.pool.entries:
            for rule in entry.candidate.rules:
                rules[rule] = drawn.get(("rule", rule), 0.0)
            for demo in entry.candidate.demos:
                demos.setdefault(source(demo), (drawn.get(("demo", source(demo)), 0.0), demo))
        helpful = sorted((rule for rule in rules if rules[rule] > 0), key=lambda rule: -rules[rule])
        room = room_for_demos(candidate, view.settings.max_demos)
        ranked = sorted(demos.values(), key=lambda pair: -pair[0])
        made = msgspec.structs.replace(
            candidate,
            rules=tuple(helpful[: view.settings.max_rules]),
            demos=tuple(demo for _, demo in ranked[:room]),
        )
        return made if made.key() not in view.pool else None


class Parts:
    """What each part of the candidates of a pool is believed to add to the score."""

    def __init__(self, pool: Pool) -> None:
        """Fit to all candidates that have been run."""
        self._seen = [entry for entry in pool.entries if entry.runs]
        self._values = [pool.paired(entry) - pool.average() for entry in self._seen]
        self._parts = sorted({part for entry in self._seen for part in parts_of(entry.candidate)})

    def drawn(self, rng: Random) -> dict[Part, float] | None:
        """Return one draw for each part; None while there are too few candidates or parts."""
        if len(self._seen) < FEWEST or len(self._parts) < 2:
            return None
        import numpy as np  # noqa: PLC0415  (only where there is something to fit)

        place = {part: column for column, part in enumerate(self._parts)}
        rows = np.zeros((len(self._seen), len(self._parts) + 1))
        rows[:, -1] = 1.0
        for row, entry in enumerate(self._seen):
            for part in parts_of(entry.candidate):
                rows[row, place[part]] = 1.0
        weights = np.array([len(entry.runs) / NOISE**2 for entry in self._seen])
        precision = (rows * weights[:, None]).T @ rows + np.eye(rows.shape[1]) / PRIOR**2
        mean = np.linalg.solve(precision, (rows * weights[:, None]).T @ np.array(self._values))
        lower = np.linalg.cholesky(precision)
        noise = np.array([_normal(rng) for _ in range(rows.shape[1])])
        sample = mean + np.linalg.solve(lower.T, noise)
        return {part: float(f"{sample[column]:.9g}") for part, column in place.items()}


def parts_of(candidate: Candidate) -> list[Part]:
    """Return what a candidate is made of beside its configuration."""
    shown = candidate.demos[: room_for_demos(candidate, len(candidate.demos))]
    found: list[Part] = [("rule", rule) for rule in candidate.rules]
    found += [("demo", source(demo)) for demo in shown]
    return list(dict.fromkeys(found))


def _normal(rng: Random) -> float:
    return sqrt(-2 * log(1.0 - rng.random())) * cos(2 * pi * rng.random())
