"""Which points nobody beats, when some objectives are to be large and others small.

A point dominates another when it is at least as good in every objective and better in one. Equal points do
not dominate each other: both are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TypeAlias

from mlsig.settings import Direction

Point: TypeAlias = Sequence[float]


def dominates(a: Point, b: Point, directions: Sequence[Direction]) -> bool:
    """Say whether `a` dominates `b`; both have one value for each direction.

    Raises:
        ValueError: A point has another number of values, or one that is not a number.
    """
    better = False
    for left, right, direction in zip(a, b, directions, strict=True):
        if isnan(left) or isnan(right):
            raise ValueError("a point of the front has a value that is not a number")
        best, other = (left, right) if direction == "maximize" else (right, left)
        if best < other:
            return False
        better = better or best > other
    return better


def front(points: Sequence[Point], directions: Sequence[Direction]) -> list[int]:
    """Return the indices of the points that no other dominates, in their given order."""
    return [
        index
        for index, point in enumerate(points)
        if not any(dominates(other, point, directions) for other in points)
    ]
