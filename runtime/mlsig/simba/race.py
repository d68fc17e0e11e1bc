"""Successive halving: everybody runs a few examples, the better half runs more, and losers cost little.

All contestants of a rung run the same examples under the same sampling seeds, so that they differ by what
they are and not by what they were asked. A candidate is not judged on examples that its own prompt shows;
if one contestant may not be, none is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mlsig.simba.batches import Item
from mlsig.simba.pool import Entry

Measure = Callable[[Sequence[Entry], Sequence[tuple[Item, int]]], Awaitable[bool]]
"""Runs entries on examples; False when the budget did not reach."""

Prior = Callable[[Entry], tuple[float, float]]
"""What is believed of an entry already: a mean score, and how many examples that weighs as much as."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contestant stands after a rung.

    Its mean score over the `count` examples that all of them have.
    """

    entry: Entry
    mean: float
    count: int


@dataclass(frozen=True, slots=True)
class Race:
    """The standings after each rung, the best first, and whether the budget reached to the end."""

    rounds: tuple[tuple[Standing, ...], ...]
    complete: bool


async def race(
    entries: Sequence[Entry],
    batch: Sequence[tuple[Item, int]],
    rungs: Sequence[int],
    *,
    split: str,
    measure: Measure,
    prior: Prior,
    keep: Sequence[int] = (),
) -> Race:
    """Run the race.

    Args:
        entries: Contestants; of equals the earlier one stands higher.
        batch: Examples, of which each rung uses a prefix.
        rungs: The length of each prefix.
        split: The part of the data that the examples are of.
        measure: Runs what has not been run yet.
        prior: Weighs what is known already.
        keep: How many go on after each rung; half of them where nothing is said.
    """
    alive = list(entries)
    rounds: list[tuple[Standing, ...]] = []
    complete = True
    for number, size in enumerate(rungs):
        stretch = batch[:size]
        complete = await measure(alive, stretch)
        standings = rank(alive, stretch, split, prior)
        rounds.append(tuple(standings))
        if not complete or size >= len(batch):
            break
        stay = keep[number] if number < len(keep) else (len(alive) + 1) // 2
        alive = [standing.entry for standing in standings[:stay]]
    return Race(tuple(rounds), complete)


def rank(
    entries: Sequence[Entry], stretch: Sequence[tuple[Item, int]], split: str, prior: Prior
) -> list[Standing]:
    """Return the standings on the examples that all entries have been run on, the best first."""
    places = [(item.id, trial) for item, trial in stretch]
    common = [place for place in places if all(place in entry.of(split) for entry in entries)]
    ranked: list[tuple[float, Standing]] = []
    for entry in entries:
        runs = entry.of(split)
        # Where a budget cut short left nothing in common, whatever each has must do.
        scores = [runs[place].score for place in common or places if place in runs]
        mean = sum(scores) / len(scores) if scores else 0.0
        believed, weight = prior(entry)
        total = len(scores) + weight
        merit = (sum(scores) + believed * weight) / total if total else 0.0
        ranked.append((merit, Standing(entry, mean, len(scores))))
    return [standing for _, standing in sorted(ranked, key=lambda pair: -pair[0])]
