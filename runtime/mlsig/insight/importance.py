"""How much of the score's variance each variable stands for, and which variables only act together.

A variable's part is its total effect: half the mean square of what the score changes by when that variable
alone is drawn anew (Jansen 1999). Shares are these, made to sum to 1. What two variables do together, and
neither alone, is the quarter of the mean square of the mixed difference (Liu and Owen 2006).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import msgspec
import numpy as np

from mlsig.insight.observations import Observation
from mlsig.insight.surrogate import Array, Surrogate
from mlsig.insight.worlds import Setting, Worlds

DRAWS: Final = 256
LEADING: Final = 6
"""How many of the most important variables are looked at in pairs."""


class Share(msgspec.Struct, frozen=True):
    """A variable's share of the variance."""

    name: str
    share: float


class Pair(msgspec.Struct, frozen=True):
    """Two variables, and the share of the variance that is due to both at once."""

    first: str
    second: str
    share: float


class Effects(NamedTuple):
    """What variables do, alone and in pairs.

    Attributes:
        shares: Of every variable that varied, the greatest first; they sum to 1.
        pairs: Of the leading variables, the strongest first, as shares of the whole variance.
    """

    shares: tuple[Share, ...]
    pairs: tuple[Pair, ...]


def effects(surrogate: Surrogate, observations: Sequence[Observation], *, seed: int = 0) -> Effects:
    """Return what the variables of the candidates do, as far as the surrogate knows."""
    worlds = Worlds([one.values for one in observations], surrogate.columns, seed)
    first, second = worlds.draw(DRAWS), worlds.draw(DRAWS)

    def moved(*names: str) -> list[Setting]:
        return [worlds.changed(one, *names, like=other) for one, other in zip(first, second, strict=True)]

    names = surrogate.columns.names
    before, *after = _predicted(surrogate, [first, *(moved(name) for name in names)])
    alone = dict(zip(names, after, strict=True))
    shares = _shares(before, alone)
    leading = list(combinations([one.name for one in shares[:LEADING]], 2))
    both = _predicted(surrogate, [moved(*pair) for pair in leading]) if leading else []
    variance = float(np.var(before)) or 1.0
    pairs = [
        Pair(one, other, float(np.mean((before - alone[one] - alone[other] + together) ** 2)) / 4 / variance)
        for (one, other), together in zip(leading, both, strict=True)
    ]
    return Effects(tuple(shares), tuple(sorted(pairs, key=lambda pair: (-pair.share, pair.first))))


def _shares(before: Array, alone: Mapping[str, Array]) -> list[Share]:
    parts = {name: float(np.mean((before - after) ** 2)) for name, after in alone.items()}
    total = sum(parts.values())
    # A surrogate that says the same of everything gives nobody more than others.
    found = [Share(name, part / total if total > 0 else 1 / len(parts)) for name, part in parts.items()]
    return sorted(found, key=lambda one: (-one.share, one.name))


def _predicted(surrogate: Surrogate, groups: Sequence[Sequence[Setting]]) -> list[Array]:
    """Return the predictions of each group; asked for at once, which is much faster."""
    found = surrogate.predict([setting for group in groups for setting in group])
    return np.split(found, len(groups))
