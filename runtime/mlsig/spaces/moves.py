"""Small moves from one legal configuration to others, for search.

Both moves end: `mutate` after a fixed number of attempts, `neighbors` after each variable has been moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from mlsig.errors import ValidationError
from mlsig.functions import NO_VALUE
from mlsig.spaces import checks
from mlsig.spaces.domains import Scalar
from mlsig.spaces.draws import Rng, index
from mlsig.spaces.members import ConfigT, behind, chosen, holds, lawful, made
from mlsig.spaces.variables import Branch, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

_ATTEMPTS: Final = 200
_REPAIRS: Final = 4


def mutate(space: type[Space], config: ConfigT, rng: Rng, names: Collection[str] | None) -> ConfigT:
    """Draw one variable, or the named ones, anew; see `Space.mutate`."""
    values = config.to_dict()
    if names is None:
        free = [v.name for v in space.variables if v.name in values and _varies(v)]
    else:
        free = [variable.name for variable in checks.variables(space, sorted(names))]
    if free:
        for attempt in range(_ATTEMPTS):
            redrawn = {free[index(rng.random(), len(free))]} if names is None else set(free)
            repairs = _REPAIRS if names is None or attempt >= _ATTEMPTS // 2 else 0
            found = _attempt(space, values, redrawn, repairs, rng)
            if found is not None and found != values:
                return made(type(config), found)
    issues = checks.check(space, values)
    if issues:
        raise ValidationError(space.name, issues)
    return config


def neighbors(space: type[Space], config: ConfigT) -> list[ConfigT]:
    """Return the legal configurations one small move away; see `Space.neighbors`."""
    values = config.to_dict()
    found: list[ConfigT] = []
    for variable in space.variables:
        if variable.name not in values:
            continue
        for moved in variable.active(values).neighbors(values[variable.name]):
            settled = _settle(space, values, variable.name, moved)
            if settled is not None:
                found.append(made(type(config), settled))
    return found


def _attempt(
    space: type[Space], values: Mapping[str, Any], redrawn: set[str], repairs: int, rng: Rng
) -> dict[str, Any] | None:
    """Draw the chosen variables anew, then up to `repairs` times what broken constraints read beside them."""
    try:
        trial = _redraw(space, values, redrawn, rng)
        for _ in range(repairs):
            broken = [constraint for constraint in space.constraints if not holds(constraint, trial)]
            reads = behind(space, [name for constraint in broken for name in constraint.reads])
            if not reads - redrawn:
                break
            trial = _redraw(space, trial, reads - redrawn, rng)
    except NO_VALUE:
        return None
    return trial if lawful(space, trial) else None


def _redraw(
    space: type[Space], values: Mapping[str, Any], redrawn: Collection[str], rng: Rng
) -> dict[str, Any]:
    """Draw the chosen variables, and whatever is new or outside of its domain then."""

    def draw(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        name = variable.name
        if name in redrawn or name not in values or not arm.domain.contains(values[name]):
            return arm.domain.draw(rng.random())
        value: Scalar = values[name]
        return value

    return chosen(space, draw)


def _settle(
    space: type[Space], values: Mapping[str, Any], moved: str, value: Scalar
) -> dict[str, Any] | None:
    """Set one variable, and to its default what is new or outside of its domain then; None if not legal."""
    wanted = {**values, moved: value}

    def keep(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        name = variable.name
        if name not in wanted or not arm.domain.contains(wanted[name]):
            return arm.default
        kept: Scalar = wanted[name]
        return kept

    try:
        new = chosen(space, keep)
    except NO_VALUE:
        return None
    return new if lawful(space, new) else None


def _varies(variable: Variable) -> bool:
    return any(domain.size != 1 for domain in variable.domains)
