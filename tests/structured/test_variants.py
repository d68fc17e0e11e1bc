"""Variants against the providers' own libraries: what these make of the same records, and what they take."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

import pydantic
import pytest
from anthropic import transform_schema
from compiler.random_models.whole import records as random_records
from google.genai import types as google
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlsig.errors import JsonSchemaError
from mlsig.parsing import parse
from mlsig.structured import Variant, fitted, problem, say
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from openai.lib._pydantic import _ensure_strict_json_schema, to_strict_json_schema
from reference.imported import imported

from structured.models import READER, everything, near, records, schemas_of, takes, written
from structured.test_json_schema import DATA

VARIANTS: tuple[Variant, ...] = get_args(Variant)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def said() -> Iterator[ModuleType]:
    yield from everything()


def variants(schema: dict[str, Any]) -> dict[Variant, dict[str, Any]]:
    """Return what the providers can say of a record; that each is the library's own is checked here."""
    found: dict[Variant, dict[str, Any]] = {}
    for variant in VARIANTS:
        before = copy.deepcopy(schema)
        try:
            found[variant] = say(schema, variant)
        except JsonSchemaError as error:
            assert str(error).startswith(f"{error.path}: ")
            assert error.path.split(".")[0] in {schema["title"], *schema.get("$defs", {})}
        assert schema == before
    for variant, one in found.items():
        READER.check_schema(one)
        assert fitted(one, variant) == one
    if "openai" in found:
        assert problem(found["openai"]) == ""
        strict = copy.deepcopy(found["openai"])
        assert _ensure_strict_json_schema(strict, path=(), root=strict) == found["openai"]
    if "anthropic" in found:
        assert transform_schema(found["anthropic"]) == found["anthropic"]
    if "google" in found:
        assert google.GenerateContentConfig(
            response_mime_type="application/json", response_json_schema=found["google"]
        ).response_json_schema
        model = google.JSONSchema.model_validate(unordered(found["google"]))
        assert model.model_dump(by_alias=True, exclude_none=True, mode="json", exclude_unset=True)
    return found


def unordered(schema: Any) -> Any:
    """Leave out the order of properties, which is Google's own and no field of its model."""
    if isinstance(schema, list):
        return [unordered(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "propertyOrdering" in schema:
        assert schema["propertyOrdering"] == list(schema["properties"])
    return {key: unordered(item) for key, item in schema.items() if key != "propertyOrdering"}


@given(random_records())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_random_records_in_each_provider_s_words(module: Any) -> None:
    for schema in schemas_of(module):
        variants(schema)


def test_every_type_is_said_or_refused_by_name(said: ModuleType) -> None:
    refused: dict[tuple[str, str], str] = {}
    for name, record in records(said).items():
        found = variants(record.json_schema())
        for variant in VARIANTS:
            if variant in found:
                assert record.json_schema(variant) == found[variant]
                continue
            with pytest.raises(JsonSchemaError) as caught:
                record.json_schema(variant)
            refused[name, variant] = caught.value.path
    assert refused == {
        ("Tree", "anthropic"): "Tree.children",
        ("Plain", "openai"): "Plain.sizes",
        ("Plain", "anthropic"): "Plain.sizes",
        ("Plain", "google"): "Plain.anything",
    }


@given(name=st.sampled_from(sorted(DATA)), variant=st.sampled_from(VARIANTS), data=st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
def test_what_a_record_writes_fits_and_what_fits_is_read(
    said: ModuleType, name: str, variant: Variant, data: st.DataObject
) -> None:
    record = records(said)[name]
    value = written(data.draw(near(DATA[name])))
    try:
        schema = record.json_schema(variant)
    except JsonSchemaError:
        return
    if not takes(record, value) or name in {"Login", "Answer.Expected"}:
        return
    full = json.loads(record.validate(value).to_json())
    # What a record holds beyond its fields, only the plain schema takes.
    if name != "Learned":
        READER(schema).validate(full)
    absent = [key for key, property_ in record.json_schema()["properties"].items() if "default" in property_]
    nulled = data.draw(st.lists(st.sampled_from(absent), unique=True)) if absent else []
    reply = {**full, **dict.fromkeys(nulled)}
    left = {key: item for key, item in full.items() if key not in nulled}
    if variant == "openai" and name != "Learned":
        READER(schema).validate(reply)
    if takes(record, left):
        assert parse(json.dumps(reply), record) == record.validate(left)


def test_null_stands_for_what_is_left_out_only_in_answers(said: ModuleType) -> None:
    reply = {"answer": "so", "mood": "good", "sure": None, "reasoning": None, "pet": None, "tags": None}
    found = said.Answer.parse(json.dumps(reply))
    assert (found.sure, found.reasoning, found.pet, found.tags) == (0.5, [], None, [])
    assert [issue.path for issue in said.Answer.Output.check(reply)] == ["reasoning", "sure", "tags"]
    failed = parse(
        '{"note": {"text": "a", "rank": null, "n": null}, "result": {"why": "a", "again": null}}', said.Plain
    )
    assert (failed.note.count, failed.result) == (1, said.Failed(why="a"))


def test_openai(said: ModuleType) -> None:
    assert said.Answer.Output.json_schema("openai") == {
        "type": "object",
        "properties": {
            "reasoning": {
                "anyOf": [
                    {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"step": {"type": "string"}, "reasoning": {"type": "string"}},
                            "required": ["step", "reasoning"],
                            "additionalProperties": False,
                        },
                    },
                    {"type": "null"},
                ],
                "description": "Null stands for the default: [].",
            },
            "answer": {"type": "string", "description": "in short\n\nAt least 1 character."},
            "mood": {"$ref": "#/$defs/Mood"},
            "sure": {
                "anyOf": [{"type": "number", "minimum": 0.0, "maximum": 1.0}, {"type": "null"}],
                "description": "how sure\n\nNull stands for the default: 0.5.",
            },
            "pet": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}, {"type": "null"}]},
            "tags": {
                "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
                "description": "No item twice.\n\nNull stands for the default: [].",
            },
        },
        "required": ["reasoning", "answer", "mood", "sure", "pet", "tags"],
        "additionalProperties": False,
        "$defs": {
            "Cat": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "const": "cat"},
                    "lives": {"type": "integer", "minimum": 1, "maximum": 9},
                },
                "required": ["kind", "lives"],
                "additionalProperties": False,
            },
            "Dog": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "const": "dog"},
                    "name": {"type": "string", "description": "At least 1 character."},
                },
                "required": ["kind", "name"],
                "additionalProperties": False,
            },
            "Mood": said.Plain.json_schema()["$defs"]["Mood"],
        },
    }


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int = pydantic.Field(ge=1, le=9)


class Leaf(pydantic.BaseModel):
    id: str = pydantic.Field(pattern="^[a-z0-9-]+$")
    label: str
    pet: Cat = pydantic.Field(description="an animal")
    sizes: list[float] = pydantic.Field(min_length=2, max_length=2)
    next: Leaf | None
    mood: Literal["a", "b"]


def test_openai_s_library_makes_the_same_of_an_equal_model(said: ModuleType) -> None:
    text = """
    schema Cat { kind: "cat"  lives: int(1..9) }
    schema Leaf {
      id: str(pattern="^[a-z0-9-]+$")  label: str  pet: Cat "an animal"
      sizes: list[float](min_length=2, max_length=2)
      next: Leaf?  mood: "a" | "b"
    }
    """
    mine = made(text).Leaf.json_schema("openai")
    theirs = to_strict_json_schema(Leaf)
    theirs = {**theirs["$defs"]["Leaf"], "$defs": theirs["$defs"]}
    for one in (mine, theirs):
        one["written"] = inlined(one["$defs"]["Leaf"], one["$defs"], ("Leaf",))
    assert mine["written"] == theirs["written"]


def inlined(schema: Any, definitions: dict[str, Any], inside: tuple[str, ...]) -> Any:
    """Write references out, once each; leave out titles, and an `anyOf` of one."""
    if isinstance(schema, list):
        return [inlined(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        again = name in inside
        return {"again": name} if again else inlined(definitions[name], definitions, (*inside, name))
    kept = {key: item for key, item in schema.items() if key not in {"title", "$defs"}}
    found = {key: inlined(item, definitions, inside) for key, item in kept.items()}
    if len(found.get("anyOf", ())) == 1:
        (one,) = found.pop("anyOf")
        found = {**one, **found}
    return found


def test_anthropic(said: ModuleType) -> None:
    found = said.Answer.Output.json_schema("anthropic")
    assert found["required"] == ["answer", "mood"]
    assert found["properties"]["sure"] == {
        "type": "number",
        "description": "how sure\n\nAt least 0.0. At most 1.0.\n\nDefault: 0.5.",
    }
    assert found["$defs"]["Cat"]["properties"]["kind"] == {"const": "cat"}
    assert found["$defs"]["Mood"]["enum"] == ["good", "fine", "bad"]
    learned = said.Learned.json_schema("anthropic")["properties"]
    assert learned["vector"]["anyOf"][0] == {
        "type": "array", "items": {"type": "number"}, "description": "Exactly 2 items."
    }  # fmt: skip
    assert learned["ids"]["minItems"] == 1
    assert learned["picture"]["anyOf"][0] == {"type": "string", "format": "uri"}


def test_google(said: ModuleType) -> None:
    note = said.Note.json_schema("google")
    assert note["propertyOrdering"] == ["text", "count", "rank"]
    assert note["required"] == ["text", "rank"]
    assert (
        note["properties"]["text"]["description"]
        == "what it says\n\nAt least 1 character. At most 4 characters."
    )
    tree = said.Tree.json_schema("google")
    assert tree["properties"]["next"] == {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}
    assert said.Cat.json_schema("google")["properties"]["kind"] == {"type": "string", "enum": ["cat"]}


def made(text: str) -> Any:
    found = compile_source(Source(Path("one.mlsig"), "one", text))
    assert found.text is not None, [str(one.message) for one in found.diagnostics]
    return imported("one", found.text)


def schema_of(text: str) -> dict[str, Any]:
    schema: dict[str, Any] = made(text).One.json_schema()
    return schema


OPENAI = "OpenAI's strict structured output"
ANTHROPIC = "Anthropic's structured output"
GOOGLE = "Google's structured output"


@pytest.mark.parametrize(
    ("text", "variant", "message"),
    [
        (
            "schema One { a: list[map[int]] }",
            "openai",
            f"One.a[]: {OPENAI} cannot say a map; declare a list of records with a key and a "
            "value, or use the plain schema, not enforced",
        ),
        (
            "schema Two { b: json } schema One { a: Two }",
            "anthropic",
            f"Two.b: {ANTHROPIC} cannot say any JSON; declare what it holds, or a `str` that holds "
            "JSON as text, or use the plain schema, not enforced",
        ),
        (
            "schema One { a: list[Two] } schema Two { b: list[Three] } schema Three { c: list[Two] }",
            "google",
            f"Two.b: {GOOGLE} cannot say a record that must hold itself; give the field a default, "
            "or use the plain schema, not enforced",
        ),
        (
            "schema One { a: list[Two] } schema Two { b: list[Two] = [] }",
            "anthropic",
            f"Two.b: {ANTHROPIC} cannot say a record that holds itself; write the levels out as "
            "records of their own, or use the plain schema, not enforced",
        ),
        (
            "schema One { a: " + " | ".join(f'"{number}"' for number in range(1001)) + " }",
            "openai",
            f"One: is too much for {OPENAI}: it has 1001 options of enums and literals, and at "
            "most 1000 may be; split it into several",
        ),
        (
            "schema One { a: " + " | ".join(f'"{number:060}"' for number in range(251)) + " }",
            "openai",
            f"One: is too much for {OPENAI}: the options of an enum of more than 250 have 15060 "
            "characters, and at most 15000 may be; split it into several",
        ),
        (
            "".join(f"schema S{n} {{ a: S{n + 1} }} " for n in range(10))
            + "schema S10 { b: int } schema One { a: S0 }",
            "openai",
            f"One: is too much for {OPENAI}: objects are nested more than 10 deep; split it into several",
        ),
    ],
    ids=["map", "json", "loop that must be", "loop", "options", "long enum", "deep"],
)
def test_what_cannot_be_said_is_refused_with_the_way_out(text: str, variant: Variant, message: str) -> None:
    with pytest.raises(JsonSchemaError) as caught:
        say(schema_of(text), variant)
    assert str(caught.value) == message


def test_a_loop_that_may_end_is_no_trouble_to_google() -> None:
    text = (
        "schema One { a: list[Two] } schema Two { b: list[Three] = [] } schema Three { c: list[Two] d: Four }"
    )
    assert say(schema_of(text + " schema Four { e: int }"), "google")["$defs"].keys() == {
        "Two",
        "Three",
        "Four",
    }


def test_numbers_next_to_their_bounds() -> None:
    schema = schema_of('schema One { a: int(gt=0, lt=9)  b: float(gt=0, lt=9)  c: true  d: "a" | 1 | true }')
    properties = say(schema, "google")["properties"]
    assert properties["a"] == {"type": "integer", "minimum": 1, "maximum": 8}
    assert properties["b"] == {
        "type": "number", "minimum": 0.0, "maximum": 9.0, "description": "More than 0.0. Less than 9.0."
    }  # fmt: skip
    assert properties["c"] == {"type": "boolean", "description": "Always true."}
    assert properties["d"]["anyOf"] == [
        {"type": "string", "enum": ["a"]},
        {"type": "integer", "enum": [1]},
        {"type": "boolean", "description": "Always true."},
    ]  # fmt: skip
    strict = say(schema, "openai")["properties"]
    assert strict["c"] == {"type": "boolean", "const": True}
    assert strict["a"] == {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9}


def test_patterns_of_a_whole_text_stay_the_others_are_told() -> None:
    schema = schema_of('schema One { a: str(pattern="^(?:[a-z])+$")  b: str(pattern="a.") }')
    properties = say(schema, "openai")["properties"]
    assert properties["a"] == {"type": "string", "pattern": "^(?:[a-z])+$"}
    assert properties["b"] == {"type": "string", "description": r"Matches a[^\n]."}
    around = {"type": "string", "pattern": r"^(?=a)b$"}
    looking = {**schema, "properties": {"c": around}, "required": ["c"]}
    assert say(looking, "openai")["properties"]["c"] == {"type": "string", "description": "Matches ^(?=a)b$."}


def test_long_defaults_are_not_written_out() -> None:
    schema = schema_of(f'schema One {{ a: str = "{"x" * 100}"  b: str? = null }}')
    assert say(schema, "openai")["properties"]["a"]["description"] == "Null stands for the default."
    assert say(schema, "anthropic")["properties"]["a"] == {"type": "string"}
    assert say(schema, "openai")["properties"]["b"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_there_are_three_variants(said: ModuleType) -> None:
    with pytest.raises(ValueError, match="no variant called 'groq'; there are openai, anthropic, google"):
        said.Cat.json_schema("groq")


CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        (CLOSED, ""),
        ({"type": "array", "items": CLOSED}, "the whole must be an object"),
        ({"anyOf": [CLOSED]}, "the whole must be an object"),
        (True, "the whole must be an object"),
        ({**CLOSED, "properties": {"a": {}}, "required": ["a"]}, "a value has no type"),
        ({**CLOSED, "properties": {"a": True}, "required": ["a"]}, "a value has no type"),
        ({**CLOSED, "properties": {"a": {"type": "array"}}, "required": ["a"]}, "a value has no type"),
        ({**CLOSED, "properties": {"a": CLOSED}}, "a property is not required"),
        ({**CLOSED, "additionalProperties": True}, "an object may have keys that are not declared"),
        (
            {**CLOSED, "properties": {"a": {"type": "string", "minLength": 1}}, "required": ["a"]},
            "it does not know minLength",
        ),
        (
            {**CLOSED, "properties": {"a": {"$ref": "#/$defs/B"}}, "required": ["a"]},
            "B is no definition alone",
        ),
        (
            {**CLOSED, "$defs": {"x" * 120_001: CLOSED}},
            "its names and options have 120001 characters, and at most 120000 may be",
        ),
        (
            {
                **CLOSED,
                "properties": {f"p{n}": {"type": "null"} for n in range(5001)},
                "required": [f"p{n}" for n in range(5001)],
            },
            "it has 5001 properties, and at most 5000 may be",
        ),
    ],
    ids=range(13),
)
def test_rules_of_strict_schemas(schema: Any, rule: str) -> None:
    assert problem(schema) == rule
