"""`read(lay out(output)) == output`, for outputs of random types."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import pytest
import steps
from hostile_texts import TEXT
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig import shapes
from mlsig.adapters import ADAPTERS, Demo, Task
from mlsig.records import Record

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**53), 2**53)
PLACE = st.builds(steps.Place, name=TEXT, floor=st.integers(-9, 9))
JSON = st.recursive(
    st.none() | st.booleans() | INTS | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
KINDS: list[tuple[Any, shapes.Shape, st.SearchStrategy[Any]]] = [
    (str, shapes.Text(), TEXT),
    (str | None, shapes.Optional(shapes.Text()), st.none() | TEXT),
    (int, shapes.Integer(), INTS),
    (float | None, shapes.Optional(shapes.Number()), st.none() | NUMBERS),
    (bool, shapes.Boolean(), st.booleans()),
    (steps.Mood, shapes.Choice(steps.Mood, {}), st.sampled_from(steps.Mood)),
    (
        Literal["## a", "<b>", "c"],
        shapes.Literal(("## a", "<b>", "c")),
        st.sampled_from(["## a", "<b>", "c"]),
    ),
    (int | str, shapes.Union((shapes.Integer(), shapes.Text())), INTS | TEXT),
    (list[str], shapes.Array(items=shapes.Text()), st.lists(TEXT, max_size=3)),
    (dict[str, str], shapes.Mapping(values=shapes.Text()), st.dictionaries(TEXT, TEXT, max_size=3)),
    (steps.Place, shapes.Ref(steps.Place), PLACE),
    (list[steps.Place], shapes.Array(items=shapes.Ref(steps.Place)), st.lists(PLACE, max_size=2)),
    (steps.Place | None, shapes.Optional(shapes.Ref(steps.Place)), st.none() | PLACE),
    (Any, shapes.Json(), JSON),
    (dt.date, shapes.Date(), st.dates()),
]
NAMES = ["a", "ab", "a_b", "mood", "moods", "answer", "text", "note", "final_answer", "x1"]


def record(fields: list[tuple[str, tuple[Any, shapes.Shape, st.SearchStrategy[Any]]]]) -> type[Record]:
    def shape(cls: type[Any]) -> shapes.RecordShape:
        said = tuple(shapes.Field(name=name, shape=kind[1]) for name, kind in fields)
        return shapes.RecordShape(type=cls, fields=said)

    space = {
        "__annotations__": {name: kind[0] for name, kind in fields},
        "__module__": __name__,
        "_shape": classmethod(shape),
    }
    made: type[Record] = type(Record)("Made", (Record,), space, frozen=True, kw_only=True)
    return made


@st.composite
def outputs(draw: st.DrawFn) -> tuple[type[Record], dict[str, Any]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    fields = [(name, draw(st.sampled_from(KINDS))) for name in names]
    return record(fields), {name: draw(kind[2]) for name, kind in fields}


@pytest.mark.parametrize("adapter", ADAPTERS)
@settings(deadline=None, max_examples=150)
@given(made=outputs())
def test_what_is_laid_out_is_read_back(adapter: str, made: tuple[type[Record], dict[str, Any]]) -> None:
    kind, values = made
    layout = ADAPTERS[adapter](
        Task(
            instructions="Say it.",
            rules=(),
            knobs=(),
            inputs=steps.ReviewIn.shape().fields,
            lead=(),
            output=kind,
            demos=(Demo(inputs={"review": "x"}, outputs=values),),
            demo_layout="turns",
            structured=False,
        )
    )
    answer = layout.messages(steps.ReviewIn(review="y"))[2].content
    read = layout.read(answer).output
    assert {name: getattr(read, name) for name in values} == values
    assert {name: type(getattr(read, name)) for name in values} == {
        name: type(value) for name, value in values.items()
    }
