"""Step grids without rounding errors: whole numbers over a power of ten.

    float_grid(0.1, 0.7, 0.2)  ->  Grid(first=1, step=2, scale=10, size=4)     0.1  0.3  0.5  0.7

Every value is the float nearest to its decimal, so 0.3 is `0.3` and never `0.30000000000000004`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Grid(NamedTuple):
    """The values (first + k * step) / scale for k = 0 … size - 1."""

    first: int
    step: int
    scale: int
    size: int

    def at(self, k: int) -> float:
        """Return value number `k`. Division of ints is rounded correctly, so this is the nearest float."""
        return (self.first + k * self.step) / self.scale

    def nearest(self, value: float) -> int:
        """Return the number of the grid value that is nearest to a finite `value`; exact."""
        above, below = value.as_integer_ratio()
        distance = above * self.scale - self.first * below
        k = (2 * distance + self.step * below) // (2 * self.step * below)
        return max(0, min(self.size - 1, k))

    def has(self, value: float) -> bool:
        """Tell whether a finite `value` is on the grid."""
        return self.at(self.nearest(value)) == value


@lru_cache(maxsize=4096)
def float_grid(low: float, high: float, step: float) -> Grid:
    """Return the grid low, low + step, … up to high, each number read as the decimal that is written."""
    from fractions import Fraction  # noqa: PLC0415  (only spaces with float steps need it)

    start, end, width = (Fraction(repr(number)) for number in (low, high, step))
    scale = 1
    while scale % start.denominator or scale % width.denominator:
        scale *= 10
    return Grid(int(start * scale), int(width * scale), scale, (end - start) // width + 1)
