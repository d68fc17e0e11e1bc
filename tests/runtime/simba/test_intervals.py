from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.evaluation.intervals import bootstrap, estimate, percentile, wilson


def test_wilson_agrees_with_published_figures() -> None:
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_the_method_follows_the_values() -> None:
    assert estimate([1, 0, 1.0, True]).method == "wilson"
    assert estimate([0.5, 1.0]).method == "bootstrap"
    assert estimate([0.5]).method == "none"
    nothing = estimate([])
    assert (nothing.method, nothing.mean, nothing.count) == ("none", 0.0, 0)


def test_an_estimate_reads_well() -> None:
    assert str(estimate([1, 1, 0, 1])) == "0.750 [0.301, 0.954]"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(0, 3))
def test_the_mean_lies_in_its_interval(values: list[float], seed: int) -> None:
    made = estimate(values, seed=seed)
    assert made.low <= made.mean + 1e-9
    assert made.high >= made.mean - 1e-9
    assert 0.0 <= made.low <= made.high <= 1.0
    assert made == estimate(values, seed=seed)


@pytest.mark.no_cover  # the tests above reach its lines
def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = Random(3)
    hits = {"wilson": 0, "bootstrap": 0}
    for _ in range(100):
        low, high = wilson(sum(rng.random() < 0.8 for _ in range(60)), 60)
        hits["wilson"] += low <= 0.8 <= high
        low, high = bootstrap([rng.random() for _ in range(60)], seed=1)
        hits["bootstrap"] += low <= 0.5 <= high
    assert hits["wilson"] >= 90
    assert hits["bootstrap"] >= 88


def test_percentiles_are_values_by_nearest_rank() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert [percentile(values, share) for share in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)] == [1, 1, 2, 3, 4, 4]
    assert percentile([], 0.5) == 0.0
