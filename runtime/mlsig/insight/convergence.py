"""Whether a search was over when it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from mlsig.simba.outcome import Point

MOST: Final = 0.95
"""The share of the whole gain that counts as nearly all."""


class Convergence(msgspec.Struct, frozen=True, kw_only=True):
    """How the score of the best, as believed, rose.

    Attributes:
        best: After each step: calls until then, and the best score so far.
        gain: From the first to the last.
        nearly: Calls after which nearly all of the gain was made; None where there was none.
        idle: The share of the calls that came after the last gain.
    """

    best: tuple[tuple[int, float], ...]
    gain: float
    nearly: int | None
    idle: float


def convergence(history: Sequence[Point]) -> Convergence:
    """Return how a search went; `history` has at least one point."""
    best: list[tuple[int, float]] = []
    for point in history:
        best.append((point.calls, max(point.score, best[-1][1] if best else point.score)))
    (start, first), (end, last) = best[0], best[-1]
    gain = last - first
    if gain <= 0:
        return Convergence(best=tuple(best), gain=0.0, nearly=None, idle=1.0)
    nearly = next(calls for calls, score in best if score >= first + MOST * gain)
    reached = next(calls for calls, score in best if score >= last)
    idle = (end - reached) / (end - start) if end > start else 0.0
    return Convergence(best=tuple(best), gain=gain, nearly=nearly, idle=idle)
