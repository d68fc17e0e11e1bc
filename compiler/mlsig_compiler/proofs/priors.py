"""The chance of a part of a domain, in arithmetic that gives the same number on every machine."""

from __future__ import annotations

from mlsig.spaces.draws import octaves
from mlsig.spaces.normals import between

from mlsig_compiler.model import FloatDomain
from mlsig_compiler.proofs.cells import Piece, Span, Steps, prior


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
    step = float(piece.domain.step or 1)
    low -= step / 2
    return low, low + piece.count * step


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
