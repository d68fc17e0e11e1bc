"""Hostile text: it ends soon, and never in anything but an output or a ParseError."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import steps
import unread_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import ParseError
from mlsig.parsing import Reading, read, read_json, read_labelled
from mlsig.parsing.labelled import Labels
from mlsig.records import Record
from nightly import SCALE

LENGTH = 1_000_000
HOSTILE = {
    "braces": "{" * LENGTH,
    "brackets": "[" * LENGTH,
    "nested objects": '{"a":' * (LENGTH // 5),
    "escaped quotes": '{"' + '\\"' * (LENGTH // 2),
    "quotes in a string": '{"summary": "' + '"' * LENGTH,
    "quotes and blanks": '{"summary": "' + '" ' * (LENGTH // 2),
    "quotes and braces": '{"summary": "' + '"} x' * (LENGTH // 4),
    "blanks behind a string": '{"summary": "x"' + " " * LENGTH + "y",
    "line breaks behind a string": '{"summary": "x"' + "\n" * LENGTH + "y",
    "bare and bracketed": "{summary: " + "{[" * (LENGTH // 2),
    "round brackets": "{summary: " + "(" * LENGTH,
    "bare items": '{"values": [' + "x," * (LENGTH // 2),
    "digits": '{"values": [' + "9" * LENGTH + "]}",
    "comments": '{"a": 1 ' + "/*" * (LENGTH // 2),
    "labels": "summary: a\n" * (LENGTH // 11),
    "tags": "<summary>" * (LENGTH // 9),
    "indents": "\n".join(" " * (line % 500) + "a:" for line in range(4_000)),
    "cells": "|-" * (LENGTH // 2),
    "bullets": "- a\n" * (LENGTH // 4),
    "fences": "```\n" * (LENGTH // 4),
    "calls": "a(b=1" * (LENGTH // 5),
    "keys": "{" + ",".join(f'"k{n}":{n}' for n in range(LENGTH // 12)) + "}",
    "many objects": '{"a":1}' * (LENGTH // 7),
    "backslashes": '{"summary": "' + "\\" * LENGTH,
    "smart quotes": "{\u201c" * (LENGTH // 2),
    "surrogates": "\ud800" * LENGTH,
    "zeros": "\x00" * LENGTH,
    "ends of thoughts": "</think>" * (LENGTH // 8),
}
SECONDS = 30
"""Far more than any of them takes, and far less than anything that is not linear would."""

DIRTY = st.text(alphabet="{}[]\"':,\\ \n<>/=|-*#`()\u201d.;moodageysuirt019\u00bd%$", max_size=120)
PARTS = (
    r'{" "} ": " { } [ ] , mood summary ``` <summary> </summary> items | |---| // /* ... ( ) \' " \\ = 1 true'
)
PIECES = st.lists(st.sampled_from([*PARTS.split(), "\n", "- ", ": ", '": "', " "]), max_size=40).map("".join)


def outputs(answers: ModuleType) -> list[Any]:
    return [getattr(answers, name).Output for name in ("Order", "Summary", "Numbers", "Feel", "Event", "Key")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_hostile_text_ends_soon(answers: ModuleType, name: str) -> None:
    start = time.process_time()
    for output in outputs(answers)[: 1 if SCALE == 1 else None]:
        try:
            read(HOSTILE[name], output)
        except ParseError as error:
            assert error.issues
            assert all(len(issue.message) < 2_000 for issue in error.issues[:50])
    assert time.process_time() - start < SECONDS


@settings(max_examples=60 * SCALE)
@given(text=DIRTY | PIECES | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for output in (steps.MoodOut, steps.TextOut, steps.WideOut):
        shape = output.shape()
        labels = Labels([field.name for field in shape.fields], ["review"])
        ends(output, text, lambda: read(text, output))  # noqa: B023  (called at once)
        ends(output, text, lambda: read_json(text, output, shape))  # noqa: B023
        ends(output, text, lambda: read_labelled(text, output, shape, labels))  # noqa: B023


def ends(output: type[Record], text: str, attempt: Callable[[], Reading[Any]]) -> None:
    """Fail unless an attempt ends in a valid output, or in a ParseError that says why."""
    try:
        found = attempt()
    except ParseError as error:
        assert error.issues
        assert error.text == text
    else:
        assert output.check(found.output) == []


@settings(max_examples=40 * SCALE)
@given(data=st.data())
def test_answers_of_the_corpus_that_are_damaged_are_read_or_refused(
    answers: ModuleType, data: st.DataObject
) -> None:
    family = data.draw(st.sampled_from(sorted(unread_answers.families())))
    case = data.draw(st.sampled_from(unread_answers.families()[family]))
    cut = data.draw(st.integers(0, len(case.text)))
    text = case.text[:cut] + data.draw(DIRTY) + case.text[cut + data.draw(st.integers(0, 5)) :]
    output = getattr(answers, case.schema).Output
    ends(output, text, lambda: read(text, output))


def test_what_is_nested_deeply_is_read_up_to_a_bound(answers: ModuleType) -> None:
    def nested(depth: int) -> str:
        return "{label: a, children: [" * depth + "]}" * depth

    assert read(nested(45), answers.Tree.Output).repairs
    with pytest.raises(ParseError):
        read(nested(200), answers.Tree.Output)
