"""The pure parts: the OpenAI format, schemas for constrained answers, waits between attempts."""

from __future__ import annotations

import math
from typing import Any

import jsonschema
import msgspec
import pytest
import steps
from mlsig import shapes
from mlsig.adapters.describing import Describing
from mlsig.adapters.schema import answer_schema
from mlsig.providers.messages import Reply
from mlsig.providers.openai import read_reply
from mlsig.providers.retries import Backoff, retry_after, retryable
from mlsig.providers.wire import read_error
from mlsig.records import Record
from mlsig.structured import problem


def test_content_in_parts() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert read_reply({"choices": [{"message": {"content": parts}}]}) == Reply(text="ab")


@pytest.mark.parametrize(
    "payload", [None, 5, [], {}, {"choices": None}, {"choices": [{"message": {"content": 1}}]}]
)
def test_replies_that_are_none(payload: Any) -> None:
    with pytest.raises((msgspec.ValidationError, ValueError)):
        read_reply(payload)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"error": {"message": "a", "type": "x"}}, "a"),
        ({"error": "b"}, "b"),
        ({"message": "c"}, "c"),
        ({"detail": "d"}, "d"),
        ({"error": {"code": 5}}, None),
        ({"error": {"message": " "}}, None),
        ({}, None),
        (None, None),
        ([], None),
        ({"detail": [{"loc": []}]}, None),
    ],
    ids=str,
)
def test_error_messages_in_many_forms(payload: Any, message: str | None) -> None:
    assert read_error(payload).message == (message or "")


class Open(Record, frozen=True, kw_only=True):
    """Fields with names that are words of JSON Schema, a default, a map."""

    @classmethod
    def _json_schema(cls) -> dict[str, Any]:
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Output",
            "type": "object",
            "properties": {
                "default": {"type": "integer", "default": 3},
                "title": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                "place": {"$ref": "#/$defs/Place"},
                "sizes": {"type": "object", "additionalProperties": {"type": "number"}},
            },
            "required": ["place"],
            "additionalProperties": False,
            "$defs": {"Place": PLACE},
        }


PLACE: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "called": {"type": "string"}},
    "required": [],
    "oneOf": [{"required": ["name"]}, {"required": ["called"]}],
    "additionalProperties": True,
}


def test_schemas_ask_for_everything_in_order() -> None:
    lead = shapes.Field(name="reasoning", shape=shapes.Text(), description="think")
    schema = answer_schema(Open, (lead, shapes.Field(name="plan", shape=shapes.Text())))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string", "description": "think"},
            "plan": {"type": "string"},
            "default": {"type": "integer"},
            "title": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "place": {"$ref": "#/$defs/Place"},
            "sizes": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "required": ["reasoning", "plan", "default", "title", "place", "sizes"],
        "additionalProperties": False,
        "$defs": {
            "Place": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
                "additionalProperties": False,
            }
        },
    }
    assert Open.json_schema()["required"] == ["place"]


def test_the_strict_variant_is_asked_for_where_it_can_be_said() -> None:
    lead = shapes.Field(name="reasoning", shape=shapes.Text())
    schema = answer_schema(steps.MoodOut, (lead,))
    assert problem(schema) == ""
    assert schema == {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "mood": {"type": "string", "enum": ["good", "very_bad"], "description": "the mood"},
        },
        "required": ["reasoning", "mood"],
        "additionalProperties": False,
    }
    assert problem(answer_schema(Open, ())) == "an object may have keys that are not declared"
    google = answer_schema(steps.MoodOut, (lead,), "google")
    assert google["propertyOrdering"] == ["reasoning", "mood"]
    assert "propertyOrdering" not in answer_schema(steps.MoodOut, (lead,), "anthropic")


def test_waits_grow_and_are_jittered() -> None:
    full = Backoff(attempts=9, first=1.0, longest=5.0, random=lambda: 1.0)
    assert [full.wait(attempt) for attempt in range(1, 6)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert Backoff(first=1.0, random=lambda: 0.25).wait(1) == 0.25
    assert Backoff().wait(3) is None
    assert full.wait(1, asked=0.5) == 0.5
    assert full.wait(1, asked=61.0) is None
    assert full.wait(9, asked=0.5) is None


def test_what_is_tried_again() -> None:
    assert [code for code in range(400, 600) if retryable(code)] == [408, 409, 429, *range(500, 600)]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("nan", None),
        ("inf", math.inf),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 99 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=lambda: 60.0) == seconds


class Chain(Record, frozen=True, kw_only=True):
    name: str
    after: Chain | None = None

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        after = shapes.Field(name="after", shape=shapes.Optional(shapes.Ref(cls)), default=lambda: None)
        return shapes.RecordShape(type=cls, fields=(shapes.Field(name="name", shape=shapes.Text()), after))


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapes.Ref(Chain), '{"name": string, "after": Chain | null}'),
        (shapes.Array(items=shapes.Ref(steps.Place)), '[{"name": string, "floor": integer}, …]'),
        (shapes.Mapping(values=shapes.Boolean()), "{string: true | false}"),
        (shapes.Literal(("a", 1, True)), '"a" | 1 | true'),
        (shapes.Json(), "any JSON"),
        (shapes.Date(), '"YYYY-MM-DD"'),
    ],
)
def test_types_in_short(shape: shapes.Shape, said: str) -> None:
    assert Describing().notation(shape) == said


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapes.Text(), ""),
        (shapes.Integer(), "a whole number"),
        (shapes.Integer(ge=1, le=10), "a whole number at least 1 and at most 10"),
        (shapes.Number(gt=0.0, lt=0.5), "a number more than 0 and less than 0.5"),
        (shapes.Boolean(), "true or false"),
        (shapes.Literal(("a", 1, True)), "a, 1 or true"),
        (shapes.Literal(("a",)), "a"),
        (shapes.Optional(shapes.Text()), "text, or null"),
        (shapes.Optional(shapes.Boolean()), "true or false, or null"),
        (shapes.Array(items=shapes.Text()), "JSON: [string, …]"),
        (shapes.Mapping(values=shapes.Text()), "JSON: {string: string}"),
        (shapes.Ref(steps.Place), 'JSON: {"name": string, "floor": integer}'),
        (steps.Place.shape(), 'JSON: {"name": string, "floor": integer}'),
        (shapes.Json(), "JSON"),
        (shapes.Date(), "YYYY-MM-DD"),
        (shapes.DateTime(), "YYYY-MM-DDThh:mm:ssZ"),
    ],
)
def test_what_a_value_may_be(shape: shapes.Shape, said: str) -> None:
    assert Describing().allowed(shape) == said
