"""Small moves from one legal configuration to others, for search.

Both moves end: `mutate` after a fixed number of attempts, `neighbors` after each variable has been moved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec.structs import replace

from mlsig.errors import ValidationError
from mlsig.functions import NO_VALUE
from mlsig.spaces import checks
from mlsig.spaces.configs import values_of
from mlsig.spaces.domains import Scalar
from mlsig.spaces.draws import Rng, index
from mlsig.spaces.members import (
    Choose,
    ConfigT,
    behind,
    chosen,
    downstream,
    holds,
    made,
    rechosen,
    touched,
)
from mlsig.spaces.variables import Branch, Constraint, Variable

if TYPE_CHECKING:
    from mlsig.spaces.configs import Config
    from mlsig.spaces.space import Space

MISSING: Final[Any] = object()
_ATTEMPTS: Final = 200
_REPAIRS: Final = 4


def mutate(space: type[Space], config: ConfigT, rng: Rng, names: Collection[str] | None) -> ConfigT:
    """Draw one variable, or the named ones, anew; see `Space.mutate`."""
    start = _Start(space, config)
    values = start.values
    if names is None:
        free = [name for name in _varying(space) if name in values]
    else:
        free = [variable.name for variable in checks.variables(space, sorted(names))]
    if free:
        for attempt in range(_ATTEMPTS):
            redrawn = {free[index(rng.random(), len(free))]} if names is None else set(free)
            repairs = _REPAIRS if names is None or attempt >= _ATTEMPTS // 2 else 0
            found = _attempt(start, redrawn, repairs, rng)
            if found is not None and found != values:
                return made(type(config), found)
    issues = checks.check(space, values)
    if issues:
        raise ValidationError(space.name, issues)
    return config


def neighbors(space: type[Space], config: ConfigT) -> list[ConfigT]:
    """Return the legal configurations one small move away; see `Space.neighbors`."""
    start = _Start(space, config)
    values = start.values
    loose = _loose(cast("Any", space)) if start.legal else {}
    found: list[ConfigT] = []
    for variable in space.variables:
        name = variable.name
        if name not in values:
            continue
        moves = variable.active(values).neighbors(values[name])
        rules = loose.get(name)
        if rules is not None:
            found += [replace(config, **{name: moved}) for moved in _kept(moves, rules, name, values)]
            continue
        for moved in moves:
            settled = _settle(start, variable.name, moved)
            if settled is not None:
                found.append(made(type(config), settled))
    return found


class _Start:
    """Where moves begin: from a legal configuration, only what depends on a change has to be looked at."""

    def __init__(self, space: type[Space], config: Config) -> None:
        self.space = space
        self.values = values_of(space.name, config)
        self.legal = space.legal(config)

    def moved(self, values: Mapping[str, Any], names: Collection[str], choose: Choose) -> dict[str, Any]:
        """Return values with some variables chosen anew."""
        if self.legal:
            return rechosen(self.space, values, names, choose)
        return chosen(self.space, choose)

    def broken(self, values: Mapping[str, Any], names: Collection[str]) -> list[Constraint]:
        """Return the constraints that a change of some variables broke."""
        rules = touched(self.space, names) if self.legal else self.space.constraints
        return [rule for rule in rules if not holds(rule, values)]


def _attempt(start: _Start, redrawn: set[str], repairs: int, rng: Rng) -> dict[str, Any] | None:
    """Draw the chosen variables anew, then up to `repairs` times what broken constraints read beside them."""
    changed = set(redrawn)
    try:
        trial = _redraw(start, start.values, redrawn, rng)
        broken = start.broken(trial, changed)
        for _ in range(repairs):
            reads = behind(start.space, [name for rule in broken for name in rule.reads]) - redrawn
            if not reads:
                break
            changed |= reads
            trial = _redraw(start, trial, reads, rng)
            broken = start.broken(trial, changed)
    except NO_VALUE:
        return None
    return None if broken else trial


def _redraw(start: _Start, values: Mapping[str, Any], redrawn: Collection[str], rng: Rng) -> dict[str, Any]:
    """Draw the chosen variables, and whatever is new or outside of its domain then."""

    def draw(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        name = variable.name
        if name in redrawn or name not in values or not arm.domain.contains(values[name]):
            return arm.domain.draw(rng.random())
        value: Scalar = values[name]
        return value

    return start.moved(values, redrawn, draw)


def _settle(start: _Start, moved: str, value: Scalar) -> dict[str, Any] | None:
    """Set one variable, and to its default what is new or outside of its domain then; None if not legal."""
    values = start.values

    def keep(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        name = variable.name
        kept = value if name == moved else values.get(name, MISSING)
        return kept if kept is not MISSING and arm.domain.contains(kept) else arm.default

    try:
        new = start.moved(values, (moved,), keep)
        return None if start.broken(new, (moved,)) else new
    except NO_VALUE:
        return None


def _kept(
    moves: Iterable[Scalar], rules: Collection[Constraint], name: str, values: Mapping[str, Any]
) -> Iterable[Scalar]:
    """Return the values that a variable can move to where nothing else moves."""
    if not rules:
        return moves
    near = dict(values)
    kept: list[Scalar] = []
    for moved in moves:
        near[name] = moved
        if all(holds(rule, near) for rule in rules):
            kept.append(moved)
    return kept


@lru_cache(maxsize=256)
def _loose(space: Any) -> dict[str, tuple[Constraint, ...]]:
    """Return the variables that nothing depends on, with the rules that read them.

    When one of them moves, nothing else has to.
    """
    fields: tuple[str, ...] = space.Config.__struct_fields__
    return {name: touched(space, (name,)) for name in fields if len(downstream(space, (name,))) == 1}


def _varying(space: type[Space]) -> tuple[str, ...]:
    key: Any = space
    return _varying_of(key)


@lru_cache(maxsize=256)
def _varying_of(space: Any) -> tuple[str, ...]:
    variables: tuple[Variable, ...] = space.variables
    return tuple(
        variable.name for variable in variables if any(domain.size != 1 for domain in variable.domains)
    )
