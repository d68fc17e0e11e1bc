"""Chances of normal numbers, in decimals: the same to the last bit on every machine.

between(0.0, 1.0, 0.0, 1.0)    ->    (0.5, 0.341…)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

_FAR: Final = 38.0  # beyond so many deviations, no float but 0 is the chance


@lru_cache(maxsize=4096)
def between(low: float, high: float, mean: float, deviation: float) -> tuple[float, float]:
    """Return the chance of less than `low`, and of `low` to `high`, for a normal distribution.

    Where both lie above the mean, the first is the chance of more than `high`: it is then small, and so
    precise.
    """
    from decimal import Decimal, localcontext  # noqa: PLC0415  (only spaces with `normal` need it)

    with localcontext() as context:
        context.prec = 60
        start, end = (
            (Decimal(edge) - Decimal(mean)) / Decimal(deviation) for edge in (low, high)
        )  # fmt: skip
        if start > 0:
            start, end = -end, -start
        below, up_to = _below(start), _below(end)
        return float(below), float(up_to - below)


def _below(x: Decimal) -> Decimal:
    """Return the chance that a standard normal number is below `x`, by the series of the error function."""
    from decimal import Decimal, localcontext  # noqa: PLC0415

    if abs(x) > Decimal(_FAR):
        return Decimal(0) if x < 0 else Decimal(1)
    with localcontext() as context:
        # The terms grow to e**(x*x/2) and cancel down to its inverse.
        context.prec = 60 + int(x * x)
        term = total = x
        k = 0
        while abs(term) > Decimal(10) ** -(context.prec - 5):
            k += 1
            term = term * -x * x * (2 * k - 1) / (2 * k * (2 * k + 1))
            total += term
        return Decimal("0.5") + total / (2 * _pi(context.prec)).sqrt()


@lru_cache(maxsize=256)
def _pi(digits: int) -> Decimal:
    """Return pi by Machin's formula."""
    from decimal import localcontext  # noqa: PLC0415

    with localcontext() as context:
        context.prec = digits + 5
        return 4 * (4 * _arctan_of_inverse(5, context.prec) - _arctan_of_inverse(239, context.prec))


def _arctan_of_inverse(n: int, digits: int) -> Decimal:
    from decimal import Decimal  # noqa: PLC0415

    power = total = Decimal(1) / n
    k = 1
    while abs(power) > Decimal(10) ** -digits:
        power /= -n * n
        k += 2
        total += power / k
    return total
