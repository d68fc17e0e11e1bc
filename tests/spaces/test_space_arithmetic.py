"""Domains and draws at their edges: nothing leaves a domain, and grids are exact."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlsig.spaces import FloatDomain, IntDomain, OptionsDomain, exponential, index, uniform
from mlsig.spaces.draws import octaves, thresholds
from mlsig.spaces.grids import float_grid
from mlsig_compiler.model import FloatDomain as FloatNode

from spaces.building import built, space, variable

LAST = 1.0 - 2.0**-53
edges = st.sampled_from([0.0, 2.0**-53, 0.5, LAST])
uniforms = edges | st.floats(0, 1, exclude_max=True)
finite = st.floats(allow_nan=False, allow_infinity=False)


class Fixed:
    """A source of one number, over and over."""

    def __init__(self, number: float) -> None:
        self._number = number

    def random(self) -> float:
        return self._number


@given(finite, finite, uniforms)
@example(-1.7976931348623157e308, 1.7976931348623157e308, LAST)
def test_no_float_leaves_its_domain(a: float, b: float, u: float) -> None:
    low, high = min(a, b), max(a, b)
    assert low <= uniform(u, low, high) <= high
    assert FloatDomain(low=low, high=high).contains(FloatDomain(low=low, high=high).draw(u))


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.1, 0.7), (-0.3, 0.1), (0.0, 1.5), (-1.7e308, 1.7e308), (1e16, 1e16 + 2), (0.3, 0.3)],
)
@pytest.mark.parametrize("u", [0.0, 0.3, LAST])
def test_generated_floats_stay_and_are_those_of_the_domain(low: float, high: float, u: float) -> None:
    generated = built(space(variable("x", "float", FloatNode(low=low, high=high), low)))
    config = generated.sample(Fixed(u))
    assert low <= config.x <= high
    assert config.x == FloatDomain(low=low, high=high).draw(u)
    assert generated.legal(config)


@given(
    st.floats(min_value=5e-324, max_value=1.7e308), st.floats(min_value=5e-324, max_value=1.7e308), uniforms
)
def test_log_draws_stay_and_are_accurate(a: float, b: float, u: float) -> None:
    low, high = min(a, b), max(a, b)
    value = exponential(u, low, high, octaves(low, high))
    assert low <= value <= high
    if low > 1e-300:
        exact = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        assert value == pytest.approx(exact, rel=1e-12)


def test_log_draws_are_the_same_bits_everywhere() -> None:
    """No `exp` or `log` of the platform is involved: these numbers hold on all of them."""
    domain = FloatDomain(low=1e-5, high=1e-1, log=True)
    assert [domain.draw(u).hex() for u in (0.0, 0.1, 0.5, 0.77, LAST)] == [
        "0x1.4f8b588e368f1p-17",
        "0x1.a56cb36416f7dp-16",
        "0x1.0624dd2f1a9fcp-10",
        "0x1.89f540239dee6p-7",
        "0x1.999999999998dp-4",
    ]


@given(st.integers(1, 2**70), uniforms)
def test_an_index_is_below_its_count(count: int, u: float) -> None:
    assert 0 <= index(u, count) < count


def test_huge_integer_ranges_are_drawn_and_checked() -> None:
    domain = IntDomain(low=-(2**80), high=2**80, step=3)
    for u in (0.0, 0.25, LAST):
        assert domain.contains(domain.draw(u))
    assert domain.draw(0.0) == domain.low


@given(
    st.integers(-10_000, 10_000),
    st.integers(1, 500),
    st.integers(1, 400),
    st.integers(0, 12),
    uniforms,
)
def test_float_grids_are_exact_decimals(first: int, step: int, size: int, digits: int, u: float) -> None:
    def number(n: int) -> float:
        return float(Decimal(n).scaleb(-digits))

    low, high, width = number(first), number(first + step * (size - 1)), number(step)
    grid = float_grid(low, high, width)
    assert grid.size == size
    domain = FloatDomain(low=low, high=high, step=width)
    k = index(u, size)
    assert domain.draw(u) == number(first + step * k)
    assert domain.contains(domain.draw(u))
    off = math.nextafter(number(first + step * k), math.inf)
    assert not domain.contains(off) or off in {number(first + step * j) for j in range(size)}


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (0.0, 1.5, 0.1),
        (0.05, 0.95, 0.05),
        (-1.0, 1.0, 0.01),
        (1e15, 1e15 + 8, 0.25),
        (0.0, 1e-20, 1e-22),
        (1.0, 9.0, 2.0),
    ],
)
def test_generated_grids_agree_with_the_domain(low: float, high: float, step: float) -> None:
    generated = built(space(variable("x", "float", FloatNode(low=low, high=high, step=step), low)))
    domain = FloatDomain(low=low, high=high, step=step)
    grid = float_grid(low, high, step)
    for k in {0, 1, 2, grid.size // 2, grid.size - 1}:
        value = grid.at(min(k, grid.size - 1))
        for near in (
            value,
            math.nextafter(value, -math.inf),
            math.nextafter(value, math.inf),
            value + step / 2,
        ):
            assert generated.legal(generated.Config(x=near)) == domain.contains(near)
    for u in (0.0, 0.2, 0.9, LAST):
        assert generated.sample(Fixed(u)).x == domain.draw(u)


def test_weights_are_normalised_exactly() -> None:
    assert thresholds((0.7, 0.3)) == (0.7,)
    assert thresholds((1.0, 0.0)) == (1.0,)
    assert thresholds((0.1,) * 10)[-1] < 1
    domain = OptionsDomain(options=("a", "b"), weights=(1.0, 0.0))
    assert domain.draw(LAST) == "a"


def test_sizes() -> None:
    assert FloatDomain(low=0.0, high=1.0).size is None
    assert FloatDomain(low=1.0, high=1.0).size == 1
    assert FloatDomain(low=0.0, high=1.0, step=0.3).size == 4
    assert IntDomain(low=1, high=10, step=4).size == 3
    assert OptionsDomain(options=("a", "b")).size == 2


def test_neighbors_are_a_step_and_a_twentieth_away() -> None:
    assert IntDomain(low=1, high=4096).neighbors(1000) == (796, 999, 1001, 1204)
    assert IntDomain(low=8, high=96, step=8).neighbors(8) == (16,)
    assert FloatDomain(low=0.0, high=1.5, step=0.1).neighbors(0.3) == (0.2, 0.4)
    assert FloatDomain(low=0.0, high=2.0).neighbors(0.05) == (0.0, pytest.approx(0.15))
    assert FloatDomain(low=0.0, high=2.0).neighbors(2.0) == (pytest.approx(1.9),)
    assert FloatDomain(low=1.0, high=1.0).neighbors(1.0) == ()
    assert FloatDomain(low=1e-5, high=1e-1, log=True).neighbors(1e-3) == pytest.approx((10**-3.2, 10**-2.8))
    assert OptionsDomain(options=("a", "b", "c")).neighbors("b") == ("a", "c")


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (FloatDomain(low=0.0, high=1.5), "0.0 to 1.5"),
        (FloatDomain(low=0.0, high=1.5, step=0.1), "0.0 to 1.5 in steps of 0.1"),
        (FloatDomain(low=2.0, high=2.0), "2.0"),
        (IntDomain(low=1, high=8), "1 to 8"),
        (IntDomain(low=8, high=96, step=8), "8 to 96 in steps of 8"),
        (OptionsDomain(options=("a",)), '"a"'),
        (OptionsDomain(options=("a", True, None, 1.5)), '"a", true, null or 1.5'),
        (OptionsDomain(options=tuple(range(40))), "one of 0, 1, 2, 3, 4, 5, 6, 7, … (40 in all)"),
    ],
    ids=str,
)
def test_domains_say_what_they_are(domain: object, words: str) -> None:
    assert str(domain) == words
