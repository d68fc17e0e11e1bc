"""From uniform numbers to values: the arithmetic that generated `sample` methods and the domains share.

Only `+ - * /`, comparisons, square roots and scaling by powers of two are used, which IEEE 754 defines to the
last bit. `exp` and `log` of the C library are not: the same seed would give other samples elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import floor, frexp, ldexp, sqrt
from typing import Final, Protocol

ATTEMPTS: Final = 10_000
"""How often a sample is drawn again because of a broken constraint before giving up."""

EXACT: Final = 2**53
"""Up to this many values, `floor(u * count)` is below `count` for every `u` below 1."""

CELLS: Final = 32
_CELL: Final = CELLS - 1
_WHOLE: Final = 5  # the power of two that CELLS is
LN2_CELL: Final = 0.6931471805599453 / CELLS

ATANH_CELL: Final = tuple(2.0 / k / LN2_CELL for k in (1, 3, 5, 7))
"""The series of 2 atanh(s), in cells: log((1 + s) / (1 - s)), for s up to 0.011."""

LADDER_LOW: Final = 1e-150
LADDER_OCTAVES: Final = 256.0
"""Ranges that are wider than that have no `Ladder`: it would be long, or leave the normal floats."""


def _roots_of_two() -> tuple[float, ...]:
    """Return 2**(k/32) for k = 0 … 31, as products of square roots."""
    roots: list[float] = []
    root = 2.0
    for _ in range(5):
        root = sqrt(root)
        roots.append(root)  # 2**(1/2), 2**(1/4), …, 2**(1/32)
    table: list[float] = []
    for cell in range(CELLS):
        product = 1.0
        for bit, factor in zip((16, 8, 4, 2, 1), roots, strict=True):
            if cell & bit:
                product *= factor
        table.append(product)
    return tuple(table)


ROOTS: Final = _roots_of_two()


class Rng(Protocol):
    """A source of uniform numbers. `random.Random` and `numpy.random.Generator` are such sources."""

    def random(self) -> float:
        """Return the next number, at least 0 and below 1."""
        ...


def index(u: float, count: int) -> int:
    """Return which of `count` equally likely values `u` falls on, 0 to count - 1."""
    if count <= EXACT:
        return floor(u * count)
    return floor(u * EXACT) * count >> 53


def weighted(u: float, thresholds: tuple[float, ...]) -> int:
    """Return which option `u` falls on, given the running sums of the weights (of sum 1) without the last."""
    return bisect_right(thresholds, u)


def uniform(u: float, low: float, high: float) -> float:
    """Return a number in [low, high]."""
    width = high - low
    if width <= LARGEST:
        return min(high, low + width * u)
    return max(low, min(high, low * (1.0 - u) + high * u))


def exponential(u: float, low: float, high: float, octaves: float) -> float:
    """Return a number in [low, high], uniform in the logarithm; `octaves` is log2(high / low) and low > 0."""
    exponent = u * octaves * CELLS  # a power of two: exact, and so is what `floor` leaves
    cell = floor(exponent)
    x = (exponent - cell) * LN2_CELL
    # Taylor's series of e**x for x below 0.022: the remainder is smaller than the rounding.
    tail = 1.0 + x * (1.0 + x * (0.5 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720))))))
    try:
        value = ldexp(low * ROOTS[cell & _CELL] * tail, cell >> _WHOLE)
    except OverflowError:
        return high
    if value > high:
        return high
    return value if value > low else low


class Ladder:
    """The range [low, high] in rungs of a 32nd of an octave: `exponential` with its products looked up.

    Generated code reads `cells`, and works out the rest of `exponential` by itself.

    Args:
        low: The first number, not below `LADDER_LOW`.
        high: The last number.
        octaves: log2(high / low), at most `LADDER_OCTAVES`.
    """

    __slots__ = ("cells", "factor", "high", "low", "total")
    cells: tuple[float, ...]
    total: float

    def __init__(self, low: float, high: float, octaves: float) -> None:
        self.low = low
        self.high = high
        self.factor = octaves * CELLS

    def __getattr__(self, name: str) -> object:
        """Work out what is first asked for: the lower ends of the rungs, or log(high / low)."""
        match name:
            case "cells":
                rungs = range(floor(self.factor) + 1)
                self.cells = tuple(ldexp(self.low * ROOTS[k & _CELL], k >> _WHOLE) for k in rungs)
                return self.cells
            case "total":
                self.total = nats(self.low, self.high)
                return self.total
            case _:
                raise AttributeError(name)

    def value(self, u: float) -> float:
        """Return what `exponential` returns; `high` for 1."""
        x = u * self.factor
        cell = floor(x)
        x = (x - cell) * LN2_CELL
        tail = x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720))))
        value = self.cells[cell] * (1.0 + x * (1.0 + x * (0.5 + tail)))
        return value if value < self.high and u < 1.0 else self.high


def log_index(u: float, low: float, step: float, count: int, octaves: float) -> int:
    """Return which of low, low + step, … `u` falls on, with weight log((value + step) / value) for each.

    `octaves` is log2((low + count * step) / low).
    """
    value = exponential(u, low, LARGEST, octaves)
    return min(count - 1, floor((value - low) / step))


def logarithm(x: float) -> float:
    """Return the natural logarithm of a number above 0; the last bit may be off, but everywhere alike."""
    fraction, exponent = frexp(x)
    if fraction < HALF_ROOT:
        fraction, exponent = fraction * 2.0, exponent - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    square = s * s
    series = 1 / 25 * square + 1 / 23  # `ATANH`, which columns go through one after the other
    series = (series * square + 1 / 21) * square + 1 / 19
    series = (series * square + 1 / 17) * square + 1 / 15
    series = (series * square + 1 / 13) * square + 1 / 11
    series = (series * square + 1 / 9) * square + 1 / 7
    series = (series * square + 1 / 5) * square + 1 / 3
    return exponent * LN2 + 2.0 * s * (series * square + 1.0)


def quantile(p: float) -> float:
    """Return below which number a standard normal one falls with chance `p`, 0 < p < 1.

    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37
    (1988): rational functions, good to 16 digits.
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return q * _ratio(0.180625 - q * q, NEAR)
    r = sqrt(-logarithm(p if q < 0.0 else 1.0 - p))
    found = _ratio(r - 1.6, MIDDLE) if r <= 5.0 else _ratio(r - 5.0, FAR)
    return -found if q < 0.0 else found


def _ratio(x: float, factors: tuple[tuple[float, ...], tuple[float, ...]]) -> float:
    above = below = 0.0
    for factor in factors[0]:
        above = above * x + factor
    for factor in factors[1]:
        below = below * x + factor
    return above / below


def normal(  # noqa: PLR0917  (generated code has them in this order)
    u: float, low: float, high: float, mean: float, deviation: float, start: float, part: float
) -> float:
    """Return a number in [low, high], from a normal distribution that is cut to it.

    `start` is the chance of a number below `low`, `part` that of one in the range. Where the range lies above
    the mean, `deviation` is given with a minus and `start` is the chance of a number above `high`.
    """
    p = start + part * u
    if p <= 0.0:
        return low if deviation > 0.0 else high
    return max(low, min(high, mean + deviation * quantile(min(p, BELOW_1))))


def normal_index(  # noqa: PLR0917  (generated code has them in this order)
    u: float, low: float, step: float, count: int, mean: float, deviation: float, start: float, part: float
) -> int:
    """Return which of low, low + step, … is nearest to a normal number, cut to their range."""
    edge = low - step / 2
    value = normal(u, edge, edge + count * step, mean, deviation, start, part)
    return max(0, min(count - 1, floor((value - edge) / step)))


@lru_cache(maxsize=4096)
def octaves(low: float, high: float) -> float:
    """Return log2(high / low), rounded from 40 digits, so that it is the same number everywhere."""
    return _logarithm_of(low, high, 2)


def nats(low: float, high: float) -> float:
    """Return log(high / low), rounded from 40 digits."""
    return _logarithm_of(low, high, 0)


def _logarithm_of(low: float, high: float, base: int) -> float:
    from decimal import Decimal, localcontext  # noqa: PLC0415  (only spaces with `log` need it)

    with localcontext() as context:
        context.prec = 40
        found = (Decimal(high) / Decimal(low)).ln()
        return float(found / Decimal(base).ln()) if base else float(found)


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


LARGEST: Final = 1.7976931348623157e308
BELOW_1: Final = 1.0 - 2.0**-53
LN2: Final = 0.6931471805599453
HALF_ROOT: Final = 0.7071067811865476
ATANH: Final = tuple(1.0 / k for k in range(25, 0, -2))
"""The series of atanh(s) / s in s * s, the last factor first."""

NEAR: Final = (
    (
        *(2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4),
        *(1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080),
    ),
    (
        *(5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4),
        *(5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
    ),
)
MIDDLE: Final = (
    (
        *(7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1),
        *(1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550),
        *(4.63033784615654529590, 1.42343711074968357734),
    ),
    (
        *(1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2),
        *(1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940),
        *(2.05319162663775882187, 1.0),
    ),
)
FAR: Final = (
    (
        *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3),
        *(2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580),
        *(5.46378491116411436990, 6.65790464350110377720),
    ),
    (
        *(2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5),
        *(7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1),
        *(5.99832206555887937690e-1, 1.0),
    ),
)
"""Factors of the rational functions of `quantile`, above and below the line, the highest power first."""
