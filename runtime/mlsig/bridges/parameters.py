"""Variables as the parameters of other libraries, whose domains never change.

    temperature: 0 to 2, but 0.1 to 0.9 when provider == groq      ->    temperature#0, temperature#1

A variable that has several domains becomes a parameter for each of them, numbered in the order of its arms;
one that has one domain keeps its name. In each configuration at most one of them is active.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.variables import Branch, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space


class Parameter(NamedTuple):
    """One domain of a variable, under a name of its own. `default` is that of the first arm which has it."""

    name: str
    variable: Variable
    domain: Domain
    default: Scalar


def parameters(space: type[Space]) -> Mapping[str, tuple[Parameter, ...]]:
    """Return the parameters of each variable."""
    return _parameters(cast("Any", space))


def parameter(space: type[Space], variable: Variable, arm: Branch | Variable) -> Parameter:
    """Return the parameter that stands for a variable while an arm of it holds."""
    key = repr(arm.domain)
    return next(found for found in parameters(space)[variable.name] if repr(found.domain) == key)


def settled(domain: Domain, number: float) -> Scalar:
    """Return the value of a domain of numbers that is nearest to a finite number."""
    if isinstance(domain, FloatDomain):
        inside = max(domain.low, min(domain.high, float(number)))
        grid = domain.grid
        return inside if grid is None else grid.at(grid.nearest(inside))
    if isinstance(domain, IntDomain):
        k = (2 * (int(number) - domain.low) + domain.step) // (2 * domain.step)
        return domain.low + domain.step * max(0, min(domain.size - 1, k))
    raise TypeError("options have no nearest one")


def last(domain: FloatDomain | IntDomain) -> float:
    """Return the largest value of a domain, which `high` need not be where there are steps."""
    if isinstance(domain, IntDomain):
        return domain.low + domain.step * (domain.size - 1)
    grid = domain.grid
    return domain.high if grid is None else grid.at(grid.size - 1)


@lru_cache(maxsize=256)
def _parameters(space: Any) -> Mapping[str, tuple[Parameter, ...]]:
    return {variable.name: tuple(_of(variable)) for variable in space.variables}


def _of(variable: Variable) -> list[Parameter]:
    arms: list[Branch | Variable] = [*variable.branches]
    if not variable.exhaustive:
        arms.append(variable)
    found: dict[str, Branch | Variable] = {}
    for arm in arms:
        found.setdefault(repr(arm.domain), arm)  # equal domains may differ: (1,) and (True,)
    if len(found) == 1:
        (arm,) = found.values()
        return [Parameter(variable.name, variable, arm.domain, arm.default)]
    return [
        Parameter(f"{variable.name}#{k}", variable, arm.domain, arm.default)
        for k, arm in enumerate(found.values())
    ]


def json_labels(options: tuple[Scalar, ...]) -> tuple[str, ...]:
    """Return options as texts of JSON, which tell 1, 1.0, true and "1" apart."""
    return tuple(json.dumps(option, ensure_ascii=False) for option in options)


def alike(domain: OptionsDomain) -> bool:
    """Tell whether two options are equal for Python, as 1 and True are."""
    return len(set(domain.options)) < len(domain.options)
