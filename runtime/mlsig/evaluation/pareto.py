"""Which points nobody beats, when some objectives are to be large and others small.

A point dominates another when it is at least as good in every objective and better in one. Equal points do
not dominate each other: both are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Final, Generic, TypeAlias, TypeVar

from mlsig.settings import Direction

Point: TypeAlias = Sequence[float]
ItemT = TypeVar("ItemT")


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


class ParetoArchive(Generic[ItemT]):
    """The best of what has been seen so far, by several objectives: what nobody beats, oldest first.

    archive = ParetoArchive[str](["maximize", "minimize"])
    archive.add("a", (0.8, 0.01))      # True: it is on the front now
    """

    def __init__(self, directions: Sequence[Direction]) -> None:
        """Begin with nothing.

        Raises:
            ValueError: There are no directions.
        """
        if not directions:
            raise ValueError("an archive needs at least one direction: maximize or minimize")
        self.directions: Final = tuple(directions)
        self._members: list[tuple[ItemT, tuple[float, ...]]] = []

    def __len__(self) -> int:
        return len(self._members)

    def add(self, item: ItemT, point: Point) -> bool:
        """Take an item in unless it is dominated; what it dominates goes. Say whether it was taken.

        Raises:
            ValueError: The point has another number of values, or one that is not a number.
        """
        values = tuple(point)
        dominates(values, values, self.directions)  # says what is wrong with it
        if any(dominates(other, values, self.directions) for _, other in self._members):
            return False
        self._members = [
            member for member in self._members if not dominates(values, member[1], self.directions)
        ]
        self._members.append((item, values))
        return True

    @property
    def items(self) -> list[ItemT]:
        """What is on the front."""
        return [item for item, _ in self._members]

    @property
    def points(self) -> list[tuple[float, ...]]:
        """The values of `items`, in their order."""
        return [point for _, point in self._members]
