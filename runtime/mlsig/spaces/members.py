"""The members of a space in order: variables and composites, each after those that it reads.

    chosen(Tuning, lambda variable, arm, known: arm.default)    ->   {"temperature": 0.7, …, "budget": 512.0}

Whatever makes configurations walks through them here: what is inactive has no value, what is computed is
computed, and `choose` says the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from mlsig.functions import NO_VALUE
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import Scalar
from mlsig.spaces.variables import Branch, Composite, Constraint, Preference, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

ConfigT = TypeVar("ConfigT", bound=Config)
Choose: TypeAlias = Callable[[Variable, "Branch | Variable", Mapping[str, Any]], Scalar]


def members(space: type[Space]) -> tuple[Variable | Composite, ...]:
    """Return variables and composites, each after those that it reads."""
    key: Any = space  # mypy takes the `__hash__` of a class for that of its instances
    return _ordered(key)


@lru_cache(maxsize=256)
def _ordered(space: Any) -> tuple[Variable | Composite, ...]:
    found: list[Variable | Composite] = []
    known: set[str] = set()
    variables: tuple[Variable, ...] = space.variables
    waiting: list[Composite] = list(space.composites)
    for variable in (*variables, None):
        later: list[Composite] = []
        for composite in waiting:
            if known.issuperset(composite.depends):
                found.append(composite)
                known.add(composite.name)
            else:
                later.append(composite)
        waiting = later
        if variable is not None:
            found.append(variable)
            known.add(variable.name)
    return tuple(found)


def downstream(space: type[Space], names: Collection[str]) -> tuple[Variable | Composite, ...]:
    """Return some variables and all that depends on them, through others too, in order."""
    key: Any = space
    return _downstream(key, frozenset(names))


@lru_cache(maxsize=4096)
def _downstream(space: Any, names: frozenset[str]) -> tuple[Variable | Composite, ...]:
    reached = set(names)
    found: list[Variable | Composite] = []
    for member in members(space):
        if member.name in names or not reached.isdisjoint(member.depends):
            reached.add(member.name)
            found.append(member)
    return tuple(found)


def touched(space: type[Space], names: Collection[str]) -> tuple[Constraint, ...]:
    """Return the constraints that read some variables, or anything that depends on them."""
    key: Any = space
    return _touched(key, frozenset(names))


@lru_cache(maxsize=4096)
def _touched(space: Any, names: frozenset[str]) -> tuple[Constraint, ...]:
    reached = {member.name for member in downstream(space, names)}
    constraints: tuple[Constraint, ...] = space.constraints
    return tuple(rule for rule in constraints if not reached.isdisjoint(rule.reads))


def rechosen(
    space: type[Space], values: Mapping[str, Any], names: Collection[str], choose: Choose
) -> dict[str, Any]:
    """Return legal values with some variables chosen anew, and whatever depends on them; see `chosen`.

    Raises:
        NoValue: A condition or a composite has no value; or any other of `NO_VALUE`.
    """
    known = dict(values)
    for member in downstream(space, names):
        name = member.name
        if not member.exists(known):
            known.pop(name, None)
        elif isinstance(member, Composite):
            known[name] = member.value(known)
        else:
            known[name] = choose(member, member.branch(known) or member, known)
    return known


def chosen(space: type[Space], choose: Choose) -> dict[str, Any]:
    """Return the values of everything that is active.

    Args:
        space: The space.
        choose: What returns the value of a variable, given the arm that holds (itself where none does) and
            the values before it.

    Raises:
        NoValue: A condition or a composite has no value; or any other of `NO_VALUE`.
    """
    known: dict[str, Any] = {}
    for member in members(space):
        if not member.exists(known):
            continue
        if isinstance(member, Composite):
            known[member.name] = member.value(known)
        else:
            known[member.name] = choose(member, member.branch(known) or member, known)
    return known


def holds(rule: Constraint | Preference, values: Mapping[str, Any]) -> bool:
    """Tell whether a rule holds; one without a value does not."""
    try:
        return bool(rule.holds(values))
    except NO_VALUE:
        return False


def lawful(space: type[Space], values: Mapping[str, Any]) -> bool:
    """Tell whether all constraints hold; one without a value does not."""
    try:
        for constraint in space.constraints:
            if not constraint.holds(values):
                return False
    except NO_VALUE:
        return False
    return True


def made(config: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Return legal values as a configuration; composites are left out, since it computes them itself."""
    return config.__made__(values)


def behind(space: type[Space], names: Collection[str]) -> set[str]:
    """Return the variables of some names: composites stand for what they are computed from."""
    composites = {composite.name: composite for composite in space.composites}
    found: set[str] = set()
    waiting = list(names)
    for name in waiting:  # grows while it is read
        if name in found:
            continue
        if name in composites:
            waiting += [other for other in composites[name].depends if other not in waiting]
        else:
            found.add(name)
    return found
