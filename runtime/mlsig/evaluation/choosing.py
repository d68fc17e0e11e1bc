"""Which point of a front to take, in ways that differ in what must be known beforehand.

    weighted_sum(points, directions, [0.7, 0.3])     weights, after each objective was made to go from 0 to 1
    lexicographic(points, directions, [1, 0], 0.05)  an order of importance, and how much may be given up
    topsis(points, directions, [0.5, 0.5])           near the best of all, and far from the worst
    knee(points, directions)                         nothing: where giving up more of one buys least of others
    preferred(points, wish)                          any function of the values

Each returns the index of a point, the first of equals. Source of TOPSIS: Hwang and Yoon, Multiple Attribute
Decision Making, 1981; of the knee: the point farthest from the plane through the ends, Das 1999.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from mlsig.evaluation.pareto import Point, front
from mlsig.settings import Direction


def weighted_sum(points: Sequence[Point], directions: Sequence[Direction], weights: Sequence[float]) -> int:
    """Return the point with the largest weighted sum.

    Raises:
        ValueError: There are no points, values that are no numbers, or weights that are negative or all 0.
    """
    shares = _shares(weights, directions)
    return _first([sum(map(_times, row, shares)) for row in _even(points, directions)])


def lexicographic(
    points: Sequence[Point], directions: Sequence[Direction], order: Sequence[int], tolerance: float = 0.0
) -> int:
    """Return the best by the first objective of `order`; among those about as good, by the next, and so on.

    `tolerance` is what counts as equal, as a share of what an objective goes over.

    Raises:
        ValueError: There are no points, or `order` names no objective, or one twice.
    """
    rows = _even(points, directions)
    if not order or len(set(order)) != len(order) or not all(0 <= index < len(directions) for index in order):
        raise ValueError(
            f"order {list(order)} must name objectives from 0 to {len(directions) - 1}, each once"
        )
    left = list(range(len(points)))
    for index in order:
        best = max(rows[place][index] for place in left)
        left = [place for place in left if rows[place][index] >= best - tolerance]
    return max(left, key=lambda place: [rows[place][index] for index in order])


def topsis(points: Sequence[Point], directions: Sequence[Direction], weights: Sequence[float]) -> int:
    """Return the point that is nearest to the best of each objective, beside how far it is from the worst.

    Raises:
        ValueError: There are no points, values that are no numbers, or weights that are negative or all 0.
    """
    shares = _shares(weights, directions)
    _even(points, directions)  # says what is wrong with them
    lengths = [sqrt(sum(value * value for value in column)) or 1.0 for column in zip(*points, strict=True)]
    signs = [1.0 if direction == "maximize" else -1.0 for direction in directions]
    rows = [
        [
            sign * share * value / length
            for value, length, share, sign in zip(point, lengths, shares, signs, strict=True)
        ]
        for point in points
    ]
    best = [max(column) for column in zip(*rows, strict=True)]
    worst = [min(column) for column in zip(*rows, strict=True)]
    merits: list[float] = []
    for row in rows:
        below, above = _apart(row, best), _apart(row, worst)
        merits.append(above / (above + below) if above + below else 1.0)
    return _first(merits)


def knee(points: Sequence[Point], directions: Sequence[Direction]) -> int:
    """Return the point of the front that bulges out most: farthest from the plane through its ends.

    Raises:
        ValueError: There are no points, or values that are no numbers.
    """
    _even(points, directions)  # says what is wrong with them
    places = front(points, directions)
    rows = _even([points[place] for place in places], directions)
    return places[_first([sum(row) for row in rows])]


def preferred(points: Sequence[Point], wish: Callable[[Point], float]) -> int:
    """Return the point that `wish` gives the largest number.

    Raises:
        ValueError: There are no points.
    """
    if not points:
        raise ValueError("there is nothing to choose from")
    return _first([wish(point) for point in points])


def _even(points: Sequence[Point], directions: Sequence[Direction]) -> list[list[float]]:
    """Return each objective from 0 for its worst to 1 for its best; 1 where all are equal."""
    if not points:
        raise ValueError("there is nothing to choose from")
    front(points, directions)  # says what is wrong with them
    columns: list[list[float]] = []
    for column, direction in zip(zip(*points, strict=True), directions, strict=True):
        low, high = min(column), max(column)
        best, span = (high, high - low) if direction == "maximize" else (low, high - low)
        columns.append([1 - abs(best - value) / span if span else 1.0 for value in column])
    return [list(row) for row in zip(*columns, strict=True)]


def _shares(weights: Sequence[float], directions: Sequence[Direction]) -> list[float]:
    if len(weights) != len(directions) or min(weights) < 0 or sum(weights) <= 0:
        raise ValueError(
            f"weights {list(weights)} must be {len(directions)} numbers that are not negative, and not all 0"
        )
    return [weight / sum(weights) for weight in weights]


def _times(left: float, right: float) -> float:
    return left * right


def _apart(left: Sequence[float], right: Sequence[float]) -> float:
    return sqrt(sum((a - b) ** 2 for a, b in zip(left, right, strict=True)))


def _first(merits: Sequence[float]) -> int:
    return max(range(len(merits)), key=merits.__getitem__)
