"""Evaluations are paid for once: across runs, for a time, and within bounds."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from mlsig.evaluation import EvaluationCache, evaluate
from mlsig.evaluation.cache import version
from mlsig.evaluation.ledger import Result
from mlsig.providers.messages import Request
from mlsig.simba import MemoryJournal, Outcome, Settings, aoptimize
from simulated import SimulatedLM, broken
from toy import Other, Review, reviews


def search(lm: SimulatedLM, cache: EvaluationCache | None = None) -> tuple[Outcome, MemoryJournal]:
    journal = MemoryJournal()
    settings = Settings(budget_calls=120, seed=1)
    found = asyncio.run(
        aoptimize(Review, reviews(40), lm=lm, settings=settings, journal=journal, cache=cache)
    )
    return found, journal


def test_a_second_run_pays_for_nothing_that_the_first_paid_for() -> None:
    cache, first, second = EvaluationCache(), SimulatedLM(), SimulatedLM()
    plain, _ = search(SimulatedLM())
    one, journal = search(first, cache)
    assert one == plain
    kept = len(cache)
    assert 80 < kept <= first.calls
    assert cache.hits == 0
    two, journal = search(second, cache)
    assert cache.hits >= kept - 20
    assert second.calls == two.calls == journal.ledger.paid(["search", "validation", "reflection"])
    assert two.steps[0] == msgspec.structs.replace(one.steps[0], calls=two.steps[0].calls)
    assert second.calls <= first.calls


def test_an_evaluation_is_not_paid_for_twice_and_another_seed_is_another() -> None:
    taught = msgspec.structs.replace(Review.candidate, demos=tuple(reviews(4, start=50)))
    program = Review.with_candidate(taught)
    cache, lm = EvaluationCache(), SimulatedLM()
    first = evaluate(program, reviews(10), lm=lm, cache=cache)
    again = evaluate(program, reviews(10), lm=lm, cache=cache)
    assert first.calls == 10
    assert again.calls == first.errors < 5
    assert again.metrics == first.metrics
    assert (cache.hits, cache.misses) == (10 - first.errors, 10 + first.errors)
    evaluate(program, reviews(10), lm=lm, cache=cache, seed=5)
    assert lm.calls == 20 + first.errors


def test_another_program_is_another_and_a_candidate_is_not() -> None:
    assert version(Review) != version(Other)
    candidate = Review.candidate
    assert version(Review) == version(Review.with_candidate(candidate))


def test_errors_are_not_kept() -> None:
    def fail(request: Request, number: int) -> None:
        if number == 2:
            raise broken()

    cache, lm = EvaluationCache(), SimulatedLM(fail=fail)
    evaluate(Review, reviews(4), lm=lm, cache=cache, concurrency=1)
    errors = evaluate(Review, reviews(4), lm=lm, cache=cache, concurrency=1).errors
    failed = 4 - cache.hits
    assert lm.calls == 4 + failed
    assert failed >= 1
    assert errors < 4


def test_results_grow_old_and_the_least_used_go_first() -> None:
    now = [0.0]
    cache = EvaluationCache(ttl=10.0, most=2, clock=lambda: now[0])
    a, b, c = (Result(example=name, cost=1.0) for name in "abc")
    cache.put(b"a", a)
    cache.put(b"b", b)
    found = cache.get(b"a")
    assert found is not None
    assert (found.example, found.calls, found.cost) == ("a", 0, 1.0)
    cache.put(b"c", c)
    assert cache.get(b"b") is None
    assert cache.evictions == 1
    now[0] = 10.0
    assert cache.get(b"a") is None
    assert (len(cache), cache.expired, cache.hits, cache.misses) == (1, 1, 1, 2)
    cache.put(b"d", Result(example="d", error="broken"))
    assert len(cache) == 1


@pytest.mark.parametrize(("ttl", "most"), [(0.0, 5), (5.0, 0)])
def test_a_cache_that_keeps_nothing_is_refused(ttl: float, most: int) -> None:
    with pytest.raises(ValueError, match="keeps nothing"):
        EvaluationCache(ttl=ttl, most=most)
