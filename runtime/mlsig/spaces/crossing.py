"""Two configurations together: how far apart they are, and a third that takes after both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mlsig.functions import NO_VALUE
from mlsig.spaces.configs import Config, values_of
from mlsig.spaces.domains import Domain, FloatDomain, OptionsDomain, Scalar
from mlsig.spaces.draws import Rng, index
from mlsig.spaces.members import ConfigT, chosen, lawful, made
from mlsig.spaces.variables import Branch, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

_ATTEMPTS: Final = 16
_HALF: Final = 0.5


def crossover(space: type[Space], first: ConfigT, second: ConfigT, rng: Rng) -> ConfigT:
    """Return a legal configuration whose values come from either parent; see `Space.crossover`."""
    parents = values_of(space.name, first), values_of(space.name, second)
    for _ in range(_ATTEMPTS):
        coins = {variable.name: rng.random() < _HALF for variable in space.variables}
        child = _child(space, parents, coins)
        if child is not None:
            return made(type(first), child)
    return made(type(first), _one_by_one(space, parents, rng))


def distance(space: type[Space], first: Config, second: Config) -> float:
    """Return how far apart two configurations are, from 0 to 1; see `Space.distance`."""
    if not space.variables:
        return 0.0
    one, other = values_of(space.name, first), values_of(space.name, second)
    return sum(_apart(variable, one, other) for variable in space.variables) / len(space.variables)


def _child(
    space: type[Space], parents: tuple[Mapping[str, Any], Mapping[str, Any]], coins: Mapping[str, bool]
) -> dict[str, Any] | None:
    def choose(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        name = variable.name
        order = parents if coins[name] else parents[::-1]
        for parent in order:
            if name in parent and arm.domain.contains(parent[name]):
                value: Scalar = parent[name]
                return value
        return arm.default

    try:
        child = chosen(space, choose)
    except NO_VALUE:
        return None
    return child if lawful(space, child) else None


def _one_by_one(
    space: type[Space], parents: tuple[Mapping[str, Any], Mapping[str, Any]], rng: Rng
) -> dict[str, Any]:
    """Take the values of one parent over to the other, one after another, as long as all stays legal."""
    names = [variable.name for variable in space.variables]
    coins = dict.fromkeys(names, True)
    child = dict(parents[0])
    for _ in range(len(names) // 2):
        name = names.pop(index(rng.random(), len(names)))
        trial = _child(space, parents, {**coins, name: False})
        if trial is not None:
            coins[name], child = False, trial
    return child


def _apart(variable: Variable, one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return 1 for different options, and for what only one of them has; for numbers their distance."""
    name = variable.name
    if name not in one or name not in other:
        return float((name in one) != (name in other))
    if one[name] is other[name] or (type(one[name]) is type(other[name]) and one[name] == other[name]):
        return 0.0
    whole = _hull(variable.domains)
    if whole is None:
        return 1.0
    from mlsig.spaces.coding import scale  # noqa: PLC0415  (only numbers have one)

    place = scale(whole)[0]
    return abs(place(one[name]) - place(other[name]))


@lru_cache(maxsize=4096)
def _hull(domains: tuple[Domain, ...]) -> FloatDomain | None:
    """Return the range that holds all domains of a number; None for options."""
    numbers = [domain for domain in domains if not isinstance(domain, OptionsDomain)]
    if len(numbers) < len(domains):
        return None
    log = all(domain.log for domain in numbers)
    low, high = min(domain.low for domain in numbers), max(domain.high for domain in numbers)
    return FloatDomain(low=float(low), high=float(high), log=log)
