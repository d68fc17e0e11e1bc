"""ConfigSpace searches, and what it finds is a legal configuration or refused with the reason.

    found = to_configspace(Tuning)
    found.space                                     # a ConfigurationSpace, for SMAC and others
    found.lost                                      # what it does not know: texts, for people
    config = from_configuration(Tuning, found.space.sample_configuration())
    found.space.check_configuration(to_configuration(Tuning, config, found.space))

A variable that has several domains is a hyperparameter for each (see `parameters`); conditions and
constraints become lists of values (see `boxes`). What reads continuous numbers, wide ranges or too many
combinations is lost: a hyperparameter is then there always, and left aside where the variable is not active;
a constraint holds only here, where `from_configuration` raises a ValidationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import ConfigSpace as cs  # noqa: N813  (as its own pages do)

from mlsig.bridges.boxes import Box, NotListedError, boxes, listed, values
from mlsig.bridges.parameters import Parameter, json_labels, last, parameter, parameters, settled
from mlsig.errors import Issue, ValidationError
from mlsig.functions import NO_VALUE
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.members import chosen, holds
from mlsig.spaces.variables import Branch, Constraint, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space


class Exported(NamedTuple):
    """A space as ConfigSpace has it, and what that does not know."""

    space: cs.ConfigurationSpace
    lost: tuple[str, ...]


def to_configspace(space: type[Space], seed: int | None = None) -> Exported:
    """Return a space for ConfigSpace.

    Args:
        space: The space.
        seed: Decides what ConfigSpace samples.
    """
    made: Any = cs.ConfigurationSpace(name=space.name, seed=seed)  # whose own types are incomplete
    lost: list[str] = []
    default = _active(space, space.default())
    for several in parameters(space).values():
        for found in several:
            made.add(_hyperparameter(found, default.get(found.name, found.default), lost))
    for several in parameters(space).values():
        for found in several:
            _conditioned(made, space, found, len(several) > 1, lost)
    for constraint in space.constraints:
        _forbidden(made, space, constraint, lost)
    return Exported(made, tuple(lost))


def from_configuration(space: type[Space], configuration: Mapping[str, Any]) -> Any:
    """Return the configuration that one of ConfigSpace, or its values by name, stands for.

    Raises:
        ValidationError: It is not legal, or lacks what is active.
    """

    def choose(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        found = parameter(space, variable, arm)
        if found.name not in configuration:
            message = f"the configuration has no `{found.name}`, which is active"
            raise ValidationError(space.name, [Issue(found.name, "missing", message)])
        return _inside(space, found, configuration[found.name])

    try:
        known = chosen(space, choose)
    except NO_VALUE as error:
        message = f"an expression has no value: {error}"
        raise ValidationError(space.name, [Issue("", "no_value", message)]) from None
    return space.validate(known)


def to_configuration(space: type[Space], config: Config, into: cs.ConfigurationSpace) -> cs.Configuration:
    """Return a legal configuration as one of ConfigSpace.

    Args:
        space: The space.
        config: The configuration.
        into: What `to_configspace` made of the space.

    Raises:
        ConfigSpace.exceptions.IllegalValueError: It is of another space.
    """
    known = {name: _outside(found, value) for name, (found, value) in _places(space, config).items()}
    theirs: Any = into
    always: dict[str, Any] = {
        name: theirs[name].default_value for name in theirs.unconditional_hyperparameters if name not in known
    }
    return cs.Configuration(into, values={**known, **always})


def _hyperparameter(found: Parameter, default: Any, lost: list[str]) -> Any:
    name, domain = found.name, found.domain
    if isinstance(domain, OptionsDomain):
        choices = list(_labels(domain))
        weights = None if domain.weights is None else list(domain.weights)
        return cs.CategoricalHyperparameter(
            name, choices, default_value=_label(domain, default), weights=weights
        )
    if domain.low == last(domain):
        return cs.Constant(name, domain.low)
    if isinstance(domain, IntDomain) and (domain.step == 1 or not listed(domain)):
        if domain.step != 1:
            lost.append(f"`{name}`: steps of {domain.step}; what lies between them becomes the nearest")
        return cs.UniformIntegerHyperparameter(
            name, domain.low, int(last(domain)), default_value=default, log=domain.log
        )
    if listed(domain):
        return cs.OrdinalHyperparameter(name, values(domain), default_value=default)
    return _float(found, domain, default, lost)


def _float(found: Parameter, domain: Any, default: Any, lost: list[str]) -> Any:
    name, high = found.name, last(domain)
    if domain.step is not None:
        lost.append(f"`{name}`: steps of {domain.step}; what lies between them becomes the nearest")
    if domain.normal is not None:
        mean, deviation = domain.normal
        if domain.step is None and domain.low <= mean <= high:
            return cs.NormalFloatHyperparameter(name, mean, deviation, domain.low, high, default)
        lost.append(f"`{name}`: the prior normal({mean}, {deviation})")
    return cs.UniformFloatHyperparameter(name, domain.low, high, default_value=default, log=domain.log)


def _conditioned(made: Any, space: type[Space], found: Parameter, several: bool, lost: list[str]) -> None:
    """Add when a hyperparameter is active."""
    variable = found.variable
    if variable.when is None and not several:
        return

    def active(known: Mapping[str, Any]) -> bool:
        return (
            variable.exists(known)
            and parameter(space, variable, variable.branch(known) or variable).name == found.name
        )

    try:
        when = boxes(space, variable.depends, active)
    except NotListedError as error:
        lost.append(f"`{found.name}`: when it is active: {error}")
        return
    if not when:
        lost.append(f"`{found.name}`: it is never active")
        return
    if any(not box for box in when):
        return  # always
    child = made[found.name]
    made.add(_either([_condition(made, space, child, box) for box in when]))


def _condition(made: Any, space: type[Space], child: Any, box: Box) -> Any:
    """Return that every parameter of a box has one of its values."""
    parts = [
        cs.InCondition(child, made[name], _outsides(space, name, numbers)) for name, numbers in box.items()
    ]
    return parts[0] if len(parts) == 1 else cs.AndConjunction(*parts)


def _either(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else cs.OrConjunction(*parts)


def _forbidden(made: Any, space: type[Space], constraint: Constraint, lost: list[str]) -> None:
    """Add what a constraint excludes."""
    try:
        excluded = boxes(space, constraint.reads, lambda known: not holds(constraint, known))
    except NotListedError as error:
        lost.append(f"constraint `{constraint.name}` ({constraint.text}): {error}")
        return
    for box in excluded:
        parts = [
            cs.ForbiddenInClause(made[name], _outsides(space, name, numbers)) for name, numbers in box.items()
        ]
        if not parts:
            lost.append(f"constraint `{constraint.name}` ({constraint.text}): nothing meets it")
            return
        made.add(parts[0] if len(parts) == 1 else cs.ForbiddenAndConjunction(*parts))


def _outsides(space: type[Space], name: str, numbers: tuple[int, ...]) -> list[Any]:
    found = next(each for several in parameters(space).values() for each in several if each.name == name)
    every = values(found.domain)
    return [_outside(found, every[number]) for number in numbers]


def _labels(domain: OptionsDomain) -> tuple[Any, ...]:
    """Return texts as they are, and all options as JSON where others are among them: NumPy mixes them up."""
    if all(isinstance(option, str) for option in domain.options):
        return domain.options
    return json_labels(domain.options)


def _label(domain: OptionsDomain, value: Any) -> Any:
    places = [type(option) is type(value) and option == value for option in domain.options]
    return _labels(domain)[places.index(True)]


def _outside(found: Parameter, value: Any) -> Any:
    return _label(found.domain, value) if isinstance(found.domain, OptionsDomain) else value


def _inside(space: type[Space], found: Parameter, value: Any) -> Scalar:
    """Return the value of the domain that one of ConfigSpace stands for, which rounds floats.

    Raises:
        ValidationError: It stands for none.
    """
    domain = found.domain
    if isinstance(domain, OptionsDomain):
        labels = _labels(domain)
        if str(value) in labels:
            return domain.options[labels.index(str(value))]
    elif _near(domain, value):
        return settled(domain, value)
    issue = Issue(found.name, "out_of_range", f"`{found.name}` must be {domain}, not {value!r}")
    raise ValidationError(space.name, [issue])


def _near(domain: Domain, value: Any) -> bool:
    """Tell whether a number lies in a range, or as near as ConfigSpace's rounding to digits brings it."""
    if isinstance(domain, OptionsDomain) or isinstance(value, str | bool):
        return False
    off = 1e-8 if isinstance(domain, FloatDomain) else 0
    return bool(domain.low - off <= value <= domain.high + off)


def _active(space: type[Space], config: Config) -> dict[str, Scalar]:
    return {name: value for name, (_, value) in _places(space, config).items()}


def _places(space: type[Space], config: Config) -> dict[str, tuple[Parameter, Any]]:
    known = config.to_dict()
    found: dict[str, tuple[Parameter, Any]] = {}
    for variable in space.variables:
        if variable.name in known:
            place = parameter(space, variable, variable.branch(known) or variable)
            found[place.name] = place, known[variable.name]
    return found
