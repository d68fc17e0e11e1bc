"""Where `mutate` and `neighbors` lead."""

from __future__ import annotations

import random

from mlsig_compiler.model import FloatDomain, IntDomain

from spaces.building import (
    BOOLS,
    branch,
    built,
    compare,
    constraint,
    either,
    options,
    sentiment,
    space,
    variable,
)

TUNING = built(sentiment())


def changed(before: object, after: object) -> set[str]:
    one, other = TUNING.validate(before.to_dict()), TUNING.validate(after.to_dict())  # type: ignore[attr-defined]
    return {name for name, value in one.to_dict().items() if getattr(other, name) != value}


def test_a_mutation_changes_something_and_mostly_one_thing() -> None:
    rng = random.Random(0)
    start = TUNING.default()
    sizes = [len(changed(start, TUNING.mutate(start, rng))) for _ in range(300)]
    assert min(sizes) == 1
    assert sizes.count(1) > 200


def test_every_variable_that_can_change_is_reached() -> None:
    rng = random.Random(0)
    start = TUNING.default()
    seen = set[str]().union(*(changed(start, TUNING.mutate(start, rng)) for _ in range(300)))
    assert seen == set(start.to_dict()) - {"provider", "model"}


def test_what_a_broken_constraint_reads_is_repaired() -> None:
    """ChainOfThought needs 48 tokens, the default has 16: one variable alone can never get there."""
    rng = random.Random(0)
    found = [TUNING.mutate(TUNING.default(), rng, ["reasoning"]) for _ in range(20)]
    assert all(config.reasoning == "ChainOfThought" and config.max_tokens >= 48 for config in found)
    free = [TUNING.mutate(TUNING.default(), rng) for _ in range(300)]
    assert any(config.reasoning == "ChainOfThought" for config in free)


def test_children_follow_their_parents() -> None:
    rng = random.Random(0)
    start = TUNING.validate({**TUNING.default().to_dict(), "temperature": 1.5})
    found = [TUNING.mutate(start, rng, ["adapter"]) for _ in range(50)]
    assert {config.adapter for config in found} == {"JSON"}
    assert all(config.temperature <= 0.7 for config in found)
    assert len({config.temperature for config in found}) > 3


def test_named_variables_change_alone_where_that_is_legal() -> None:
    rng = random.Random(0)
    start = TUNING.default()
    for _ in range(50):
        assert changed(start, TUNING.mutate(start, rng, ("demos", "demo_layout"))) <= {"demos", "demo_layout"}


def test_the_same_seed_gives_the_same_mutation() -> None:
    start = TUNING.default()
    assert TUNING.mutate(start, random.Random(9)) == TUNING.mutate(start, random.Random(9))
    names = {"demos", "structured", "temperature"}
    assert TUNING.mutate(start, random.Random(9), names) == TUNING.mutate(
        start, random.Random(9), sorted(names)
    )


def test_a_configuration_that_has_no_other_stays() -> None:
    lonely = built(space(variable("x", "int", IntDomain(low=3, high=3), 3)))
    assert lonely.mutate(lonely.default(), random.Random(0)) == lonely.default()
    assert lonely.mutate(lonely.default(), random.Random(0), ["x"]) == lonely.default()
    assert lonely.mutate(lonely.default(), random.Random(0), []) == lonely.default()
    pinned = built(
        space(
            variable("x", "int", IntDomain(low=0, high=9), 3),
            constraints=(constraint("three", compare("x", "==", 3)),),
        )
    )
    assert pinned.mutate(pinned.default(), random.Random(0)) == pinned.default()
    assert pinned.neighbors(pinned.default()) == []


def test_neighbors_are_one_small_move_away() -> None:
    found = [config.to_dict() for config in TUNING.neighbors(TUNING.default())]
    default = TUNING.default().to_dict()
    moves = [{name: value for name, value in near.items() if value != default[name]} for near in found]
    assert moves == [
        {"adapter": "JSON"},
        {"structured": True},
        {"demos": 3},
        {"demos": 5},
        {"demo_layout": "block"},
        {"instructions": "Film reviews and what their writers think."},
        {"temperature": 0.6},
        {"temperature": 0.8},
        {"max_tokens": 8},
        {"max_tokens": 24},
    ]


def test_a_neighbor_takes_the_default_of_a_domain_that_it_enters() -> None:
    start = TUNING.validate({**TUNING.default().to_dict(), "temperature": 1.5, "max_tokens": 96})
    moves = {(near.adapter, near.reasoning): near.temperature for near in TUNING.neighbors(start)}
    assert moves[("JSON", "Predict")] == 0.0
    assert moves[("Chat", "ChainOfThought")] == 0.7


def test_neighbors_keep_constraints_between_variables() -> None:
    generated = built(
        space(
            variable("a", "int", IntDomain(low=0, high=3), 0),
            variable("b", "bool", BOOLS, False),
            variable(
                "c",
                "float",
                FloatDomain(low=0.0, high=1.0),
                0.5,
                branch(compare("b", "==", True), FloatDomain(low=0.9, high=1.0), 1.0),
                depends=("b",),
            ),
            variable("d", "choice", options("x", "y"), "x"),
            constraints=(constraint("rule", either(compare("a", "<", 1), compare("d", "==", "y"))),),
        )
    )
    found = {config.key() for config in generated.neighbors(generated.default())}
    assert found == {
        '{"a":0,"b":true,"c":1.0,"d":"x"}',
        '{"a":0,"b":false,"c":0.45,"d":"x"}',
        '{"a":0,"b":false,"c":0.55,"d":"x"}',
        '{"a":0,"b":false,"c":0.5,"d":"y"}',
    }
