"""Layouts that nobody asked for: indented lines, tables, tags, headings, lists in text."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import steps
from mlsig import shapes
from mlsig.errors import ParseError
from mlsig.parsing import read
from mlsig.parsing.blocks import DEEPEST, MOST_LINES, read_block
from mlsig.parsing.candidates import NOTHING
from mlsig.parsing.labelled import Labels
from mlsig.parsing.listed import MOST_ITEMS, bullets, digits, pieces
from mlsig.parsing.tables import pairs, rows
from mlsig.parsing.tags import MOST_TAGS, elements, read_tags

BLOCKS: list[tuple[str, Any]] = [
    ("a: 1\nb: two words", {"a": "1", "b": "two words"}),
    ("a:\n  b: 1\n  c:\n    d: 2", {"a": {"b": "1", "c": {"d": "2"}}}),
    ("a:\n- x\n- y", {"a": ["x", "y"]}),
    ("a:\n  - x: 1\n    y: 2\n  - x: 3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
    ("- a: 1\n-\n  b: 2", [{"a": "1"}, {"b": "2"}]),
    ("a: |\n  one\n    two\nb: >\n  x\n  y", {"a": "one\n  two", "b": "x y"}),
    ("a: |\nb: 1", {"a": "", "b": "1"}),
    ("a: [1, 2]\nb: {c: d}", {"a": [1, 2], "b": {"c": "d"}}),
    ("a: 'it''s'\nb: \"x\\n\"\nc: \"x", {"a": "it's", "b": "x\n", "c": '"x'}),
    ("a: null\nb: ~\nc:", {"a": None, "b": None, "c": None}),
    ("# words\n---\na: 1 # more\nb: c#d", {"a": "1", "b": "c#d"}),
    ("\"a b\": 1\n'c': 2", {"a b": "1", "c": "2"}),
]


@pytest.mark.parametrize(("text", "value"), BLOCKS)
def test_indented_lines(text: str, value: Any) -> None:
    assert read_block(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words",
        "a: 1\nwords",
        "a: 1\na: 2",
        "a: 1\n  b: 2",
        "a: [1, 2",
        "a: [1, ...]",
        "a: 1\n" * (MOST_LINES + 2),
        "\n".join(" " * depth + "a:" for depth in range(DEEPEST + 3)),
    ],
)
def test_lines_that_are_no_block(text: str) -> None:
    assert read_block(text) is NOTHING


def test_tables() -> None:
    assert rows("| a | b |\n|---|:-:|\n| 1 | x \\| y |\n\nwords") == [{"a": "1", "b": "x | y"}]
    assert rows("a | b\n--- | ---\n1 | 2\n3 | 4") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert pairs([{"k": "a", "v": "1"}, {"k": "b", "v": "2"}]) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "|---|",
        "| a |\n| 1 |",
        "| a |\n|---|",
        "| a |\n|---|\n| 1 | 2 |",
        "| a |\n|---|\n| 1 |\nwords",
        "| a | a |\n|---|---|\n| 1 | 2 |",
        "| a |\n|---|\n| 1 |\n\n| a |\n|---|\n| 1 |",
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert rows(text) is None


def test_tables_of_other_shapes_are_no_pairs() -> None:
    assert pairs([{"a": "1"}]) is None
    assert pairs([{"k": "a", "v": "1"}, {"k": "a", "v": "2"}]) is None


def test_a_table_of_one_row_is_a_record_and_a_table_of_names_too(answers: ModuleType) -> None:
    one = read("| Name | Age |\n|---|---|\n| Ada | 36 |", answers.Person.Output)
    two = read("```\n| field | value |\n|---|---|\n| name | Ada |\n| age | 36 |\n```", answers.Person.Output)
    assert one.output == two.output
    assert "read from a table" in str(one.repairs[0])
    many = "| name | qty | price |\n|---|---|---|\n| pen | 1 | 2 |\n| ink | 1 | 3 |"
    found = read(f"id: x\nitems:\n{many}\ntotal: 5", answers.Order.Output).output
    assert [item.name for item in found.items] == ["pen", "ink"]
    assert [
        str(mood)
        for mood in read("| mood |\n|---|\n| Positive |\n| mixed |", answers.Moods.Output).output.moods
    ] == [
        "positive",
        "mixed",
    ]
    with pytest.raises(ParseError):
        read("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n| 1 | 2 | 3 |", answers.Person.Output)


FIELDS = (
    shapes.Field(name="title", shape=shapes.Text(), alias="heading"),
    shapes.Field(name="tags", shape=shapes.Optional(shapes.Array(items=shapes.Text()))),
    shapes.Field(name="place", shape=shapes.Ref(steps.Place)),
    shapes.Field(name="sizes", shape=shapes.Mapping(values=shapes.Number())),
    shapes.Field(name="either", shape=shapes.Union((shapes.Ref(steps.Place), shapes.Integer()))),
)
TAGS: list[tuple[str, dict[str, Any] | None]] = [
    ("<title>a</title>", {"title": "a"}),
    ("<heading>a</heading>", {"title": "a"}),
    ("<answer><TITLE> a </TITLE></answer>", {"title": "a"}),
    ("<title>a < b &amp; <i>c</i></title>", {"title": "a < b & <i>c</i>"}),
    ("<title><![CDATA[a <b> & c]]></title>", {"title": "a <b> & c"}),
    ("<title>\n one\n two\n</title>", {"title": " one\n two"}),
    ("<tags><tag>a</tag><tag>b</tag></tags>", {"tags": ["a", "b"]}),
    ("<tags>a</tags><tags>b</tags>", {"tags": ["a", "b"]}),
    ("<tags><x>a</x></tags><tags>b</tags>", {"tags": ["a", "b"]}),
    ("<place><name>a</name><floor>2</floor></place>", {"place": {"name": "a", "floor": "2"}}),
    ("<sizes><a>1</a><b>2</b></sizes>", {"sizes": {"a": "1", "b": "2"}}),
    ("<either><name>a</name></either>", {"either": {"name": "a"}}),
    ("<title>a</title><title>b</title><tags>c</tags>", {"tags": "c"}),
    ("<title>a</title><title>a</title>", {"title": "a"}),
    ("<title>a<br/>b</title>", {"title": "a<br/>b"}),
    ("<x><title>a</title>", {"title": "a"}),
    ("<x><y><title>a</title></x>", {"title": "a"}),
    ("<title>a", None),
    ("<other>a</other>", None),
    ("</title>", None),
    ("words", None),
]


@pytest.mark.parametrize(("text", "value"), TAGS)
def test_tags(text: str, value: dict[str, Any] | None) -> None:
    assert read_tags(text, FIELDS) == value


def test_tags_are_bounded() -> None:
    assert elements("<a></a>" * MOST_TAGS) == []
    deep = elements("<a>" * 60 + "</a>" * 60)
    assert deep
    assert read_tags("<title>" * 60 + "x" + "</title>" * 60, FIELDS) is not None


def test_fields_in_tags_of_a_fence(answers: ModuleType) -> None:
    text = "```xml\n<person><name>Ada</name><age>36</age></person>\n```"
    found = read(text, answers.Person.Output)
    assert (found.output.name, found.output.age) == ("Ada", 36)
    assert [repair.code for repair in found.repairs][:2] == ["fence", "layout"]
    lines = read("```text\nname: Ada\nage: 36\n```", answers.Person.Output)
    assert lines.output == found.output


LISTS: list[tuple[str, list[str] | None]] = [
    ("- a\n- b", ["a", "b"]),
    ("Here:\n\n* a\n* b\n---", ["a", "b"]),
    ("1. a\n   more\n2. b", ["a\nmore", "b"]),
    ("- a\nwords", None),
    ("words\n- a", None),
    ("words:\nmore:\n- a", None),
    ("", None),
    ("- a\n" * (MOST_ITEMS + 2), None),
]


@pytest.mark.parametrize(("text", "items"), LISTS)
def test_lists_with_bullets(text: str, items: list[str] | None) -> None:
    assert bullets(text) == items


def test_lists_between_marks() -> None:
    assert pieces("a, b and c", words=True) == ["a", "b", "c"]
    assert pieces("a and b", words=True) == ["a", "b"]
    assert pieces("a and b", words=False) == ["a and b"]
    assert pieces("a, b, or c", words=False) == ["a", "b", "c"]
    assert pieces("[a, 'b']", words=False) == ["a", "b"]
    assert pieces("a | b", words=False) == ["a", "b"]
    assert pieces(" , ", words=True) == []
    assert digits("1,000") == ["1,000"]
    assert digits("1,234") is None
    assert digits("1,2,3") == ["1", "2", "3"]
    assert digits("1, 2") == ["1", "2"]


def test_labels_of_any_make() -> None:
    wide = Labels(["first_one", "second"], ["given"], wide=True)
    for text in (
        "First one = a\nsecond: b",
        "1. **First-One** - a\n2. Second: b",
        "## First one\na\n## Second\nb",
        "[[ ## first_one ## ]]\na\n[[ ## second ## ]]\nb\n[[ ## completed ## ]]",
        "**firstOne**\na\n**second**\nb\ngiven: c",
    ):
        found = wide.split(text)
        assert {name: segment.strip() for name, segment in found.items()} == {
            "first_one": "a",
            "second": "b",
        }, text
