"""The sets of values that variables take.

Each domain can say whether it contains a value, why not, draw one from a uniform number, step to the values
next to one, and describe itself in words. Drawing gives exactly what the generated `sample` would give.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import msgspec

from mlsig.spaces import draws, normals
from mlsig.spaces.grids import Grid, float_grid
from mlsig.spelling import nearest
from mlsig.types.shown import shown

Scalar: TypeAlias = str | int | float | bool | None

_SHOWN = 8  # options named in a message
_REACH = 20  # neighbours of a number are one step and one twentieth of the range away


class Verdict(NamedTuple):
    """What a domain says to a value: `value` as it is stored, or the `code` and the `reason` of a refusal.

    `code` is `type`, `out_of_range`, `off_step` or `not_an_option`, and empty for a value of the domain.
    """

    value: Scalar
    code: str = ""
    reason: str = ""


class FloatDomain(msgspec.Struct, frozen=True, kw_only=True):
    """Floats in [low, high]; with `step` only low + k * step.

    Drawn uniformly; with `log` uniformly in the logarithm; with `normal` = (mean, deviation) from that normal
    distribution, cut to the range.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    normal: tuple[float, float] | None = None

    @property
    def grid(self) -> Grid | None:
        """The exact step grid; None for a continuous domain."""
        return None if self.step is None else float_grid(self.low, self.high, self.step)

    @property
    def size(self) -> int | None:
        """How many values there are; None for a continuum."""
        if self.grid is not None:
            return self.grid.size
        return 1 if self.low == self.high else None

    def contains(self, value: Any) -> bool:
        """Tell whether `value` is in the domain; an int counts as a float."""
        return not self.judge(value).code

    def judge(self, value: Any) -> Verdict:
        """Return the value as a float, or say what is wrong with it."""
        number = _as_float(value)
        if number is None:
            return Verdict(None, "type", "must be a float")
        if not self.low <= number <= self.high:
            return Verdict(number, "out_of_range")
        grid = self.grid
        if grid is not None and not grid.has(number):
            return Verdict(number, "off_step", f"the nearest is {show(grid.at(grid.nearest(number)))}")
        return Verdict(number)

    def draw(self, u: float) -> float:
        """Return the value for a uniform number in [0, 1)."""
        grid = self.grid
        if self.normal is not None:
            return self._normal(u, grid, *self.normal)
        if grid is None:
            if self.log:
                return draws.exponential(u, self.low, self.high, draws.octaves(self.low, self.high))
            return draws.uniform(u, self.low, self.high)
        return grid.at(_draw_index(u, self.low, self.step or 0.0, grid.size, log=self.log))

    def _normal(self, u: float, grid: Grid | None, mean: float, deviation: float) -> float:
        half = 0.0 if self.step is None else self.step / 2
        count = 1 if grid is None else grid.size
        low = self.low - half
        high = self.high if grid is None else low + count * (self.step or 0.0)
        start, part = normals.between(low, high, mean, deviation)
        turned = -deviation if low > mean else deviation
        if grid is None:
            return draws.normal(u, low, high, mean, turned, start, part)
        place = draws.normal_index(u, self.low, self.step or 0.0, count, mean, turned, start, part)
        return grid.at(place)

    def neighbors(self, value: Scalar) -> tuple[float, ...]:
        """Return the values next to one of the domain: one step and a twentieth of the range, either way."""
        number = float(value or 0.0)
        grid = self.grid
        if grid is not None:
            return tuple(grid.at(k) for k in _moves(grid.nearest(number), grid.size))
        if self.log:
            factor = draws.exponential(
                1 / _REACH, 1.0, self.high / self.low, draws.octaves(self.low, self.high)
            )
            near = (number / factor, number * factor)
        else:
            reach = self.high / _REACH - self.low / _REACH
            near = (number - reach, number + reach)
        return tuple(
            dict.fromkeys(x for x in (max(self.low, near[0]), min(self.high, near[1])) if x != number)
        )

    def __str__(self) -> str:
        return _range(self.low, self.high, self.step)


class IntDomain(msgspec.Struct, frozen=True, kw_only=True):
    """Ints low, low + step, … up to high; `log` draws uniformly in the logarithm."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    @property
    def size(self) -> int:
        """How many values there are."""
        return (self.high - self.low) // self.step + 1

    def contains(self, value: Any) -> bool:
        """Tell whether `value` is in the domain."""
        return not self.judge(value).code

    def judge(self, value: Any) -> Verdict:
        """Return the value as an int, or say what is wrong with it; neither True nor 3.0 is an int."""
        if not isinstance(value, int) or isinstance(value, bool):
            return Verdict(None, "type", "must be an int")
        number = int(value)
        if not self.low <= number <= self.high:
            return Verdict(number, "out_of_range")
        if (number - self.low) % self.step:
            k = min(self.size - 1, (2 * (number - self.low) + self.step) // (2 * self.step))
            return Verdict(number, "off_step", f"the nearest is {self.low + k * self.step}")
        return Verdict(number)

    def draw(self, u: float) -> int:
        """Return the value for a uniform number in [0, 1)."""
        return self.low + self.step * _draw_index(u, self.low, self.step, self.size, log=self.log)

    def neighbors(self, value: Scalar) -> tuple[int, ...]:
        """Return the values next to one of the domain: one step and a twentieth of the range, either way."""
        k = (int(value or 0) - self.low) // self.step
        return tuple(self.low + self.step * k for k in _moves(k, self.size))

    def __str__(self) -> str:
        return _range(self.low, self.high, self.step if self.step != 1 else None)


class OptionsDomain(msgspec.Struct, frozen=True, kw_only=True):
    """A finite set of strings, numbers, bools and null, equally likely where no weights are given."""

    options: tuple[Scalar, ...]
    weights: tuple[float, ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Say whether the other has the same options; `False` is not 0, and 1.0 is not 1."""
        return (
            isinstance(other, OptionsDomain)
            and self.options == other.options
            and self.weights == other.weights
            and [*map(type, self.options)] == [*map(type, other.options)]
        )

    def __hash__(self) -> int:
        return hash((self.options, self.weights))

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.options)

    def contains(self, value: Any) -> bool:
        """Tell whether `value` is an option; `True` is not 1, and `1` is not "1"."""
        return not self.judge(value).code

    def judge(self, value: Any) -> Verdict:
        """Return the option that `value` is, or say that it is none."""
        for option in self.options:
            if _same(value, option):
                return Verdict(option)
        if all(isinstance(option, bool) for option in self.options):
            if not isinstance(value, bool):
                return Verdict(None, "type", "must be a bool")
            return Verdict(value, "not_an_option")
        known = {option for option in self.options if isinstance(option, str)}
        close = nearest(value, sorted(known)) if isinstance(value, str) else None
        return Verdict(None, "not_an_option", f"did you mean {show(close)}?" if close else "")

    def draw(self, u: float) -> Scalar:
        """Return the option for a uniform number in [0, 1)."""
        if self.weights is None:
            return self.options[draws.index(u, len(self.options))]
        return self.options[draws.weighted(u, draws.thresholds(self.weights))]

    def neighbors(self, value: Scalar) -> tuple[Scalar, ...]:
        """Return every other option."""
        return tuple(option for option in self.options if not _same(value, option))

    def __str__(self) -> str:
        said = [show(option) for option in self.options[:_SHOWN]]
        if len(self.options) > _SHOWN:
            return f"one of {', '.join(said)}, … ({len(self.options)} in all)"
        return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


Domain: TypeAlias = FloatDomain | IntDomain | OptionsDomain


def show(value: Any) -> str:
    """Return a value as a `.mlsig` file would write it, cut to a sane length."""
    try:
        if value is None or isinstance(value, bool | int | float | str):
            text = msgspec.json.encode(value).decode() if _plain(value) else str(value)
        else:
            text = f"the {type(value).__name__} {value!r}"
    except Exception:  # a lone surrogate, more digits than Python writes, a `__repr__` that fails
        text = shown(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _plain(value: Scalar) -> bool:
    """JSON has no NaN, infinities and unbounded ints."""
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or abs(value) < 2**63


def _as_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _same(value: Any, option: Scalar) -> bool:
    if option is None or isinstance(option, bool) or isinstance(value, bool):
        return value is option
    if isinstance(option, str):
        return isinstance(value, str) and value == option
    if isinstance(option, int):
        return isinstance(value, int) and value == option
    return isinstance(value, int | float | Decimal) and value == option


def _draw_index(u: float, low: float, step: float, count: int, *, log: bool) -> int:
    if log:
        return draws.log_index(u, low, step, count, draws.octaves(low, low + count * step))
    return draws.index(u, count)


def _moves(k: int, count: int) -> list[int]:
    """Return the places one step, and a twentieth of the range, below and above place `k`."""
    far = max(1, count // _REACH)
    places = dict.fromkeys((k - far, k - 1, k + 1, k + far))
    return [place for place in places if 0 <= place < count]


def _range(low: float, high: float, step: float | None) -> str:
    text = f"{show(low)} to {show(high)}" if low != high else show(low)
    return text if step is None else f"{text} in steps of {show(step)}"
