"""Configurations as points of the unit cube, and back: one number for each variable, in their order.

    encode(Tuning, config)   ->   [0.25, 0.5, nan, …]       decode(Tuning, vector)   ->   Tuning.Config(…)

A number is the place of the value within the domain that is active: options, ints and steps share the unit
interval evenly and stand in the middle of their parts, floats lie on it linearly, with `log` by their
logarithms. What is not active is nan. So every point of the cube has a value for all that is active, however
domains depend on each other; only constraints can refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isnan, nan, ulp
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from mlsig.errors import Issue, ValidationError
from mlsig.spaces import draws
from mlsig.spaces.configs import Config, needed
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.members import ConfigT, chosen, lawful, made
from mlsig.spaces.variables import UNSET, Branch, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

Place: TypeAlias = Callable[[Any], float]
"""A value of a domain as a number in [0, 1]."""

Value: TypeAlias = Callable[[float], Any]
"""A number in [0, 1] as a value of a domain."""

_LAST: Final = 1.0 - 2.0**-53
_NUDGES: Final = 128


@lru_cache(maxsize=4096)
def scale(domain: Domain) -> tuple[Place, Value]:
    """Return how values of a domain become numbers in [0, 1], and how numbers become values."""
    if isinstance(domain, OptionsDomain):
        return _options(domain.options)
    if isinstance(domain, IntDomain):
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
    found: list[float] = []
    values: dict[str, Any] | None = None
    needed(space.name, config)
    for name, place, variable in _layout(cast("Any", space)):
        value = getattr(config, name)
        if place is not None:
            found.append(place(value))
        elif value is UNSET or (value is None and not variable.nullable):
            found.append(nan)
        else:
            if values is None:
                values = config.to_dict()
            found.append(scale(variable.active(values))[0](value))
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
    numbers = _numbers(space, vector)

    def choose(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        number = numbers[variable.name]
        if isnan(number):  # it was not active where the point comes from
            return arm.default
        value: Scalar = scale(arm.domain)[1](number)
        return value

    return chosen(space, choose)


@lru_cache(maxsize=256)
def _layout(space: Any) -> tuple[tuple[str, Place | None, Variable], ...]:
    """Return for each variable its scale; None where the scale depends on other variables."""
    return tuple(
        (
            variable.name,
            None if variable.branches or variable.when is not None else scale(variable.domain)[0],
            variable,
        )
        for variable in space.variables
    )


def _numbers(space: type[Space], vector: Sequence[float]) -> dict[str, float]:
    names = [variable.name for variable in space.variables]
    try:
        given = [float(number) for number in vector]
    except (TypeError, ValueError):
        message = f"a point of {space.name} must be {len(names)} numbers"
        raise ValidationError(space.name, [Issue("", "type", message)]) from None
    if len(given) != len(names):
        message = (
            f"a point of {space.name} must have {len(names)} numbers, one for each variable, not {len(given)}"
        )
        raise ValidationError(space.name, [Issue("", "length", message)])
    issues = [
        Issue(
            name,
            "out_of_range",
            f"`{name}` must be from 0 to 1 in a point, or nan, not {number!r}",
            f"{number!r}",
        )
        for name, number in zip(names, given, strict=True)
        if not isnan(number) and not 0.0 <= number <= 1.0
    ]
    if issues:
        raise ValidationError(space.name, issues)
    return dict(zip(names, given, strict=True))


def _options(options: tuple[Scalar, ...]) -> tuple[Place, Value]:
    count = len(options)
    places = {_key(option): (k + 0.5) / count for k, option in enumerate(options)}
    if not any(isinstance(option, bool) for option in options):  # no True that is told from 1
        plain = {option: (k + 0.5) / count for k, option in enumerate(options)}
        return plain.__getitem__, lambda u: options[min(count - 1, int(u * count))]
    return lambda value: places[_key(value)], lambda u: options[min(count - 1, int(u * count))]


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
        if not self._log:
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


def _steps(at: Callable[[int], Any], number: Callable[[Any], int], parts: _Parts) -> tuple[Place, Value]:
    return lambda value: parts.middle(number(value)), lambda u: at(parts.part(u))


def _continuum(domain: FloatDomain) -> tuple[Place, Value]:
    low, high = domain.low, domain.high
    if low == high:
        return lambda _: 0.5, lambda _: low
    if domain.log:
        octaves = draws.octaves(low, high)
        total = octaves * draws.LN2_CELL * draws.CELLS

        def value(u: float) -> float:
            return high if u >= 1.0 else draws.exponential(u, low, high, octaves)

        def place(x: float) -> float:
            u = min(1.0, max(0.0, draws.logarithm(x / low) / total))
            return _nudged(u, x, value, ulp(x) / x / total)

        return place, value
    width = high - low

    def linear(u: float) -> float:
        return high if u >= 1.0 else draws.uniform(u, low, high)

    if width > draws.LARGEST:
        return lambda x: _nudged(x / high / 2.0 - low / high / 2.0, x, linear, 0.0), linear

    def placed(x: float) -> float:
        u = (x - low) / width
        return u if low + width * u == x else _nudged(u, x, linear, ulp(x) / width)

    return placed, linear


def _nudged(u: float, x: float, value: Value, apart: float) -> float:
    """Return a number near `u` that stands for `x`; where none does, one that stands for what is nearest.

    Numbers near 0.5 are 1e-16 apart, so of a range around zero not every tiny float has one. Near 0 there
    are many for each float: there, steps are half of what floats beside `x` are `apart`.
    """
    best, distance = u, abs(value(u) - x)
    step = max(apart, ulp(u)) / 2.0
    for k in range(1, _NUDGES):
        if distance == 0.0:
            break
        for candidate in (max(0.0, u - k * step), min(1.0, u + k * step)):
            off = abs(value(candidate) - x)
            if off < distance:
                best, distance = candidate, off
    return best
