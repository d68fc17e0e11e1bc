"""What is said of the chosen score: less than what was measured, by what choosing adds."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.evaluation.intervals import Estimate, estimate
from mlsig.evaluation.ledger import VALIDATION, Result
from mlsig.simba.batches import items
from mlsig.simba.expected import expected
from mlsig.simba.finals import KEEP, rungs
from mlsig.simba.pool import Entry, Run
from mlsig.simba.race import rank
from toy import Review, reviews

SIZE: Final = 24
BATCH: Final = [(item, 0) for item in items(reviews(SIZE))]


def held(contestants: int, score: Callable[[int, int], float]) -> tuple[list[Entry], Entry]:
    """Hold finals in which a contestant scores so on an example; return all, and who won."""
    entries = [
        Entry(Review.candidate, Review, str(n), None, "test", 0, frozenset()) for n in range(contestants)
    ]
    alive, before = entries, 0
    for number, size in enumerate(rungs(SIZE)):
        for one in alive:
            for place in range(before, size):
                found, item = score(int(one.key), place), BATCH[place][0]
                one.validation[item.id, 0] = Run(item.id, 0, found, Result(example=item.id))
        standings = rank(alive, BATCH[:size], VALIDATION, nothing)
        alive, before = [standing.entry for standing in standings[: (*KEEP, 1)[number]]], size
    return entries, alive[0]


def nothing(_: Entry) -> tuple[float, float]:
    return 0.0, 0.0


def said(entries: list[Entry], best: Entry, seed: int = 0) -> Estimate:
    return expected(entries, BATCH, rungs(SIZE), best=best, prior=nothing, keep=KEEP, seed=seed)


def measured(entry: Entry) -> Estimate:
    return estimate([run.score for run in entry.validation.values()])


def test_most_of_what_choosing_among_equals_adds_is_taken_off() -> None:
    raw: list[float] = []
    honest: list[float] = []
    for seed in range(40):
        rng = Random(seed)
        entries, best = held(6, lambda *_: float(rng.random() < 0.5))  # noqa: B023  (called before the next)
        raw.append(measured(best).mean)
        honest.append(said(entries, best, seed).mean)
    added = statistics.fmean(raw) - 0.5
    assert added > 0.08
    assert abs(statistics.fmean(honest) - 0.5) < 0.6 * added


def test_who_is_better_beyond_doubt_keeps_the_score() -> None:
    entries, best = held(4, lambda number, place: float(number == 2 or place % 4 == 0))
    assert best.key == "2"
    assert said(entries, best) == measured(best)


def test_nothing_is_taken_off_where_nothing_was_chosen() -> None:
    entries, best = held(1, lambda _, place: float(place % 3 == 0))
    assert said(entries, best) == measured(best)


@settings(max_examples=10)
@given(st.integers(1, 5), st.lists(st.floats(0, 1), min_size=30, max_size=30), st.integers(0, 9))
def test_never_more_than_was_measured_and_the_same_each_time(
    contestants: int, scores: list[float], seed: int
) -> None:
    entries, best = held(contestants, lambda number, place: scores[(7 * number + place) % 30])
    found = said(entries, best, seed)
    assert found.mean <= estimate([run.score for run in best.validation.values()], seed=seed).mean
    assert min(scores) <= found.low <= found.mean <= found.high <= 1
    assert found == said(entries, best, seed)
