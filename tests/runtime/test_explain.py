"""The careful path: each rule, its code, its words and its edges."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any

import mlsig
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig import shapes
from mlsig.errors import VALUE_LENGTH, Issue
from mlsig.records.explain import explain
from mlsig.types.checks import is_multiple
from mlsig.types.shown import kind_of, shown


class Color(enum.StrEnum):
    red = "red"
    green = "green"


class Other(enum.StrEnum):
    red = "red"
    blue = "blue"


class Size(enum.IntEnum):
    small = 1


class Fraction(float):
    pass


TEXT, INT, NUMBER = shapes.Text(), shapes.Integer(), shapes.Number()
CHOICE = shapes.Choice(Color, {})


def read(shape: shapes.Shape, value: object) -> tuple[Any, list[Issue]]:
    issues: list[Issue] = []
    return explain(shape, value, "x", issues), issues


@pytest.mark.parametrize(
    ("shape", "value", "wanted"),
    [
        (TEXT, "", ""),
        (TEXT, Color.red, "red"),
        (TEXT, np.str_("a"), "a"),
        (shapes.Text(min_length=1, max_length=1), "\U0001f600", "\U0001f600"),
        (shapes.Text(pattern="b"), "abc", "abc"),
        (INT, 3, 3),
        (INT, Size.small, 1),
        (INT, 10**400, 10**400),
        (shapes.Integer(ge=1, le=3, multiple_of=3), 3, 3),
        (NUMBER, 1, 1.0),
        (NUMBER, -0.0, -0.0),
        (NUMBER, Fraction(0.5), 0.5),
        (NUMBER, np.float64(0.5), 0.5),
        (NUMBER, 2**53 + 1, float(2**53)),
        (shapes.Number(ge=0.0, le=1.0), 1, 1.0),
        (shapes.Number(multiple_of=0.1), 0.3, 0.3),
        (shapes.Number(multiple_of=0.1), 0.1 + 0.2, 0.1 + 0.2),
        (shapes.Boolean(), True, True),
        (shapes.Boolean(), False, False),
        (shapes.Json(), {"a": [1, 2.5, None, True, "x", (1,)]}, {"a": [1, 2.5, None, True, "x", [1]]}),
        (shapes.Date(), "2026-11-23", date(2026, 11, 23)),
        (shapes.Date(), date(2026, 11, 23), date(2026, 11, 23)),
        (shapes.DateTime(), "2026-11-23T18:30:00Z", datetime(2026, 11, 23, 18, 30, tzinfo=UTC)),
        (shapes.DateTime(), datetime(2026, 11, 23), datetime(2026, 11, 23)),
        (CHOICE, "red", Color.red),
        (CHOICE, Color.red, Color.red),
        (CHOICE, Other.red, Color.red),
        (shapes.Literal(("a", 1, True)), 1, 1),
        (shapes.Literal(("a", 1, True)), True, True),
        (shapes.Literal(("a", 1)), Size.small, 1),
        (shapes.Literal(("red",)), Color.red, "red"),
        (shapes.Array(items=INT), (1, 2), [1, 2]),
        (shapes.Array(items=INT), frozenset({1}), [1]),
        (shapes.Array(items=INT, min_length=1, max_length=2), {1}, [1]),
        (
            shapes.Array(items=shapes.Json(), unique=True),
            [1, True, "1", [1], {"a": 1}],
            [1, True, "1", [1], {"a": 1}],
        ),
        (shapes.Mapping(values=INT, max_length=1), {"a": 1}, {"a": 1}),
        (shapes.Mapping(values=INT), {Color.red: 1}, {"red": 1}),
        (shapes.Optional(INT), None, None),
        (shapes.Optional(INT), 3, 3),
    ],
)
def test_what_fits(shape: shapes.Shape, value: object, wanted: object) -> None:
    found, issues = read(shape, value)
    assert issues == []
    assert found == wanted
    assert type(found) is type(wanted)
    assert repr(found) == repr(wanted)


@pytest.mark.parametrize(
    ("shape", "value", "code", "message"),
    [
        (TEXT, 3, "type", "must be a string, not an integer"),
        (TEXT, None, "null", "must be a string, not null"),
        (TEXT, b"x", "type", "must be a string, not a value of type bytes"),
        (shapes.Text(min_length=1), "", "too_short", "must have at least 1 character, has 0"),
        (shapes.Text(max_length=2), "abc", "too_long", "must have at most 2 characters, has 3"),
        (shapes.Text(pattern=r"^a\Z"), "a\n", "pattern", r"must match the pattern ^a\Z"),
        (INT, True, "type", "must be an integer, not a boolean"),
        (INT, 1.0, "type", "must be an integer, not a number"),
        (INT, "1", "type", "must be an integer, not a string"),
        (INT, np.int64(1), "type", "must be an integer, not a value of type int64"),
        (shapes.Integer(ge=1), 0, "too_small", "must be at least 1"),
        (shapes.Integer(gt=1), 1, "too_small", "must be greater than 1"),
        (shapes.Integer(le=1), 2, "too_large", "must be at most 1"),
        (shapes.Integer(lt=1), 1, "too_large", "must be less than 1"),
        pytest.param(shapes.Integer(le=1), 10**5000, "too_large", "must be at most 1", id="huge"),
        (shapes.Integer(multiple_of=2), 3, "not_multiple", "must be a multiple of 2"),
        (NUMBER, "1.5", "type", "must be a number, not a string"),
        (NUMBER, True, "type", "must be a number, not a boolean"),
        (NUMBER, float("nan"), "not_finite", "must be a finite number"),
        (NUMBER, float("-inf"), "not_finite", "must be a finite number"),
        (NUMBER, 10**400, "not_finite", "is too large for a number"),
        (shapes.Number(ge=0.0, le=1.0), 1.5, "too_large", "must be at most 1.0"),
        (shapes.Number(multiple_of=0.1), 0.35, "not_multiple", "must be a multiple of 0.1"),
        (shapes.Boolean(), 1, "type", "must be true or false, not an integer"),
        (shapes.Boolean(), "true", "type", "must be true or false, not a string"),
        (shapes.Json(), object(), "type", "must be JSON, not a value of type object"),
        (shapes.Json(), float("inf"), "not_finite", "must be a finite number"),
        (shapes.Date(), "2026-02-30", "not_a_date", "must be a date such as 2026-11-23"),
        (shapes.Date(), "\ud800", "not_a_date", "must be a date such as 2026-11-23"),
        (
            shapes.Date(),
            datetime(2026, 11, 23),
            "type",
            "must be a date such as 2026-11-23, not a value of type datetime",
        ),
        (
            shapes.DateTime(),
            3,
            "type",
            "must be a date and time such as 2026-11-23T18:30:00Z, not an integer",
        ),
        (CHOICE, "blue", "not_an_option", 'must be "red" or "green"'),
        (CHOICE, 3, "type", "must be a string, not an integer"),
        (shapes.Literal((1,)), True, "not_an_option", "must be 1"),
        (shapes.Literal((True,)), 1, "not_an_option", "must be true"),
        (shapes.Literal(("a", "b", "c")), None, "null", 'must be "a", "b" or "c", not null'),
        (shapes.Literal(("a",)), [], "type", 'must be "a", not a list'),
        (shapes.Array(items=INT), "ab", "type", "must be a list, not a string"),
        (shapes.Array(items=INT), {}, "type", "must be a list, not an object"),
        (shapes.Array(items=INT, min_length=2), [1], "too_short", "must have at least 2 items, has 1"),
        (shapes.Array(items=INT, max_length=1), [1, 2], "too_long", "must have at most 1 item, has 2"),
        (shapes.Mapping(values=INT), [], "type", "must be an object, not a list"),
        (shapes.Mapping(values=INT), {1: 2}, "key", "has a key that is not a string: 1"),
        (
            shapes.Mapping(values=INT, max_length=1),
            {"a": 1, "b": 2},
            "too_long",
            "must have at most 1 entry, has 2",
        ),
        (shapes.Mapping(values=INT, min_length=2), {}, "too_short", "must have at least 2 entries, has 0"),
    ],
)
def test_what_does_not_fit(shape: shapes.Shape, value: object, code: str, message: str) -> None:
    _, issues = read(shape, value)
    assert [(issue.path, issue.code, issue.message) for issue in issues] == [("x", code, message)]


def test_one_value_can_break_several_rules() -> None:
    _, issues = read(shapes.Text(min_length=3, pattern="^b"), "a")
    assert [issue.code for issue in issues] == ["too_short", "pattern"]
    _, issues = read(shapes.Array(items=INT, max_length=1), ["a", 1, None])
    assert [(issue.path, issue.code) for issue in issues] == [
        ("x", "too_long"),
        ("x[0]", "type"),
        ("x[2]", "null"),
    ]


@pytest.mark.parametrize(
    ("items", "repeated"),
    [
        ([1, 2, 1], ["x[2]"]),
        ([1, 1.0], ["x[1]"]),
        ([[1, {"a": True}], [1, {"a": 1}]], []),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], ["x[1]"]),
        ([None, False, 0, "", [], {}], []),
        ([None, None, None], ["x[1]", "x[2]"]),
    ],
)
def test_items_that_repeat(items: list[Any], repeated: list[str]) -> None:
    _, issues = read(shapes.Array(items=shapes.Json(), unique=True), items)
    assert [issue.path for issue in issues] == repeated
    assert {issue.code for issue in issues} <= {"not_unique"}


def test_endless_nesting_is_one_issue() -> None:
    value: list[Any] = []
    value.append(value)
    _, issues = read(shapes.Json(), value)
    assert [(issue.path, issue.code, issue.value) for issue in issues] == [("x", "too_deep", "a list")]


def test_the_field_that_is_nested_too_deeply_is_named() -> None:
    box: Any = mlsig.create_schema('schema Box { id: int  @alias("the data") data: json  next: Box? = null }')
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    chain: dict[str, Any] = {"id": 1, "data": 1}
    for _ in range(2_000):
        chain = {"id": 1, "data": 1, "next": chain}
    for data, path, kind in (
        ({"id": "a", "data": deep}, "data", "a list"),
        ({"id": 1, "the data": deep}, "data", "a list"),
        (chain, "next", "an object"),
    ):
        (issue,) = box.check(data)
        assert (issue.path, issue.code, issue.value) == (path, "too_deep", kind)
        assert box.check_many([{"id": 1, "data": 1}, data])[0].path == f"[1].{path}"
    cycle: dict[str, Any] = {"id": 1, "data": 1}
    cycle["next"] = cycle
    assert [str(issue) for issue in box.check(cycle)] == ["next: is nested too deeply"]


def test_a_broken_pattern_does_not_get_out() -> None:
    _, issues = read(shapes.Text(pattern="("), "a")
    assert [(issue.code, issue.value) for issue in issues] == [("unreadable", "a string")]


@given(st.integers(-(10**6), 10**6), st.sampled_from([0.1, 0.01, 0.25, 0.05, 2.0, 1e-3]))
def test_multiples_survive_rounding(steps: int, step: float) -> None:
    assert is_multiple(steps * step, step)
    assert is_multiple(float(f"{steps * step:.12g}"), step)
    assert not is_multiple((steps + 0.5) * step, step)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(values)
def test_anything_is_shown_shortly_and_printably(value: object) -> None:
    text = shown(value)
    assert 0 < len(text) <= VALUE_LENGTH
    assert text.isprintable()


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a\n\"b'", '"a\\n"b\'"'),
        ([1, [2, [3, [4]]]], "[1, [2, [3, […]]]]"),
        ({"a": 1, "b": {}}, '{"a": 1, "b": {}}'),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, …]"),
        (dict.fromkeys("abcdefgh", 0), '{"a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0, …}'),
        pytest.param(10**5000, "an integer of 16610 bits", id="huge"),
        (2**200, str(2**200)),
        (float("nan"), "nan"),
        (b"secret", "a value of type bytes"),
        (object(), "a value of type object"),
        ((), "[]"),
        (Color.red, "a string"),
        ("x" * 100, '"' + "x" * 78 + "…"),
    ],
)
def test_how_values_are_shown(value: object, wanted: str) -> None:
    assert shown(value) == wanted


def test_kinds_are_said_in_the_words_of_json() -> None:
    words = {
        "null": None,
        "a boolean": True,
        "an integer": 1,
        "a number": 1.0,
        "a string": "",
        "a list": (),
        "an object": {},
        "a value of type set": set[int](),
    }
    assert {kind_of(value): value for value in words.values()} == words


def test_the_name_of_a_class_cannot_break_a_line() -> None:
    assert kind_of(type("A\nB", (), {})()) == r"a value of type 'A\nB'"
