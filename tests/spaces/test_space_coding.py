"""Configurations as points of the unit cube, designs made of them, and two configurations together."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlsig.errors import SpaceError, ValidationError
from mlsig.spaces import coding, crossing, designs, draws
from mlsig.spaces.domains import FloatDomain as Floats
from mlsig.spaces.domains import IntDomain as Ints
from mlsig.spaces.domains import OptionsDomain as Options
from mlsig_compiler.model import FloatDomain, IntDomain, Space

from spaces.building import (
    BOOLS,
    branch,
    built,
    compare,
    constraint,
    options,
    ref,
    sentiment,
    space,
    variable,
)
from spaces.strategies import RUNS, spaces

TUNING = built(sentiment())


def sampled(generated: Any, seed: int) -> Any:
    """Return a sample, or None for a space in which none can be found."""
    try:
        return generated.sample(random.Random(seed))
    except SpaceError:
        return None


@RUNS
@given(made=spaces(), seed=st.integers(0, 2**32))
def test_what_is_encoded_is_decoded_to_the_same(made: Space, seed: int) -> None:
    generated = built(made)
    config = sampled(generated, seed)
    if config is None:
        return
    point = generated.encode(config)
    assert len(point) == len(generated.variables)
    assert all(math.isnan(number) or 0.0 <= number <= 1.0 for number in point)
    active = set(config.to_dict())
    assert [not math.isnan(number) for number in point] == [v.name in active for v in generated.variables]
    back = generated.decode(point)
    assert close(back, config)  # the same, but for the last bits of a float in a range around zero
    assert generated.decode(tuple(generated.encode(back))) == back


def outcome(decode: Any, point: Any) -> Any:
    """Return a configuration as text, which tells 1 from 1.0 and True, or what is wrong with the point."""
    try:
        return repr(decode(point))
    except ValidationError as error:
        return error.issues


NUMBERS = st.floats(0.0, 1.0) | st.sampled_from([0.0, 0.5, 1.0, math.nan, -0.5, 1.5])


@RUNS
@given(made=spaces(), seed=st.integers(0, 2**32), data=st.data())
def test_generated_code_and_the_runtime_agree_to_the_last_bit(
    made: Space, seed: int, data: st.DataObject
) -> None:
    generated = built(made)
    size = len(generated.variables)
    for numbers in (st.floats(0.0, 1.0, exclude_max=True), NUMBERS):
        point = data.draw(st.lists(numbers, min_size=size, max_size=size))
        explained = outcome(lambda one: coding.decode(generated, generated.Config, one), point)
        assert outcome(generated.decode, point) == explained
    config = sampled(generated, seed)
    if config is not None:
        assert repr(generated.encode(config)) == repr(coding.encode(generated, config))


def test_ranges_of_every_kind_have_code_of_their_own() -> None:
    domains = {
        "share": FloatDomain(low=0.0, high=1.0),
        "line": FloatDomain(low=-2.0, high=3.0),
        "odd": FloatDomain(low=0.1, high=0.7),
        "rate": FloatDomain(low=1e-5, high=0.1, log=True),
        "close": FloatDomain(low=1.0, high=1.01, log=True),
        "far": FloatDomain(low=1e-200, high=1.0, log=True),
        "broad": FloatDomain(low=-1.7e308, high=1.7e308),
        "bell": FloatDomain(low=0.0, high=4.0, normal=(1.0, 1.0)),
        "steps": FloatDomain(low=0.1, high=0.9, step=0.2),
        "one": FloatDomain(low=189.0, high=189.0, step=0.3, log=True),
        "many": IntDomain(low=-7, high=4_096, step=3),
        "huge": IntDomain(low=0, high=2**60),
    }
    numbers = {name: low(domain) for name, domain in domains.items()}
    generated = built(
        space(*(variable(name, kind(one), one, numbers[name]) for name, one in domains.items()))
    )
    assert "encode" in vars(generated)
    rng = random.Random(2)
    rows = [generated.sample(rng) for _ in range(300)]
    rows.append(generated.validate(numbers))
    rows.append(generated.validate({**{name: high(one) for name, one in domains.items()}, "many": 4_094}))
    rows.append(generated.validate({**numbers, "rate": 1e-3, "line": 0.1, "close": 1.005, "bell": 0.3}))
    for config in rows:
        point = generated.encode(config)
        assert repr(point) == repr(coding.encode(generated, config))
        assert all(0.0 <= number <= 1.0 for number in point)
        back = generated.decode(point)
        assert back == coding.decode(generated, generated.Config, point)
        assert close(back, config)


def kind(domain: FloatDomain | IntDomain) -> Any:
    return "int" if isinstance(domain, IntDomain) else "float"


def low(domain: FloatDomain | IntDomain) -> float:
    return domain.low


def high(domain: FloatDomain | IntDomain) -> float:
    return domain.high


@given(u=st.floats(0.0, 1.0, exclude_max=True), low=st.floats(1e-9, 1e9), octaves=st.floats(1e-6, 200.0))
def test_a_ladder_has_the_values_of_the_formula(u: float, low: float, octaves: float) -> None:
    high = low * 2.0**octaves
    if low < high:
        octaves = draws.octaves(low, high)
        ladder = draws.Ladder(low, high, octaves)
        assert ladder.value(u) == draws.exponential(u, low, high, octaves)
        assert ladder.value(1.0) == high
        with pytest.raises(AttributeError):
            _ = ladder.rungs  # type: ignore[attr-defined]


def test_another_space_s_configuration_is_encoded_by_its_values() -> None:
    one, other = (built(space(variable("x", "int", IntDomain(low=0, high=3), 0))) for _ in range(2))
    assert one.encode(other.default()) == [0.125]
    with pytest.raises(TypeError, match=r"takes a Tuning\.Config"):
        one.encode({"x": 0})


@RUNS
@given(made=spaces(constrained=False), data=st.data())
def test_without_constraints_every_point_is_a_legal_configuration(made: Space, data: st.DataObject) -> None:
    generated = built(made)
    numbers = st.floats(0.0, 1.0) | st.just(math.nan)
    size = len(generated.variables)
    point = data.draw(st.lists(numbers, min_size=size, max_size=size))
    try:
        config = generated.decode(point)
    except ValidationError as error:  # a condition has no value there
        assert {issue.code for issue in error.issues} <= {"no_value", "constraint"}
    else:
        assert generated.check(config.to_dict()) == []
        assert generated.decode(generated.encode(config)) == config


@RUNS
@given(made=spaces(), seeds=st.tuples(*[st.integers(0, 2**32)] * 3))
def test_crossover_is_legal_and_distance_is_a_metric(made: Space, seeds: tuple[int, int, int]) -> None:
    generated = built(made)
    found = [sampled(generated, seed) for seed in seeds]
    if any(config is None for config in found):
        return
    one, two, three = found
    child = generated.crossover(one, two, random.Random(seeds[0]))
    assert generated.check(child.to_dict()) == []
    assert child == generated.crossover(one, two, random.Random(seeds[0]))
    for first, second in product(found, repeat=2):
        apart = generated.distance(first, second)
        assert 0.0 <= apart <= 1.0
        assert apart == generated.distance(second, first)
        assert first == second or apart > 0.0 or close(first, second)
    assert generated.distance(one, one) == 0.0
    there, on = generated.distance(one, two), generated.distance(two, three)
    assert generated.distance(one, three) <= there + on + 1e-12


def close(first: Any, second: Any) -> bool:
    """Tell whether two configurations differ in nothing but floats that are hardly apart."""
    one, other = first.to_dict(), second.to_dict()
    return all(
        one.get(name) == other.get(name) or math.isclose(one[name], other[name], rel_tol=1e-9, abs_tol=1e-9)
        for name in {*one, *other}
    )


def test_a_child_has_the_values_of_its_parents() -> None:
    rng = random.Random(1)
    for _ in range(100):
        one, two = TUNING.sample(rng), TUNING.sample(rng)
        child = TUNING.crossover(one, two, rng).to_dict()
        first, second = one.to_dict(), two.to_dict()
        mixed = {name for name, value in child.items() if value not in (first[name], second[name])}
        assert mixed <= {"temperature"}  # whose domain may be that of neither


def test_parents_that_no_mixture_of_suits_give_one_of_them() -> None:
    names = [f"v{k}" for k in range(24)]
    equal = tuple(constraint(f"c{k}", compare(names[k], "==", ref)) for k, ref in enumerate(refs(names[1:])))
    generated = built(space(*(variable(name, "bool", BOOLS, False) for name in names), constraints=equal))
    low = generated.validate(dict.fromkeys(names, False))
    high = generated.validate(dict.fromkeys(names, True))
    assert generated.crossover(low, high, random.Random(5)) in (low, high)
    assert generated.distance(low, high) == 1.0


def refs(names: list[str]) -> list[Any]:
    return [ref(name) for name in names]


def test_the_layout_is_the_order_of_the_variables() -> None:
    point = TUNING.encode(TUNING.default())
    by_name = dict(zip([v.name for v in TUNING.variables], point, strict=True))
    assert by_name["demos"] == (4 + 0.5) / 9
    assert by_name["adapter"] == 0.25


@pytest.mark.parametrize(
    ("domain", "places"),
    [
        (Options(options=("a", "b", "c", "d")), {"a": 0.125, "d": 0.875}),
        (Options(options=(1, "1", None)), {1: 1 / 6, "1": 0.5, None: 5 / 6}),
        (Ints(low=1, high=5, step=2), {1: 1 / 6, 3: 0.5, 5: 5 / 6}),
        (Floats(low=0.1, high=0.9, step=0.2), {0.1: 0.1, 0.5: 0.5, 0.9: 0.9}),
        (Floats(low=-1.0, high=3.0), {-1.0: 0.0, 0.0: 0.25, 3.0: 1.0}),
        (Floats(low=0.25, high=64.0, log=True), {0.25: 0.0, 4.0: 0.5, 64.0: 1.0}),
        (Floats(low=2.0, high=2.0), {2.0: 0.5}),
        (Floats(low=-1.7e308, high=1.7e308), {-1.7e308: 0.0, 0.0: 0.5, 1.7e308: 1.0}),
        (Ints(low=1, high=1023, log=True), {1: 0.05, 1023: 1.0}),
    ],
    ids=str,
)
def test_places(domain: Any, places: dict[Any, float]) -> None:
    place, value = coding.scale(domain)
    for there, number in places.items():
        assert place(there) == pytest.approx(number, abs=1e-3)
        assert value(place(there)) == there
        assert type(value(place(there))) is type(there)
    assert domain.contains(value(0.0))
    assert domain.contains(value(1.0))


def test_true_is_told_from_one() -> None:
    place, value = coding.scale(Options(options=(True, 1, False, 0)))
    assert [place(option) for option in (True, 1, False, 0)] == [0.125, 0.375, 0.625, 0.875]
    assert value(0.125) is True


@example(low=774027.375, width=847288.0, u=0.02734375, log=True)
@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), u=st.floats(0, 1), log=st.booleans())
def test_floats_that_a_point_stands_for_come_back(low: float, width: float, u: float, log: bool) -> None:
    low = abs(low) + 1e-9 if log else low
    place, value = coding.scale(Floats(low=low, high=low + width, log=log))
    assert value(place(value(u))) == value(u)


@given(low=st.floats(0, 1e6), width=st.floats(1e-3, 1e6), share=st.floats(0, 1))
def test_floats_from_zero_up_come_back_to_the_last_bit(low: float, width: float, share: float) -> None:
    domain = Floats(low=low, high=low + width)
    x = min(domain.high, low + share * width)
    place, value = coding.scale(domain)
    assert value(place(x)) == x


def test_a_tiny_float_in_a_range_around_zero_comes_back_as_near_as_can_be() -> None:
    place, value = coding.scale(Floats(low=-1.0, high=1.0))
    assert abs(value(place(1e-300)) - 1e-300) <= 2**-52


SIZE = len(TUNING.variables)


@pytest.mark.parametrize(
    ("point", "code", "said"),
    [
        ([0.5], "length", f"must have {SIZE} numbers, one for each variable, not 1"),
        (["a"] * SIZE, "type", f"must be {SIZE} numbers"),
        (7, "type", f"must be {SIZE} numbers"),
        (
            [1.5] + [0.5] * (SIZE - 1),
            "out_of_range",
            "`provider` must be from 0 to 1 in a point, or nan, not 1.5",
        ),
    ],
    ids=["length", "texts", "number", "outside"],
)
def test_what_is_no_point_is_refused(point: Any, code: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TUNING.decode(point)
    assert caught.value.issues[0].code == code
    assert said in caught.value.issues[0].message


def test_a_point_that_breaks_a_constraint_is_refused_by_its_name() -> None:
    generated = built(
        space(
            variable("low", "int", IntDomain(low=0, high=9), 0),
            variable("high", "int", IntDomain(low=0, high=9), 9),
            constraints=(constraint("ordered", compare("low", "<=", refs(["high"])[0])),),
        )
    )
    assert generated.decode([0.05, 0.95]) == generated.default()
    with pytest.raises(ValidationError, match="ordered"):
        generated.decode([0.95, 0.05])


def test_a_grid_has_every_legal_combination_once() -> None:
    generated = built(
        space(
            variable("kind", "choice", options("a", "b"), "a"),
            variable(
                "n",
                "int",
                IntDomain(low=0, high=3),
                0,
                branch(compare("kind", "==", "b"), IntDomain(low=7, high=8), 7),
            ),
            variable("x", "float", FloatDomain(low=0.0, high=1.0), 0.5),
            variable("hops", "int", IntDomain(low=1, high=2), 1, active=compare("kind", "==", "b")),
            constraints=(constraint("odd", compare("n", "!=", 2)),),
        )
    )
    found = list(generated.grid(3))
    assert len(found) == len(set(found)) == 3 * 3 + 2 * 3 * 2
    assert all(generated.check(config.to_dict()) == [] for config in found)
    assert {config.x for config in found} == {0.0, 0.5, 1.0}
    assert [config.kind for config in generated.grid(1)] == ["b"]  # the middle of 0 to 3 is 2
    with pytest.raises(ValueError, match="at least 1 point"):
        list(generated.grid(0))


@RUNS
@given(made=spaces())
def test_grids_are_legal_and_lazy(made: Space) -> None:
    generated = built(made)
    cells = generated.grid(2)
    for _, config in zip(range(50), cells, strict=False):
        assert generated.check(config.to_dict()) == []


@pytest.mark.parametrize(
    ("domain", "points", "values"),
    [
        (Ints(low=0, high=100), 5, (0, 25, 50, 75, 100)),
        (Ints(low=0, high=2), 5, (0, 1, 2)),
        (Floats(low=0.0, high=1.0, step=0.25), 3, (0.0, 0.5, 1.0)),
        (Floats(low=0.01, high=1.0, log=True), 3, (0.01, pytest.approx(0.1), 1.0)),
        (Options(options=("a", "b", "c")), 1, ("a", "b", "c")),
        (Floats(low=2.0, high=2.0), 4, (2.0,)),
    ],
    ids=str,
)
def test_spread(domain: Any, points: int, values: tuple[Any, ...]) -> None:
    assert designs.spread(domain, points) == values


def test_a_latin_hypercube_has_one_configuration_in_every_slice() -> None:
    generated = built(
        space(
            variable("x", "float", FloatDomain(low=0.0, high=1.0), 0.5),
            variable("y", "float", FloatDomain(low=0.0, high=2.0), 0.5),
        )
    )
    found = generated.latin_hypercube(50, random.Random(3))
    assert sorted(int(config.x * 50) for config in found) == list(range(50))
    assert sorted(int(config.y * 25) for config in found) == list(range(50))
    assert found == generated.latin_hypercube(50, random.Random(3))
    assert generated.latin_hypercube(0, random.Random(3)) == []


def test_sobol_points_are_balanced() -> None:
    generated = built(
        space(
            variable("x", "float", FloatDomain(low=0.0, high=1.0), 0.5),
            variable("kind", "choice", options("a", "b", "c", "d"), "a"),
        )
    )
    found = generated.sobol(64, seed=1)
    assert sorted(int(config.x * 64) for config in found) == list(range(64))
    assert [sum(config.kind == kind for config in found) for kind in "abcd"] == [16] * 4
    assert found == generated.sobol(64, seed=1)
    assert found != generated.sobol(64, seed=2)
    assert generated.sobol(5, seed=1) == generated.sobol(8, seed=1)[:5]
    assert generated.sobol(0, seed=1) == []


@RUNS
@given(made=spaces(), seed=st.integers(0, 2**32))
def test_designs_are_legal(made: Space, seed: int) -> None:
    generated = built(made)
    if sampled(generated, 0) is None:
        return
    try:
        found = [*generated.latin_hypercube(5, random.Random(seed)), *generated.sobol(5, seed=seed)]
    except SpaceError:
        return
    assert len(found) == 10
    assert all(generated.check(config.to_dict()) == [] for config in found)


def test_a_space_without_a_choice_needs_no_numbers() -> None:
    generated = built(space(variable("x", "int", IntDomain(low=3, high=3), 3)))
    assert [config.x for config in generated.sobol(2, seed=0)] == [3, 3]
    assert [config.x for config in generated.latin_hypercube(2, random.Random(0))] == [3, 3]


def test_distance_counts_what_only_one_has() -> None:
    generated = built(
        space(
            variable("kind", "choice", options("a", "b"), "a"),
            variable("hops", "int", IntDomain(low=1, high=5), 1, active=compare("kind", "==", "b")),
        )
    )
    none = generated.validate({"kind": "a"})
    some = generated.validate({"kind": "b", "hops": 1})
    many = generated.validate({"kind": "b", "hops": 5})
    assert generated.distance(none, some) == 1.0
    assert generated.distance(some, many) == 0.5
    assert crossing.distance(built(space()), none, some) == 0.0


@pytest.mark.parametrize("order", [1, -1])
def test_options_that_python_calls_equal_are_not_taken_for_each_other(order: int) -> None:
    kinds: list[tuple[Any, ...]] = [(0, 1), (False, True), (0.0, 1.0)]
    for kind in kinds[::order]:
        generated = built(space(variable("a", "choice", options(*kind), kind[0])))
        for value in kind:
            config = generated.validate({"a": value})
            assert type(generated.decode(generated.encode(config)).a) is type(value)
            (other,) = generated.neighbors(config)
            assert type(other.a) is type(value)
            assert generated.distance(config, other) == 1.0
    assert len({Options(options=kind) for kind in kinds}) == len(kinds)
