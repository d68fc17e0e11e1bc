"""Samples follow the declared priors, given legality: compared with exact probabilities by Pearson's test.

Seeds are fixed, so nothing here is flaky; the limits are the 0.999 quantiles of the chi-square distribution.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from mlsig_compiler.model import FloatDomain, IntDomain, OptionsDomain, Space
from reference import spaces as reference

from spaces.building import (
    BOOLS,
    both,
    branch,
    built,
    compare,
    constraint,
    negated,
    options,
    sentiment,
    space,
    variable,
)

DRAWS = 20_000


def quantile(degrees: int) -> float:
    """Return the 0.999 quantile of chi-square, by Wilson and Hilferty's approximation."""
    return degrees * (1 - 2 / (9 * degrees) + 3.0902 * math.sqrt(2 / (9 * degrees))) ** 3


def fits(counts: Counter[Any], wanted: dict[Any, Fraction]) -> bool:
    assert set(counts) <= {key for key, share in wanted.items() if share}
    total = sum(counts.values())
    # Cells that are too rare for the test are put together.
    cells: list[tuple[float, float]] = []
    rest = [0.0, 0.0]
    for key, share in wanted.items():
        expected = float(share) * total
        if expected >= 5:
            cells.append((counts[key], expected))
        else:
            rest = [rest[0] + counts[key], rest[1] + expected]
    if rest[1] >= 5:
        cells.append((rest[0], rest[1]))
    statistic = sum((seen - expected) ** 2 / expected for seen, expected in cells)
    return statistic < quantile(max(1, len(cells) - 1))


def sampled(what: Space, seed: int = 7, draws: int = DRAWS) -> Counter[Any]:
    generated = built(what)
    rng = random.Random(seed)
    return Counter(tuple(generated.sample(rng).to_dict().items()) for _ in range(draws))


@pytest.mark.parametrize(
    "domain",
    [
        IntDomain(low=0, high=8),
        IntDomain(low=8, high=96, step=8),
        IntDomain(low=-7, high=22, step=5),
        IntDomain(low=1, high=64, log=True),
        IntDomain(low=5, high=97, step=10, log=True),
        FloatDomain(low=0.0, high=1.5, step=0.1),
        FloatDomain(low=-0.5, high=0.7, step=0.25),
        FloatDomain(low=0.1, high=3.0, step=0.1, log=True),
        OptionsDomain(options=("a", "b", "c")),
        OptionsDomain(options=("a", "b", "c"), weights=(0.7, 0.0, 0.3)),
        OptionsDomain(options=("a", "b"), weights=(0.0, 2.0)),
        OptionsDomain(options=(0.5, 1, None, "x"), weights=(1.0, 1.0, 5.0, 0.1)),
        BOOLS,
    ],
    ids=str,
)
def test_each_domain_follows_its_prior(domain: Any) -> None:
    kind = {"FloatDomain": "float", "IntDomain": "int"}.get(type(domain).__name__, "choice")
    x = variable("x", kind, domain, None)  # type: ignore[arg-type]
    default = reference.prior(x, domain)[0][0]
    what = space(variable("x", kind, domain, default))  # type: ignore[arg-type]
    wanted = {(("x", value),): share for value, share in reference.prior(x, domain)}
    assert sum(wanted.values()) == pytest.approx(1)
    assert fits(sampled(what), wanted)


def conditional() -> Space:
    """Fan-in, a diamond, an arm of one value, weights, and constraints that refuse much of the prior."""
    return space(
        variable("mode", "choice", options("fast", "slow", "auto", weights=(0.6, 0.3, 0.1)), "fast"),
        variable("strict", "bool", BOOLS, False),
        variable(
            "tries",
            "int",
            IntDomain(low=1, high=4),
            1,
            branch(compare("mode", "==", "fast"), IntDomain(low=1, high=1), 1),
            branch(
                both(compare("mode", "==", "slow"), compare("strict", "==", True)),
                IntDomain(low=2, high=4),
                2,
            ),
            depends=("mode", "strict"),
        ),
        variable(
            "heat",
            "float",
            FloatDomain(low=0.0, high=1.0, step=0.25),
            0.5,
            branch(compare("tries", ">", 2), FloatDomain(low=0.0, high=0.5, step=0.25), 0.0),
            branch(None, FloatDomain(low=0.25, high=1.0, step=0.25, log=True), 0.5),
            depends=("tries",),
        ),
        constraints=(
            constraint("warm", compare("heat", ">=", 0.25)),
            constraint(
                "forbid_1", negated(both(compare("mode", "==", "fast"), compare("strict", "==", False)))
            ),
        ),
        declared=("heat", "tries", "strict", "mode"),
    )


def test_a_conditional_and_constrained_space_follows_its_prior_given_legality() -> None:
    what = conditional()
    listed, mass = reference.distribution(what)
    assert 0.2 < mass < 0.8
    wanted = {tuple(values.items()): share for values, share in listed}
    assert fits(sampled(what), wanted)


def test_the_example_follows_its_prior() -> None:
    counts: Counter[Any] = Counter()
    generated = built(sentiment())
    rng = random.Random(3)
    for _ in range(DRAWS):
        config = generated.sample(rng)
        counts[(config.adapter, config.reasoning, config.temperature)] += 1
    wanted: dict[Any, Fraction] = {}
    # `room` keeps 7 of 12 values of max_tokens where reasoning is ChainOfThought; all else is independent.
    weights = {"Predict": Fraction(12), "ChainOfThought": Fraction(7)}
    for adapter in ("Chat", "JSON"):
        for reasoning in ("Predict", "ChainOfThought"):
            low, high = (0, 7) if adapter == "JSON" else (3, 10) if reasoning == "ChainOfThought" else (0, 15)
            for tenth in range(low, high + 1):
                share = Fraction(1, 2) * weights[reasoning] / 19 / (high - low + 1)
                wanted[(adapter, reasoning, tenth / 10)] = share
    assert sum(wanted.values()) == 1
    assert fits(counts, wanted)


@pytest.mark.parametrize(
    ("low", "high"), [(1e-5, 1e-1), (1.0, 1.0 + 1e-9), (1e-300, 1e300), (5e-324, 1.7e308)]
)
def test_log_floats_are_uniform_in_the_logarithm(low: float, high: float) -> None:
    what = space(variable("rate", "float", FloatDomain(low=low, high=high, log=True), low))
    generated = built(what)
    rng = random.Random(1)
    counts: Counter[int] = Counter()
    span = math.log(high) - math.log(low)
    for _ in range(DRAWS):
        rate = generated.sample(rng).rate
        assert low <= rate <= high
        if span > 1e-6:
            counts[min(9, int((math.log(rate) - math.log(low)) / span * 10))] += 1
    if counts:
        assert fits(counts, {cell: Fraction(1, 10) for cell in range(10)})


def test_plain_floats_are_uniform() -> None:
    generated = built(space(variable("x", "float", FloatDomain(low=-1.0, high=3.0), 0.0)))
    rng = random.Random(2)
    counts = Counter(int((generated.sample(rng).x + 1.0) * 5) for _ in range(DRAWS))
    assert fits(counts, {cell: Fraction(1, 20) for cell in range(20)})
