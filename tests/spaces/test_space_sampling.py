"""Samples under rules are what unlimited rejection would give, drawn with a fixed count of numbers.

Seeds are fixed, so nothing here is flaky; limits are 0.999 quantiles.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from mlsig.errors import SpaceError
from mlsig.spaces import Rng, again, draws, vectors
from mlsig_compiler import standard as std
from mlsig_compiler.front import analyse
from mlsig_compiler.model import Binary, Constant, Expr, FloatDomain, IntDomain, Provider, Space
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference import spaces as reference

from spaces.building import (
    BOOLS,
    NOWHERE,
    both,
    branch,
    built,
    compare,
    constraint,
    either,
    emitted,
    negated,
    options,
    ref,
    space,
    variable,
)
from spaces.test_space_priors import DRAWS, fits

UNIT = FloatDomain(low=0.0, high=1.0)
DIGITS = IntDomain(low=0, high=9)


class Counting:
    """Counts how many numbers are drawn."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.calls = 0

    def random(self) -> float:
        self.calls += 1
        return self._rng.random()


def plus(left: Expr, right: Expr) -> Binary:
    return Binary("+", left, right, NOWHERE)


def rejected(
    what: Space, draw: Callable[[random.Random], dict[str, Any]], count: int
) -> list[dict[str, Any]]:
    """Sample by drawing from the prior until the rules hold."""
    rng = random.Random(99)
    found: list[dict[str, Any]] = []
    while len(found) < count:
        values = draw(rng)
        if all(reference.evaluate(rule.condition, values) for rule in what.constraints):
            found.append(values)
    return found


def near(one: list[float], other: list[float]) -> bool:
    """Tell whether two samples can be of one distribution, by the test of Kolmogorov and Smirnov."""
    edges = np.sort(np.concatenate([one, other]))
    gaps = [np.searchsorted(np.sort(sample), edges, side="right") / len(sample) for sample in (one, other)]
    reach = 1.95 * math.sqrt((len(one) + len(other)) / (len(one) * len(other)))
    return bool(np.max(np.abs(gaps[0] - gaps[1])) < reach)


def thin() -> Space:
    """About a thousandth of the prior is legal, in three components."""
    return space(
        variable("style", "choice", options("a", "b", "c", weights=(0.2, 0.5, 0.3)), "a"),
        variable("size", "int", IntDomain(low=1, high=4096), 1),
        variable("rate", "float", FloatDomain(low=1e-5, high=1e-1, log=True), 1e-5),
        variable("heat", "float", UNIT, 0.0),
        variable("top", "float", FloatDomain(low=0.0, high=1.0, normal=(0.5, 0.2)), 0.0),
        constraints=(
            constraint("small", either(compare("style", "==", "a"), compare("size", "<=", 40))),
            constraint("cold", both(compare("rate", "<", 3e-5), compare("heat", "<", 0.05))),
            constraint("low", either(compare("top", "<", 0.3), compare("rate", "<", 1.2e-5))),
        ),
    )


def test_a_thousandth_is_sampled_as_reliably_as_all() -> None:
    what = thin()
    generated = built(what)
    source = Counting(5)
    configs = [generated.sample(source) for _ in range(4_000)]
    assert source.calls % 4_000 == 0
    assert f"called {source.calls // 4_000} times" in generated.sample.__doc__
    assert all(generated.legal(config) for config in configs)
    styles = Counter(config.style for config in configs)
    weights = {"a": Fraction(2, 10), "b": Fraction(5, 10) / 4096 * 40, "c": Fraction(3, 10) / 4096 * 40}
    assert fits(styles, {style: weight / sum(weights.values()) for style, weight in weights.items()})

    rng = np.random.default_rng(1)
    count = 3_000_000
    style, size = rng.choice(3, count, p=(0.2, 0.5, 0.3)), rng.integers(1, 4097, count)
    rate = np.exp(rng.uniform(math.log(1e-5), math.log(1e-1), count))
    heat, top = rng.random(count), rng.normal(0.5, 0.2, count)
    kept = (top >= 0) & (top <= 1) & ((style == 0) | (size <= 40)) & (rate < 3e-5) & (heat < 0.05)
    kept &= (top < 0.3) | (rate < 1.2e-5)
    assert 500 < kept.sum() < 3_000
    wanted = {"size": size[kept], "rate": rate[kept], "heat": heat[kept], "top": top[kept]}
    for name, column in wanted.items():
        assert near([getattr(config, name) for config in configs], column.tolist())


def chain(length: int) -> Space:
    every = [variable(f"v{k}", "int", DIGITS, 0) for k in range(length)]
    return space(
        *every,
        constraints=tuple(
            constraint(f"c{k}", compare(plus(ref(f"v{k}"), ref(f"v{k + 1}")), "<=", 9))
            for k in range(length - 1)
        ),
    )


def test_a_long_chain_is_walked_with_its_exact_chances() -> None:
    length = 12
    what = chain(length)
    generated = built(what)
    assert "Walk(" in emitted(what)
    rng = Counting(3)
    configs = [generated.sample(rng).to_dict() for _ in range(8_000)]
    assert rng.calls % 8_000 == 0
    assert all(reference.legal(what, values) for values in configs[:200])
    ahead = [[1] * 10]  # how many ways there are from a value on
    for _ in range(length - 1):
        ahead.append([sum(ahead[-1][: 10 - value]) for value in range(10)])
    for k in (0, 5, length - 2):
        pairs = Counter((values[f"v{k}"], values[f"v{k + 1}"]) for values in configs)
        ways = {
            (a, b): Fraction(ahead[k][a] * ahead[length - 2 - k][b])
            for a in range(10)
            for b in range(10)
            if a + b <= 9
        }
        assert fits(pairs, {pair: count / sum(ways.values()) for pair, count in ways.items()})
    assert generated.sample_batch(40, random.Random(1)) == [
        generated.sample(rng) for rng in [random.Random(1)] for _ in range(40)
    ]


def test_parts_of_a_walk_have_ranges_and_absent_variables() -> None:
    what = chain(9)
    last = what.variables[-1]
    hops = replace(
        variable("hops", "int", IntDomain(low=1, high=50), 1, depends=(last.name,)),
        active=compare(last.name, ">", 4),
    )
    heat = variable(
        "heat",
        "float",
        UNIT,
        0.5,
        branch(compare("v0", "<", 2), FloatDomain(low=0.2, high=0.4), 0.3),
        depends=("v0",),
    )
    what = replace(what, variables=(*what.variables, hops, heat), declared=(*what.declared, "hops", "heat"))
    generated = built(what)
    assert "Walk(" in emitted(what)
    configs = generated.sample_batch(500, random.Random(2))
    assert {config.hops is None for config in configs} == {True, False}
    for config in configs:
        assert reference.legal(what, config.to_dict()) is not None


@pytest.mark.parametrize("offset", [0.0, 0.3, 0.8])
def test_two_continua_in_one_rule_are_drawn_as_by_rejection(offset: float) -> None:
    x, y = variable("x", "float", UNIT, 0.95), variable("y", "float", UNIT, 0.0)
    rule = compare("x", ">=", plus(ref("y"), Constant(offset, NOWHERE)))
    what = space(x, y, variable("n", "int", DIGITS, 0), constraints=(constraint("c", rule),))
    generated = built(what)
    rng = Counting(1)
    configs = [generated.sample(rng) for _ in range(3_000)]
    assert rng.calls == 3_000 * 5  # which cells, two numbers, one more for other attempts, and `n`
    assert all(config.x >= config.y + offset for config in configs)
    wanted = rejected(what, lambda rng: {"x": rng.random(), "y": rng.random()}, 2_000)
    for name in ("x", "y"):
        assert near([getattr(config, name) for config in configs], [values[name] for values in wanted])
    gaps = [config.x - config.y for config in configs]
    assert near(gaps, [values["x"] - values["y"] for values in wanted])
    assert generated.sample_batch(50, random.Random(1)) == configs[:50]


def test_rules_over_figures_of_models_are_kept() -> None:
    source = Source(
        "t.mlsig",
        "t",
        """
from std.providers import openai, groq
space T {
  var provider: provider(openai, groq)
  var model: model(provider)
  var max_tokens: int(1..131_072) = 1_000
  var temperature: float(0..2) = 0.7 { when provider == groq: (0.1..0.9) = 0.5 }
  composite total: int = max_tokens * 2
  constraint window: total <= model.context_window
  constraint cheap: model.input_cost < 1.0 or max_tokens < 200
}
""",
    )
    text = compile_source(source).text
    assert text is not None
    module = ModuleType("generated_with_figures")
    sys.modules[module.__name__] = module
    exec(compile(text, "generated.py", "exec"), vars(module))
    generated = vars(module)["T"]
    rng = Counting(1)
    configs = [generated.sample(rng) for _ in range(3_000)]
    assert rng.calls == 3_000 * 4  # which row, which of its models, the tokens, the temperature
    assert "range(spaces.ATTEMPTS)" not in text
    windows = {model.name: model for name in ("openai", "groq") for model in standard(name)}
    share: dict[str, Fraction] = {}
    for name in ("openai", "groq"):
        for model in standard(name):
            most = min((model.context_window or 0) // 2, 131_072)
            most = most if (model.input_cost or 0.0) < 1.0 else min(most, 199)
            share[model.name] = Fraction(most, len(standard(name)))
    total = sum(share.values())
    counts = Counter(config.model for config in configs)
    assert fits(counts, {name: part / total for name, part in share.items()})
    for config in configs:
        assert config.max_tokens * 2 <= (windows[config.model].context_window or 0)
        assert (0.1 <= config.temperature <= 0.9) or config.provider == "openai"
    assert generated.sample_batch(100, random.Random(1)) == configs[:100]


def standard(name: str) -> tuple[Any, ...]:
    """Return the models of a provider of std."""
    found = std.module("std.providers")
    assert found is not None
    provider = found.exports.declarations[name]
    assert isinstance(provider, Provider)
    return provider.models


def test_an_activation_group_is_drawn_where_it_is_active() -> None:
    deep = variable("deep", "bool", BOOLS, False)
    hops = replace(
        variable("hops", "int", IntDomain(low=1, high=4), 1, depends=("deep",)), active=ref("deep")
    )
    kind = replace(
        variable("kind", "choice", options("a", None), "a", depends=("hops",)),
        active=both(ref("deep"), compare("hops", ">", 2)),
    )
    rule = constraint("few", negated(both(ref("deep"), compare("hops", "==", 2))))
    what = space(deep, hops, kind, constraints=(rule,))
    generated = built(what)
    counts = Counter(
        tuple(config.to_dict().items()) for config in generated.sample_batch(DRAWS, random.Random(4))
    )
    listed, mass = reference.distribution(what)
    assert mass == Fraction(7, 8)
    assert fits(counts, {tuple(values.items()): share for values, share in listed})


def test_what_cannot_be_drawn_ends_in_an_error_that_names_the_rule() -> None:
    never = space(
        variable("x", "float", UNIT, 0.0),
        variable("y", "float", UNIT, 0.0),
        constraints=(
            constraint("same", compare("x", "==", ref("y")), "both must agree", "x == y"),
            constraint("low", compare("x", "<", 0.9)),
        ),
    )
    with pytest.raises(SpaceError, match=r"`same` \(x == y\) failed [0-9,]+ times: both must agree"):
        built(never).sample(random.Random(0))


def test_a_hard_condition_of_a_branch_is_drawn_by_trial() -> None:
    """Where two continua decide which domain holds, the count of numbers is one: the seed of a stream."""
    z = variable("z", "int", DIGITS, 0, branch(compare("x", "<", ref("y")), IntDomain(low=0, high=1), 0))
    what = space(
        variable("x", "float", UNIT, 0.5),
        variable("y", "float", UNIT, 0.5),
        replace(z, depends=("x", "y")),
        constraints=(constraint("c", compare("z", "<", 5)),),
    )
    generated = built(what)
    rng = Counting(1)
    configs = [generated.sample(rng) for _ in range(4_000)]
    assert rng.calls == 4_000
    below = Counter(config.x < config.y for config in configs)
    assert fits(below, {True: Fraction(2, 3), False: Fraction(1, 3)})
    assert {config.z for config in configs if config.x < config.y} == {0, 1}


def test_configspace_loops_for_ever_where_this_is_an_error_of_the_compiler() -> None:
    """Legal configurations of measure 0, which contain the default."""
    source = Source(
        "t.mlsig", "t", "space T { var x: float(0..1) = 0.5  constraint c: not (x < 0.5 or x > 0.5) }"
    )
    module, found = analyse(source)
    assert module is None
    assert [one.code for one in found] == ["MLS0524"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # dead options and branches are taken silently there, and the child is never active
        ('var s: choice("a", "b")  forbid s == "b"', "MLS0526"),
        ('var s: choice("a", "b")  var n: int { when s == "b": (1..3) }  forbid s == "b"', "MLS0526"),
        ('var s: choice("a", "b") var n: int when s == "b" and n > 4 { var m: int } forbid n > 4', "MLS0525"),
        # a space that nothing meets is found there only because its default is not legal
        ("var n: int(1..9) = 1  constraint a: n > 5  constraint b: n < 5", "MLS0523"),
    ],
)
def test_what_configspace_takes_silently_is_an_error_here(text: str, code: str) -> None:
    module, found = analyse(Source("t.mlsig", "t", f"space T {{ {text} }}"))
    assert module is None
    assert code in [one.code for one in found]


def test_a_stream_for_other_attempts_is_uniform_and_the_same_everywhere() -> None:
    draw = again(0.25, 3)
    numbers = [draw() for _ in range(20_000)]
    assert numbers[:2] == [0.5819091847365218, 0.5604567935564759]
    assert fits(Counter(int(x * 20) for x in numbers), {k: Fraction(1, 20) for k in range(20)})
    assert again(0.25, 4)() != numbers[0] != again(0.5, 3)()


@pytest.mark.parametrize("make", [random.Random, np.random.default_rng])
def test_columns_of_uniform_numbers_are_those_of_single_calls(make: Any) -> None:
    rng = make(8)
    rows = [[rng.random() for _ in range(3)] for _ in range(70)]
    columns = vectors.uniforms(make(8), 70, 3)
    assert columns.T.tolist() == rows


def test_arithmetic_of_columns_is_that_of_numbers_to_the_last_bit() -> None:
    rng: Rng = random.Random(0)
    u = [rng.random() for _ in range(3_000)] + [0.0, 1 - 2.0**-53, 0.5]
    column = np.array(u)
    pairs: list[tuple[Any, Callable[[float], Any]]] = [
        (
            vectors.exponential(column, 1e-5, 0.1, 13.287712379549449),
            lambda x: draws.exponential(x, 1e-5, 0.1, 13.287712379549449),
        ),
        (vectors.uniform(column, -1e308, 1e308), lambda x: draws.uniform(x, -1e308, 1e308)),
        (vectors.log_index(column, 1, 1, 64, 6.1), lambda x: draws.log_index(x, 1, 1, 64, 6.1)),
        (
            vectors.normal(column, -1.0, 2.0, 0.3, 0.7, 0.03, 0.9),
            lambda x: draws.normal(x, -1.0, 2.0, 0.3, 0.7, 0.03, 0.9),
        ),
        (
            vectors.normal(column, 3.0, 9.0, 0.0, -1.0, 0.0, 0.001),
            lambda x: draws.normal(x, 3.0, 9.0, 0.0, -1.0, 0.0, 0.001),
        ),
        (
            vectors.normal_index(column, 0.0, 0.5, 7, 1.0, 2.0, 0.1, 0.8),
            lambda x: draws.normal_index(x, 0.0, 0.5, 7, 1.0, 2.0, 0.1, 0.8),
        ),
    ]
    for found, one in pairs:
        assert found.tolist() == [one(x) for x in u]
    positive = np.array([x or 0.1 for x in u]) * 7
    assert vectors.logarithm(positive).tolist() == [draws.logarithm(x) for x in positive.tolist()]


@pytest.mark.parametrize("p", [1e-300, 1e-20, 1e-5, 0.02, 0.075, 0.3, 0.5, 0.8, 0.99, 1 - 1e-12])
def test_quantiles_are_those_of_the_normal_distribution(p: float) -> None:
    x = draws.quantile(p)
    assert math.erfc(-x / math.sqrt(2)) / 2 == pytest.approx(p, rel=1e-12)


def test_numbers_that_numpy_cannot_hold_are_drawn_singly() -> None:
    huge = space(
        variable("big", "choice", options(2**70, 1), 1),
        variable("long", "int", IntDomain(low=2**60, high=2**64), 2**60),
        variable("flag", "bool", BOOLS, False),
        constraints=(constraint("c", either(compare("flag", "==", False), compare("big", "==", 2**70))),),
    )
    generated = built(huge)
    rng = random.Random(1)
    alone = [generated.sample(rng) for _ in range(60)]
    assert generated.sample_batch(60, random.Random(1)) == alone
    assert generated.sample_columns(60, random.Random(1))["long"].tolist() == [one.long for one in alone]
    assert {one.big for one in alone} == {2**70, 1}


def ways_of_sampling() -> dict[str, Space]:
    """Return a space for each way in which `sample` can be written, with arms and groups beside it."""
    x, y = variable("x", "float", UNIT, 0.9), variable("y", "float", UNIT, 0.1)
    ahead = compare("x", ">", ref("y"))
    heat = variable(
        "heat",
        "float",
        UNIT,
        0.5,
        branch(compare("v0", "<", 2), FloatDomain(low=0.2, high=0.4, log=True), 0.3),
        branch(compare("v0", "<", 4), FloatDomain(low=0.2, high=0.3, normal=(0.3, 0.1)), 0.3),
        depends=("v0",),
    )
    hops = replace(
        variable("hops", "int", IntDomain(low=1, high=50), 1, depends=("v0",)), active=compare("v0", ">", 4)
    )
    walk = chain(9)
    trial = variable("z", "int", DIGITS, 0, branch(ahead, IntDomain(low=0, high=1), 0), depends=("x", "y"))
    return {
        "thin": thin(),
        "walk": replace(
            walk, variables=(*walk.variables, hops, heat), declared=(*walk.declared, "hops", "heat")
        ),
        "loop": space(x, y, constraints=(constraint("c", ahead),)),
        "trial": space(x, y, trial, constraints=(constraint("c", compare("z", "<", 5)),)),
    }


def test_a_seed_gives_the_same_bits_on_every_machine() -> None:
    """Written down once: chances of normal and logarithmic parts, cuts, and what is drawn from them."""
    generated = built(thin())
    rng = random.Random(0)
    assert [table.sums for table in generated.tables] == [
        (0.009398496240601503, 0.03289473684210526, 0.046992481203007516),
        (0.5631334010824864,),
    ]
    assert [generated.sample(rng).to_dict() for _ in range(2)] == [
        {
            "style": "a",
            "size": 3115,
            "rate": 1.0483380545227236e-05,
            "heat": 0.025563736068430425,
            "top": 0.4524898579412879,
        },
        {
            "style": "a",
            "size": 1271,
            "rate": 1.1122256763984878e-05,
            "heat": 0.04540564425976675,
            "top": 0.5023205121562148,
        },
    ]
