"""Groups, composites, functions, preferences: what a space says of them, and what it makes of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.errors import Issue, SpaceError, ValidationError
from mlsig.spaces import exhausted
from mlsig_compiler.model import (
    Binary,
    Call,
    Conditional,
    FloatDomain,
    IntDomain,
    ListOf,
    Space,
    Unary,
)
from msgspec import UNSET
from reference import spaces as reference

from spaces.building import (
    BOOLS,
    NOWHERE,
    both,
    branch,
    built,
    compare,
    composite,
    const,
    constraint,
    either,
    negated,
    options,
    preference,
    ref,
    space,
    variable,
)
from spaces.strategies import RUNS, spaces

REACT = compare("reasoning", "==", "ReAct")
PATIENT = both(REACT, compare("hops", ">", 3))


def agent() -> Space:
    """A group in a group, an option that is null there, composites of both."""
    return space(
        variable("reasoning", "module", options("Predict", "ReAct"), "Predict"),
        variable("tokens", "int", IntDomain(low=16, high=4096, step=16), 1024),
        variable("hops", "int", IntDomain(low=1, high=8), 3, active=REACT, depends=("reasoning",)),
        variable("limit", "choice", options("few", None), None, active=REACT, depends=("reasoning",)),
        variable(
            "patience",
            "float",
            FloatDomain(low=0.0, high=1.0),
            0.5,
            branch(compare("limit", "==", None), FloatDomain(low=0.5, high=1.0), 0.75, "limit == null"),
            active=PATIENT,
            depends=("reasoning", "hops", "limit"),
        ),
        constraints=(
            constraint(
                "short",
                either(negated(REACT), compare("budget", "<", 8000)),
                "too dear",
                "budget < 8000",
            ),
        ),
        composites=(
            composite(
                "budget",
                "float",
                Binary("*", ref("tokens"), Conditional(const(4.0), REACT, const(1.0), NOWHERE), NOWHERE),
                description="what an answer may cost",
            ),
            composite("calls", "int", Binary("*", ref("hops"), const(2), NOWHERE), active=REACT),
        ),
        preferences=(
            preference(
                either(negated(REACT), compare("hops", "<", 5)),
                "many hops wander",
                "reasoning != ReAct or hops < 5",
            ),
            preference(compare("tokens", "<", 2000), text="tokens < 2000"),
        ),
    )


AGENT = built(agent())
PLAIN = {"reasoning": "Predict", "tokens": 1024}
DEEP = {"reasoning": "ReAct", "tokens": 256, "hops": 4, "limit": None, "patience": 0.75}


def only(values: dict[str, Any]) -> tuple[str, str, str]:
    (issue,) = AGENT.check(values)
    return issue.path, issue.code, issue.message


def test_what_is_not_active_is_not_there() -> None:
    config = AGENT.default()
    assert (config.hops, config.limit, config.patience, config.calls) == (None, UNSET, None, None)
    assert config.to_dict() == {**PLAIN, "budget": 1024.0}
    assert config.to_json() == '{"reasoning":"Predict","tokens":1024,"budget":1024.0}'
    assert config.key() == '{"reasoning":"Predict","tokens":1024}'
    assert config.budget == 1024.0
    with pytest.raises(AttributeError):
        config.budget = 3.0


def test_what_is_active_is_there_and_null_is_a_value() -> None:
    config = AGENT.validate(DEEP)
    assert config.limit is None
    assert config.to_dict() == {**DEEP, "budget": 1024.0, "calls": 8}
    assert AGENT.Config.from_json(config.to_json()) == config
    assert AGENT.Config.from_dict(config.to_dict()) == config
    assert config.key() == '{"hops":4,"limit":null,"patience":0.75,"reasoning":"ReAct","tokens":256}'


def test_equal_configurations_have_equal_digests_in_every_process() -> None:
    assert AGENT.validate(DEEP).digest() == AGENT.complete(DEEP).digest() == "8433697a50db76de"
    assert AGENT.default().digest() != AGENT.validate(DEEP).digest()


def test_presence_names_the_condition_of_the_group() -> None:
    assert only({key: value for key, value in DEEP.items() if key != "hops"}) == (
        "hops",
        "missing",
        "`hops` is missing since reasoning == ReAct: it must be 1 to 8",
    )
    assert only({key: value for key, value in DEEP.items() if key != "patience"}) == (
        "patience",
        "missing",
        "`patience` is missing since reasoning == ReAct and hops > 3: "
        "it must be 0.5 to 1.0 when limit == null",
    )
    assert only({**PLAIN, "hops": 3}) == (
        "hops",
        "inactive",
        "`hops` is 3, but exists only when reasoning == ReAct: leave it out",
    )
    assert only({**DEEP, "hops": 2}) == (
        "patience",
        "inactive",
        "`patience` is 0.75, but exists only when reasoning == ReAct and hops > 3: leave it out",
    )


def test_null_says_that_nothing_is_there_unless_it_is_a_value() -> None:
    assert AGENT.check({**PLAIN, "hops": None, "patience": None, "calls": None}) == []
    assert AGENT.validate({**PLAIN, "hops": None}) == AGENT.default()
    assert only({**PLAIN, "limit": None})[:2] == ("limit", "inactive")
    assert only({**DEEP, "hops": None})[:2] == ("hops", "type")


def test_a_domain_in_a_group_says_its_branch() -> None:
    assert only({**DEEP, "patience": 0.25})[2] == (
        "`patience` is 0.25, but must be 0.5 to 1.0 when limit == null; "
        "0.25 is only allowed when none of its conditions holds"
    )


def test_what_hangs_on_a_wrong_value_is_not_judged_by_it() -> None:
    assert only({**DEEP, "reasoning": "React"})[:2] == ("reasoning", "not_an_option")
    assert only({**PLAIN, "reasoning": "React"})[0] == "reasoning"
    found = AGENT.check({**DEEP, "reasoning": "React", "patience": 7.0, "hops": None})
    assert [(issue.path, issue.code) for issue in found] == [
        ("reasoning", "not_an_option"),
        ("patience", "out_of_range"),
    ]


def test_issues_come_in_the_order_of_their_kinds() -> None:
    found = AGENT.check({"reasoning": "ReAct", "tokens": 4096, "budget": 1.0, "limit": 5, "patience": 0.5})
    assert [(issue.path, issue.code) for issue in found] == [
        ("hops", "missing"),
        ("limit", "not_an_option"),
        ("budget", "computed"),
        ("", "constraint"),
    ]


def test_a_composite_is_computed_and_never_set() -> None:
    assert AGENT.validate({**PLAIN, "budget": 1024}) == AGENT.default()
    assert only({**PLAIN, "budget": 3}) == (
        "budget",
        "computed",
        "`budget` is 3, but is computed, and is 1024.0 here: leave it out",
    )
    assert only({**PLAIN, "budget": True})[1] == "computed"
    assert only({**PLAIN, "calls": 8})[2] == (
        "`calls` is 8, but exists only when reasoning == ReAct: leave it out"
    )
    with pytest.raises(ValidationError, match="is 1024"):
        AGENT.validate({**PLAIN, "budget": 3})


def test_a_constraint_reads_composites() -> None:
    assert only({**DEEP, "tokens": 2048}) == (
        "",
        "constraint",
        '`short` does not hold: too dear; budget < 8000, with reasoning = "ReAct", budget = 8192.0',
    )


def test_the_domain_of_what_is_not_active_cannot_be_asked_for() -> None:
    assert str(AGENT.domain("patience", DEEP)) == "0.5 to 1.0"
    with pytest.raises(ValidationError, match="`hops` exists only when reasoning == ReAct"):
        AGENT.domain("hops", PLAIN)


def test_complete_fills_in_defaults_of_what_is_active() -> None:
    assert AGENT.complete({}) == AGENT.default()
    assert AGENT.complete({"reasoning": "ReAct", "hops": 5}).to_dict() == {
        "reasoning": "ReAct",
        "tokens": 1024,
        "hops": 5,
        "limit": None,
        "patience": 0.75,
        "budget": 4096.0,
        "calls": 10,
    }
    with pytest.raises(ValidationError, match="`hops` is 3, but exists only"):
        AGENT.complete({"hops": 3})
    with pytest.raises(ValidationError, match="did you mean `tokens`"):
        AGENT.complete({"token": 3})
    with pytest.raises(ValidationError, match="too dear"):
        AGENT.complete({"reasoning": "ReAct", "tokens": 4096})
    for wrong in ([], None, "text", 3):
        for ask in (AGENT.complete, AGENT.validate):
            with pytest.raises(ValidationError, match="must be a mapping"):
                ask(wrong)


def test_preferences_warn_and_never_refuse() -> None:
    assert AGENT.warnings(AGENT.default()) == []
    assert AGENT.penalty(AGENT.default()) == 0.0
    wandering = AGENT.validate({**DEEP, "hops": 6})
    assert AGENT.warnings(wandering) == [
        Issue(
            "",
            "preference",
            "many hops wander; preferred is reasoning != ReAct or hops < 5, "
            'with reasoning = "ReAct", hops = 6',
            'reasoning = "ReAct", hops = 6',
        )
    ]
    assert AGENT.penalty(wandering) == 1.0
    long = AGENT.validate({**PLAIN, "tokens": 4096})
    assert [issue.message for issue in AGENT.warnings(long)] == [
        "preferred is tokens < 2000, with tokens = 4096"
    ]


def test_a_ready_made_configuration_is_looked_at_like_data() -> None:
    for config in (AGENT.default(), AGENT.validate(DEEP)):
        assert AGENT.check(config) == []
        assert AGENT.validate(config) == AGENT.complete(config) == AGENT.Config.from_dict(config) == config
    broken = msgspec.structs.replace(AGENT.validate(DEEP), tokens="many", limit=UNSET)
    assert [issue.path for issue in AGENT.check(broken)] == ["limit", "tokens"]
    with pytest.raises(ValidationError, match="tokens"):
        AGENT.validate(broken)
    idle = msgspec.structs.replace(AGENT.default(), hops=4)
    assert only(idle)[:2] == ("hops", "inactive")
    assert str(AGENT.domain("tokens", AGENT.default())) == str(AGENT.domain("tokens", PLAIN))


@pytest.mark.parametrize(
    "move",
    [
        AGENT.encode,
        AGENT.neighbors,
        lambda data: AGENT.mutate(data, random.Random(1)),
        lambda data: AGENT.crossover(AGENT.default(), data, random.Random(1)),
        lambda data: AGENT.distance(data, AGENT.default()),
        AGENT.warnings,
        AGENT.penalty,
        lambda data: AGENT.module(data, "reasoning"),
    ],
)
@pytest.mark.parametrize(("data", "kind"), [(DEEP, "an object"), (None, "null")])
def test_moves_of_what_nobody_has_validated_say_what_they_take(
    move: Callable[[Any], Any], data: Any, kind: str
) -> None:
    with pytest.raises(
        TypeError,
        match=f"this takes a Tuning.Config, not {kind}: Tuning.validate makes one of values by name",
    ):
        move(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (3, "this must be JSON as text or bytes, not an integer"),
        (None, "this must be JSON as text or bytes, not null"),
        ("\ud800", "this is not JSON: 'utf-8' codec"),
        (b"\xff", "this is not JSON"),
        ("[" * 100_000, "this is n"),
    ],
    ids=["number", "null", "surrogate", "bytes", "deep"],
)
def test_what_is_no_json_text_is_an_issue_too(text: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        AGENT.Config.from_json(text)


def test_json_that_is_none_is_an_issue() -> None:
    with pytest.raises(ValidationError, match="this is not JSON"):
        AGENT.Config.from_json("{")
    with pytest.raises(ValidationError, match="must be a mapping"):
        AGENT.Config.from_json("[]")


def test_neighbours_take_the_defaults_of_what_becomes_active() -> None:
    near = {config.reasoning: config for config in AGENT.neighbors(AGENT.default())}
    assert near["ReAct"].to_dict() == {
        **{"reasoning": "ReAct", "tokens": 1024, "hops": 3, "limit": None},
        **{"budget": 4096.0, "calls": 6},
    }
    assert all(
        config.hops is None for config in AGENT.neighbors(AGENT.validate(DEEP)) if config.calls is None
    )


def test_a_mutation_draws_what_becomes_active() -> None:
    rng = random.Random(0)
    found = [AGENT.mutate(AGENT.default(), rng, ["reasoning"]) for _ in range(40)]
    assert len({config.hops for config in found}) > 4
    assert all(reference.legal(agent(), config.to_dict()) is not None for config in found)


def risky() -> Space:
    """Expressions that have no value for some configurations."""
    root = Call("sqrt", (Binary("-", ref("x"), const(1), NOWHERE),), NOWHERE)
    return space(
        variable("x", "float", FloatDomain(low=0.0, high=10.0, step=0.5), 5.0),
        variable(
            "y",
            "int",
            IntDomain(low=0, high=9),
            1,
            branch(compare(Call("log", (ref("x"),), NOWHERE), ">", 1), IntDomain(low=0, high=3), 1),
            depends=("x",),
        ),
        composites=(composite("root", "float", root),),
        preferences=(preference(compare(Call("log", (ref("y"),), NOWHERE), ">", 0), text="log(y) > 0"),),
    )


def test_what_has_no_value_is_not_legal() -> None:
    generated = built(risky())
    (issue,) = generated.check({"x": 0.5, "y": 1})
    assert (issue.path, issue.code) == ("root", "no_value")
    assert issue.message == "`root` has no value: math domain error, with x = 0.5"
    assert not generated.legal(generated.Config(x=0.5, y=1))
    found = generated.check({"x": 0.0, "y": 1})
    assert [issue.message for issue in found] == [
        "a condition of `y` has no value: math domain error, with x = 0.0",
        "`root` has no value: math domain error, with x = 0.0",
    ]
    with pytest.raises(ValidationError, match="has no value"):
        generated.validate({"x": 0.0, "y": 1})
    rng = random.Random(1)
    configs = [generated.sample(rng) for _ in range(200)]
    assert min(config.x for config in configs) == 1.0
    assert all(near.x >= 1.0 for config in configs[:20] for near in generated.neighbors(config))
    assert all(generated.mutate(config, rng).x >= 1.0 for config in configs[:20])
    assert generated.penalty(generated.Config(x=5.0, y=0)) == 1.0  # a preference without a value is not met


def test_a_constraint_without_a_value_does_not_hold() -> None:
    generated = built(
        space(
            variable("x", "int", IntDomain(low=0, high=3), 2),
            constraints=(
                constraint("c", compare(Call("log", (ref("x"),), NOWHERE), "<", 9), text="log(x) < 9"),
            ),
        )
    )
    (issue,) = generated.check({"x": 0})
    assert (issue.code, issue.message) == ("constraint", "`c` does not hold: log(x) < 9, with x = 0")
    assert {config.x for config in generated.sample_batch(60, random.Random(0))} == {1, 2, 3}


def test_functions_mean_in_python_what_they_mean_here() -> None:
    words = ListOf((const("a"), const("bb"), ref("word")), NOWHERE)
    numbers = ListOf((ref("n"), const(2), const(4.5)), NOWHERE)

    def call(name: str, *arguments: Any) -> Call:
        return Call(name, arguments, NOWHERE)

    made = built(
        space(
            variable("word", "choice", options("Bb", " c,d "), "Bb"),
            variable("n", "int", IntDomain(low=-3, high=9), -2),
            composites=(
                composite("low", "str", call("lower", ref("word"))),
                composite("up", "str", call("upper", call("strip", ref("word")))),
                composite("parts", "int", call("len", call("split", ref("word"), const(",")))),
                composite("joined", "str", call("join", call("sorted", words), const("-"))),
                composite("kinds", "int", call("len", call("unique", words))),
                composite("has", "bool", call("contains", ref("word"), const("b"))),
                composite("ends", "bool", call("endswith", ref("word"), const("b"))),
                composite("found", "bool", call("matches", ref("word"), const("^B"))),
                composite("least", "float", call("min", numbers)),
                composite("total", "float", call("sum", numbers)),
                composite("mean", "float", call("mean", numbers)),
                composite("norm", "float", call("norm", ListOf((const(3), const(4)), NOWHERE))),
                composite("near", "float", call("round", Binary("/", ref("n"), const(3), NOWHERE), const(2))),
                composite("away", "int", call("abs", Unary("-", ref("n"), NOWHERE))),
                composite("picked", "int", call("ceil", const(1.25))),
            ),
        )
    )
    config = made.default()
    found = {name: value for name, value in config.to_dict().items() if name not in ("word", "n")}
    assert found == {
        **{"low": "bb", "up": "BB", "parts": 1, "joined": "Bb-a-bb", "kinds": 3},
        **{"has": True, "ends": True, "found": True, "least": -2.0, "total": 4.5},
        **{"mean": 1.5, "norm": 5.0, "near": -0.67, "away": 2, "picked": 2},
    }
    assert made.validate(config.to_dict()) == config


def test_numbers_beyond_every_float_have_no_value() -> None:
    generated = built(
        space(
            variable("x", "float", FloatDomain(low=1.0, high=1e200), 1.0),
            constraints=(
                constraint("c", compare(Binary("*", ref("x"), ref("x"), NOWHERE), ">", 0), text="x * x > 0"),
            ),
        )
    )
    assert generated.check({"x": 1e100}) == []
    assert [issue.code for issue in generated.check({"x": 1e180})] == ["constraint"]
    assert not generated.legal(generated.Config(x=1e180))


def test_a_space_whose_expressions_never_have_a_value_says_so() -> None:
    assert str(exhausted(AGENT, [0])) == (
        "Tuning: none of 10,000 draws is legal: an expression never has a value"
    )


@RUNS
@given(space=spaces(), seed=st.integers(0, 2**32), data=st.data())
def test_configurations_come_back_from_everything_they_are_written_as(
    space: Space, seed: int, data: st.DataObject
) -> None:
    generated = built(space)
    try:
        config = generated.sample(random.Random(seed))
    except SpaceError:
        return
    values = config.to_dict()
    assert reference.legal(space, values) == values
    assert generated.Config.from_dict(values) == config
    own = {name: value for name, value in values.items() if name in space.declared}
    assert generated.validate(own) == config
    assert generated.penalty(config) == len(generated.warnings(config)) == reference.unmet(space, values)
    if all(not isinstance(value, int) or abs(value) < 2**63 for value in values.values()):
        assert generated.Config.from_json(config.to_json()) == config
        assert config.digest() == generated.validate(own).digest()
    given_ = {name: value for name, value in own.items() if data.draw(st.booleans())}
    if generated.check(generated.default().to_dict()) == []:
        assert generated.complete({}) == generated.default()
    try:
        completed = generated.complete(given_).to_dict()
    except ValidationError:
        return  # the defaults beside these values break a constraint, or leave some of them without a place
    assert given_.items() <= completed.items()
    assert reference.legal(space, completed) == completed


@pytest.mark.parametrize("kind", ["bool", "float"])
def test_types_that_say_all_still_need_to_be_there(kind: str) -> None:
    domain = BOOLS if kind == "bool" else FloatDomain(low=0.0, high=1.0)
    generated = built(
        space(
            variable("on", "bool", BOOLS, False),
            variable(
                "x",
                kind,
                domain,
                domain.options[0] if kind == "bool" else 0.5,
                active=ref("on"),
                depends=("on",),
            ),
        )
    )
    assert not generated.legal(generated.Config(on=True))
    assert [issue.code for issue in generated.check({"on": True})] == ["missing"]
    assert [issue.code for issue in generated.check({"on": False, "x": 0.5})] == ["inactive"]
