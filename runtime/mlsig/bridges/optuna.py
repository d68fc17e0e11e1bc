"""Optuna chooses, and what it chooses is a legal configuration.

    study = optuna.create_study(direction="maximize")
    enqueue(study, Tuning)                              # begin with the default
    for _ in range(50):
        trial, config = ask(study, Tuning)              # a Tuning.Config, legal
        study.tell(trial, score(config))
    best = configuration(Tuning, study.best_trial)

`suggest` does the same for an objective that `study.optimize` calls.

Conditional domains and activation groups become parameters that a trial only has where they are active (see
`parameters`). Steps, logarithms and options are Optuna's own. What Optuna cannot say is lost to its sampler
alone: weights and normal priors, logarithms together with steps (the nearest step is taken), and constraints.
A trial whose values break a constraint is pruned, so that samplers turn away from there; after some of those,
`ask` gives the study a configuration that `space.sample` drew, which is always legal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import BaseTrial, FrozenTrial, TrialState

from mlsig.bridges.parameters import Parameter, alike, json_labels, last, parameter, parameters, settled
from mlsig.errors import Issue, ValidationError
from mlsig.functions import NO_VALUE
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import IntDomain, OptionsDomain, Scalar
from mlsig.spaces.members import chosen, lawful, made
from mlsig.spaces.variables import Branch, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

ATTEMPTS: Final = 16
"""How many trials of one `ask` may break constraints before a configuration is drawn."""

ILLEGAL: Final = "mlsig:illegal"
"""The user attribute of a pruned trial that says which constraints it breaks."""


class Asked(NamedTuple):
    """A trial that runs, and its configuration."""

    trial: optuna.Trial
    config: Any


def distributions(space: type[Space]) -> dict[str, BaseDistribution]:
    """Return the distribution of every parameter that a trial can have."""
    return {found.name: _distribution(found) for several in parameters(space).values() for found in several}


def suggest(space: type[Space], trial: BaseTrial) -> Any:
    """Return the configuration that a trial proposes, asking it for what is active and nothing else.

    Raises:
        TrialPruned: What it proposes breaks constraints; the message and the attribute `ILLEGAL` say which.
    """
    values, issues = _proposed(space, trial)
    if not issues:
        return made(space.Config, values)
    reasons = [str(issue) for issue in issues]
    trial.set_user_attr(ILLEGAL, reasons)
    raise optuna.TrialPruned("; ".join(reasons))


def ask(study: optuna.Study, space: type[Space], attempts: int = ATTEMPTS) -> Asked:
    """Ask a study for a trial with a legal configuration; those before it that had none are told as pruned.

    Args:
        study: The study.
        space: The space.
        attempts: How many trials may be pruned before one is drawn by `space.sample`; the number of the
            trial is its seed.

    Raises:
        SpaceError: `space.sample` found nothing legal.
        ValueError: `attempts` is negative.
    """
    if attempts < 0:
        raise ValueError(f"attempts must be at least 0, not {attempts}")
    asked = 0
    while True:
        if asked >= attempts:  # what waits already comes before it
            seed = len(study.get_trials(deepcopy=False))
            enqueue(study, space, space.sample(Random(seed)))  # noqa: S311  (not for secrets)
        trial = study.ask()
        asked += 1
        values, issues = _proposed(space, trial)
        if not issues:
            return Asked(trial, made(space.Config, values))
        trial.set_user_attr(ILLEGAL, [str(issue) for issue in issues])
        study.tell(trial, state=TrialState.PRUNED)


def params(space: type[Space], config: Config) -> dict[str, Any]:
    """Return a legal configuration as the parameters of a trial."""
    return {found.name: _outside(found, value) for found, value in _active(space, config)}


def enqueue(study: optuna.Study, space: type[Space], config: Config | None = None) -> None:
    """Let the study's next trial be a configuration, the default where none is given."""
    study.enqueue_trial(params(space, space.default() if config is None else config))


def frozen(
    space: type[Space],
    config: Config,
    values: float | Sequence[float] | None = None,
    state: TrialState = TrialState.COMPLETE,
) -> FrozenTrial:
    """Return a configuration that was measured elsewhere as a trial, for `study.add_trial`."""
    known = {found.name: _distribution(found) for found, _ in _active(space, config)}
    several = None if values is None else [values] if isinstance(values, int | float) else list(values)
    return optuna.trial.create_trial(
        state=state, params=params(space, config), distributions=known, values=several
    )


def configuration(space: type[Space], trial: FrozenTrial | Mapping[str, Any]) -> Any:
    """Return the configuration of a trial, or of its `params`.

    Raises:
        ValidationError: They are no legal configuration of this space, or lack a parameter that is active.
    """
    given = trial.params if isinstance(trial, FrozenTrial) else trial

    def choose(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        found = parameter(space, variable, arm)
        if found.name not in given:
            message = f"the trial has no parameter `{found.name}`, which is active"
            raise ValidationError(space.name, [Issue(found.name, "missing", message)])
        return _inside(space, found, given[found.name])

    try:
        values = chosen(space, choose)
    except NO_VALUE as error:
        message = f"an expression has no value: {error}"
        raise ValidationError(space.name, [Issue("", "no_value", message)]) from None
    return space.validate(values)


def _proposed(space: type[Space], trial: BaseTrial) -> tuple[dict[str, Any], list[Issue]]:
    """Return what a trial proposes, and what is wrong with that."""
    known: dict[str, Any] = {}

    def choose(variable: Variable, arm: Branch | Variable, _: Mapping[str, Any]) -> Scalar:
        found = parameter(space, variable, arm)
        known[variable.name] = _inside(space, found, _suggested(trial, found))
        value: Scalar = known[variable.name]
        return value

    try:
        values = chosen(space, choose)
    except NO_VALUE:
        return known, space.check(known)
    except ValidationError as error:  # somebody enqueued what no domain has
        return known, list(error.issues)
    return values, [] if lawful(space, values) else space.check(values)


def _suggested(trial: BaseTrial, found: Parameter) -> Any:
    name, distribution = found.name, _distribution(found)
    if isinstance(distribution, FloatDistribution):
        return trial.suggest_float(
            name, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(
            name, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    return trial.suggest_categorical(name, _choices(found.domain))


def _distribution(found: Parameter) -> BaseDistribution:
    domain = found.domain
    if isinstance(domain, OptionsDomain):
        return CategoricalDistribution(_choices(domain))
    high = last(domain)
    if isinstance(domain, IntDomain):
        every = 1 if domain.log or domain.low == high else domain.step
        return IntDistribution(domain.low, int(high), log=domain.log, step=every)
    step = None if domain.log or domain.low == high else domain.step
    return FloatDistribution(domain.low, high, log=domain.log, step=step)


def _choices(domain: Any) -> tuple[Scalar, ...]:
    """Return options as Optuna's choices: texts where Python takes two of them for the same."""
    options: tuple[Scalar, ...] = domain.options
    return json_labels(options) if alike(domain) else options


def _inside(space: type[Space], found: Parameter, value: Any) -> Scalar:
    """Return the value of the domain that a value of Optuna stands for.

    Raises:
        ValidationError: It stands for none.
    """
    domain = found.domain
    if isinstance(domain, OptionsDomain):
        choices = _choices(domain)
        if value in choices:
            return domain.options[choices.index(value)]
    elif isinstance(value, int | float) and domain.low <= value <= domain.high:
        return settled(domain, value)
    issue = Issue(found.name, "out_of_range", f"`{found.name}` must be {domain}, not {value!r}")
    raise ValidationError(space.name, [issue])


def _outside(found: Parameter, value: Any) -> Any:
    domain = found.domain
    if not isinstance(domain, OptionsDomain):
        return value
    places = [type(option) is type(value) and option == value for option in domain.options]
    return _choices(domain)[places.index(True)]


def _active(space: type[Space], config: Config) -> list[tuple[Parameter, Any]]:
    values = config.to_dict()
    return [
        (parameter(space, variable, variable.branch(values) or variable), values[variable.name])
        for variable in space.variables
        if variable.name in values
    ]
