"""Configurations as points of the unit cube, and back: one number for each variable, in their order.

    encode(Tuning, config)   ->   [0.25, 0.5, nan, …]       decode(Tuning, vector)   ->   Tuning.Config(…)

A number is the place of the value within the domain that is active: options, ints and steps share the unit
interval evenly and stand in the middle of their parts, floats lie on it linearly, with `log` by their
logarithms. What is not active is nan. So every point of the cube has a value for all that is active, however
domains depend on each other; only constraints can refuse it.

Generated spaces have code of their own for both, which comes here with all that it has no short form for, and
for what has to be explained.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isnan, nan, ulp
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from mlsig.errors import Issue, ValidationError
from mlsig.spaces import draws
from mlsig.spaces.configs import Config, needed
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.members import ConfigT, lawful, made, members
from mlsig.spaces.variables import UNSET, Branch, Composite, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

Place: TypeAlias = Callable[[Any], float]
"""A value of a domain as a number in [0, 1]."""

Value: TypeAlias = Callable[[float], Any]
"""A number in [0, 1] as a value of a domain."""

_LAST: Final = 1.0 - 2.0**-53
_A, _B, _C, _D = draws.ATANH_CELL
_NUDGES: Final = 128
_BEYOND: Final = 8


@lru_cache(maxsize=4096)
def scale(domain: Domain) -> tuple[Place, Value]:
    """Return how values of a domain become numbers in [0, 1], and how numbers become values."""
    if isinstance(domain, OptionsDomain):
        return _options(domain.options)
    if isinstance(domain, IntDomain):
        if not domain.log and domain.step == 1 and domain.size <= draws.EXACT:
            return _counted(domain.low, domain.high, domain.size)
        return _steps(
            lambda k: domain.low + k * domain.step,
            lambda value: (value - domain.low) // domain.step,
            _Parts(domain.low, domain.step, domain.size, log=domain.log),
        )
    grid = domain.grid
    if grid is not None:
        parts = _Parts(domain.low, domain.step or 0.0, grid.size, log=domain.log)
        return _steps(grid.at, grid.nearest, parts)
    return _continuum(domain)


def encode(space: type[Space], config: Config) -> list[float]:
    """Return a legal configuration as a point; see `Space.encode`."""
    layout = _layout(cast("Any", space))
    needed(space.name, config)
    if layout.places is not None:
        return [place(value) for place, value in zip(layout.places, layout.values(config), strict=True)]
    found: list[float] = []
    values: dict[str, Any] | None = None
    for axis in layout.axes:
        value = getattr(config, axis.variable.name)
        if axis.sometimes and (value is UNSET or (value is None and not axis.nullable)):
            found.append(nan)
        elif axis.scale is not None:
            found.append(axis.scale[0](value))
        else:
            if values is None:
                values = config.to_dict()
            found.append(axis.of(values)[0](value))
    return found


def decode(space: type[Space], config: type[ConfigT], vector: Sequence[float]) -> ConfigT:
    """Return a point as the configuration that it stands for; see `Space.decode`."""
    found = values(space, vector)
    if lawful(space, found):
        return made(config, found)
    legal: ConfigT = space.validate(found)  # says which constraints do not hold
    return legal


def values(space: type[Space], vector: Sequence[float]) -> dict[str, Any]:
    """Return the values that a point stands for; the constraints may not hold of them.

    Raises:
        ValidationError: It does not have a number in [0, 1], or nan, for each variable.
    """
    layout = _layout(cast("Any", space))
    given = _numbers(space, vector)
    known: dict[str, Any] = {}
    if layout.plain is not None:
        for (name, value, default), u in zip(layout.plain, given, strict=True):
            if 0.0 <= u <= 1.0:
                known[name] = value(u)
            elif isnan(u):
                known[name] = default
            else:
                raise ValidationError(space.name, _outside(space, given))
        return known
    if not all(0.0 <= u <= 1.0 or isnan(u) for u in given):
        raise ValidationError(space.name, _outside(space, given))
    numbers = iter(given)
    for axis in layout.members:
        if isinstance(axis, Composite):
            if axis.exists(known):
                known[axis.name] = axis.value(known)
            continue
        u, variable = next(numbers), axis.variable
        if axis.sometimes and not variable.exists(known):
            continue
        if isnan(u):  # it was not active where the point comes from
            known[variable.name] = (variable.branch(known) or variable).default
        else:
            known[variable.name] = (axis.scale or axis.of(known))[1](u)
    return known


class _Axis:
    """A variable as one of the numbers of a point.

    Attributes:
        variable: The variable.
        scale: How its values become numbers and back; None where that depends on other variables.
        sometimes: Whether it can be inactive.
        nullable: Whether null is one of its values.
    """

    __slots__ = ("_arms", "nullable", "scale", "sometimes", "variable")

    def __init__(self, variable: Variable) -> None:
        self.variable = variable
        self.scale = None if variable.branches else scale(variable.domain)
        self.sometimes = variable.when is not None
        self.nullable = variable.nullable
        arms: tuple[Variable | Branch, ...] = (variable, *variable.branches)
        self._arms = {id(arm): scale(arm.domain) for arm in arms}

    def of(self, values: Mapping[str, Any]) -> tuple[Place, Value]:
        """Return the scale that holds beside some values."""
        return self._arms[id(self.variable.branch(values) or self.variable)]


class _Layout:
    """How the configurations of a space become points.

    Attributes:
        axes: The variables in order.
        members: The same, with composites between them, each after what it reads.
        places: The scale of each variable, where none is ever inactive or has several domains; else None.
        plain: The way back, with names and defaults, where there are no composites either; else None.
        values: What returns the values of all variables of a configuration.
    """

    __slots__ = ("axes", "members", "places", "plain", "values")

    def __init__(self, space: type[Space]) -> None:
        self.axes = [_Axis(variable) for variable in space.variables]
        by_name = {axis.variable.name: axis for axis in self.axes}
        self.members = [
            member if isinstance(member, Composite) else by_name[member.name] for member in members(space)
        ]
        scales = [axis.scale for axis in self.axes if axis.scale is not None and not axis.sometimes]
        alone = len(scales) == len(self.axes) > 1  # of a single name, `attrgetter` returns no tuple
        self.places = [place for place, _ in scales] if alone else None
        self.plain = (
            [
                (axis.variable.name, value, axis.variable.default)
                for axis, (_, value) in zip(self.axes, scales, strict=True)
            ]
            if alone and not space.composites
            else None
        )
        self.values: Callable[[Any], tuple[Any, ...]] = attrgetter(*by_name)


@lru_cache(maxsize=256)
def _layout(space: Any) -> _Layout:
    return _Layout(space)


def _numbers(space: type[Space], vector: Sequence[float]) -> list[float]:
    """Return a point as floats, one for each variable."""
    count = len(space.variables)
    try:
        given = [*map(float, vector)]
    except (TypeError, ValueError):
        message = f"a point of {space.name} must be {count} numbers"
        raise ValidationError(space.name, [Issue("", "type", message)]) from None
    if len(given) != count:
        message = (
            f"a point of {space.name} must have {count} numbers, one for each variable, not {len(given)}"
        )
        raise ValidationError(space.name, [Issue("", "length", message)])
    return given


def _outside(space: type[Space], given: Sequence[float]) -> list[Issue]:
    return [
        Issue(
            variable.name,
            "out_of_range",
            f"`{variable.name}` must be from 0 to 1 in a point, or nan, not {number!r}",
            f"{number!r}",
        )
        for variable, number in zip(space.variables, given, strict=True)
        if not isnan(number) and not 0.0 <= number <= 1.0
    ]


def _options(options: tuple[Scalar, ...]) -> tuple[Place, Value]:
    count, last = len(options), options[-1]

    def value(u: float) -> Scalar:
        return options[int(u * count)] if u < 1.0 else last

    if not any(isinstance(option, bool) for option in options):  # no True that is told from 1
        plain = {option: (k + 0.5) / count for k, option in enumerate(options)}
        return plain.__getitem__, value
    if all(isinstance(option, bool) for option in options):
        bools = {option: (k + 0.5) / count for k, option in enumerate(options)}
        return bools.__getitem__, value
    places = {_key(option): (k + 0.5) / count for k, option in enumerate(options)}
    return lambda found: places[_key(found)], value


def _key(option: Scalar) -> tuple[bool, Scalar]:
    return isinstance(option, bool), option


class _Parts:
    """The unit interval shared among low, low + step, …: evenly, or with `log` as their logarithms are.

    Args:
        low: The first value.
        step: From one value to the next.
        count: How many values there are.
        log: Whether value v has the part log((v + step) / v).
    """

    def __init__(self, low: float, step: float, count: int, *, log: bool) -> None:
        self._low = low
        self._step = step
        self._count = count
        self._log = log
        self._octaves = draws.octaves(low, low + count * step) if log else 0.0

    def middle(self, k: int) -> float:
        """Return the middle of part `k`."""
        if not self._log or self._count == 1:
            return (k + 0.5) / self._count
        edges = ((self._low + j * self._step) / self._low for j in (k, k + 1))
        total = self._octaves * draws.LN2_CELL * draws.CELLS
        return min(1.0, sum(draws.logarithm(edge) for edge in edges) / (2.0 * total))

    def part(self, u: float) -> int:
        """Return in which part a number in [0, 1] lies."""
        u = min(u, _LAST)
        if self._log:
            return draws.log_index(u, self._low, self._step, self._count, self._octaves)
        return draws.index(u, self._count)


def _counted(low: int, high: int, count: int) -> tuple[Place, Value]:
    """Return the scale of low, low + 1, …, high."""
    return lambda x: (x - low + 0.5) / count, lambda u: low + int(u * count) if u < 1.0 else high


def _steps(at: Callable[[int], Any], number: Callable[[Any], int], parts: _Parts) -> tuple[Place, Value]:
    return lambda value: parts.middle(number(value)), lambda u: at(parts.part(u))


def _continuum(domain: FloatDomain) -> tuple[Place, Value]:
    low, high = domain.low, domain.high
    if low == high:
        return lambda _: 0.5, lambda _: low
    octaves = draws.octaves(low, high) if domain.log else 0.0
    if domain.log and low >= draws.LADDER_LOW and octaves <= draws.LADDER_OCTAVES:
        ladder = draws.Ladder(low, high, octaves)
        return lambda x: on_ladder(ladder, x), ladder.value
    if domain.log:
        total = octaves * draws.LN2_CELL * draws.CELLS
        exponential, logarithm = draws.exponential, draws.logarithm

        def value(u: float) -> float:
            return high if u >= 1.0 else exponential(u, low, high, octaves)

        def place(x: float) -> float:
            u = logarithm(x / low) / total
            u = 0.0 if u < 0.0 else u if u < 1.0 else 1.0
            return u if value(u) == x else _nudged(u, x, value, ulp(x) / x / total)

        return place, value
    width = high - low

    def wide(u: float) -> float:
        return high if u >= 1.0 else draws.uniform(u, low, high)

    if width > draws.LARGEST:
        return lambda x: _nudged(x / high / 2.0 - low / high / 2.0, x, wide, 0.0), wide

    return lambda x: on_line(x, low, high), lambda u: _linear(u, low, high)


def on_ladder(ladder: draws.Ladder, x: float) -> float:
    """Return the place of a number in a range with `log`."""
    cells = ladder.cells
    cell = bisect_right(cells, x) - 1
    s = (x - cells[cell]) / (x + cells[cell])
    square = s * s
    u = (cell + s * (_A + square * (_B + square * (_C + square * _D)))) / ladder.factor
    value = ladder.value(u) if u < 1.0 else ladder.high
    return u if value == x and u < 1.0 else closer(ladder, x, u, value)


def closer(ladder: draws.Ladder, x: float, u: float, value: float) -> float:
    """Return the place of a number, near which is `u`, where the ladder has another value."""
    if u >= 1.0 or value > ladder.high:
        value = ladder.high
    if value == x:
        return min(1.0, u)
    u = min(1.0, max(0.0, u + (x - value) / (x * ladder.total)))
    if ladder.value(u) == x:
        return u
    return _nudged(u, x, ladder.value, ulp(x) / x / ladder.total)


def on_line(x: float, low: float, high: float) -> float:
    """Return the place of a number in a range without, whose width is a number."""
    width = high - low
    u = (x - low) / width
    if low + width * u == x:
        return u
    return _nudged(u, x, lambda u: _linear(u, low, high), ulp(x) / width)


def _linear(u: float, low: float, high: float) -> float:
    """Return what `draws.uniform` does of a range that is not too wide; `high` for 1."""
    x = low + (high - low) * u
    return x if x < high and u < 1.0 else high


def place(domain: Domain, value: Scalar) -> float:
    """Return a value as a number in [0, 1]: what generated code has no short form for."""
    return scale(domain)[0](value)


def point(vector: Sequence[float], count: int) -> list[float]:
    """Return a point as floats, or as so many nan where it is none, which only `decode` can explain."""
    try:
        given = [*map(float, vector)]
    except (TypeError, ValueError):
        return [nan] * count
    return given if len(given) == count else [nan] * count


def _nudged(u: float, x: float, value: Value, apart: float) -> float:
    """Return a number near `u` that stands for `x`; where none does, one that stands for what is nearest.

    Numbers near 0.5 are 1e-16 apart, so of a range around zero not every tiny float has one. Near 0 there
    are many for each float: there, steps are half of what floats beside `x` are `apart`. Larger numbers stand
    for larger values, but for roundings; so the search goes on for a few steps beyond `x`, either way.
    """
    off = value(u) - x
    best, distance = u, abs(off)
    if off == 0.0:
        return u
    step = max(apart, ulp(u)) / (-2.0 if off > 0.0 else 2.0)
    for way in (step, -step):
        beyond = 0
        for k in range(1, _NUDGES):
            candidate = min(1.0, max(0.0, u + k * way))
            off = value(candidate) - x
            if off == 0.0:
                return candidate
            if abs(off) < distance:
                best, distance = candidate, abs(off)
            beyond += (off < 0.0) is (way < 0.0)
            if beyond > _BEYOND:
                break
    return best
