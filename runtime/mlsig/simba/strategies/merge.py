"""merge: cross two candidates that are good at different things, part by part.

The second parent is one that the first is beaten by on some examples: on the front of scores by example, not
only by their mean. Each part comes from either: the configuration (crossed by the space, so that it stays
legal), the instruction and descriptions, the demonstrations, and the rules, of which a merged candidate may
have both parents'. Of a pipeline, each step's lessons come from either.
"""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from mlsig.evaluation.chance import weighted
from mlsig.programs.candidates import Candidate
from mlsig.simba.pool import Entry
from mlsig.simba.strategies import View
from mlsig.simba.strategies.vary_configuration import searched

PARTNERS: Final = 8
"""From how many of the best the second parent is taken."""


class Merge:
    """Makes one candidate of two."""

    name = "merge"
    share = 0.15

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return a mixture, or None when there is no second parent that differs."""
        others = [
            entry
            for entry in view.pool.ranking()[:PARTNERS]
            if entry is not parent and entry.key != parent.key
        ]
        if not others:
            return None
        other = weighted(others, [0.1 + better_on(entry, parent) for entry in others], rng)
        second = other.candidate
        space, (mine, theirs) = searched(view.program, [candidate.config, second.config])
        config = space.crossover(mine, theirs, rng) if mine != theirs else mine
        rules = _joined(candidate.rules, second.rules, view.settings.max_rules, rng)
        worded = candidate if rng.random() < 0.5 else second
        demos = candidate.demos if rng.random() < 0.5 or not second.demos else second.demos
        paths = sorted(candidate.steps.keys() | second.steps.keys())
        steps = {
            path: found
            for path in paths
            if (found := (candidate if rng.random() < 0.5 else second).steps.get(path)) is not None
        }
        made = msgspec.structs.replace(
            candidate,
            config=config,
            rules=rules,
            demos=demos,
            steps=steps,
            instructions=worded.instructions,
            descriptions=worded.descriptions,
        )
        return made if made.key() not in (candidate.key(), second.key()) else None


def better_on(entry: Entry, than: Entry) -> float:
    """Return the share of the examples both were run on, on which the first did better."""
    common = entry.runs.keys() & than.runs.keys()
    if not common:
        return 0.5
    return sum(entry.runs[place].score > than.runs[place].score for place in common) / len(common)


def _joined(first: tuple[str, ...], second: tuple[str, ...], most: int, rng: Random) -> tuple[str, ...]:
    """Return the rules of both, each once, in their order; some at random where they are too many."""
    rules = list(dict.fromkeys((*first, *second)))
    while len(rules) > most:
        del rules[int(rng.random() * len(rules))]
    return tuple(rules)
