"""assemble: put together what has helped wherever it was tried.

Every candidate is a set of parts: rules, demonstrations, an instruction, descriptions. What each part adds is
estimated from the paired scores of all candidates that have it and all that do not, as a Bayesian regression;
one draw from what is believed of each part is as bold as little is known (Thompson sampling). The parts with
the largest draws make the candidate. So five rules that each helped a little on few examples come together,
though no candidate ever had two of them. Of a pipeline, a part belongs to the step that was taught it, and
each step gets the parts that helped there.

Source: Russo and others, A Tutorial on Thompson Sampling, 2018, chapter 4.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import cos, log, pi, sqrt
from random import Random
from typing import Any, Final

import msgspec

from mlsig.programs.candidates import Candidate, Taught
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

Part = tuple[str, str, Hashable]
"""`rule` or `demo`, the path of the step of a pipeline or nothing, and the rule, or what the demo is from."""


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
        settings = view.settings
        if view.program.leaves():
            steps = dict(candidate.steps)
            for path, step in view.program.with_candidate(candidate).programs().items():
                mine = step.candidate
                room = room_for_demos(mine, settings.max_demos)
                found = _helpful(path, view.pool, drawn, rules=settings.max_rules, demos=room)
                if found is not None:
                    steps[path] = Taught(
                        found.rules, found.demos or mine.demos, mine.instructions, mine.descriptions
                    )
            made = msgspec.structs.replace(candidate, steps=steps)
        else:
            room = room_for_demos(candidate, settings.max_demos)
            found = _helpful("", view.pool, drawn, rules=settings.max_rules, demos=room) or Taught()
            made = msgspec.structs.replace(candidate, rules=found.rules, demos=found.demos)
        return made if made.key() not in view.pool else None


def _helpful(path: str, pool: Pool, drawn: Mapping[Part, float], *, rules: int, demos: int) -> Taught | None:
    """Return the rules and demonstrations that seem to help a step most; None where it was never taught any.

    Args:
        path: Of the step; empty for a program.
        pool: Whose parts there are.
        drawn: What each is believed to add.
        rules: How many rules there may be.
        demos: How many demonstrations there may be.
    """
    said: dict[str, float] = {}
    shown: dict[str, tuple[float, Example[Any, Any]]] = {}
    for entry in pool.entries:
        taught = entry.candidate.steps.get(path) if path else entry.candidate
        if taught is None:
            continue
        for rule in taught.rules:
            said[rule] = drawn.get(("rule", path, rule), 0.0)
        for demo in taught.demos:
            shown.setdefault(source(demo), (drawn.get(("demo", path, source(demo)), 0.0), demo))
    if not said and not shown:
        return None
    helpful = sorted((rule for rule in said if said[rule] > 0), key=lambda rule: -said[rule])
    ranked = sorted(shown.values(), key=lambda pair: -pair[0])
    return Taught(tuple(helpful[:rules]), tuple(demo for _, demo in ranked[:demos]))


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
    config = candidate.config.to_dict()
    found: list[Part] = []
    taught_at: dict[str, Candidate | Taught] = {"": candidate, **candidate.steps}
    for path, taught in taught_at.items():
        room = config.get(f"{path}.demos" if path else "demos", len(taught.demos))
        found += [("rule", path, rule) for rule in taught.rules]
        found += [("demo", path, source(demo)) for demo in taught.demos[:room]]
    return list(dict.fromkeys(found))


def _normal(rng: Random) -> float:
    return sqrt(-2 * log(1.0 - rng.random())) * cos(2 * pi * rng.random())
