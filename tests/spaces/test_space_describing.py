"""How many configurations there are, and spaces and configurations as data."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mlsig.errors import SpaceError, ValidationError
from mlsig.spaces import Space as Base
from mlsig.spaces.describing import FORMAT, decimal
from mlsig_compiler.model import FloatDomain, IntDomain, Space

from spaces.building import (
    branch,
    built,
    compare,
    composite,
    constraint,
    emitted,
    options,
    preference,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.strategies import RUNS, spaces
from spaces.test_space_generated import finite


@RUNS
@given(what=spaces())
def test_there_are_as_many_configurations_as_can_be_counted(what: Space) -> None:
    assume(finite(what))
    generated = built(what)
    found = generated.cardinality()
    if found is not None:
        assert found == sum(1 for _ in generated.grid(points=10_000))


def test_continuous_numbers_are_not_counted() -> None:
    generated = built(
        space(
            variable("style", "choice", options("a", "b", "c"), "a"),
            variable("warmth", "float", FloatDomain(low=0.0, high=1.0), 0.5),
            variable("count", "int", IntDomain(low=0, high=9), 5),
            constraints=(constraint("few", compare("count", "<", 8)),),
        )
    )
    assert generated.cardinality() == 3 * 8
    assert generated.continuous_dimensions() == 1


@pytest.mark.parametrize(("variables", "digits"), [(3, 1), (3, 40), (120, 40)])
def test_numbers_of_any_size_are_exact(variables: int, digits: int) -> None:
    """Python refuses decimal literals of more than 4,300 digits."""
    size = variables * digits
    values = IntDomain(low=0, high=10**digits - 1)
    what = space(*(variable(f"v{k}", "int", values, 3) for k in range(variables)))
    generated = built(what)
    assert generated.cardinality() == 10**size
    assert max(map(len, emitted(what).splitlines())) <= 110
    assert generated.describe()["cardinality"] == "1" + "0" * size


def test_digits_of_any_number() -> None:
    assert decimal(0) == "0"
    assert decimal(2**53) == "9007199254740992"
    assert decimal(10**6_000 + 7) == "1" + "0" * 5_999 + "7"


def test_a_space_that_was_written_by_hand_need_not_know() -> None:
    class Bare(Base):
        name = "Bare"

    assert Bare.cardinality() is None


def kinds() -> Any:
    return built(
        space(
            variable("mode", "choice", options("a", 1, True, None, weights=(1.0, 2.0, 3.0, 4.0)), "a"),
            variable("warmth", "float", FloatDomain(low=0.0, high=2.0, normal=(0.7, 0.2)), 0.7),
            variable(
                "count",
                "int",
                IntDomain(low=1, high=9, step=2),
                3,
                branch(compare("warmth", ">", 1.0), IntDomain(low=1, high=5), 2, "warmth > 1.0"),
                branch(None, IntDomain(low=1, high=64, log=True), 4, "else"),
                depends=("warmth",),
                description="how many",
            ),
            composites=(composite("twice", "int", ref("count")),),
            constraints=(constraint("some", compare("count", ">", 1), "one is none", "count > 1"),),
            preferences=(preference(compare("count", "<", 9), "many", "count < 9"),),
        )
    )


def test_a_space_is_data_for_any_language() -> None:
    generated = kinds()
    assert json.loads(generated.to_json()) == {
        "mlsig_space": FORMAT,
        "name": "Tuning",
        "variables": [
            {
                "name": "mode",
                "kind": "choice",
                "domain": {
                    "type": "options",
                    "options": ["a", 1, True, None],
                    "weights": [1.0, 2.0, 3.0, 4.0],
                },
                "default": "a",
                "branches": [],
                "when": None,
                "depends": [],
                "hints": {},
                "description": "",
            },
            {
                "name": "warmth",
                "kind": "float",
                "domain": {
                    "type": "float",
                    "low": 0.0,
                    "high": 2.0,
                    "step": None,
                    "log": False,
                    "normal": [0.7, 0.2],
                },
                "default": 0.7,
                "branches": [],
                "when": None,
                "depends": [],
                "hints": {},
                "description": "",
            },
            {
                "name": "count",
                "kind": "int",
                "domain": {"type": "int", "low": 1, "high": 9, "step": 2, "log": False},
                "default": 3,
                "branches": [
                    {
                        "when": "warmth > 1.0",
                        "domain": {"type": "int", "low": 1, "high": 5, "step": 1, "log": False},
                        "default": 2,
                    },
                    {
                        "when": None,
                        "domain": {"type": "int", "low": 1, "high": 64, "step": 1, "log": True},
                        "default": 4,
                    },
                ],
                "when": None,
                "depends": ["warmth"],
                "hints": {},
                "description": "how many",
            },
        ],
        "composites": [
            {"name": "twice", "type": "int", "when": None, "depends": ["count"], "description": ""}
        ],
        "constraints": [{"name": "some", "text": "count > 1", "reads": ["count"], "message": "one is none"}],
        "preferences": [{"text": "count < 9", "reads": ["count"], "message": "many"}],
        "cardinality": None if generated.cardinality() is None else str(generated.cardinality()),
        "continuous_dimensions": 1,
        "default": generated.default().to_dict(),
    }


@RUNS
@given(what=spaces(), seed=st.integers(0, 2**32))
def test_configurations_come_back_from_dicts_and_json(what: Space, seed: int) -> None:
    generated = built(what)
    assert json.loads(generated.to_json())["name"] == what.name
    try:
        config = generated.sample(random.Random(seed))
    except SpaceError:
        return
    for again in (
        generated.Config.from_dict(config.to_dict()),
        generated.Config.from_json(config.to_json()),
        generated.Config.from_dict(json.loads(config.to_json())),
    ):
        assert again == config
        assert list(map(type, again.to_dict().values())) == list(map(type, config.to_dict().values()))
        assert (again.key(), again.digest(), hash(again)) == (config.key(), config.digest(), hash(config))


def test_configurations_that_are_wrong_do_not_come_back() -> None:
    generated = built(sentiment())
    text = generated.default().to_json()
    with pytest.raises(ValidationError, match="not JSON"):
        generated.Config.from_json(text[:-1])
    with pytest.raises(ValidationError, match="must be a mapping"):
        generated.Config.from_json(f"[{text}]")
    with pytest.raises(ValidationError, match="demos"):
        generated.Config.from_json(text.replace('"demos":4', '"demos":40'))
