"""The JSON Schema of every record is one, and takes what the record takes; `UNSAID` is what it cannot say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import msgspec
import pydantic
import pytest
from compiler.random_models.whole import records as random_records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig_compiler.model import Enum, Schema
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.data import Data
from reference.imported import imported
from reference.interpreter import Interpreter
from reference.schemas import SEEDS, load, modules

from structured.models import READER, everything, near, records, schemas_of, takes, written

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
UNSAID = frozenset(
    {
        "not_a_date",  # `format` only tells
        "not_a_file",  # which URLs, which media types
        "not_finite",  # numbers beyond the largest float
        "not_unique",  # values that only the record reads as equal, such as {} and its default
        "ragged",  # rows of one length
        "too_large",  # numbers beyond float32
    }
)
DATA: dict[str, Any] = {
    "Cat": {"kind": "cat", "lives": 9},
    "Dog": {"kind": "dog", "name": "x"},
    "Found": {"at": "here"},
    "Failed": {"why": "", "again": True},
    "Note": {"body": " a ", "n": 2, "rank": None, "more": 1},
    "Base": {"id": "a-1"},
    "Tree": {
        "id": "a", "label": "", "children": [{"id": "c", "label": ""}], "next": {"id": "d", "label": "e"},
    },
    "Login": {"key": "k"},
    "Answer.Input": {"question": "why", "notes": [{"text": "a", "rank": 1}]},
    "Answer.Output": {"answer": "so", "mood": "bad", "pet": {"kind": "cat", "lives": 1}, "tags": ["a", "b"]},
    "Answer.Expected": {"mood": "good"},
    "Plain": {
        "slug": "a-b", "dotted": "ab\r", "odd": "YES", "count": 4, "share": 0.25, "grid": 0.3, "sure": 1,
        "flag": True, "mood": "bad", "fixed": 3, "one": "only", "yes": False, "tags": ["good", "bad"],
        "pairs": [[1], [1, 1]], "sizes": {"a": 1, "b": 0}, "anything": [{"a": None}], "maybe": 1,
        "day": "2026-11-23", "moment": "2026-11-23T18:30:00Z", "pet": {"kind": "dog", "name": "a"},
        "result": {"why": "a"}, "note": {"text": "abcd", "rank": 1, "more": []},
    },
    "Learned": {
        "vector": [1, 2], "grid": [[1, 2], [3, 4]], "small": [-128, 7], "mask": [[True]], "weights": [[1]],
        "ids": [1, "a"], "chain": [{"step": "a", "reasoning": "b"}], "response": {"text": "a", "n": 1},
        "setting": {"name": "a", "type": "b", "more": 1}, "picture": "https://a.b/c.png",
        "sound": {"data": "AA==", "media_type": "audio/wav"}, "paper": {"url": "https://a.b/c"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def said() -> Iterator[ModuleType]:
    yield from everything()


def test_every_record_has_a_schema_that_takes_it(said: ModuleType) -> None:
    for name, record in records(said).items():
        schema = record.json_schema()
        READER.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        READER(schema).validate(DATA[name])
        assert takes(record, DATA[name])
        if name not in {"Answer.Expected", "Login"}:
            READER(schema).validate(json.loads(record.validate(DATA[name]).to_json()))
        assert schema is not record.json_schema()


@given(name=st.sampled_from(sorted(DATA)), data=st.data())
@settings(max_examples=800, deadline=None, suppress_health_check=SLOW)
def test_schema_and_record_agree(said: ModuleType, name: str, data: st.DataObject) -> None:
    record = records(said)[name]
    value = written(data.draw(near(DATA[name])))
    agree(record, READER(record.json_schema()), value)


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
def test_they_agree_for_random_schemas(data: st.DataObject) -> None:
    module = data.draw(modules())
    loaded = load(module)
    enums = {one.name: one for one in module.declarations if isinstance(one, Enum)}
    schemas = {one.name: one for one in module.declarations if isinstance(one, Schema)}
    drawn = Data(data.draw(SEEDS), Interpreter(enums, schemas), 20)
    for name, schema in schemas.items():
        record = getattr(loaded, name)
        READER.check_schema(record.json_schema())
        for _ in range(4):
            agree(record, READER(record.json_schema()), written(drawn.record(schema)))


def agree(record: Any, reader: Any, value: Any) -> None:
    try:
        value = json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return
    accepted = takes(record, value)
    readable = reader.is_valid(value)
    if accepted:
        assert readable, (value, next(reader.iter_errors(value)).message)
    elif readable:
        issues = record.check(value)
        told = {issue.code for issue in issues if (issue.path, issue.code) != ("odd", "pattern")}
        assert {code for code in told if not code.startswith("check.")} <= UNSAID, (value, issues)


@given(random_records())
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_whatever_the_model_the_schema_is_one(module: Any) -> None:
    for schema in schemas_of(module):
        jsonschema.Draft202012Validator.check_schema(schema)


def test_what_only_the_record_refuses(said: ModuleType) -> None:
    for name, value in (
        ("Note", {"text": "  ", "rank": 1}),
        ("Plain", {"count": 2.0}),
        ("Plain", {"day": "tomorrow"}),
        ("Learned", {"grid": [[1], [2, 3]]}),
        ("Learned", {"vector": [1e39, 0]}),
        ("Login", {"key": " "}),
    ):
        record = records(said)[name]
        assert not takes(record, value)
        READER(record.json_schema()).validate(value)


def test_both_names_of_a_field_and_only_one_at_a_time(said: ModuleType) -> None:
    reader = READER(said.Note.json_schema())
    for value, fits in (
        ({"text": "a", "rank": 1}, True),
        ({"body": "a", "rank": 1, "n": 3}, True),
        ({"body": "a", "text": "a", "rank": 1}, False),
        ({"text": "a", "rank": 1, "n": 3, "count": 3}, False),
        ({"rank": 1}, False),
        ({"body": "", "rank": 1}, False),
        ({"text": "a", "rank": 1, "n": -1}, False),
    ):
        assert reader.is_valid(value) is takes(said.Note, value) is fits


def test_what_readers_are_told(said: ModuleType) -> None:
    plain = said.Plain.json_schema()
    assert plain["$defs"]["Mood"] == {
        "type": "string",
        "description": "how it felt\n- good: they liked it\n- fine: (deprecated: say good)",
        "enum": ["good", "fine", "bad"],
    }
    assert plain["properties"]["mood"] == {
        "$ref": "#/$defs/Mood",
        "description": "the mood",
        "default": "good",
    }
    assert plain["properties"]["fixed"] == {
        "type": ["boolean", "string", "integer"], "enum": [True, "x", 3], "default": "x"
    }  # fmt: skip
    assert plain["properties"]["one"] == {"type": "string", "const": "only", "default": "only"}
    assert plain["properties"]["odd"]["$comment"] == "must match (?i)^yes$ of Python"
    assert plain["properties"]["maybe"] == {"default": None}
    note = plain["$defs"]["Note"]
    assert note["description"] == "a note"
    assert note["properties"]["rank"]["deprecated"] is True
    assert note["properties"]["rank"]["description"] == "Deprecated: nothing"
    assert note["additionalProperties"] is True
    assert said.Login.json_schema()["properties"]["key"] == {
        "type": "string",
        "minLength": 1,
        "writeOnly": True,
    }
    assert (
        "required" not in said.Answer.Expected.json_schema()
        or not said.Answer.Expected.json_schema()["required"]
    )


class Pet(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    lives: int = 9


class Struct(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    sizes: list[float]
    pet: Pet
    maybe: str | None
    weights: dict[str, int] = {}


class PetModel(pydantic.BaseModel, extra="forbid"):
    name: str
    lives: int = 9


class Model(pydantic.BaseModel, extra="forbid"):
    name: str
    sizes: list[float]
    pet: PetModel
    maybe: str | None
    weights: dict[str, int] = {}


def test_others_say_the_same_of_the_same_record() -> None:
    text = """
    schema Pet { name: str  lives: int = 9 }
    schema Struct { name: str  sizes: list[float]  pet: Pet  maybe: str?  weights: map[int] = {} }
    """
    found = compile_source(Source(Path("same.mlsig"), "same", text))
    assert found.text is not None
    mine = bare(imported("same", found.text).Struct.json_schema())
    theirs = msgspec.json.schema(Struct)
    assert mine == bare({**theirs["$defs"]["Struct"], "$defs": {"Pet": theirs["$defs"]["Pet"]}})
    pydantics = json.loads(json.dumps(Model.model_json_schema()).replace("PetModel", "Pet"))
    assert mine == bare(pydantics)


def bare(schema: Any) -> Any:
    """Leave out titles, the dialect and the order of what is required."""
    if isinstance(schema, list):
        return sorted((bare(item) for item in schema), key=str)
    if not isinstance(schema, dict):
        return schema
    return {key: bare(item) for key, item in schema.items() if key not in {"title", "$schema"}}
