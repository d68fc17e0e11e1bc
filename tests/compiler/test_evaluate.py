"""What expressions mean, and what happens where they have no value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest
from mlsig_compiler import model
from mlsig_compiler.evaluate import Chosen, EvaluationError, evaluate
from mlsig_compiler.functions import CALLS, LONGEST
from mlsig_compiler.typecheck.functions import FUNCTIONS
from mlsig_compiler.typecheck.sorts import STR, Sorts, shape

from compiler.expressions import HERE, NAMES, expression

SUPPORTED = model.EnumMember("Verdict", "supported")
VALUES: dict[str, Any] = {
    "n": 4,
    "y": 2.5,
    "name": "a-b",
    "flag": True,
    "maybe": None,
    "style": "a",
    "xs": [3, 1, 3],
    "names": ["b", "a"],
    "m": {"k": 2},
    "r": {"text": "hello", "inner": {"note": None, "size": 3}},
    "rs": [],
    "e": [3.0, 4.0],
    "t": [[1.0, 2.0], [3.0]],
    "verdict": SUPPORTED,
    "day": date(2026, 11, 23),
    "time": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
}
UNTYPED: dict[str, Sorts] = {**NAMES, **dict.fromkeys(VALUES, STR)}


def value(text: str) -> Any:
    return evaluate(expression(text, UNTYPED), VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n if flag else 0", 4),
        ("0 if not flag else n", 4),
        ("[n, name]", [4, "a-b"]),
        ("r.inner.size + xs[0] + xs[-1] + m[\"k\"]", 11),
        ("r.inner.note == null and r.other == null and maybe == null", True),
        ("name[0]", "a"),
        ("len(name) + len(xs) + len(m) + len(t)", 9),
        ("min(xs) + max(xs) + sum(xs)", 11),
        ("min(n, y, 1) + max(n, y)", 5),
        ("min(t) + max(e)", 5.0),
        ("sum([])", 0),
        ("abs(-n)", 4),
        ("round(y) + round(2.345, 2) + round(n, -1)", 4.35),
        ("round(1.5, 999999999)", 1.5),
        ("floor(y) + ceil(y)", 5),
        ("sqrt(n) + log(1) + exp(0)", 3.0),
        ('lower("AB") + upper("ab") + strip("  x ")', "abABx"),
        ('startswith(name, "a") and endswith(name, "b") and contains(name, "-")', True),
        ('matches(name, "^a") and not matches(name, "^b") and not matches(name, "a$")', True),
        ('split(name, "-") + split(" x  y ")', ["a", "b", "x", "y"]),
        ('join(names, ", ")', "b, a"),
        ("sorted(xs)", [1, 3, 3]),
        ("sorted(names)", ["a", "b"]),
        ("unique(xs)", [3, 1]),
        ("unique([1, 1.0, true, \"1\"])", [1, True, "1"]),
        ("norm(e) + mean(e) + mean(t)", 5 + 3.5 + 2),
        ("any(x > 2 for x in xs if x < 3)", False),
        ("all(x > 2 for x in xs if x > 2)", True),
        ("any(any(x == y2 for y2 in [1, 2]) for x in xs)", True),
        ("all(any(k == c for c in [\"k\"]) for k in m)", True),
        ("all(x > 9 for x in rs) and not any(x > 9 for x in rs)", True),
        ('verdict == "supported"', True),
        ('"k" in m and "-" in name and 3 in xs and 9 not in xs and not (3 in name)', True),
        ("n in n", False),
        ("[1, [true]] == [1.0, [true]] and [1] != [true] and m == m and r != m", True),
        ('"2026-01-01" < day < "2027-01-01" and day == "2026-11-23"', True),
        ('time >= "2026-11-23T09:30:00Z" and time == "2026-11-23T10:30:00+01:00"', True),
        ('day in ["2026-11-24", "2026-11-23"] or day == day', True),
        ("flag or 1 / 0 > 1", True),
        ("not flag and 1 / 0 > 1", False),
    ],
)  # fmt: skip
def test_values(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "1 // 0",
        "1.5 % 0",
        "xs[3]",
        "xs[-4]",
        'm["other"]',
        "name[9]",
        "n[0]",
        "n.field",
        "maybe.field",
        "sqrt(-1)",
        "log(0)",
        "exp(1000)",
        "mean([])",
        "min([])",
        "max([])",
        "len(n)",
        'split(name, "")',
        "1e308 * 10",
        "1e308 + 1e308 - 1e308",
        'day < "soon"',
        "n < name",
        'time < "2026-11-23T09:30:00"',
        "sorted([1, name])",
    ],
)
def test_what_has_no_value_says_so(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


def test_work_is_bounded() -> None:
    many = {"xs": list(range(200)), "text": "x" * (LONGEST // 2 + 1)}
    names = {"xs": STR, "text": STR}
    slow = "any(any(any(a + b + c < 0 for a in xs) for b in xs) for c in xs)"
    for text in (slow, "text + text", 'join([text, text], ",")', "9999999999 * " * 40 + "1"):
        with pytest.raises(EvaluationError):
            evaluate(expression(text, names), many)


def test_an_each_is_no_value_of_its_own() -> None:
    item = model.VariableRef("x", HERE)
    with pytest.raises(EvaluationError):
        evaluate(model.Each(item, "x", model.ListOf((), HERE), None, HERE), {})


def test_the_chosen_model_has_figures() -> None:
    names = {"model": shape("a model", {})}
    chosen = Chosen.of("m", {"context_window": 8, "input_cost": None, "supports": ("tools",)})
    for text in (
        'model == "m" and model in ["m"] and model.context_window == 8 and model.input_cost == 0',
        "model.max_output > 1000000 and model.max_output * 2 > 5",
        '"tools" in model.supports and "vision" not in model.supports',
    ):
        assert evaluate(expression(text, names), {"model": chosen}) is True
    silent = Chosen.of("n", {})
    assert evaluate(expression('"tools" in model.supports', names), {"model": silent}) is False
    assert math.isinf(evaluate(expression("model.context_window", names), {"model": silent}))
    with pytest.raises(EvaluationError):
        evaluate(expression("model.max_output - model.context_window", names), {"model": silent})


def test_every_function_can_be_evaluated() -> None:
    assert set(CALLS) == set(FUNCTIONS)


def test_members_of_enums_equal_their_names() -> None:
    elsewhere = model.Constant(model.EnumMember("Verdict", "supported", "elsewhere"), HERE)
    for other, same in ((elsewhere, True), (model.Constant("supported", HERE), True)):
        compared = model.Comparison(model.VariableRef("verdict", HERE), (("==", other),), HERE)
        assert evaluate(compared, VALUES) is same
    assert value("verdict == null") is False
