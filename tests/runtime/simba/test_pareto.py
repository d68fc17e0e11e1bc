from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.evaluation.pareto import dominates, front

DIRECTIONS = st.lists(st.sampled_from(["maximize", "minimize"]), min_size=1, max_size=4)


@st.composite
def landscapes(draw: st.DrawFn) -> tuple[list[list[float]], list[str]]:
    directions = draw(DIRECTIONS)
    # Few different values, so that ties and equal points are common.
    value = st.sampled_from([-1.0, 0.0, 0.5, 1.0, math.inf])
    points = draw(st.lists(st.lists(value, min_size=len(directions), max_size=len(directions)), max_size=12))
    return points, directions


def brute_force(points: list[list[float]], directions: list[str]) -> list[int]:
    """By the definition, after turning everything into "more is better"."""
    turned = [
        [value if way == "maximize" else -value for value, way in zip(point, directions, strict=True)]
        for point in points
    ]
    kept = []
    for index, point in enumerate(turned):
        beaten = any(
            all(a >= b for a, b in zip(other, point, strict=True)) and other != point for other in turned
        )
        if not beaten:
            kept.append(index)
    return kept


@given(landscapes())
def test_the_front_is_what_the_definition_says(landscape: tuple[list[list[float]], list[str]]) -> None:
    points, directions = landscape
    assert front(points, directions) == brute_force(points, directions)


@given(landscapes())
def test_a_front_of_something_is_never_empty_and_its_members_do_not_dominate_each_other(
    landscape: tuple[list[list[float]], list[str]],
) -> None:
    points, directions = landscape
    kept = [points[index] for index in front(points, directions)]
    assert bool(kept) == bool(points)
    assert not any(dominates(a, b, directions) for a in kept for b in kept)


def test_directions_count() -> None:
    assert front([[0.9, 2.0], [0.9, 1.0], [0.8, 0.5]], ["maximize", "minimize"]) == [1, 2]


def test_equal_points_are_both_kept() -> None:
    assert front([[1.0, 1.0], [1.0, 1.0], [0.0, 2.0]], ["maximize", "minimize"]) == [0, 1]


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        front([[math.nan], [1.0]], ["maximize"])


def test_points_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        front([[1.0], [1.0]], ["maximize", "minimize"])
