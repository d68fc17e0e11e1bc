"""What the chosen candidate may be expected to score on examples that nobody has seen.

The best of several scores is partly luck, also on fresh examples. So the finals are held again, on examples
drawn from the same ones with repetition, and no call is made: whoever wins has a score on what was drawn, and
another on what was not, about a third, which had no part in the choice. The mean difference between the two
is what choosing adds to a score, and is taken off.

Source: the idea is that of I. Tsamardinos, E. Greasidou and G. Borboudakis, "Bootstrapping the out-of-sample
predictions for efficient and accurate cross-validation", Machine Learning 107, 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Final

from mlsig.evaluation.chance import generator, pick
from mlsig.evaluation.intervals import Estimate, estimate
from mlsig.evaluation.ledger import VALIDATION
from mlsig.simba.batches import Item
from mlsig.simba.pool import Entry, Place
from mlsig.simba.race import Prior, rank

RESAMPLES: Final = 200
"""How often the finals are held again; what is taken off is then sure to about 0.01."""


def expected(
    entries: Sequence[Entry],
    batch: Sequence[tuple[Item, int]],
    rungs: Sequence[int],
    *,
    best: Entry,
    prior: Prior,
    keep: Sequence[int],
    seed: int,
) -> Estimate:
    """Return the score of `best` on the batch, less what choosing it has added, and its interval.

    Args:
        entries: The finalists, with what they scored.
        batch: The examples of the finals, of which each rung used a prefix.
        rungs: The length of each prefix.
        best: Who won.
        prior: What was believed of the finalists before.
        keep: How many went on after each rung.
        seed: Of the run.
    """
    found = estimate([run.score for run in best.validation.values()], seed=seed)
    stretches = [batch[start:end] for start, end in pairwise((0, *rungs)) if start < end]
    differences: list[float] = []
    for number in range(RESAMPLES if len(entries) > 1 else 0):
        drawn = _drawn(stretches, generator(seed, "finals held again", number))
        winner = _winner(entries, drawn, prior, keep)
        seen = {(item.id, trial) for stretch in drawn for item, trial in stretch}
        fresh = [run.score for place, run in winner.validation.items() if place not in seen]
        known = [score for stretch in drawn for score in _scores(winner, stretch)]
        if fresh and known:
            differences.append(sum(known) / len(known) - sum(fresh) / len(fresh))
    # Choosing makes no score worse: what says so is chance.
    added = max(0.0, sum(differences) / len(differences)) if differences else 0.0
    least = min((run.score for entry in entries for run in entry.validation.values()), default=0.0)
    return Estimate(
        mean=max(found.mean - added, least),
        low=max(found.low - added, least),
        high=found.high - added,
        method=found.method,
        count=found.count,
    )


def _drawn(stretches: Sequence[Sequence[tuple[Item, int]]], rng: Random) -> list[list[tuple[Item, int]]]:
    """Draw as many examples for each rung as it added, from those that it added."""
    return [[pick(stretch, rng) for _ in stretch] for stretch in stretches]


def _winner(
    entries: Sequence[Entry], drawn: Sequence[Sequence[tuple[Item, int]]], prior: Prior, keep: Sequence[int]
) -> Entry:
    """Hold the finals on what was drawn, among those who ran it."""
    alive = list(entries)
    examples: list[tuple[Item, int]] = []
    for number, stretch in enumerate(drawn):
        examples += stretch
        here = [entry for entry in alive if _scores(entry, stretch)]
        if not here:
            break
        standings = rank(here, examples, VALIDATION, prior)
        stay = keep[number] if number < len(keep) else len(here)
        alive = [standing.entry for standing in standings[:stay]]
    return alive[0]


def _scores(entry: Entry, stretch: Sequence[tuple[Item, int]]) -> list[float]:
    places: list[Place] = [(item.id, trial) for item, trial in stretch]
    return [entry.validation[place].score for place in places if place in entry.validation]
