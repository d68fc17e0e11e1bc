"""Small moves from one legal configuration to others, for search.

Both moves end: `mutate` after a fixed number of attempts, `neighbors` after each variable has been moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from mlsig.errors import ValidationError
from mlsig.spaces import checks
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import Scalar
from mlsig.spaces.draws import Rng, index

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

ConfigT = TypeVar("ConfigT", bound=Config)

_ATTEMPTS: Final = 200
_REPAIRS: Final = 4


def mutate(space: type[Space], config: ConfigT, rng: Rng, names: Collection[str] | None) -> ConfigT:
    """Draw one variable, or the named ones, anew; see `Space.mutate`."""
    values = config.to_dict()
    if names is None:
        free = [variable.name for variable in space.variables if _varies(space, variable.name)]
    else:
        free = [variable.name for variable in checks.variables(space, sorted(names))]
    if free:
        for attempt in range(_ATTEMPTS):
            chosen = {free[index(rng.random(), len(free))]} if names is None else set(free)
            repairs = _REPAIRS if names is None or attempt >= _ATTEMPTS // 2 else 0
            found = _attempt(space, values, chosen, repairs, rng)
            if found is not None and found != values:
                return type(config)(**found)
    issues = checks.check(space, values)
    if issues:
        raise ValidationError(space.name, issues)
    return config


def neighbors(space: type[Space], config: ConfigT) -> list[ConfigT]:
    """Return the legal configurations one small move away; see `Space.neighbors`."""
    values = config.to_dict()
    found: list[ConfigT] = []
    for variable in space.variables:
        for moved in variable.active(values).neighbors(values[variable.name]):
            settled = _settle(space, values, variable.name, moved)
            if settled is not None:
                found.append(type(config)(**settled))
    return found


def _attempt(
    space: type[Space], values: Mapping[str, Scalar], chosen: set[str], repairs: int, rng: Rng
) -> dict[str, Scalar] | None:
    """Draw the chosen variables anew, then up to `repairs` times what broken constraints read beside them."""
    trial = _redraw(space, values, chosen, rng)
    for _ in range(repairs):
        reads = {
            name
            for constraint in space.constraints
            if not constraint.holds(trial)
            for name in constraint.reads
        }
        if not reads - chosen:
            break
        trial = _redraw(space, trial, reads - chosen, rng)
    return trial if all(constraint.holds(trial) for constraint in space.constraints) else None


def _redraw(
    space: type[Space], values: Mapping[str, Scalar], chosen: Collection[str], rng: Rng
) -> dict[str, Scalar]:
    """Draw the chosen variables, and whatever their new values leave outside of its domain."""
    new = dict(values)
    for variable in space.variables:
        domain = variable.active(new)
        if variable.name in chosen or not domain.contains(new[variable.name]):
            new[variable.name] = domain.draw(rng.random())
    return new


def _settle(
    space: type[Space], values: Mapping[str, Scalar], name: str, moved: Scalar
) -> dict[str, Scalar] | None:
    """Set one variable, and to its default what this leaves outside of its domain; None if not legal."""
    new = {**values, name: moved}
    for variable in space.variables:
        arm = variable.branch(new) or variable
        if not arm.domain.contains(new[variable.name]):
            new[variable.name] = arm.default
    return new if all(constraint.holds(new) for constraint in space.constraints) else None


def _varies(space: type[Space], name: str) -> bool:
    variable = checks.variables(space, [name])[0]
    return any(domain.size != 1 for domain in variable.domains)
