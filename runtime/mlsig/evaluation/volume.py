"""How much a front covers: the volume of all that is no better than some point of it, from a reference on.

    hypervolume([(0.8, 3.0), (0.6, 1.0)], reference=(0.0, 5.0), directions=["maximize", "minimize"])

Exact, for any number of objectives. Source: While, Bradstreet and Barone, A fast way of calculating exact
hypervolumes, IEEE Transactions on Evolutionary Computation 16 (2012), for three objectives and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from mlsig.evaluation.pareto import Point, front
from mlsig.settings import Direction

Gains = tuple[float, ...]


def hypervolume(points: Sequence[Point], reference: Point, directions: Sequence[Direction]) -> float:
    """Return the volume between points and a reference; points that are not better in all count nothing.

    Raises:
        ValueError: A point or the reference has another number of values than there are directions, or one
            that is not a number.
    """
    front([*points, reference], directions)  # says what is wrong with them
    signs = [1.0 if direction == "maximize" else -1.0 for direction in directions]
    gains = [
        tuple(sign * (value - least) for sign, value, least in zip(signs, point, reference, strict=True))
        for point in points
    ]
    return _volume(_undominated([gain for gain in gains if min(gain) > 0]))


def _volume(points: list[Gains]) -> float:
    """Return the volume from zero; no point dominates another."""
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return max(point[0] for point in points)
    points = sorted(points, reverse=True)
    if len(points[0]) == 2:
        covered, reached = 0.0, 0.0
        for wide, high in points:
            if high > reached:
                covered += wide * (high - reached)
                reached = high
        return covered
    total = 0.0
    for place, point in enumerate(points):
        # What later points cover of this one's box, each cut to the box, is counted with them.
        cut = [tuple(map(min, point, other)) for other in points[place + 1 :]]
        total += prod(point) - _volume(_undominated(cut))
    return total


def _undominated(points: Sequence[Gains]) -> list[Gains]:
    different = list(dict.fromkeys(points))
    return [
        point
        for point in different
        if not any(
            other is not point and all(a >= b for a, b in zip(other, point, strict=True))
            for other in different
        )
    ]
