"""What a space says to values that it refuses."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from mlsig.errors import Issue, MlsigError, SpaceError, ValidationError
from mlsig_compiler.model import FloatDomain, IntDomain

from spaces.building import (
    BOOLS,
    branch,
    built,
    compare,
    const,
    constraint,
    negated,
    options,
    sentiment,
    space,
    variable,
)

TUNING = built(sentiment())
DEFAULT = TUNING.default().to_dict()


def issues(**changes: Any) -> list[Issue]:
    return TUNING.check({**DEFAULT, **changes})


def only(**changes: Any) -> tuple[str, str, str, str]:
    (issue,) = issues(**changes)
    return (issue.path, issue.code, issue.message, issue.value)


def test_a_legal_configuration_has_no_issues() -> None:
    assert issues() == []
    assert TUNING.validate(DEFAULT) == TUNING.default()


def test_out_of_range() -> None:
    assert only(demos=9) == ("demos", "out_of_range", "`demos` is 9, but must be 0 to 8", "9")


def test_out_of_range_of_the_active_branch() -> None:
    assert only(adapter="JSON", temperature=1.7) == (
        "temperature",
        "out_of_range",
        "`temperature` is 1.7, but must be 0.0 to 0.7 in steps of 0.1 when adapter == JSON",
        "1.7",
    )


def test_a_value_of_another_branch() -> None:
    assert only(adapter="JSON", temperature=0.9) == (
        "temperature",
        "inactive_domain",
        "`temperature` is 0.9, but must be 0.0 to 0.7 in steps of 0.1 when adapter == JSON; 0.9 is only "
        "allowed when reasoning == ChainOfThought or when none of its conditions holds",
        "0.9",
    )


def test_the_else_branch_names_the_conditions() -> None:
    assert only(temperature=-0.1) == (
        "temperature",
        "out_of_range",
        "`temperature` is -0.1, but must be 0.0 to 1.5 in steps of 0.1 when none of its conditions holds "
        "(adapter == JSON; reasoning == ChainOfThought)",
        "-0.1",
    )


def test_off_the_grid() -> None:
    _, code, message, value = only(temperature=0.1 + 0.2)
    assert code == "off_step"
    assert message.startswith(
        "`temperature` is 0.30000000000000004, but must be 0.0 to 1.5 in steps of 0.1 when"
    )
    assert message.endswith("; the nearest is 0.3")
    assert value == "0.30000000000000004"
    assert only(max_tokens=20)[1:3] == (
        "off_step",
        "`max_tokens` is 20, but must be 8 to 96 in steps of 8; the nearest is 24",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("temperature", True, "`temperature` is true, but must be a float: 0.0 to 1.5 in steps of 0.1 when"),
        ("temperature", "0.5", '`temperature` is "0.5", but must be a float: '),
        ("temperature", [0.5], "`temperature` is the list [0.5], but must be a float: "),
        ("demos", 4.0, "`demos` is 4.0, but must be an int: 0 to 8"),
        ("demos", True, "`demos` is true, but must be an int: 0 to 8"),
        ("structured", 1, "`structured` is 1, but must be a bool: false or true"),
    ],
)
def test_wrong_type(name: str, value: Any, message: str) -> None:
    path, code, said, _ = only(**{name: value})
    assert (path, code) == (name, "type")
    assert said.startswith(message)


def test_not_an_option() -> None:
    assert only(adapter="json") == (
        "adapter",
        "not_an_option",
        '`adapter` is "json", but must be "Chat" or "JSON"',
        '"json"',
    )
    assert only(demo_layout="turn")[2] == (
        '`demo_layout` is "turn", but must be "turns" or "block"; did you mean "turns"?'
    )
    assert only(adapter=None)[1] == "not_an_option"
    assert only(adapter=b"JSON")[2] == '`adapter` is the bytes b\'JSON\', but must be "Chat" or "JSON"'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_numbers_beyond_the_finite(value: float) -> None:
    assert only(temperature=value)[1] == "out_of_range"


def test_missing_says_what_is_wanted_and_in_which_branch() -> None:
    values = {name: value for name, value in DEFAULT.items() if name not in {"demos", "temperature"}}
    found = [(issue.path, issue.code, issue.message, issue.value) for issue in TUNING.check(values)]
    assert found == [
        ("demos", "missing", "`demos` is missing: it must be 0 to 8", ""),
        (
            "temperature",
            "missing",
            "`temperature` is missing: it must be 0.0 to 1.5 in steps of 0.1 when none of its conditions "
            "holds (adapter == JSON; reasoning == ChainOfThought)",
            "",
        ),
    ]


def test_unknown_names() -> None:
    assert only(temprature=0.5) == (
        "temprature",
        "unknown_variable",
        "`temprature` is not a variable of Tuning; did you mean `temperature`?",
        "",
    )
    message = only(zzz=0.5)[2]
    assert message.startswith("`zzz` is not a variable of Tuning; it has `provider`, `model`, ")
    assert TUNING.check({**DEFAULT, 3: 4})[0].path == "3"


def test_a_broken_constraint_states_the_facts() -> None:
    assert only(reasoning="ChainOfThought", max_tokens=40) == (
        "",
        "constraint",
        "`room` does not hold: reasoning needs room for it; reasoning != ChainOfThought or max_tokens >= 48, "
        'with reasoning = "ChainOfThought", max_tokens = 40',
        'reasoning = "ChainOfThought", max_tokens = 40',
    )


def test_every_issue_is_reported_once_and_causes_no_others() -> None:
    found = TUNING.check(
        {**DEFAULT, "adapter": "Jason", "temperature": 9.0, "reasoning": 5, "extra": 1, "demos": -1}
    )
    assert [(issue.path, issue.code) for issue in found] == [
        ("extra", "unknown_variable"),  # presence comes first
        ("adapter", "not_an_option"),
        ("reasoning", "not_an_option"),
        ("demos", "out_of_range"),
        ("temperature", "out_of_range"),  # in no branch, whichever is active
    ]
    assert issues(adapter="Jason", temperature=0.9)[0].path == "adapter"
    assert len(issues(adapter="Jason", temperature=0.9)) == 1
    (missing,) = [x for x in TUNING.check({**without("temperature"), "adapter": 1}) if x.code == "missing"]
    assert missing.message == (
        "`temperature` is missing: it must be 0.0 to 0.7 in steps of 0.1 or 0.3 to 1.0 in steps of 0.1 "
        "or 0.0 to 1.5 in steps of 0.1"
    )


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in DEFAULT.items() if key != name}


def test_validation_errors_carry_all_issues() -> None:
    values = {**DEFAULT, "demos": 9, "max_tokens": 7}
    with pytest.raises(ValidationError) as raised:
        TUNING.validate(values)
    assert raised.value.subject == "Tuning"
    assert list(raised.value.issues) == TUNING.check(values)
    assert isinstance(raised.value, MlsigError)
    assert str(raised.value).splitlines()[0] == "Tuning: 2 issues"


class Mute:
    """A value that cannot say what it is."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [10**5_000, -(10**5_000), "\ud800", [10**5_000], Mute(), "x" * 10**6],
    ids=["huge", "tiny", "surrogate", "list", "mute", "long"],
)
def test_values_that_cannot_be_written_are_refused_like_any_other(value: Any) -> None:
    for name in DEFAULT:
        (issue, *_) = TUNING.check({**DEFAULT, name: value})
        assert issue.path == name
        assert len(issue.value) <= 80
        str(issue).encode()
        with pytest.raises(ValidationError):
            TUNING.complete({name: value})


@pytest.mark.parametrize(
    ("name", "path"),
    [("\ud800", '"\\ud800"'), (1, "1"), (Mute(), "a value of type Mute"), ("n" * 999, '"nn')],
    ids=["surrogate", "number", "mute", "long"],
)
def test_names_that_cannot_be_written_are_unknown_like_any_other(name: Any, path: str) -> None:
    (issue,) = TUNING.check({**DEFAULT, name: 1})
    assert issue.code == "unknown_variable"
    assert issue.path.startswith(path)
    assert len(issue.path) <= 80
    str(issue).encode()


def test_a_space_without_variables_says_that_it_has_none() -> None:
    (issue,) = built(space()).check({"x": 1})
    assert issue.message == "`x` is not a variable of Tuning; it has none"


@pytest.mark.parametrize("values", [[1, 2], None, "text", 5])
def test_values_must_be_a_mapping(values: Any) -> None:
    (issue,) = TUNING.check(values)
    assert (issue.path, issue.code) == ("", "type")
    with pytest.raises(ValidationError, match="must be a mapping"):
        TUNING.validate(values)


@pytest.mark.parametrize("wrap", [MappingProxyType, dict], ids=["proxy", "dict"])
def test_any_mapping_will_do(wrap: Any) -> None:
    values: Mapping[str, Any] = wrap(DEFAULT)
    assert TUNING.validate(values) == TUNING.default()


def test_values_of_numpy_and_enums_are_stored_as_plain_ones() -> None:
    config = TUNING.validate({**DEFAULT, "temperature": np.float64(0.5), "adapter": np.str_("JSON")})
    assert type(config.temperature) is float
    assert type(config.adapter) is str
    whole = TUNING.validate({**DEFAULT, "temperature": 1})
    assert type(whole.temperature) is float
    assert TUNING.check({**DEFAULT, "demos": np.int64(3)})[0].code == "type"


def test_keys_are_canonical_json() -> None:
    config = built(
        space(
            variable("b", "bool", BOOLS, True),
            variable("a", "choice", options("ü", None), None),
            variable("c", "float", FloatDomain(low=0.0, high=1.0), 1),
        )
    ).default()
    assert config.to_dict() == {"b": True, "a": None, "c": 1.0}
    assert config.key() == '{"a":null,"b":true,"c":1.0}'
    assert hash(config) == hash(type(config)(b=True, a=None, c=1.0))


def test_the_active_domain_can_be_asked_for() -> None:
    assert str(TUNING.domain("temperature", {"adapter": "JSON", "reasoning": "Predict"})).startswith(
        "0.0 to 0.7"
    )
    assert str(TUNING.domain("temperature", DEFAULT)).startswith("0.0 to 1.5")
    assert str(TUNING.domain("demos", {})) == "0 to 8"
    with pytest.raises(ValidationError, match="did you mean `demos`"):
        TUNING.domain("demo", {})
    with pytest.raises(ValidationError, match="`reasoning` is missing") as raised:
        TUNING.domain("temperature", {"adapter": "XML"})
    assert [issue.path for issue in raised.value.issues] == ["reasoning", "adapter"]


def test_the_domain_of_a_grandchild_needs_its_grandparent() -> None:
    generated = built(
        space(
            variable("a", "int", IntDomain(low=0, high=9), 0),
            variable(
                "b",
                "int",
                IntDomain(low=0, high=9),
                0,
                branch(compare("a", ">", 5), IntDomain(low=0, high=3), 0, "a > 5"),
                depends=("a",),
            ),
            variable(
                "c",
                "int",
                IntDomain(low=0, high=9),
                0,
                branch(compare("b", ">", 5), IntDomain(low=0, high=1), 0, "b > 5"),
                depends=("b",),
            ),
        )
    )
    assert str(generated.domain("c", {"a": 0, "b": 6})) == "0 to 1"
    with pytest.raises(ValidationError, match="when a > 5"):
        generated.domain("c", {"a": 6, "b": 6})
    (issue,) = generated.check({"a": 0, "b": 6, "c": 5})
    assert (
        issue.message
        == "`c` is 5, but must be 0 to 1 when b > 5; 5 is only allowed when none of its conditions holds"
    )


def test_a_space_that_cannot_be_met_names_the_worst_constraint() -> None:
    impossible = built(
        space(
            variable("x", "int", IntDomain(low=0, high=9), 0),
            constraints=(
                constraint("high", compare("x", ">", 7), "x is high", "x > 7"),
                constraint("forbid_1", negated(compare("x", ">=", 8)), text="x >= 8"),
            ),
        )
    )

    class Counting:
        calls = 0

        def random(self) -> float:
            self.calls += 1
            return (self.calls % 10) / 10

    rng = Counting()
    with pytest.raises(SpaceError) as raised:
        impossible.sample(rng)
    assert rng.calls == 1  # the seed of the attempts
    assert str(raised.value) == (
        "Tuning: none of 10,000 draws is legal: constraint `high` (x > 7) failed 7,978 times: x is high"
    )
    (issue,) = impossible.check({"x": 9})
    assert issue.message == "`forbid_1` does not hold: forbid x >= 8, with x = 9"


def test_moves_of_a_configuration_that_is_not_legal_are_refused_when_nothing_helps() -> None:
    lonely = built(
        space(
            variable("x", "int", IntDomain(low=0, high=0), 0),
            constraints=(constraint("never", compare("x", ">", const(0))),),
        )
    )
    config = lonely.Config(x=0)
    with pytest.raises(ValidationError, match="`never` does not hold"):
        lonely.mutate(config, random.Random(0))
    with pytest.raises(ValidationError, match="is not a variable"):
        lonely.mutate(config, random.Random(0), ["y"])
    assert lonely.neighbors(config) == []
