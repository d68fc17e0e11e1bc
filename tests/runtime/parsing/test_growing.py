"""Answers that grow: what is certain so far, typed, and never something else later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import ModuleType
from typing import Any

import pytest
import steps
import unread_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from misbehaving import Misbehaving, events
from mlsig.errors import ParseError
from mlsig.parsing.partial import so_far
from mlsig.programs.candidates import Candidate
from mlsig.programs.growing import Growing
from mlsig.providers.client import Client
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import Reply, Request
from msgspec import UNSET
from nightly import SCALE


class Piecemeal:
    """Answers in pieces of a few characters; remembers what it was asked."""

    def __init__(self, *answers: str, size: int = 3) -> None:
        self.answers = list(answers)
        self.size = size
        self.asked: list[Request] = []
        self.closed = 0

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        return Reply(text=self.answers[len(self.asked) - 1])

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        reply = await self.complete(request)
        try:
            for at in range(0, len(reply.text), self.size):
                yield reply.text[at : at + self.size]
            yield reply
        finally:
            self.closed += 1


def program(kind: Any = steps.SummariseProgram, **choices: Any) -> Any:
    return kind(Candidate(steps.Settings(**{"structured": False} | choices)))


def test_a_text_grows_and_the_whole_output_comes_last() -> None:
    found = list(program().using(Piecemeal("summary: A fine film.")).stream(review="x"))
    assert found[-1] == steps.TextOut(summary="A fine film.")
    texts = [part.summary for part in found]
    assert texts[0] != texts[-1]
    assert all(texts[-1].startswith(text) for text in texts)
    assert all(isinstance(part, steps.TextExpected) for part in found[:-1])


def test_the_async_face_says_the_same() -> None:
    async def collect() -> list[Any]:
        running = program(adapter="JSON").using(Piecemeal('{"summary": "A fine film."}'))
        return [part async for part in running.astream(review="x")]

    found = asyncio.run(collect())
    assert found == list(
        program(adapter="JSON").using(Piecemeal('{"summary": "A fine film."}')).stream(review="x")
    )


def test_a_stream_that_is_given_up_is_closed() -> None:
    lm = Piecemeal("summary: A fine film, and more of it.")

    async def first() -> Any:
        async with aclosing(program().using(lm).astream(review="x")) as parts:
            return await anext(parts)

    assert asyncio.run(first()).summary
    assert lm.closed == 1
    parts = program().using(lm2 := Piecemeal("summary: A fine film, and more of it.")).stream(review="x")
    next(parts)
    parts.close()
    assert lm2.closed == 1


def test_an_option_is_certain_when_it_has_ended() -> None:
    lm = Piecemeal('{"mood": "Good", "x": 1}', size=1)
    found = list(program(steps.FeelProgram, adapter="JSON").using(lm).stream(review="x"))
    assert found == [steps.MoodExpected(mood=steps.Mood.good), steps.MoodOut(mood=steps.Mood.good)]


def test_a_model_without_streams_gives_the_whole_output_alone() -> None:
    class Whole:
        async def complete(self, request: Request) -> Reply:
            return Reply(text=f"summary: {request.model}")

    assert [part.summary for part in program().using(Whole()).stream(review="x")] == ["small"]


def test_the_async_face_of_a_model_without_streams() -> None:
    class Whole:
        async def complete(self, request: Request) -> Reply:
            return Reply(text=f"summary: {request.model}")

    async def collect() -> list[Any]:
        return [part.summary async for part in program().using(Whole()).astream(review="x")]

    assert asyncio.run(collect()) == ["small"]


def test_a_part_that_breaks_a_rule_is_left_out(answers: ModuleType) -> None:
    growing = Growing(answers.Person.Expected, ())
    part = growing.more('{"age": 200, "name": "Ada", "email": nul')
    assert (part.name, part.age, part.email) == ("Ada", UNSET, UNSET)
    assert growing.more('l, "active": 1').email is None
    assert growing.more(', "age": 36, "x": ').age == 36


def test_reasoning_comes_before_and_is_no_part() -> None:
    lm = Piecemeal("reasoning: They smile.\nsummary: Fine.")
    found = list(program(reasoning="ChainOfThought").using(lm).stream(review="x"))
    assert {part.summary for part in found} >= {"Fine."}
    assert all("smile" not in str(part.summary) for part in found)


def test_samples_that_are_voted_on_come_as_one_output() -> None:
    lm = Piecemeal(*["summary: Fine."] * 9)
    found = list(program(reasoning="SelfConsistency").using(lm).stream(review="x"))
    assert found == [steps.TextOut(summary="Fine.")]


def test_an_answer_that_cannot_be_read_ends_in_an_error() -> None:
    parts = program(steps.FeelProgram).using(Piecemeal("awful")).stream(review="x")
    with pytest.raises(ParseError):
        list(parts)


def test_streams_of_a_real_server(server: Misbehaving) -> None:
    texts = ['{"summ', 'ary": "fi', "né", '!"}']
    chunks: list[Any] = [{"id": "x", "choices": [{"delta": {"content": text}}]} for text in texts]
    chunks.append({"id": "x", "choices": [{"delta": {}, "finish_reason": "stop"}]})
    server.script(events(*chunks, done=True))
    provider = Provider(name="local", protocol="openai", base_url=server.url, models=(Model(name="m"),))
    lm = Client({"local": provider})
    found = list(program(adapter="JSON").using(lm).stream(review="x"))
    assert [part.summary for part in found] == ["fi", "finé", "finé!", "finé!"]


GROWN = {
    "json": (
        '{"title": "a", "tags": ["b", "c d"], "count": 12, "note": "one \\ud83d\\ude00 two"}',
        "count",
        "12",
    ),
    "fenced": ('Here:\n```json\n{"title": "a", "count": 12, "sure": true}\n```', "sure", "true"),
    "labels": ("title: a\ncount: 12\nnote: one two", "count", "12"),
    "headings": ("## Title\na\n## Count\n12\n## Note\nmore", "count", "12"),
    "tags": ("<title>a &amp; b</title><count>12</count><note>one</note>", "count", "12"),
}


@pytest.mark.parametrize("name", GROWN)
def test_what_is_certain_stays(name: str) -> None:
    text, field, _ = GROWN[name]
    fields = steps.WideOut.shape().fields
    whole = so_far(text + "\n", fields)
    assert field in whole
    for end in range(len(text)):
        for key, value in so_far(text[:end], fields).items():
            final = whole[key]
            if isinstance(value, str):
                assert final.startswith(value.rstrip()) or not value.strip()
            elif isinstance(value, list):
                assert final[: len(value)] == value
            else:
                assert value == final


def test_clean_answers_of_the_corpus_grow_into_themselves(answers: ModuleType) -> None:
    for case in unread_answers.families()["clean"]:
        fields = getattr(answers, case.schema).Expected.shape().fields
        growing = Growing(getattr(answers, case.schema).Expected, ())
        final = case.expected
        for letter in case.text:
            part = growing.more(letter)
            for name, value in (part.to_dict() if part is not None else {}).items():
                if value is UNSET:
                    continue
                assert name in {field.name for field in fields}
                if isinstance(value, str) and isinstance(final[name], str):
                    assert final[name].startswith(value)
                elif isinstance(value, list):
                    assert len(value) <= len(final[name])


@settings(max_examples=60 * SCALE)
@given(text=st.text(alphabet="{}[]\"':,\\ \n<>/titlecounags019&;-#", max_size=80))
def test_any_beginning_is_looked_at_without_an_error(text: str) -> None:
    for beginning in (text, '{"title": ' + text, "title: " + text, "<title>" + text):
        found = so_far(beginning, steps.WideOut.shape().fields)
        assert found.keys() <= {field.name for field in steps.WideOut.shape().fields}


def test_thoughts_are_no_part_of_an_answer() -> None:
    fields = steps.TextOut.shape().fields
    assert so_far("<think>summary: no", fields) == {}
    assert so_far("<think>summary: no</think>summary: yes", fields) == {"summary": "yes"}
    assert so_far("[", fields) == {}
    assert so_far("summary: one\nsum", fields) == {"summary": "one"}


def test_a_long_answer_is_not_read_again_for_each_letter() -> None:
    growing = Growing(steps.TextExpected, ())
    growing.more("summary: ")
    parts = [growing.more("word ") for _ in range(20_000)]
    assert 100 < sum(part is not None for part in parts) < 1_000
