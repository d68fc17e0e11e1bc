"""How one value is drawn from a piece of a domain: as Python for a number, and as Python for whole columns.

    Steps(16, 32, …, 4096)   ->   16 + 16 * floor(draw() * 256.0)
                                  16 + 16 * vectors.whole(u[2], 256)

A *way* is a formula; its parameters are numbers, or the names of columns of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlsig.spaces.draws import EXACT, LARGEST, octaves
from mlsig.spaces.normals import between

from mlsig_compiler.literals import literal
from mlsig_compiler.model import FloatDomain
from mlsig_compiler.proofs.cells import NOTHING, Listed, Piece, Span, Steps, prior
from mlsig_compiler.proofs.priors import bounds

_LAST_U: Final = 1.0 - 2.0**-53  # the largest number that `random()` returns


@dataclass(frozen=True, slots=True)
class Way:
    """A formula: its kind, and the numbers that are part of it."""

    kind: str
    step: int = 1
    scale: int = 0
    width: float = 0.0
    mean: float = 0.0


NULL_WAY: Final = Way("null")
POOL_WAY: Final = Way("pool")


def way_of(piece: Piece) -> tuple[Way, dict[str, Any]]:
    """Return how a piece is drawn from, and its parameters; those of a pool are not known yet."""
    if isinstance(piece, Listed):
        return (NULL_WAY if piece is NOTHING else POOL_WAY), {}
    if isinstance(piece, Span):
        return _span(piece)
    first = piece.origin + piece.first * piece.step
    low, step = piece.at(piece.first), piece.domain.step or 1
    given: dict[str, Any] = {"first": first, "count": piece.count}
    match prior(piece.domain):
        case "log":
            given |= {"low": low, "octaves": octaves(low, low + piece.count * step)}
            return Way("log_steps", piece.step, piece.scale, step), given
        case "normal" if isinstance(piece.domain, FloatDomain):
            mean, _ = piece.domain.normal or (0.0, 1.0)
            given |= {"low": low, **_normal(piece)}
            return Way("normal_steps", piece.step, piece.scale, step, float(mean)), given
        case _:
            return Way("steps", piece.step, piece.scale), given


def _span(piece: Span) -> tuple[Way, dict[str, Any]]:
    low, high = piece.low, piece.high
    match prior(piece.domain):
        case "log":
            return Way("log"), {"low": low, "high": high, "octaves": octaves(low, high)}
        case "normal":
            mean, _ = piece.domain.normal or (0.0, 1.0)
            return Way("normal", mean=float(mean)), {"low": low, "high": high, **_normal(piece)}
        case _:
            width = high - low
            if width > LARGEST:
                return Way("wide"), {"low": low, "high": high}
            return Way("even"), {"low": low, "width": fitting(low, high)}


def fitting(low: float, high: float) -> float:
    """Return the width by which no uniform number leads from `low` beyond `high`."""
    width = high - low
    while low + width * _LAST_U > high:
        width *= _LAST_U
    return width


def _normal(piece: Steps | Span) -> dict[str, Any]:
    mean, deviation = piece.domain.normal or (0.0, 1.0) if isinstance(piece.domain, FloatDomain) else (0, 1)
    low, high = bounds(piece)
    start, part = between(low, high, float(mean), float(deviation))
    return {"deviation": float(-deviation if low > mean else deviation), "start": start, "part": part}


def single(way: Way, given: Mapping[str, str], u: str, function: Callable[[str], str]) -> str:
    """Return the Python of one value; `function` says how a function is written."""
    p = given.get
    match way.kind:
        case "even":
            return _plus(given["low"], f"{given['width']} * {u}" if given["width"] != "1.0" else u)
        case "wide":
            return f"{function('uniform')}({u}, {p('low')}, {p('high')})"
        case "log":
            return f"{function('exponential')}({u}, {p('low')}, {p('high')}, {p('octaves')})"
        case "normal":
            return f"{function('normal')}({u}, {_normal_text(way, given, given['high'])})"
        case "pool":
            return f"{p('pool')}[{_plus(given['first'], _place(u, given['count'], function))}]"
        case "log_steps":
            numbers = f"{p('low')}, {literal(way.width)}, {p('count')}, {p('octaves')}"
            return _stepped(way, given, f"{function('log_index')}({u}, {numbers})")
        case "normal_steps":
            numbers = _normal_text(way, given, f"{literal(way.width)}, {p('count')}")
            return _stepped(way, given, f"{function('normal_index')}({u}, {numbers})")
        case _:
            return _stepped(way, given, _place(u, given["count"], function))


def columnar(way: Way, given: Mapping[str, str], u: str) -> str:
    """Return the Python of a column of values."""
    p = given.get
    match way.kind:
        case "even":
            return _plus(given["low"], f"{given['width']} * {u}")
        case "wide":
            return f"vectors.uniform({u}, {p('low')}, {p('high')})"
        case "log":
            return f"vectors.exponential({u}, {p('low')}, {p('high')}, {p('octaves')})"
        case "normal":
            return f"vectors.normal({u}, {_normal_text(way, given, given['high'])})"
        case "pool":
            return f"vectors.pooled({u}, {p('pool')}, {p('first')}, {p('count')})"
        case "log_steps":
            numbers = f"{p('low')}, {literal(way.width)}, {p('count')}, {p('octaves')}"
            return _stepped(way, given, f"vectors.log_index({u}, {numbers})")
        case "normal_steps":
            numbers = _normal_text(way, given, f"{literal(way.width)}, {p('count')}")
            return _stepped(way, given, f"vectors.normal_index({u}, {numbers})")
        case _:
            return _stepped(way, given, f"vectors.whole({u}, {p('count')})")


def _normal_text(way: Way, given: Mapping[str, str], middle: str) -> str:
    tail = ", ".join((literal(way.mean), given["deviation"], given["start"], given["part"]))
    return f"{given['low']}, {middle}, {tail}"


def _place(u: str, count: str, function: Callable[[str], str]) -> str:
    if count.isdigit() and int(count) > EXACT:
        return f"{function('index')}({u}, {count})"
    factor = literal(float(count)) if count.isdigit() else count  # floats are multiplied faster
    return f"{function('floor')}({u} * {factor})"


def _stepped(way: Way, given: Mapping[str, str], place: str) -> str:
    times = place if way.step == 1 else f"{way.step} * {place}"
    number = _plus(given["first"], times)
    if not way.scale:
        return number
    return f"({number}) / {way.scale}" if number != times else f"{number} / {way.scale}"


def _plus(first: str, more: str) -> str:
    return more if first in {"0", "0.0"} else f"{first} + {more}"
