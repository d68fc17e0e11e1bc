"""The chance of a part of a domain, in arithmetic that gives the same number on every machine."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final

from mlsig.spaces.draws import octaves

from mlsig_compiler.model import FloatDomain
from mlsig_compiler.proofs.cells import Piece, Span, Steps, prior

_FAR: Final = 38.0  # beyond so many deviations, no float but 0 is the chance


def share(piece: Piece, whole: Piece) -> float:
    """Return the chance of a piece of a range, within the whole of it."""
    if isinstance(piece, Span) and isinstance(whole, Span):
        return _of_span(piece, whole)
    if isinstance(piece, Steps) and isinstance(whole, Steps):
        return _of_steps(piece, whole)
    return piece.size / whole.size if piece.size and whole.size else 0.0


def bounds(piece: Steps | Span) -> tuple[float, float]:
    """Return between which floats the piece's values are drawn: with steps, half of one to either side."""
    low, high = piece.ends
    if isinstance(piece, Span):
        return low, high
    half = float(piece.domain.step or 1) / 2
    return low - half, high + half


def _of_span(piece: Span, whole: Span) -> float:
    if whole.low == whole.high:
        return 1.0
    if piece.low == piece.high:
        return 0.0
    match prior(whole.domain):
        case "log":
            return min(1.0, octaves(piece.low, piece.high) / octaves(whole.low, whole.high))
        case "normal":
            return _normal(whole.domain, (piece.low, piece.high), (whole.low, whole.high))
        case _:
            return min(1.0, (piece.high / 2 - piece.low / 2) / (whole.high / 2 - whole.low / 2))


def _of_steps(piece: Steps, whole: Steps) -> float:
    match prior(whole.domain):
        case "log":
            return min(1.0, octaves(*_edges(piece)) / octaves(*_edges(whole)))
        case "normal" if isinstance(whole.domain, FloatDomain):
            return _normal(whole.domain, bounds(piece), bounds(whole))
        case _:
            return piece.count / whole.count


def _edges(piece: Steps) -> tuple[float, float]:
    low = piece.at(piece.first)
    return low, low + piece.count * (piece.domain.step or 1)


def _normal(domain: FloatDomain, part: tuple[float, float], whole: tuple[float, float]) -> float:
    mean, deviation = domain.normal or (0.0, 1.0)
    _, all_of_it = between(*whole, mean, deviation)
    return min(1.0, between(*part, mean, deviation)[1] / all_of_it) if all_of_it else 0.0


@lru_cache(maxsize=4096)
def between(low: float, high: float, mean: float, deviation: float) -> tuple[float, float]:
    """Return the chance of less than `low`, and of `low` to `high`, for a normal distribution.

    Where both lie above the mean, the first is the chance of more than `high`: it is then small, and so
    precise.
    """
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
    with localcontext() as context:
        context.prec = digits + 5
        return 4 * (4 * _arctan_of_inverse(5, context.prec) - _arctan_of_inverse(239, context.prec))


def _arctan_of_inverse(n: int, digits: int) -> Decimal:
    power = total = Decimal(1) / n
    k = 1
    while abs(power) > Decimal(10) ** -digits:
        power /= -n * n
        k += 2
        total += power / k
    return total
