"""What a small change of one variable does around the best candidate, to each objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from mlsig.insight.surrogate import Columns, Surrogate

NEAR: Final = 0.1
"""How far a number is moved, as a share of the range that was seen."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of the best candidate, set to something else.

    Attributes:
        changes: What each objective is expected to change by, in its own unit.
    """

    name: str
    before: Any
    after: Any
    changes: dict[str, float]


def sensitivity(surrogates: Mapping[str, Surrogate], best: Mapping[str, Any]) -> list[Move]:
    """Return the moves of each variable that is active in the best candidate.

    Args:
        surrogates: By objective.
        best: How the best candidate is set.
    """
    moves: list[Move] = []
    columns = next(iter(surrogates.values())).columns
    for name in columns.names:
        if name not in best:
            continue
        for after in _near(columns, name, best[name]):
            pair = [best, {**best, name: after}]
            changes: dict[str, float] = {}
            for objective, surrogate in surrogates.items():
                here, there = surrogate.predict(pair)
                changes[objective] = float(there - here)
            moves.append(Move(name=name, before=best[name], after=after, changes=changes))
    return moves


def _near(columns: Columns, name: str, value: Any) -> list[Any]:
    """Return the values next to one: a little less and a little more, or every other option."""
    if not columns.is_number(name):
        return [option for option in columns.seen[name] if option != value]
    low, high = columns.span(name)
    step = (high - low) * NEAR
    if all(isinstance(one, int) for one in columns.seen[name]):
        whole = max(1, round(step))
        return [one for one in (value - whole, value + whole) if low <= one <= high]
    found = [round(max(low, value - step), 6), round(min(high, value + step), 6)]
    return [one for one in found if one != value]
