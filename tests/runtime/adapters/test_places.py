"""Whatever texts say, what anybody sees as fields are the fields of the signature, in every layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import steps
from hostile_texts import HOSTILE, MARKS, TEXT
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mlsig.adapters import ADAPTERS, Demo, Layout, Task
from mlsig.settings import Knob

INPUTS = ["question", "passage"]
STATED = ["title", "note", "last_words"]


def layout(adapter: str, demos: tuple[Demo, ...] = (), rules: tuple[str, ...] = (), **more: Any) -> Layout:
    return ADAPTERS[adapter](
        Task(
            instructions="Say everything.",
            rules=rules,
            inputs=steps.Wide.Input.shape().fields,
            lead=(),
            output=steps.Wide.Output,
            demos=demos,
            structured=False,
            **{"knobs": (), "demo_layout": "turns", **more},
        )
    )


def even(text: str) -> str:
    return text.replace("\r\n", "\n")


def by_markdown(turn: str) -> list[tuple[str, str]]:
    """The sections that CommonMark has: headings outside of everything else, and the lines below each."""
    tokens = MarkdownIt("commonmark").parse(turn)
    lines = turn.split("\n")
    found: list[tuple[str, int, int]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            assert token.map is not None
            found.append((tokens[at + 1].content, *token.map))
    ends = [*(begin for _, begin, _ in found[1:]), len(lines)]
    return [
        (name, held("\n".join(lines[start:end]))) for (name, _, start), end in zip(found, ends, strict=True)
    ]


def held(section: str) -> str:
    """What a section holds: a string of JSON, the inside of its one code block, or its text."""
    tokens = [token for token in MarkdownIt("commonmark").parse(section) if token.level == 0]
    if [token.type for token in tokens] == ["fence"] and tokens[0].info == "text":
        return tokens[0].content.removesuffix("\n")
    return said(section.strip("\n"))


def said(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def by_xml(turn: str) -> list[tuple[str, str]]:
    """The elements that a real parser sees."""
    found = ElementTree.fromstring(f"<turn>{turn}</turn>")
    assert not (found.text or "").strip()
    assert not any((element.tail or "").strip() or len(element) for element in found)
    return [(element.tag, said((element.text or "").strip("\n"))) for element in found]


def by_json(turn: str) -> list[tuple[str, str]]:
    assert len(turn.splitlines()) == 1
    return list(json.loads(turn).items())


READERS: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "Markdown": by_markdown,
    "XML": by_xml,
    "JSON": by_json,
}


@pytest.mark.parametrize("adapter", READERS)
@settings(deadline=None)
@given(question=TEXT, passage=TEXT)
def test_a_strict_reader_sees_the_inputs_and_nothing_else(adapter: str, question: str, passage: str) -> None:
    *_, user = layout(adapter).messages(steps.Pair(question=question, passage=passage))
    keep = (lambda text: text) if adapter == "JSON" else even
    assert READERS[adapter](user.content) == [("question", keep(question)), ("passage", keep(passage))]


@pytest.mark.parametrize("adapter", ["Markdown", "XML", "JSON"])
@settings(deadline=None, max_examples=50)
@given(hostile=TEXT, other=TEXT)
def test_a_strict_reader_sees_the_fields_of_demonstrations(adapter: str, hostile: str, other: str) -> None:
    demo = Demo(inputs={"question": hostile, "passage": other}, outputs=dict.fromkeys(STATED, hostile))
    made = layout(adapter, (demo, demo))
    _, *turns = made.messages(steps.Pair(question=other, passage=hostile))
    seen = [[name for name, _ in READERS[adapter](turn.content)] for turn in turns]
    assert seen == [INPUTS, STATED, INPUTS, STATED, INPUTS]


@settings(deadline=None, max_examples=50)
@given(hostile=TEXT, other=TEXT)
def test_a_strict_reader_sees_the_fields_of_one_block_of_markdown(hostile: str, other: str) -> None:
    demo = Demo(inputs={"question": hostile, "passage": other}, outputs=dict.fromkeys(STATED, other))
    _, user = layout("Markdown", (demo,), demo_layout="block").messages(
        steps.Pair(question=other, passage=hostile)
    )
    assert [name for name, _ in by_markdown(user.content)] == [*INPUTS, *STATED, *INPUTS]
    _, user = layout("XML", (demo,), demo_layout="block").messages(
        steps.Pair(question=other, passage=hostile)
    )
    assert [name for name, _ in by_xml(user.content)] == [*INPUTS, *STATED, *INPUTS]


@pytest.mark.parametrize("adapter", ADAPTERS)
@settings(deadline=None, max_examples=50)
@given(hostile=TEXT, other=st.sampled_from(HOSTILE))
def test_no_text_holds_the_marks_of_chat_templates(adapter: str, hostile: str, other: str) -> None:
    demo = Demo(inputs={"question": hostile, "passage": other}, outputs=dict.fromkeys(STATED, hostile))
    knobs = (Knob("tone", other, hostile),)
    made = layout(adapter, (demo,), rules=(hostile, other), knobs=knobs)
    for message in made.messages(steps.Pair(question=other, passage=hostile)):
        assert not any(mark in message.content for mark in MARKS)


@pytest.mark.parametrize("adapter", ADAPTERS)
@settings(deadline=None, max_examples=50)
@given(hostile=st.lists(TEXT.filter(str.strip), min_size=1, max_size=3))
def test_rules_and_knobs_stay_in_their_paragraphs(adapter: str, hostile: list[str]) -> None:
    def system(*rules: str) -> str:
        knobs = tuple(Knob(f"k{number}", rule, rule) for number, rule in enumerate(rules))
        made = layout(adapter, rules=rules, knobs=knobs, checks=rules)
        return made.messages(steps.Pair(question="q", passage="p"))[0].content

    plain, found = system(*["x" for _ in hostile]), system(*hostile)
    breaks = r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"

    def begun(text: str) -> list[str]:
        lines = [line for line in re.split(breaks, text) if line.strip() and not line.startswith("  ")]
        return [line[:2] for line in lines]

    assert begun(found) == begun(plain)
    assert len(found.split("\n\n")) == len(plain.split("\n\n"))


def test_a_value_with_braces_is_not_filled_again() -> None:
    for adapter in ADAPTERS:
        made = layout(adapter, rules=("{fields} {nothing}",))
        system, user = made.messages(steps.Pair(question="{inputs}", passage="{cue}"))
        assert "{fields} {nothing}" in system.content
        assert "{inputs}" in user.content
        assert "{cue}" in user.content
