"""From uniform numbers to values: the arithmetic that generated `sample` methods and the domains share.

Only `+ - * /`, comparisons, square roots and scaling by powers of two are used, which IEEE 754 defines to the
last bit. `exp` and `log` of the C library are not: the same seed would give other samples elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import ldexp, sqrt
from typing import Final, Protocol

ATTEMPTS: Final = 10_000
"""How often a sample is drawn again because of a broken constraint before giving up."""

EXACT: Final = 2**53
"""Up to this many values, `int(u * count)` is below `count` for every `u` below 1."""

_CELLS: Final = 32
_LN2_CELL: Final = 0.6931471805599453 / _CELLS


def _roots_of_two() -> tuple[float, ...]:
    """Return 2**(k/32) for k = 0 … 31, as products of square roots."""
    roots: list[float] = []
    root = 2.0
    for _ in range(5):
        root = sqrt(root)
        roots.append(root)  # 2**(1/2), 2**(1/4), …, 2**(1/32)
    table: list[float] = []
    for cell in range(_CELLS):
        product = 1.0
        for bit, factor in zip((16, 8, 4, 2, 1), roots, strict=True):
            if cell & bit:
                product *= factor
        table.append(product)
    return tuple(table)


_ROOTS: Final = _roots_of_two()


class Rng(Protocol):
    """A source of uniform numbers. `random.Random` and `numpy.random.Generator` are such sources."""

    def random(self) -> float:
        """Return the next number, at least 0 and below 1."""
        ...


def index(u: float, count: int) -> int:
    """Return which of `count` equally likely values `u` falls on, 0 to count - 1."""
    if count <= EXACT:
        return int(u * count)
    return int(u * EXACT) * count >> 53


def weighted(u: float, thresholds: tuple[float, ...]) -> int:
    """Return which option `u` falls on, given the running sums of the weights (of sum 1) without the last."""
    return bisect_right(thresholds, u)


def uniform(u: float, low: float, high: float) -> float:
    """Return a number in [low, high]."""
    width = high - low
    if width <= _LARGEST:
        return min(high, low + width * u)
    return max(low, min(high, low * (1.0 - u) + high * u))


def exponential(u: float, low: float, high: float, octaves: float) -> float:
    """Return a number in [low, high], uniform in the logarithm; `octaves` is log2(high / low) and low > 0."""
    exponent = u * octaves
    whole = int(exponent)
    cells = (exponent - whole) * _CELLS
    cell = int(cells)
    x = (cells - cell) * _LN2_CELL
    # Taylor's series of e**x for x below 0.022: the remainder is smaller than the rounding.
    tail = 1.0 + x * (1.0 + x * (0.5 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720))))))
    try:
        value = ldexp(low * _ROOTS[cell] * tail, whole)
    except OverflowError:
        return high
    return max(low, min(high, value))


def log_index(u: float, low: float, step: float, count: int, octaves: float) -> int:
    """Return which of low, low + step, … `u` falls on, with weight log((value + step) / value) for each.

    `octaves` is log2((low + count * step) / low).
    """
    value = exponential(u, low, _LARGEST, octaves)
    return min(count - 1, int((value - low) / step))


@lru_cache(maxsize=4096)
def octaves(low: float, high: float) -> float:
    """Return log2(high / low), rounded from 40 digits, so that it is the same number everywhere."""
    from decimal import Decimal, localcontext  # noqa: PLC0415  (only spaces with `log` need it)

    with localcontext() as context:
        context.prec = 40
        return float((Decimal(high) / Decimal(low)).ln() / Decimal(2).ln())


@lru_cache(maxsize=4096)
def thresholds(weights: tuple[float, ...]) -> tuple[float, ...]:
    """Return the running sums of weights, scaled to a sum of 1, without the last; what `weighted` wants."""
    from fractions import Fraction  # noqa: PLC0415  (only spaces with weights need it)

    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    running = Fraction(0)
    sums: list[float] = []
    for weight in exact[:-1]:
        running += weight
        sums.append(float(running / total))
    return tuple(sums)


_LARGEST: Final = 1.7976931348623157e308
