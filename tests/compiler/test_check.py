"""What is proved about a resolved file, and the plain meaning of expressions that the proofs use."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.configurations import default_configuration
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.findings.nearest import counted, distance, listed, nearest, suggestion
from mlsig_compiler.source import Span

from compiler.reading import messages, space

VALUES = {"n": 4, "f": 0.5, "s": "x", "b": True, "none": None}


def condition(text: str) -> model.Expr:
    found = space(
        'space T { var n: int(1..9) = 4  var f: float  var s: choice("x", "y")  var b: bool = true '
        f"var none: choice(null, 1)  prefer {text} }}"
    )
    return found.preferences[0].condition


@pytest.mark.parametrize(
    "text",
    [
        "n == 4",
        "n == 4.0",
        "1 < n <= 4 < 5",
        "not (1 < n < 3)",
        'n in [1, 4] and s not in ["y"]',
        "n + 1 == 5 and n - 1 == 3 and n * 2 == 8 and n / 8 == 0.5 and n // 3 == 1 and n % 3 == 1",
        "-n == 0 - 4",
        "b or n / 1 == 0",
        "not (b and n == 5)",
        "none == null and none != 1",
        's < "y"',
        "f != 1 or f == 1",
    ],
)
def test_expressions_mean_what_they_mean_in_python(text: str) -> None:
    assert evaluate(condition(text), VALUES) is True


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [(1, True, False), (0, False, False), (1, 1.0, True), ("1", 1, False), (None, 0, False)],
)
def test_true_is_never_one(left: model.Scalar, right: model.Scalar, same: bool) -> None:
    here = Span(0, 0)
    equal = model.Comparison(model.Constant(left, here), (("==", model.Constant(right, here)),), here)
    within = model.Comparison(
        model.Constant(left, here), (("in", model.ListOf((model.Constant(right, here),), here)),), here
    )
    assert evaluate(equal, {}) is same
    assert evaluate(within, {}) is same


def test_an_expression_without_a_value_says_so() -> None:
    with pytest.raises(EvaluationError):
        evaluate(condition("10 / n > 1"), {**VALUES, "n": 0})
    with pytest.raises(EvaluationError):
        evaluate(condition("f * n > 1"), {**VALUES, "n": 10**400})


def test_the_default_configuration_follows_the_arms() -> None:
    found = space(
        """
        space T {
          var n: int(1..9) = 9 { when s == "y": (1..3) = 2 when b: (4..6) = 5 else: (7..9) = 8 }
          var s: choice("x", "y")
          var b: bool { when s == "x": (true) }
          var last: int(1..9) = 4 { when n == 2: (1..2) = 1 }
        }
        """
    )
    assert default_configuration(found) == {"s": "x", "b": True, "n": 5, "last": 4}


def test_a_default_is_judged_with_the_arms_that_the_defaults_choose() -> None:
    variables = 'var s: choice("x", "y")  var n: int(1..9) = 9 { when s == "x": (1..3) = 2 }'
    assert messages(f"space T {{ {variables}  constraint c: n < 5 }}") == []


def test_a_division_that_may_be_by_zero_is_found_once() -> None:
    variables = "var n: int(0..3) = 0 { when 1 / m > 1: (1..2) }  var m: int(0..3) = 0"
    found = messages(f"space T {{ {variables}  constraint c: 1 / n > 1 }}")
    assert [message.partition(" ")[0] for message in found] == ["MLS0511", "MLS0511"]


@pytest.mark.parametrize("divided", ["x / 0", "x % 0", "x // 0"])
def test_a_division_by_zero_in_a_record(divided: str) -> None:
    assert messages(f"schema S {{ x: int  check c: {divided} > 1 }}") == ["MLS0511 this divisor is 0"]
    assert messages(f"schema S {{ x: int  y: int  check c: {divided[:-1]}y > 1 }}") == []


BASE = """
signature S { input a: str  output b: str }
provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }
space T {
  var provider: provider(p)
  var model: model(provider)
  SPACE
}
program P { signature: S  space: T  PROGRAM }
"""


@pytest.mark.parametrize(
    "variable",
    [
        "var adapter: module(Chat, JSON)",
        "var reasoning: module(ChainOfThought)",
        "var structured: bool",
        "var temperature: float(0..2)",
        "var top_p: float",
        "var frequency_penalty: float(-2..2)",
        "var max_tokens: int(1..4096)",
        'var instructions: choice("a", "b")',
        "var demos: int(0..8)",
        'var demo_layout: choice("block")',
        "var max_hops: int(1..100)",
        "var samples: int(2..9)",
        'var mood: choice("good", 3)',
    ],
)
def test_standard_variables_of_their_kind_and_knobs_are_fine(variable: str) -> None:
    assert messages(BASE.replace("SPACE", variable).replace("PROGRAM", "minimize latency")) == []


def test_outside_of_a_program_names_have_no_meaning() -> None:
    assert messages('space T { var temperature: choice("hot", "cold") }') == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("schema A { a: A? }", []),
        ("schema A { a: list[A]  b: map[A] }", []),
        ("schema A { a: B = { a: null } }\nschema B { a: A? }", []),
        ("schema A { a: B }\nschema B { c: C }\nschema C { a: list[A](min_length=1) }", ["MLS0415"]),
        ("schema A { a: A }\nschema B { b: B }\nschema C { a: A  b: B }", ["MLS0415", "MLS0415"]),
        ("schema C { a: A }\nschema A { a: A }", ["MLS0415"]),
    ],
)
def test_schemas_that_no_value_can_have(text: str, codes: list[str]) -> None:
    assert [message.partition(" ")[0] for message in messages(text)] == codes


words = st.text("abcdef", max_size=7)


@given(words, words, words)
def test_edit_distance_is_a_distance(one: str, two: str, three: str) -> None:
    assert (distance(one, two) == 0) == (one == two)
    assert distance(one, two) == distance(two, one)
    assert distance(one, two) <= max(len(one), len(two))
    assert abs(len(one) - len(two)) <= distance(one, two)
    assert distance(one, "") == len(one)
    assert distance(one + three, two + three) <= distance(one, two)


def test_near_names() -> None:
    known = ["question", "passages", "answer"]
    assert nearest("pasages", known) == "passages"
    assert nearest("Answer", known) == "answer"
    assert nearest("anwser", known) == "answer"
    assert nearest("tokens", known) is None
    assert nearest("a" * 100, ["a" * 100]) is None
    assert suggestion("quest", known) == ""
    assert suggestion("quesion", known) == "did you mean `question`?"
    assert listed([]) == ""
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"]) == "`a`, `b` and `c`"
    assert listed("abcdefghij") == "`a`, `b`, `c`, `d`, `e`, `f`, `g`, `h` and 2 more"
    assert [counted(number, "entry") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


@given(
    low=st.integers(-1000, 1000).map(lambda n: n / 100),
    width=st.integers(1, 1000).map(lambda n: n / 100),
    step=st.sampled_from([None, 0.1, 0.25, 0.5]),
)
def test_every_default_that_nobody_wrote_is_legal(low: float, width: float, step: float | None) -> None:
    high = low + width
    if step is not None and step > high - low:
        step = None
    said = "" if step is None else f", step={step}"
    (variable,) = space(f"space T {{ var x: float({low!r}..{high!r}{said}) }}").variables
    assert isinstance(variable.default, float)
    assert low <= variable.default <= high
    assert math.isfinite(variable.default)
