"""Fronts, their volumes, and which point to take."""

from __future__ import annotations

from itertools import product
from typing import Any

import mlsig
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.evaluation import ParetoArchive, hypervolume
from mlsig.evaluation.choosing import knee, lexicographic, preferred, topsis, weighted_sum
from mlsig.evaluation.pareto import dominates
from optuna._hypervolume import compute_hypervolume

UP_DOWN: Any = ("maximize", "minimize")
FRONT = [(0.9, 10.0), (0.85, 3.0), (0.5, 2.0), (0.3, 1.0)]


@st.composite
def clouds(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], tuple[Any, ...]]:
    count = draw(st.integers(1, 4))
    point = st.tuples(*[st.integers(0, 5)] * count)
    directions = draw(st.tuples(*[st.sampled_from(["maximize", "minimize"])] * count))
    return draw(st.lists(point, max_size=9)), directions


@settings(max_examples=25, deadline=None)
@given(clouds())
def test_an_archive_holds_what_nobody_of_all_beats(cloud: Any) -> None:
    points, directions = cloud
    archive = ParetoArchive[int](directions)
    for index, point in enumerate(points):
        archive.add(index, point)
    beaten = [any(dominates(other, point, directions) for other in points) for point in points]
    assert archive.items == [index for index, lost in enumerate(beaten) if not lost]
    assert archive.points == [points[index] for index in archive.items]
    assert len(archive) == len(archive.items)


@settings(max_examples=25, deadline=None)
@given(clouds())
def test_the_volume_is_that_of_the_unit_cells_below_some_point(cloud: Any) -> None:
    points, directions = cloud
    reference = [0 if direction == "maximize" else 5 for direction in directions]
    gains = [[abs(value - least) for value, least in zip(point, reference, strict=True)] for point in points]
    cells = sum(
        any(all(corner < side for corner, side in zip(cell, gain, strict=True)) for gain in gains)
        for cell in product(range(5), repeat=len(directions))
    )
    assert hypervolume(points, reference, directions) == cells


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 4), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_volume_is_that_of_optuna(dimensions: int, count: int, seed: int) -> None:
    points = np.random.default_rng(seed).random((count, dimensions))
    found = hypervolume(points.tolist(), [1.0] * dimensions, ["minimize"] * dimensions)
    assert found == pytest.approx(compute_hypervolume(points, np.ones(dimensions)))


def test_points_that_are_no_better_than_the_reference_cover_nothing() -> None:
    assert hypervolume([(0.5, 9.0), (0.0, 1.0)], (0.0, 9.0), UP_DOWN) == 0.0
    assert hypervolume([], (0.0, 9.0), UP_DOWN) == 0.0


def test_a_weighted_sum_follows_its_weights() -> None:
    assert weighted_sum(FRONT, UP_DOWN, [1, 0]) == 0
    assert weighted_sum(FRONT, UP_DOWN, [0, 1]) == 3
    assert weighted_sum(FRONT, UP_DOWN, [0.5, 0.5]) == 1


def test_the_order_of_importance_counts_and_a_little_may_be_given_up() -> None:
    assert lexicographic(FRONT, UP_DOWN, [0]) == 0
    assert lexicographic(FRONT, UP_DOWN, [1, 0]) == 3
    assert lexicographic(FRONT, UP_DOWN, [0, 1], tolerance=0.1) == 1
    assert lexicographic([*FRONT, (0.9, 2.0)], UP_DOWN, [0, 1]) == 4


def test_topsis_by_hand() -> None:
    # Three flats, price and size: worked with pencil and paper.
    flats = [(100.0, 50.0), (200.0, 90.0), (150.0, 85.0)]
    assert topsis(flats, ("minimize", "maximize"), [0.5, 0.5]) == 2
    assert topsis(flats, ("minimize", "maximize"), [1, 0]) == 0
    assert topsis([(1.0, 1.0)], UP_DOWN, [1, 1]) == 0


def test_the_knee_bulges_out_and_is_on_the_front() -> None:
    assert knee([*FRONT, (0.84, 3.0)], UP_DOWN) == 1
    assert knee([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.6, 0.6, 0.6)], ("maximize",) * 3) == 3


def test_a_wish_may_be_any_function() -> None:
    assert preferred(FRONT, lambda point: point[0] if point[1] <= 3 else -1.0) == 1


@settings(max_examples=20, deadline=None)
@given(clouds(), st.integers(1, 4))
def test_what_is_chosen_is_on_the_front_when_all_count(cloud: Any, weight: int) -> None:
    points, directions = cloud
    if not points:
        return
    weights = [float(weight + place) for place in range(len(directions))]
    order = list(range(len(directions)))
    for index in (
        weighted_sum(points, directions, weights),
        topsis(points, directions, weights),
        lexicographic(points, directions, order),
        knee(points, directions),
    ):
        assert not any(dominates(other, points[index], directions) for other in points)


@pytest.mark.parametrize(
    "choose",
    [
        lambda: weighted_sum([], UP_DOWN, [1, 1]),
        lambda: weighted_sum(FRONT, UP_DOWN, [1]),
        lambda: weighted_sum(FRONT, UP_DOWN, [-1, 2]),
        lambda: topsis(FRONT, UP_DOWN, [0, 0]),
        lambda: lexicographic(FRONT, UP_DOWN, []),
        lambda: lexicographic(FRONT, UP_DOWN, [0, 0]),
        lambda: lexicographic(FRONT, UP_DOWN, [2]),
        lambda: knee([(float("nan"), 1.0), (1.0, 2.0)], UP_DOWN),
        lambda: preferred([], lambda point: 0.0),
        lambda: hypervolume([(1.0,)], (0.0, 1.0), UP_DOWN),
        lambda: ParetoArchive([]),
        lambda: ParetoArchive(UP_DOWN).add("a", (1.0,)),
    ],
)
def test_what_makes_no_sense_is_refused(choose: Any) -> None:
    with pytest.raises(ValueError):
        choose()


def test_they_are_public() -> None:
    assert mlsig.ParetoArchive is ParetoArchive
    assert mlsig.hypervolume is hypervolume
