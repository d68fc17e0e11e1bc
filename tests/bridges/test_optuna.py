"""Spaces in the hands of the real Optuna, and what it proposes as configurations."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig.bridges.optuna import (
    ILLEGAL,
    ask,
    configuration,
    distributions,
    enqueue,
    frozen,
    params,
    suggest,
)
from mlsig.errors import SpaceError, ValidationError
from mlsig_compiler.model import FloatDomain, IntDomain, Space
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from spaces.building import (
    BOOLS,
    branch,
    built,
    compare,
    composite,
    constraint,
    options,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.strategies import spaces

RUNS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def study(sampler: Any = None, direction: Any = "maximize") -> optuna.Study:
    return optuna.create_study(sampler=sampler or optuna.samplers.RandomSampler(seed=1), direction=direction)


def typed(config: Any) -> list[tuple[str, type, Any]]:
    """Return what tells 1, 1.0 and True apart."""
    return [(name, type(value), value) for name, value in config.to_dict().items()]


@pytest.fixture(scope="module")
def tuned() -> Any:
    return built(sentiment())


def test_each_domain_of_a_variable_is_a_parameter_of_its_own(tuned: Any) -> None:
    found = distributions(tuned)
    assert found["temperature#0"] == FloatDistribution(0.0, 0.7, step=0.1)
    assert found["temperature#1"] == FloatDistribution(0.3, 1.0, step=0.1)
    assert found["temperature#2"] == FloatDistribution(0.0, 1.5, step=0.1)
    assert found["max_tokens"] == IntDistribution(8, 96, step=8)
    assert found["adapter"] == CategoricalDistribution(("Chat", "JSON"))
    assert len(found) == len(tuned.variables) + 2


@pytest.mark.parametrize(
    "sampler", [optuna.samplers.TPESampler(seed=3), optuna.samplers.NSGAIISampler(seed=3)]
)
def test_a_study_is_driven_by_ask_and_tell(tuned: Any, sampler: Any) -> None:
    run = study(sampler)
    enqueue(run, tuned)
    configs = []
    for _ in range(30):
        trial, config = ask(run, tuned)
        assert isinstance(config, tuned.Config)
        assert tuned.legal(config)
        run.tell(trial, config.temperature - abs(config.demos - 3))
        configs.append(config)
    assert configs[0] == tuned.default()
    complete = run.get_trials(states=(TrialState.COMPLETE,))
    assert [configuration(tuned, trial) for trial in complete] == configs
    best = configuration(tuned, run.best_trial)
    assert best.temperature - abs(best.demos - 3) == max(c.temperature - abs(c.demos - 3) for c in configs)


def test_an_objective_prunes_what_no_constraint_allows(tuned: Any) -> None:
    run = study()
    run.optimize(lambda trial: float(suggest(tuned, trial).demos), n_trials=40)
    pruned = run.get_trials(states=(TrialState.PRUNED,))
    assert pruned
    for trial in pruned:
        (reason,) = trial.user_attrs[ILLEGAL]
        assert "reasoning needs room for it" in reason
        with pytest.raises(ValidationError, match="needs room"):
            configuration(tuned, trial)
    for trial in run.get_trials(states=(TrialState.COMPLETE,)):
        assert configuration(tuned, trial).demos == trial.value


def rare() -> Any:
    """A space of which hardly anything is legal."""
    names = [f"v{k}" for k in range(4)]
    return built(
        space(
            *(variable(name, "int", IntDomain(low=0, high=99), 7) for name in names),
            constraints=tuple(constraint(f"c{k}", compare(name, "==", 7)) for k, name in enumerate(names)),
        )
    )


@pytest.mark.parametrize("attempts", [0, 3])
def test_asking_ends_where_hardly_anything_is_legal(attempts: int) -> None:
    generated = rare()
    run = study()
    trial, config = ask(run, generated, attempts)
    assert config == generated.default()
    run.tell(trial, 1.0)
    assert [found.state for found in run.trials] == [TrialState.PRUNED] * attempts + [TrialState.COMPLETE]
    assert configuration(generated, run.best_trial) == config


def test_what_waits_already_comes_first_and_is_pruned_where_it_is_wrong() -> None:
    generated = rare()
    run = study()
    run.enqueue_trial({"v0": 8})
    run.enqueue_trial({"v0": 1000})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Optuna says that 1000 is out of range
        trial, _ = ask(run, generated, 0)
    run.tell(trial, 1.0)
    reasons = [found.user_attrs[ILLEGAL][0] for found in run.get_trials(states=(TrialState.PRUNED,))]
    assert len(reasons) == 2
    assert "`v0` must be 0 to 99, not 1000" in reasons[1]


def test_attempts_are_counted_from_zero() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        ask(study(), rare(), -1)


def test_history_of_elsewhere_is_told(tuned: Any) -> None:
    run = study(optuna.samplers.TPESampler(seed=1))
    rng = random.Random(5)
    configs = tuned.sample_batch(20, rng)
    for k, config in enumerate(configs):
        run.add_trial(frozen(tuned, config, float(k)))
    run.add_trial(frozen(tuned, configs[0], state=TrialState.FAIL))
    assert configuration(tuned, run.best_trial) == configs[-1]
    assert [configuration(tuned, trial) for trial in run.trials[:-1]] == configs
    trial, config = ask(run, tuned)
    assert tuned.legal(config)
    several = optuna.create_study(directions=["maximize", "minimize"])
    several.add_trial(frozen(tuned, configs[0], [1.0, 2.0]))
    assert several.trials[0].values == [1.0, 2.0]
    run.tell(trial, 0.0)


def groups() -> Any:
    """Everything that Optuna has no word for."""
    return built(
        space(
            variable("kind", "choice", options(1, True, None, "1"), 1),
            variable("width", "int", IntDomain(low=1, high=1000, step=7, log=True), 8),
            variable("rate", "float", FloatDomain(low=0.001, high=1.0, step=0.003, log=True), 0.001),
            variable("warmth", "float", FloatDomain(low=0.0, high=2.0, normal=(0.7, 0.2)), 0.7),
            variable("deep", "bool", BOOLS, False),
            variable(
                "depth",
                "int",
                IntDomain(low=1, high=4),
                2,
                branch(compare("budget", ">", 500), IntDomain(low=3, high=3), 3),
                depends=("budget", "deep"),
                active=ref("deep"),
            ),
            composites=(composite("budget", "float", ref("width")),),
        )
    )


def test_what_optuna_cannot_say_comes_back_all_the_same() -> None:
    generated = groups()
    run = study()
    seen: set[Any] = set()
    for _ in range(80):
        trial, config = ask(run, generated)
        assert generated.check(config.to_dict()) == []
        assert ("depth" in config.to_dict()) == config.deep
        seen.add((type(config.kind), config.kind, config.depth is None, config.depth))
        run.tell(trial, 0.0)
        assert typed(configuration(generated, run.trials[-1])) == typed(config)
    assert {kind for kind, *_ in seen} == {int, bool, type(None), str}
    assert {depth for *_, depth in seen} == {None, 1, 2, 3, 4}


def test_configurations_of_params_that_do_not_fit_are_refused() -> None:
    generated = groups()
    known = params(generated, generated.default())
    with pytest.raises(ValidationError, match="no parameter `depth#1`, which is active"):
        configuration(generated, {**known, "deep": True})
    with pytest.raises(ValidationError, match="`width` must be 1 to 1000 in steps of 7, not 5000"):
        configuration(generated, {**known, "width": 5000})
    with pytest.raises(ValidationError, match="`kind` must be"):
        configuration(generated, {**known, "kind": "other"})


@RUNS
@given(what=spaces(), seed=st.integers(0, 2**16))
def test_whatever_optuna_proposes_is_legal_or_refused_with_the_reason(what: Space, seed: int) -> None:
    generated = built(what)
    run = study(optuna.samplers.RandomSampler(seed=seed))
    for _ in range(6):
        trial = run.ask()
        try:
            config = suggest(generated, trial)
        except optuna.TrialPruned as error:
            assert str(error)
            run.tell(trial, state=TrialState.PRUNED)
            with pytest.raises(ValidationError):
                configuration(generated, run.trials[-1])
            continue
        assert generated.check(config.to_dict()) == []
        run.tell(trial, 0.0)
        assert typed(configuration(generated, run.trials[-1])) == typed(config)
    try:
        drawn = generated.sample(random.Random(seed))
    except SpaceError:
        return
    run.add_trial(frozen(generated, drawn, 1.0))
    assert typed(configuration(generated, run.best_trial)) == typed(drawn)
    assert set(run.best_trial.params) <= set(distributions(generated))
