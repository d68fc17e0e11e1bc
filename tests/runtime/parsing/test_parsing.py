"""What models really write, and what may be made of it."""

from __future__ import annotations

from typing import Any

import mlsig
import pytest
import steps
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig import shapes
from mlsig.errors import ParseError
from mlsig.parsing import Reading, parse, read_json, read_labelled
from mlsig.parsing.align import align
from mlsig.parsing.labelled import Labels
from mlsig.parsing.repairs import Notes, Repair
from mlsig.parsing.segments import from_segment

MOOD = shapes.Choice(steps.Mood, {})
FEEL = Labels(["mood"], ["review"])


def mood(text: str) -> steps.MoodOut:
    return read_labelled(text, steps.MoodOut, steps.MoodOut.shape(), FEEL).output


@pytest.mark.parametrize(
    "text",
    [
        "good",
        " good\n",
        "Good.",
        "**good**",
        '"good"',
        "mood: good",
        "Mood: GOOD",
        "**Mood:** good",
        "- mood: good",
        "## Mood: good",
        "\ngood\n",
        "good\n\nreview: a bad film\nmood: very_bad",
        "good\nmore words about it",
        "good, because the actors smile",
        "good (they liked it)",
        "Sure, here it is.\nmood: good",
        "mood: good\nmood: very_bad",
        "mood : good",
    ],
)
def test_a_choice_in_many_dresses(text: str) -> None:
    assert mood(text).mood is steps.Mood.good


@pytest.mark.parametrize("text", ["very bad", "Very-Bad!", "VERY_BAD"])
def test_blanks_and_dashes_are_underscores(text: str) -> None:
    assert mood(text).mood is steps.Mood.very_bad


@pytest.mark.parametrize(
    "text",
    ["", "goodness", "not good", "good, or very_bad", "the film", "good?", "review: good", "bad", "good-ish"],
)
def test_nothing_is_guessed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        mood(text)
    assert [issue.path for issue in caught.value.issues] == ["mood"]
    assert caught.value.text == text
    assert "mood: " in str(caught.value)


def test_repairs_are_told() -> None:
    reading = read_labelled("Good.\nreally", steps.MoodOut, steps.MoodOut.shape(), FEEL)
    assert reading.repairs == (
        Repair("mood", "rest", "really"),
        Repair("mood", "option", "Good.", "good"),
    )
    assert [str(repair) for repair in reading.repairs] == [
        "mood: left out what follows the first line",
        "mood: read 'Good.' as good",
    ]
    assert read_labelled("good", steps.MoodOut, steps.MoodOut.shape(), FEEL).repairs == ()


COERCED: list[tuple[shapes.Shape, str, Any]] = [
    (shapes.Integer(), " 7 ", 7),
    (shapes.Integer(), "1,200", 1200),
    (shapes.Integer(), "+7.", 7),
    (shapes.Integer(), "7.0", 7),
    (shapes.Integer(), "**7**", 7),
    (shapes.Integer(), "-0", 0),
    (shapes.Number(), "0.5", 0.5),
    (shapes.Number(), ".5", 0.5),
    (shapes.Number(), "1e3", 1000.0),
    (shapes.Number(), "1,234.5", 1234.5),
    (shapes.Integer(), "about 7", 7),
    (shapes.Integer(), "2 million", 2_000_000),
    (shapes.Number(), "1/2", 0.5),
    (shapes.Array(items=shapes.Integer()), "1, 2, 3", [1, 2, 3]),
    (shapes.Boolean(), "Yes.", True),
    (shapes.Boolean(), "no", False),
    (shapes.Boolean(), "TRUE", True),
    (shapes.Literal(("a", 1, True)), "A", "a"),
    (shapes.Literal(("a", 1, True)), "1.", 1),
    (shapes.Literal(("a", 1, True)), "yes", True),
    (shapes.Optional(shapes.Integer()), "None", None),
    (shapes.Optional(shapes.Integer()), "4", 4),
    (shapes.Array(items=shapes.Integer()), '["1", 2]', [1, 2]),
    (shapes.Array(items=shapes.Integer()), "\n```json\n[1,\n2]\n```", [1, 2]),
    (shapes.Mapping(values=MOOD), '{"a": "Good"}', {"a": "good"}),
    (shapes.Json(), '{"a": 1}', {"a": 1}),
    (shapes.Json(), "plain words", "plain words"),
]


@pytest.mark.parametrize(("shape", "text", "value"), COERCED, ids=lambda value: repr(value)[:40])
def test_text_to_value(shape: shapes.Shape, text: str, value: Any) -> None:
    found = from_segment(shape, text, "x", Notes())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (shapes.Integer(), "7.5"),
        (shapes.Integer(), "12,34"),
        (shapes.Integer(), "9" * 5000),
        (shapes.Integer(), "."),
        (shapes.Number(), "NaN"),
        (shapes.Number(), "1e999999"),
        (shapes.Boolean(), "not true"),
        (shapes.Boolean(), "1"),
        (shapes.Literal((1, 2)), "true"),
        (shapes.Literal((True,)), "1"),
        (shapes.Array(items=shapes.Integer()), '{"a": 1}'),
        (shapes.Ref(steps.Place), "upstairs"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_text_that_says_no_such_value(shape: shapes.Shape, text: str) -> None:
    found = from_segment(shape, text, "x", Notes())
    kinds: dict[Any, tuple[type, ...]] = {
        shapes.Integer: (int,),
        shapes.Number: (int,),
        shapes.Array: (list,),
    }
    assert not isinstance(found, kinds.get(type(shape), (bool, int, dict)))


def test_align_leaves_the_wrong_kind_alone() -> None:
    for shape in (shapes.Mapping(values=MOOD), shapes.Ref(steps.Place), MOOD):
        assert align(shape, 5, "x", Notes()) == 5
    assert align(shapes.Array(items=MOOD), 5, "x", Notes()) == [5]
    assert align(shapes.Literal(("a",)), 5, "x", Notes()) == 5
    assert align(shapes.Boolean(), 1, "x", Notes()) == 1
    assert align(shapes.Integer(), True, "x", Notes()) is True
    assert align(shapes.Date(), "2026-11-23", "x", Notes()) == "2026-11-23"


def test_align_notes_what_it_changes() -> None:
    notes = Notes()
    place = align(shapes.Ref(steps.Place), {"Name": 5, "floor": 2.0, "roof": 1}, "at", notes)
    assert place == {"name": "5", "floor": 2}
    assert [str(repair) for repair in notes.repairs] == [
        "at.name: read from the key 'Name'",
        "at.name: made the number 5 a string",
        "at.floor: made 2.0 an integer",
        "at.roof: left out, no such field",
    ]


def test_two_keys_of_one_field_must_say_the_same() -> None:
    notes = Notes()
    align(shapes.Ref(steps.Place), {"NAME": "a", "name": "a"}, "", notes)
    assert notes.issues == []
    align(shapes.Ref(steps.Place), {"NAME": "b", "name": "a"}, "", notes)
    assert [issue.code for issue in notes.issues] == ["given_twice"]


@pytest.mark.parametrize(
    "text",
    [
        '{"mood": "good"}',
        ' {"mood":"good"}\n\n',
        '\ufeff{"mood": "good"}',
        '```json\n{"mood": "good"}\n```',
        '```\n{"mood": "good"}',
        'Here you are:\n{"mood": "Good"}\nAnything else?',
        '{"mood": "very_bad"}, or as a final answer: {"mood": "good"}',
        'A set {x} of "moods": {"mood": "good", "why": "a } in a string"}',
        '{"MOOD": "good"}',
        '6" wide: {"mood": "good"}',
        '{"mood": "awful"} no, rather {"mood": "good"}',
    ],
)
def test_json_in_many_places(text: str) -> None:
    assert read_json(text, steps.MoodOut, steps.MoodOut.shape()).output.mood is steps.Mood.good


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("no braces", ""),
        ('{"mood": "good"} {"mood": "very_bad"}', ""),
        ('["good", "very_bad"]', "mood"),
        ('{"mood": "awful"}', "mood"),
        ('{"mood": null}', "mood"),
        ("{}", "mood"),
        ('{"humour": "good"}', "mood"),
    ],
)
def test_json_that_is_not_there_or_does_not_fit(text: str, path: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_json(text, steps.MoodOut, steps.MoodOut.shape())
    assert [issue.path for issue in caught.value.issues] == [path]


def test_what_precedes_the_output_in_json() -> None:
    lead = shapes.Field(name="reasoning", shape=shapes.Text())
    text = '{"reasoning": "they smile", "mood": "good"}'
    reading = read_json(text, steps.MoodOut, steps.MoodOut.shape(), (lead,))
    assert (reading.lead, reading.output.mood) == ({"reasoning": "they smile"}, "good")


def test_parse_takes_either_layout() -> None:
    assert parse('{"mood": "good"}', steps.MoodOut).mood == "good"
    assert parse("mood: good", steps.MoodOut).mood == "good"
    assert steps.Feel.read("good", steps.MoodOut).mood == "good"


def test_a_signature_says_what_was_mended() -> None:
    reading = steps.Feel.reading("{mood: Good}")
    assert reading.output == steps.MoodOut(mood=steps.Mood.good)
    assert [repair.code for repair in reading.repairs] == ["bare", "bare", "option"]
    assert reading.repairs[-1] == mlsig.Repair("mood", "option", "Good", "good")


def test_parse_reports_the_layout_that_came_closer() -> None:
    with pytest.raises(ParseError) as caught:
        parse('{"mood": "awful"}', steps.MoodOut)
    assert caught.value.issues[0].path == "mood"
    with pytest.raises(ParseError, match="mood"):
        parse("awful {", steps.MoodOut)


def test_every_missing_field_is_named() -> None:
    names = [name for name, _ in steps.WIDE]
    with pytest.raises(ParseError) as caught:
        read_labelled("title: x\nnote: y", steps.WideOut, steps.WideOut.shape(), Labels(names, []))
    assert [issue.path for issue in caught.value.issues] == names[2:]
    assert "and 9 more" in str(caught.value)


def test_labels_split_several_fields() -> None:
    labels = Labels(["first_one", "second"], ["given"])
    assert labels.split("a\nb\nSecond: c\n\ngiven: d\nsecond: e") == {
        "first_one": "a\nb\n",
        "second": " c\n\n",
    }
    assert labels.split("First one: a\nsecond: b") == {"first_one": " a\n", "second": " b"}
    assert labels.split("") == {"first_one": ""}
    assert labels.split("second: b") == {"second": " b"}
    assert labels.split("  second: b") == {"first_one": "  second: b"}


def test_paragraphs_of_a_text_are_kept() -> None:
    text = "One.\n\nTwo: more.\n\n- three"
    assert parse(text, steps.TextOut).summary == text


def test_code_is_not_dedented() -> None:
    text = "def f():\n  return 1"
    assert parse(text, steps.TextOut).summary == text


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("summary:\nplain\n  words", "plain\n  words"),
        ("summary:\n\n  one\n\n  two\n\n", "one\n\ntwo"),
        ('"one" and "two"', '"one" and "two"'),
        ('"one"', "one"),
        ('"', '"'),
    ],
)
def test_texts_that_a_model_lays_out_its_own_way(text: str, summary: str) -> None:
    labels = Labels(["summary"], [])
    assert read_labelled(text, steps.TextOut, steps.TextOut.shape(), labels).output.summary == summary


@settings(deadline=None)
@given(text=st.text(alphabet='{}[]":,\\ \nmodgreview`jsn-*#1e+.', max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for output in (steps.MoodOut, steps.TextOut, steps.WideOut):
        try:
            found = parse(text, output)
        except ParseError as error:
            assert error.issues
        else:
            assert output.check(found) == []


@pytest.mark.parametrize(
    "text",
    ["{" * 50_000, "[" * 50_000, '{"a":' * 20_000, '{"' + '\\"' * 50_000, "{}" * 50_000, "```" * 30_000],
)
def test_hostile_text_is_refused_in_bounded_time(text: str) -> None:
    with pytest.raises(ParseError):
        read_json(text, steps.MoodOut, steps.MoodOut.shape())


PLAIN = st.text(st.sampled_from("aé7_ ,.;!?'\"()%$/-"), min_size=1, max_size=12)


@given(PLAIN, st.sampled_from(["", "\n", " \n\n"]), st.booleans())
@settings(max_examples=200)
def test_a_line_without_marks_is_read_as_it_is_behind_a_label(line: str, end: str, wide: bool) -> None:
    """A lone text of such a line takes a shorter way, to the same end."""
    labels = Labels(["summary"], ["text"], wide=wide)
    assert attempt(f"{line}{end}", labels) == attempt(f"summary: {line}{end}", labels)


def attempt(text: str, labels: Labels) -> Reading[Any] | None:
    try:
        return read_labelled(text, steps.TextOut, steps.TextOut.shape(), labels)
    except ParseError:
        return None
