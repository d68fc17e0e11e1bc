"""What generated `sample` methods look up: the legal combinations of variables that rules join.

    Table((0.25, 0.5), (("fast", 1), ("slow", 4), ("slow", 9)))

has three rows; a uniform number below 0.25 falls on the first, one of 0.5 and above on the last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MANY: Final = 24
"""From so many configurations on, columns are drawn faster than one after the other."""

_FEW: Final = 6  # bounds that are compared one after the other
_WORD: Final = 2**63
_MASK: Final = 0xFFFFFFFFFFFFFFFF
_GOLDEN: Final = 0x9E3779B97F4A7C15


State: TypeAlias = tuple[tuple[float, ...], tuple[int, ...], tuple[int, ...]]


class Table:
    """Rows with a chance each.

    Args:
        sums: The running sums of the chances, without the last, which is 1.
        rows: The rows, which are equally long.
    """

    __slots__ = ("_columns", "rows", "sums")

    def __init__(self, sums: tuple[float, ...], rows: tuple[tuple[Any, ...], ...]) -> None:
        self.sums = sums
        self.rows = rows
        self._columns: list[npt.NDArray[Any]] | None = None

    def row(self, u: float) -> tuple[Any, ...]:
        """Return the row that a uniform number falls on."""
        return self.rows[bisect_right(self.sums, u)]

    def columns(self, u: npt.NDArray[np.float64]) -> list[npt.NDArray[Any]]:
        """Return the rows that uniform numbers fall on, as columns."""
        if self._columns is None:
            self._columns = [column(values) for values in zip(*self.rows, strict=True)]
        found = places(self.sums, u)
        return [values.take(found) for values in self._columns]


class Walk:
    """Legal combinations of many variables, as states: what the variables so far leave open.

    Args:
        states: JSON of a list for each variable, of its states: each has the running sums of the chances of
            its parts, the states they lead to, and the numbers of the parts.
        rows: For each variable, what is known of each of its parts.
    """

    __slots__ = ("_layers", "_states", "rows")

    def __init__(self, states: str, rows: tuple[tuple[tuple[Any, ...], ...], ...]) -> None:
        self.rows = rows
        self._states = states
        self._layers: list[list[State]] | None = None

    def step(self, layer: int, state: int, u: float) -> tuple[int, int]:
        """Return the next state, and the part of variable number `layer`, that a uniform number falls on."""
        layers = self._layers
        if layers is None:
            layers = self._layers = msgspec.json.decode(self._states, type=list[list[State]])
        sums, states, parts = layers[layer][state]
        way = bisect_right(sums, u)
        return states[way], parts[way]


def rows(columns: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of arrays, as plain values of Python."""
    return zip(*(column.tolist() for column in columns.values()), strict=True)


def again(seed: float, attempt: int) -> Callable[[], float]:
    """Return a source of uniform numbers for one more attempt, which `seed` and `attempt` decide.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): SplitMix64.
    """
    state = (int(seed * 2.0**53) * _GOLDEN + attempt * 0xD1342543DE82EF95) & _MASK

    def draw() -> float:
        nonlocal state
        state = (state + _GOLDEN) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53

    return draw


def places(sums: Sequence[float], u: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return for uniform numbers how many of the sums, which rise, are not above them."""
    import numpy as np  # noqa: PLC0415  (only batches need it)

    if len(sums) > _FEW:
        return np.searchsorted(np.array(sums), u, side="right")
    found = np.zeros(len(u), np.int64)
    for bound in sums:
        found += u >= bound
    return found


def column(values: Sequence[Any]) -> npt.NDArray[Any]:
    """Return values as an array that gives back the same values, of the same types."""
    import numpy as np  # noqa: PLC0415

    kinds: set[type] = {type(value) for value in values}
    if kinds == {float}:
        return np.array(values, np.float64)
    if kinds == {int} and all(-_WORD <= value < _WORD for value in values):
        return np.array(values, np.int64)
    if kinds == {bool}:
        return np.array(values, np.bool_)
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found
