"""Single values as people write them, and those that could be two."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import steps
from mlsig import shapes
from mlsig.parsing.align import align
from mlsig.parsing.cursor import Cursor, Cut, Effort, Unreadable, joined
from mlsig.parsing.dates import Doubtful, read_date, read_datetime
from mlsig.parsing.escapes import unescaped
from mlsig.parsing.keys import mistyped
from mlsig.parsing.mending import read_value
from mlsig.parsing.number_words import read_words
from mlsig.parsing.numbers import Ambiguous, read_number
from mlsig.parsing.options import LONGEST, read_option, read_yes
from mlsig.parsing.repairs import Notes, Repair, excerpt
from mlsig.parsing.segments import from_segment

NUMBER = shapes.Number()
SHARE = shapes.Number(ge=0.0, le=1.0)
GRADE = shapes.Integer(ge=1, le=5)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero", 0),
        ("seventeen", 17),
        ("forty two", 42),
        ("one hundred and five", 105),
        ("two thousand three hundred", 2300),
        ("one million two hundred thousand", 1_200_000),
        ("four stars", 4),
        ("", None),
        ("stars", None),
        ("one two", None),
        ("hundred", None),
        ("and five", None),
        ("five and", None),
        ("twenty eleven", None),
        ("a b c d e f g h i j", None),
    ],
)
def test_numbers_in_words(words: str, value: int | None) -> None:
    assert read_words(words, lambda unit: unit == "stars") == value


@pytest.mark.parametrize(
    ("text", "shape", "value"),
    [
        ("1 234 567,5", NUMBER, 1234567.5),
        ("1_000", NUMBER, 1000),
        ("-\u00bd", NUMBER, -0.5),
        ("2\u00be", NUMBER, 2.75),
        ("-1 1/2", NUMBER, -1.5),
        ("1 3/2", NUMBER, None),
        ("1/0", NUMBER, None),
        ("17 out of 20", NUMBER, None),
        ("17 out of 20", SHARE, 0.85),
        ("4/5", GRADE, 4),
        ("4/10", GRADE, None),
        ("50%", shapes.Integer(), 50),
        ("50%", SHARE, 0.5),
        ("50%", shapes.Number(le=100.0), 50),
        ("$5 km", NUMBER, 5),
        ("1e400x", NUMBER, None),
        ("9" * 100, NUMBER, None),
        ("score: 5", NUMBER, 5),
        ("\u22125", NUMBER, -5),
    ],
)
def test_numbers(text: str, shape: Any, value: float | None) -> None:
    assert read_number(text, shape, "score", "score") == value


def test_numbers_that_could_be_two() -> None:
    for text, shape in (("12%", NUMBER), ("4/5", shapes.Number(le=5.0))):
        with pytest.raises(Ambiguous):
            read_number(text, shape)
    assert read_number("12%", NUMBER, "growth in percent") == 12


def test_units_are_held_against_what_is_asked_for() -> None:
    assert read_number("5 km", NUMBER, "distance in kilometres") == 5
    assert read_number("5 parsecs", NUMBER, "distance in parsecs") == 5
    assert read_number("36 years old", NUMBER, "age") == 36
    for text, about in (
        ("5 miles", "distance in kilometres"),
        ("$5", "price in euros"),
        ("$5 EUR", "price in euros"),
        ("36 months", "age"),
    ):
        with pytest.raises(Ambiguous, match="another unit"):
            read_number(text, NUMBER, about)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", "2026-11-23"),
        ("Nov 23, 2026 00:00", "2026-11-23"),
        ("2026-11-23T00:00:00Z", "2026-11-23"),
        ("23/11/2026", "2026-11-23"),
        ("Monday 23 November 2026", "2026-11-23"),
        ("23 Foo 2026", None),
        ("31/31/2026", None),
        ("2026-11-23T01:00:00Z", None),
        ("2026-11-23 at 99:00", None),
        ("x" * 100, None),
        ("soon", None),
    ],
)
def test_days(text: str, day: str | None) -> None:
    found = read_date(text)
    assert (found and found.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23 18:30", dt.datetime(2026, 11, 23, 18, 30)),
        ("23 Nov 2026, 6:30 pm", dt.datetime(2026, 11, 23, 18, 30)),
        ("2026-11-23 12 a.m. UTC", dt.datetime(2026, 11, 23, tzinfo=dt.UTC)),
        (
            "2026-11-23T18:30:00.25-05:30",
            dt.datetime(2026, 11, 23, 18, 30, 0, 250_000, dt.timezone(-dt.timedelta(hours=5, minutes=30))),
        ),
        ("2026-11-23 13 pm", None),
        ("2026-11-23 25:00", None),
        ("2026-11-23", None),
        ("2026-02-30 18:30", None),
        ("x" * 100, None),
    ],
)
def test_moments(text: str, moment: dt.datetime | None) -> None:
    assert read_datetime(text) == moment


def test_days_that_could_be_two() -> None:
    for text in ("03/04/2026", "Tuesday, November 23, 2026"):
        with pytest.raises(Doubtful):
            read_date(text)


def test_escapes() -> None:
    assert unescaped("a\\nb") == ("a\nb", False)
    assert unescaped("\\x41\\d\\'") == ("A\\d'", True)
    assert unescaped("\\ud83d\\ude00 \\ud83d") == ("\U0001f600 \ufffd", False)
    assert unescaped("end\\") == ("end\\", True)


OPTIONS = ("good", "very_bad", "not_sure")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("VeryBad", "very_bad"),
        ("2) very bad", "very_bad"),
        ("Mood.good", "good"),
        ("g\u00f3od", "good"),
        ("nothing fits", "not_sure"),
        ("good: they like it", "good"),
        ("The label is good", "good"),
        ("not_sure. It could be good", None),
        ("it is not good", None),
        ("good or very bad", None),
        ("", None),
        ("good\n" + "x" * LONGEST, "good"),
        ("x" * LONGEST + " good", None),
    ],
)
def test_options(text: str, option: str | None) -> None:
    assert read_option(OPTIONS, text, {"not_sure": "nothing fits, unclear"}) == option


def test_yes_and_no() -> None:
    assert read_yes("Yes!") is True
    assert read_yes("The answer is no") is False
    assert read_yes("x" * (LONGEST + 1)) is None
    assert read_yes("yes, but no") is None


def test_slips() -> None:
    assert mistyped("totl", ["total"]) == "total"
    assert mistyped("toatl", ["total", "x"]) == "total"
    assert mistyped("totals", ["total"]) == "total"
    assert mistyped("total1", ["total"]) is None
    assert mistyped("totem", ["total"]) is None
    assert mistyped("sum", ["sume"]) is None
    assert mistyped("items", ["item", "itemss"]) is None


CUT: list[Any] = [
    shapes.Text(),
    shapes.Integer(),
    shapes.Date(),
    shapes.DateTime(),
    shapes.Choice(steps.Mood, {}),
]


@pytest.mark.parametrize("shape", CUT, ids=lambda shape: type(shape).__name__)
def test_what_was_cut_off_is_refused(shape: Any) -> None:
    notes = Notes()
    align(shape, Cut("ver"), "x", notes)
    assert [issue.code for issue in notes.issues] == ["cut_off"]


def test_an_option_that_can_be_no_other_is_whole() -> None:
    notes = Notes()
    assert align(shapes.Choice(steps.Mood, {}), Cut("good"), "x", notes) == "good"
    assert notes.issues == []


def test_scalars_in_their_holders() -> None:
    for value in ({"value": "3"}, ["3"], {"x": "3"}):
        assert align(shapes.Integer(), value, "x", Notes("x", "x")) == 3
    for kept in ({"other": "3"}, [["3"]], {"value": {}}, ["1", "2"]):
        assert align(shapes.Integer(), kept, "x", Notes()) == kept
    assert align(shapes.Date(), 5, "x", Notes()) == 5


def test_lists_of_other_makes() -> None:
    records = shapes.Array(items=shapes.Ref(steps.Place))
    assert align(records, {"0": {"name": "a"}, "1": {"name": "b"}}, "x", Notes()) == [
        {"name": "a"},
        {"name": "b"},
    ]
    assert align(records, "words", "x", Notes()) == "words"
    assert align(records, None, "x", Notes()) is None
    texts = shapes.Array(items=shapes.Text())
    assert align(texts, {"a": 1}, "x", Notes()) == {"a": 1}
    assert align(texts, "none", "x", Notes()) == "none"
    assert align(texts, "# heading\n<tag>", "x", Notes()) == "# heading\n<tag>"
    tokens = align(shapes.Tokens(), "[1, 2]", "x", notes := Notes())
    assert (tokens, notes.repairs) == ([1, 2], [Repair("x", "decoded")])
    assert align(texts, "[a, ...]", "x", notes := Notes()) == ["a"]
    assert [issue.code for issue in notes.issues] == ["elided"]


def test_words_for_nothing_may_be_options() -> None:
    unknown = shapes.Optional(shapes.Literal(("known", "unknown")))
    assert align(unknown, "unknown", "x", Notes()) == "unknown"
    either = shapes.Optional(shapes.Union((shapes.Literal(("n/a",)), shapes.Integer())))
    assert align(either, "N/A", "x", Notes()) == "n/a"
    assert align(either, "none", "x", Notes()) is None


def test_pairs_with_one_key_twice_are_no_map() -> None:
    shape = shapes.Mapping(values=shapes.Integer())
    twice = [{"key": "a", "value": 1}, {"key": "a", "value": 2}]
    assert align(shape, twice, "x", Notes()) == twice


def test_null_in_quotation_marks_is_a_text() -> None:
    shape = shapes.Optional(shapes.Text())
    for segment, value in (
        (' "null"', "null"),
        (" null", None),
        (" N/A\n", None),
        ("\n  null\n  x", "null\nx"),
        ("", ""),
    ):
        assert from_segment(shape, segment, "x", Notes()) == value


def test_repairs_are_short() -> None:
    assert len(excerpt("x" * 1000)) == 60
    assert excerpt({"a": 1}) == '{"a":1}'
    assert excerpt(object()) == "object"
    assert str(Repair("", "odd", "a", "b")) == "the answer: read 'a' as b"
    assert len(joined(["a" * 150, "b" * 150, "c"])) == 200


MENDED: list[tuple[str, Any]] = [
    ("{a: (1, 2)}", {"a": [1, 2]}),
    ("{a: {1, 2}}", {"a": [1, 2]}),
    ("Item(name='x', qty=2)", {"name": "x", "qty": 2}),
    ("{a: b (c, d), e: 1}", {"a": "b (c, d)", "e": 1}),
    ("{a: 1, b}", None),
    ("{a: }", None),
    ("{: 1}", None),
    ("[,]", []),
    ("{a: true b: 1}", {"a": "true b: 1"}),
    ("{'a': true 'b': 1}", {"a": True, "b": 1}),
    ('{"a": ""x"", "b": 1}', {"a": "x", "b": 1}),
    ('{"a": "x" + "y"}', {"a": "xy"}),
    ("{'a': '''x'y'''}", {"a": "x'y"}),
    ("{`a`: `x`}", {"a": "x"}),
    ('{"a": [1, 2}', {"a": [1, 2]}),
    ('{"a": [{"b": 1}, "c": 2}', {"a": [{"b": 1}], "c": 2}),
    ('[{"a": 1]', [{"a": 1}]),
    ('{"a": 1]', {"a": 1}),
    ('{"a": "x", // one\n "b": 2 /* two */}', {"a": "x", "b": 2}),
    ("[1; 2]", [1, 2]),
    ("[1 apple, 2 pears]", ["1 apple", "2 pears"]),
    ('{"a": "b)"}', {"a": "b)"}),
    ("{a: .5}", {"a": ".5"}),
]


@pytest.mark.parametrize(("text", "value"), MENDED)
def test_the_reader(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(Unreadable):
            found = read_value(text, 0, (), Effort(len(text)))
            assert found.issues
            raise Unreadable(0, "has issues")
        return
    found = read_value(text, 0, (), Effort(len(text)))
    assert (found.value, found.end) == (value, len(text))
    assert found.repairs or text == '{"a": "b)"}'


def test_the_reader_ends_where_it_costs_too_much() -> None:
    effort = Effort(10)
    effort.mends = 1
    with pytest.raises(Unreadable, match="repairs"):
        read_value("[1 2 3]", 0, (), effort)
    effort.quotes = 0
    with pytest.raises(Unreadable, match="quotation marks"):
        Cursor("", (), effort).look(0)
    for text in ("", "[" * 200, "{a:" * 200):
        with pytest.raises(Unreadable):
            read_value(text, 0, (), Effort(1000))
