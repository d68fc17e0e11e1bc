"""Votes on typed answers: what wins, by type; ties; what belongs together stays together."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig import shapes
from mlsig.parsing import Reading
from mlsig.reasoning.votes import canonical, vote
from mlsig.records import Record
from msgspec import field
from steps import Mood


class Part(Record, frozen=True, kw_only=True):
    name: str
    size: int

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="name", shape=shapes.Text()),
                shapes.Field(name="size", shape=shapes.Integer()),
            ),
        )


class Answer(Record, frozen=True, kw_only=True):
    mood: Mood = Mood.good
    grade: Literal["a", "b", 1, True] = "a"
    sure: bool = True
    count: int = 0
    share: float = 0.0
    text: str = ""
    note: str | None = None
    day: date = date(2026, 1, 1)
    tags: list[str] = field(default_factory=list)
    part: Part = Part(name="p", size=1)
    extra: Any = None

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        said: dict[str, shapes.Shape] = {
            "mood": shapes.Choice(Mood, {}),
            "grade": shapes.Literal(("a", "b", 1, True)),
            "sure": shapes.Boolean(),
            "count": shapes.Integer(),
            "share": shapes.Number(),
            "text": shapes.Text(),
            "note": shapes.Optional(shapes.Text()),
            "day": shapes.Date(),
            "tags": shapes.Array(items=shapes.Text()),
            "part": shapes.Ref(Part),
            "extra": shapes.Json(),
        }
        return shapes.RecordShape(
            type=cls,
            fields=tuple(shapes.Field(name=name, shape=shape, default=dict) for name, shape in said.items()),
        )


class Small(Record, frozen=True, kw_only=True):
    low: int
    high: int

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="low", shape=shapes.Integer()),
                shapes.Field(name="high", shape=shapes.Integer()),
            ),
            checks=(
                shapes.Check("ordered", lambda record: record.low <= record.high, "low is at most high"),
            ),
        )


def won(field: str, *values: Any) -> Any:
    readings = [Reading(Answer(**{field: value})) for value in values]
    return getattr(vote(readings, lambda _: False).output, field)


@pytest.mark.parametrize(
    ("field", "values", "winner"),
    [
        ("mood", (Mood.very_bad, Mood.good, Mood.very_bad), Mood.very_bad),
        ("mood", (Mood.very_bad, Mood.good), Mood.very_bad),
        ("sure", (True, False, False), False),
        ("grade", (1, True, True), True),
        ("grade", ("b", 1, 1), 1),
        ("count", (3, 5, 5, 3, 5), 5),
        ("count", (4, 3, 3, 4), 4),
        ("share", (0.1, 0.9, 0.2), 0.2),
        ("share", (0.9, 0.1), 0.1),
        ("share", (0.9, 0.1, 0.5, 0.6), 0.5),
        ("text", ("Paris", "paris.", "London"), "Paris"),
        ("text", ("London", " PARIS ", "“Paris”"), " PARIS "),
        ("text", ("one", "two", "three"), "one"),
        ("note", (None, "x", None), None),
        ("note", (None, "x", "y", "x"), "x"),
        ("note", ("x", None), "x"),
        ("note", (None, "x"), None),
        ("day", (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2)), date(2026, 1, 2)),
        ("tags", (["a"], ["a", "b"], ["a", "b"]), ["a", "b"]),
        ("extra", ({"b": 1, "a": 2}, 3, {"a": 2, "b": 1}), {"b": 1, "a": 2}),
        (
            "part",
            (Part(name="x", size=1), Part(name="y", size=2), Part(name="X", size=2)),
            Part(name="x", size=2),
        ),
    ],
)
def test_what_wins(field: str, values: tuple[Any, ...], winner: Any) -> None:
    found = won(field, *values)
    assert found == winner
    assert type(found) is type(winner)


def test_free_text_stays_with_the_result_that_it_explains() -> None:
    readings = [
        Reading(Answer(count=1, text="because of one"), {"reasoning": "first"}),
        Reading(Answer(count=2, text="because of two"), {"reasoning": "second"}),
        Reading(Answer(count=2, text="two, I think"), {"reasoning": "third"}),
    ]
    assert vote(readings, lambda _: False) is readings[1]


def test_fields_may_come_from_different_answers() -> None:
    readings = [
        Reading(Answer(count=1, sure=False, mood=Mood.good)),
        Reading(Answer(count=2, sure=False, mood=Mood.very_bad)),
        Reading(Answer(count=2, sure=True, mood=Mood.good)),
    ]
    output = vote(readings, lambda _: False).output
    assert (output.count, output.sure, output.mood) == (2, False, Mood.good)


def test_what_wins_apart_and_does_not_go_together_gives_way_to_an_answer() -> None:
    answers = [Small(low=1, high=2), Small(low=5, high=9), Small(low=5, high=7), Small(low=0, high=2)]
    found = vote([Reading(one) for one in answers], lambda _: False)
    assert found.output == Small(low=1, high=2)


def test_what_wins_and_does_not_fit_the_inputs_gives_way_too() -> None:
    answers = [Small(low=1, high=2), Small(low=1, high=9), Small(low=0, high=9)]
    readings = [Reading(one) for one in answers]
    assert vote(readings, lambda _: False) is readings[1]
    answers = [Small(low=1, high=8), Small(low=1, high=7), Small(low=0, high=9), Small(low=2, high=9)]
    readings = [Reading(one) for one in answers]
    assert vote(readings, lambda _: False).output == Small(low=1, high=9)
    assert vote(readings, lambda output: output == Small(low=1, high=9)) is readings[0]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=7))
def test_what_wins_is_what_somebody_said(said: list[tuple[int, float]]) -> None:
    output = vote(
        [Reading(Answer(count=count, share=share)) for count, share in said], lambda _: False
    ).output
    counts = [count for count, _ in said]
    assert counts.count(output.count) == max(map(counts.count, counts)) or len(said) == 1
    assert output.share in [share for _, share in said]
    below = sum(share < output.share for _, share in said)
    above = sum(share > output.share for _, share in said)
    assert 2 * below <= len(said)
    assert 2 * above <= len(said)


@given(st.text(max_size=12))
def test_canonical_text_is_canonical(text: str) -> None:
    once = canonical(text)
    assert canonical(text.upper().casefold()) == canonical(text.upper())
    assert canonical(f"  {text}\n") == once
