"""Spaces in the hands of the real ConfigSpace, and what it samples as configurations."""

from __future__ import annotations

import random
from typing import Any

import ConfigSpace as cs  # noqa: N813  (as its own pages do)
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from mlsig.bridges.configspace import from_configuration, to_configspace, to_configuration
from mlsig.errors import SpaceError, ValidationError
from mlsig_compiler.model import FloatDomain, IntDomain, Space
from spaces.building import (
    BOOLS,
    both,
    branch,
    built,
    compare,
    composite,
    constraint,
    either,
    negated,
    options,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.strategies import spaces

RUNS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def typed(config: Any) -> list[tuple[str, type, Any]]:
    """Return what tells 1, 1.0 and True apart."""
    return [(name, type(value), value) for name, value in config.to_dict().items()]


@pytest.fixture(scope="module")
def tuned() -> Any:
    return built(sentiment())


def test_a_space_with_conditions_and_constraints_is_said_whole(tuned: Any) -> None:
    found = to_configspace(tuned, seed=1)
    assert found.lost == ()
    configs = [from_configuration(tuned, each) for each in found.space.sample_configuration(60)]
    assert all(tuned.legal(config) for config in configs)
    assert len({config.adapter for config in configs}) == 2
    assert {config.max_tokens for config in configs if config.reasoning == "ChainOfThought"} <= set(
        range(48, 97, 8)
    )
    assert from_configuration(tuned, found.space.get_default_configuration()) == tuned.default()


def test_our_samples_are_legal_for_configspace_too(tuned: Any) -> None:
    found = to_configspace(tuned)
    for config in tuned.sample_batch(40, random.Random(2)):
        theirs = to_configuration(tuned, config, found.space)
        theirs.check_valid_configuration()
        assert from_configuration(tuned, theirs) == config


def test_configspace_refuses_what_is_not_legal_here(tuned: Any) -> None:
    found = to_configspace(tuned)
    good = dict(to_configuration(tuned, tuned.default(), found.space))
    bad = {**good, "reasoning": "ChainOfThought", "max_tokens": 16, "temperature#1": 0.7}
    del bad["temperature#2"]
    with pytest.raises(cs.exceptions.ForbiddenValueError):
        cs.Configuration(found.space, values=bad)
    with pytest.raises(ValidationError, match="reasoning needs room"):
        from_configuration(tuned, bad)


def odd() -> Any:
    """Everything that ConfigSpace has no word for."""
    return built(
        space(
            variable("kind", "choice", options(1, True, None, "1", weights=(1.0, 2.0, 3.0, 4.0)), 1),
            variable("width", "int", IntDomain(low=1, high=1000, step=7, log=True), 8),
            variable("rate", "float", FloatDomain(low=0.001, high=1.0, step=0.003, log=True), 0.001),
            variable("warmth", "float", FloatDomain(low=0.0, high=2.0, normal=(0.7, 0.2)), 0.7),
            variable("far", "float", FloatDomain(low=0.0, high=2.0, normal=(-3.0, 0.5)), 0.7),
            variable("one", "float", FloatDomain(low=1.0, high=1.0), 1.0),
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
            constraints=(
                constraint("cool", compare("warmth", "<", 1.0), "", "warmth < 1.0"),
                constraint("known", compare("kind", "!=", "1"), "", 'kind != "1"'),
            ),
        )
    )


def test_what_is_lost_is_said_and_legality_is_kept() -> None:
    generated = odd()
    found = to_configspace(generated, seed=3)
    assert found.lost == (
        "`width`: steps of 7; what lies between them becomes the nearest",
        "`rate`: steps of 0.003; what lies between them becomes the nearest",
        "`far`: the prior normal(-3.0, 0.5)",
        "`depth#0`: when it is active: it reads `width`, 1 to 1000 in steps of 7",
        "`depth#1`: when it is active: it reads `width`, 1 to 1000 in steps of 7",
        "constraint `cool` (warmth < 1.0): it reads `warmth`, 0.0 to 2.0",
    )
    legal, reasons = 0, []
    for each in found.space.sample_configuration(80):
        try:
            config = from_configuration(generated, each)
        except ValidationError as error:
            reasons.append(str(error))
            continue
        legal += 1
        assert generated.check(config.to_dict()) == []
        theirs = to_configuration(generated, config, found.space)
        assert typed(from_configuration(generated, theirs)) == typed(config)
    assert legal
    assert reasons
    assert all("`cool`" in reason for reason in reasons)


def test_values_that_are_none_are_refused() -> None:
    generated = odd()
    known = dict(to_configuration(generated, generated.default(), to_configspace(generated).space))
    for name, value in [("kind", "x"), ("width", 5000), ("warmth", "hot"), ("warmth", 2.1), ("width", True)]:
        with pytest.raises(ValidationError, match=f"`{name}` must be"):
            from_configuration(generated, {**known, name: value})
    with pytest.raises(ValidationError, match="no `deep`, which is active"):
        from_configuration(generated, {name: value for name, value in known.items() if name != "deep"})


def test_what_exists_while_something_else_does_not() -> None:
    """A condition that holds where what it reads is absent is said by what decides about that."""
    outer = compare("mode", "==", "deep")
    generated = built(
        space(
            variable("mode", "choice", options("deep", "flat", "wide"), "deep"),
            variable("depth", "int", IntDomain(low=1, high=5), 2, active=outer, depends=("mode",)),
            variable(
                "rest",
                "bool",
                BOOLS,
                False,
                active=either(negated(outer), both(outer, compare("depth", ">", 3))),
                depends=("mode", "depth"),
            ),
        )
    )
    found = to_configspace(generated, seed=5)
    assert found.lost == ()
    seen = [from_configuration(generated, each) for each in found.space.sample_configuration(80)]
    assert {(config.mode, config.rest is None) for config in seen} == {
        ("deep", True),
        ("deep", False),
        ("flat", False),
        ("wide", False),
    }
    for config in generated.sample_batch(40, random.Random(7)):
        assert from_configuration(generated, to_configuration(generated, config, found.space)) == config


@RUNS
@given(what=spaces(), seed=st.integers(0, 2**16))
def test_samples_of_either_are_legal_for_the_other_or_refused(what: Space, seed: int) -> None:
    generated = built(what)
    try:
        ours = [generated.sample(random.Random(seed + k)) for k in range(4)]
        if generated.check(generated.default().to_dict()):
            return
    except SpaceError:
        return
    found = to_configspace(generated, seed=seed)
    event("whole" if not found.lost else "with losses")
    for config in ours:
        theirs = to_configuration(generated, config, found.space)
        theirs.check_valid_configuration()
        again = from_configuration(generated, theirs)
        for name, kind, value in typed(config):
            assert type(getattr(again, name)) is kind
            assert getattr(again, name) == (pytest.approx(value, abs=1e-8) if kind is float else value)
    for each in found.space.sample_configuration(4) if not found.lost else []:
        config = from_configuration(generated, each)
        assert generated.check(config.to_dict()) == []
