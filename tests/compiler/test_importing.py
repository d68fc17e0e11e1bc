"""`mlsig import`: what the source accepts is accepted, what it refuses is refused; what differs is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig_compiler.drafting.json_schema import RemoteReference, SchemaError, read
from mlsig_compiler.drafting.proving import proved

from compiler.test_inferring import schema_of

META = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(scope="module", autouse=True)
def clean() -> Iterator[None]:
    yield
    sys.modules.pop("inferred_rows", None)


def text_of(document: dict[str, Any], name: str = "Root") -> str:
    return proved(read(document, name, named=True))


def said(document: dict[str, Any]) -> dict[str, str]:
    draft = read(document, "Root")
    proved(draft)
    return {note.origin: note.message.removeprefix("not carried over: ") for note in draft.notes}


def accepts(record: Any, data: Any) -> bool:
    try:
        record.validate(data)
    except ValidationError:
        return False
    return True


# A subset that both sides mean alike, and data near to it.

INTS = st.builds(
    lambda low, size, step: {
        "type": "integer", "minimum": low, "maximum": low + size, **({"multipleOf": step} if step else {})
    },
    st.integers(-3, 3), st.integers(0, 4), st.integers(0, 1),
)  # fmt: skip
FLOATS = st.sampled_from(
    [{"type": "number"}, {"type": "number", "exclusiveMinimum": 0}, {"type": "number", "maximum": 2.5}]
)
STRINGS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 1, "maxLength": 2},
        {"type": "string", "pattern": r"^\d+$"},
        {"type": "string", "format": "date"},
        {"type": "string", "enum": ["a", "b"]},
        {"enum": ["a b", "c", 1]},
        {"const": "x"},
    ]
)
NAMES = ["id", "class", "a b", "check"]


def objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda properties, closed, needed: {
            "type": "object",
            "properties": properties,
            # What may be left out may be null for a record: so it is here.
            "required": [name for index, name in enumerate(properties) if needed[index] or name == "id"],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3),
        st.booleans(),
        st.lists(st.booleans(), min_size=4, max_size=4),
    )


def lists(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda items, low, unique: {
            "type": "array", "items": items, "minItems": low, "maxItems": 2, "uniqueItems": unique
        },
        inner, st.integers(0, 1), st.booleans(),
    )  # fmt: skip


SCHEMAS = st.recursive(
    st.one_of(INTS, FLOATS, STRINGS, st.just({"type": "boolean"})),
    lambda inner: st.one_of(
        objects(inner),
        lists(inner),
        st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner),
        st.builds(lambda option: {"anyOf": [option, {"type": "null"}]}, inner),
        st.builds(lambda one: {"oneOf": [one, {"type": "boolean"}]}, st.one_of(INTS, STRINGS)),
        st.builds(lambda one: {"type": ["integer", "null"], **one}, st.just({"minimum": 0})),
    ),
    max_leaves=5,
)
LEAVES = st.sampled_from(
    [None, True, -3, 0, 1, 2, 4, 0.5, 2.5, 3.5, "", "a", "b", "c", "x", "a b", "12", "abc", "2026-01-02"]
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return data that often fits a schema."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([fitting(option) for option in schema[word]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind = schema["type"]
    if kind == "object" and "properties" in schema:
        parts = {name: fitting(part) for name, part in schema["properties"].items()}
        needed = {name: part for name, part in parts.items() if name in schema["required"]}
        others = {name: part for name, part in parts.items() if name not in schema["required"]}
        return st.fixed_dictionaries(needed, optional=others)
    if kind == "object":
        return st.dictionaries(st.sampled_from(NAMES), fitting(schema["additionalProperties"]), max_size=2)
    if kind == "array":
        return st.lists(fitting(schema["items"]), max_size=3)
    return LEAVES


def null_where_absent(schema: dict[str, Any], data: Any) -> bool:
    """Say whether data has null where the source wants the key left out: a record takes both."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return any(null_where_absent(option, data) for option in schema[word])
    if isinstance(data, list) and "items" in schema:
        return any(null_where_absent(schema["items"], item) for item in data)
    if isinstance(data, dict) and "properties" in schema:
        return any(
            (value is None and name not in schema["required"])
            or (name in schema["properties"] and null_where_absent(schema["properties"][name], value))
            for name, value in data.items()
        )
    if isinstance(data, dict) and isinstance(schema.get("additionalProperties"), dict):
        return any(null_where_absent(schema["additionalProperties"], value) for value in data.values())
    return False


@settings(max_examples=100, deadline=None)
@given(data=st.data(), properties=st.dictionaries(st.sampled_from(NAMES), SCHEMAS, min_size=1, max_size=3))
def test_a_record_accepts_what_the_schema_accepts(data: st.DataObject, properties: dict[str, Any]) -> None:
    document = {
        "$schema": META, "type": "object", "properties": properties, "required": sorted(properties)
    }  # fmt: skip
    record = schema_of(text_of(document), "Root")
    source = jsonschema.Draft202012Validator(
        document, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for _ in range(4):
        value = data.draw(fitting(document))
        fits = source.is_valid(value)
        if fits or not null_where_absent(document, value):
            assert accepts(record, value) == fits, (text_of(document), value)
            assert accepts(record, json.loads(json.dumps(value))) == fits


def test_hostile_text_stays_text() -> None:
    evil = '"}\nschema Evil { x: int }\n# \u202e \x00 \\ """'
    document = {
        "title": evil,
        "description": evil,
        "type": "object",
        "$comment": evil,
        evil: evil,
        "properties": {
            evil: {
                "type": "string",
                "description": evil,
                "default": evil,
                "format": evil,
                "examples": [evil],
            },
            "e": {"enum": [evil, "b"]},
            "f": {"$ref": "#/$defs/a~1b"},
            "p": {"type": "string", "pattern": evil},
        },
        "$defs": {"a/b": {"title": evil, "type": "object", "additionalProperties": {"type": "string"}}},
    }
    text = text_of(document)
    assert text.isascii() or all(char.isprintable() or char == "\n" for char in text)
    record = schema_of(text, "Root")
    assert [field.name for field in record.shape().fields][1:] == ["e", "f", "p"]
    assert "class Evil" not in text
    made = record.validate({evil: "x", "e": evil})
    assert made.e == evil


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 3}, "int(1..3)"),
        ({"type": "integer", "minimum": 0.5, "exclusiveMaximum": 3.5}, "int(ge=1, lt=4)"),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, "int(gt=5)"),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": 2}, "float(gt=2)"),
        ({"type": "number", "maximum": 3, "exclusiveMaximum": 3}, "float(lt=3)"),
        ({"type": "number", "multipleOf": 0.5}, "float(multiple_of=0.5)"),
        ({"type": ["string", "null"]}, "str?"),
        ({"type": ["integer", "string"], "minLength": 2, "minimum": 1}, "int(ge=1) | str(min_length=2)"),
        ({"type": "string", "nullable": True}, "str?"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "string", "pattern": r"\w[\d_]\/(?<y>a)\D"},
         r'str(pattern="[A-Za-z0-9_][0-9_]/(?P<y>a)[^0-9]")'),
        ({"const": 3}, "3"),
        ({"enum": [1, 2.0, True]}, "1 | 2 | true"),
        ({"type": "integer", "enum": [1, 2.0, True, "a", None, 9], "maximum": 8, "exclusiveMinimum": 0},
         "1 | 2"),
        ({"type": "string", "enum": ["a a", "b", "", None], "minLength": 1}, '"a a" | "b"'),
        ({"enum": ["red", "blue"]}, "X"),
        ({"enum": ["red", None]}, "X?"),
        ({"anyOf": [{"type": "string"}, {"type": "string", "format": "date"}]}, "str"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "float"),
        ({"anyOf": [{"type": "string"}, {"const": "x"}, {"type": "null"}]}, "str?"),
        ({"oneOf": [{"const": "x"}, {"const": "y"}]}, '"x" | "y"'),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}, {"minimum": 3}]}, "int(ge=3)"),
        ({"allOf": [{"$ref": "#/$defs/Id"}], "description": "d"}, 'Id  "d"'),
        ({"$ref": "#/$defs/Id", "maximum": 3}, "int(1..3)"),
        ({"$ref": "#id"}, "Id"),
        ({"$ref": "https://x.test/root.json#/$defs/Id"}, "Id"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "list[str](unique)"),
        ({"type": "array"}, "list[json]"),
        ({"type": "object"}, "map[json]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
         "map[int](min_length=1)"),
        ({"type": "array", "items": {"enum": ["a b", None]}}, "list[X?]"),
        ({}, "json"),
        (True, "json"),
    ],
)  # fmt: skip
def test_types(schema: Any, written: str) -> None:
    document = {
        "$id": "https://x.test/root.json",
        "type": "object",
        "properties": {"x": schema},
        "required": ["x"],
        "$defs": {"Id": {"type": "integer", "minimum": 1, "$anchor": "id"}},
    }
    lines = [line.strip() for line in text_of(document).splitlines()]
    found = next(line for line in lines if line.startswith("x: "))
    assert found == f"x: {written}"
    assert said(document) == {}


LOST: list[tuple[Any, str, str]] = [
    ({"type": "string", "format": "email"}, "str", 'format "email" (any string fits)'),
    ({"type": "string", "pattern": "(a+)+$"}, "str", "pattern (a+)+$: this pattern could take very long"),
    ({"type": "string", "pattern": "(?!a)"}, "str", "pattern (?!a): this pattern"),
    ({"type": "string", "pattern": r"\p{L}"}, "str", r"pattern \p{L}: this is not a regular expression"),
    ({"type": "string", "contentEncoding": "base64"}, "str", 'contentEncoding "base64"'),
    ({"type": "integer", "minimum": 2**64}, "int", "the bound 18446744073709551616, which is beyond 64 bits"),
    ({"type": "integer", "minimum": 3, "maximum": 1}, "int", "no number is at least 3 and at most 1"),
    ({"type": "integer", "not": {"const": 3}}, "int", 'not {"const": 3}'),
    ({"enum": [1.5]}, "json", "the options [1.5]"),
    ({"enum": [{}]}, "json", "the options [{}]"),
    ({"const": None}, "json", "that only null fits here"),
    ({"type": "null"}, "json", "that only null fits here"),
    ({"type": "weird"}, "json", 'the type "weird"'),
    ({"minLength": 2}, "str(min_length=2)", "that values of other kinds than string fit here"),
    ({"type": "array", "contains": {}}, "list[json]", "contains {}"),
    ({"type": "array", "prefixItems": [{"type": "integer"}]}, "list[json]", "which of the 1 places"),
    ({"anyOf": [{"type": "array", "items": {"type": kind}} for kind in ("string", "integer")]},
     "list[str | int]", "a part of anyOf: several kinds of lists"),
    ({"anyOf": [{"type": "string", "maxLength": 1}, {"type": "string", "minLength": 9}]}, "str",
     "a part of anyOf"),
    ({"oneOf": [{"type": "object", "properties": {"a": a}} for a in ({}, {"type": "string"})]},
     "json", "MLS0424"),
    ({"allOf": [{"pattern": "a", "type": "string"}, {"pattern": "b"}]}, 'str(pattern="a")',
     'pattern "b", beside another'),
    ({"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
     "map[int]", 'which keys patternProperties ["^x"]'),
    ({"if": {}, "then": {}}, "json", "if {}"),
    (False, "json", "that this property can never be given"),
    ({"$ref": "#/$defs/Loop"}, "Loop", ""),
    ({"type": "integer", "examples": [3]}, "int", "kept as a comment: examples: [3]"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "written", "message"), LOST)
def test_what_cannot_be_said_is_a_comment_and_a_note(schema: Any, written: str, message: str) -> None:
    document = {
        "type": "object",
        "properties": {"x": schema},
        "required": ["x"],
        "$defs": {"Loop": {"$ref": "#/$defs/Other"}, "Other": {"allOf": [{"$ref": "#/$defs/Loop"}]}},
    }
    draft = read(document, "Root")
    text = proved(draft)
    assert f"\n  x: {written}" in text
    notes = [note.message.removeprefix("not carried over: ") for note in draft.notes]
    assert any(message in note for note in notes), notes
    comments = " ".join(line.strip().removeprefix("# ") for line in text.splitlines() if "#" in line[:4])
    for note in draft.notes:
        assert " ".join(note.message.removeprefix("kept as a comment: ").split())[:60] in comments
        assert note.origin.startswith("/")


def test_a_default_that_its_type_refuses_is_left_out_with_the_reason() -> None:
    document = {"type": "object", "properties": {"n": {"type": "integer", "default": "x"}}}
    text = text_of(document)
    assert '  # not carried over: default "x": "x" is not an `int` (MLS0410)\n  n: int? = null\n' in text


def test_defaults_are_written_as_the_language_writes_them() -> None:
    document = {
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "blue"], "default": "red"},
            "colours": {"type": "array", "items": {"enum": ["red", "blue"]}, "default": ["blue"]},
            "inner": {"type": "object", "properties": {"a b": {"type": "integer"}}, "default": {"a b": 1}},
            "lit": {"enum": ["x y", 2], "default": 2},
            "null": {"type": ["integer", "null"], "default": None},
            "m": {"type": "object", "additionalProperties": {"type": "number"}, "default": {"k": 1.5}},
            "needed": {"type": "integer", "default": 1},
        },
        "required": ["needed"],
    }
    record = schema_of(text_of(document), "Root")
    made = record.validate({"needed": 2})
    assert (made.colour, made.colours, made.inner.a_b, made.lit, made.null_, made.m) == (
        "red", ["blue"], 1, 2, None, {"k": 1.5}
    )  # fmt: skip
    assert said(document)["/properties/needed"] == "kept as a comment: default: 1, yet it is required"


def test_all_of_one_reference_extends_it() -> None:
    document = {
        "allOf": [
            {"$ref": "#/definitions/Base"},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ],
        "definitions": {
            "Base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
        },
    }
    text = text_of(document)
    assert "schema Root extends Base {\n  b: int\n}" in text
    assert schema_of(text, "Root").validate({"a": "x", "b": 1}).a == "x"


def test_all_of_that_narrows_is_merged() -> None:
    base = {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}}
    document = {
        "allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"n": {"minimum": 2}}, "required": ["a"]}],
        "additionalProperties": False,
        "$defs": {"Base": base},
    }
    text = text_of(document)
    assert text == "schema Root {\n  a: str\n  n: int(ge=2)? = null\n}\n"


def test_recursion_and_a_root_that_is_a_reference() -> None:
    step = {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}
    document = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"next": step}}},
    }
    assert proved(read(document, "file")) == "@open\nschema Node {\n  next: Node? = null\n}\n"
    assert "schema Mine {" in text_of(document, "Mine")


def test_a_title_names_the_root_unless_it_is_a_sentence() -> None:
    assert proved(read({"title": "Line item", "type": "string"}, "file")) == "type LineItem = str\n"
    sentence = "This schema describes what is in one order of the shop"
    written = f'type File = str  "{sentence}"\n'
    assert proved(read({"title": sentence, "type": "string"}, "file")) == written


def test_a_root_that_is_no_object_is_a_type() -> None:
    assert text_of({"type": "array", "items": {"type": "integer"}}) == "type Root = list[int]\n"
    assert text_of({"enum": ["a b", None, 3]}) == 'type Root = RootValue?\n\ntype RootValue = "a b" | 3\n'
    assert text_of({"enum": ["a", "b"], "description": "d"}) == 'enum Root "d" { a, b }\n'


def test_words_about_records() -> None:
    document = {
        "type": "object",
        "title": "Thing",
        "description": "what it is",
        "deprecated": True,
        "properties": {"a": {"type": "integer", "title": "The A", "deprecated": True}, " ": {}},
        "required": ["a", "extra"],
        "additionalProperties": {"type": "string"},
        "patternProperties": {"^x": {}},
        "minProperties": 1,
        "dependentRequired": {"a": ["b"]},
        "anyOf": [{"required": ["a"]}],
    }
    draft = read(document, "file")
    text = proved(draft)
    assert '@deprecated("no longer to be used")\nschema Thing "what it is" {' in text
    assert (
        '  @deprecated("no longer to be used")\n  a: int       "The A"\n  extra: json\n' in text
        or "extra: json" in text
    )
    messages = " ".join(note.message for note in draft.notes)
    for word in (
        "anyOf",
        "additionalProperties",
        "patternProperties",
        "minProperties",
        "dependentRequired",
        '" "',
    ):
        assert word in messages


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("https://example.com/a.json", "leads out of the document, and nothing is fetched"),
        ("other.json#/a", "leads out of the document"),
        ("file:///etc/passwd", "leads out of the document"),
        ("#/$defs/None", "leads nowhere"),
        ("#/required/0", "leads to no schema"),
        ("#nowhere", "no $anchor is called nowhere"),
    ],
)
def test_references_that_lead_elsewhere_are_refused(reference: str, message: str) -> None:
    document = {"type": "object", "properties": {"x": {"$ref": reference}}, "required": ["x"]}
    with pytest.raises(SchemaError) as caught:
        read(document, "Root")
    assert message in str(caught.value)
    assert "/properties/x" in str(caught.value)
    assert isinstance(caught.value, RemoteReference) == ("out of" in message)


def test_deep_nesting_ends() -> None:
    deep: Any = {"type": "string"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    assert text_of({"type": "object", "properties": {"x": deep}}).count("list[") < 30


def test_parts_of_all_of_are_put_together() -> None:
    parts = [
        {"type": ["integer", "string"], "minimum": 2, "maximum": 9, "enum": [1, 3, 5], "nullable": True},
        {"type": ["number", "string"], "minimum": 1, "maximum": 4, "enum": [3, 5, 7], "nullable": True},
    ]
    records = [
        {"properties": {"a": {"type": "number"}, "b": True}, "required": ["a"], "additionalProperties": True},
        {
            "properties": {"a": {"maximum": 1}, "b": True},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    ]
    document = {
        "type": "object",
        "properties": {
            "n": {"allOf": parts},
            "o": {"type": "object", "allOf": records},
            "u": {"allOf": [{"type": "array", "uniqueItems": True}, {"uniqueItems": False}]},
            "odd": {"allOf": [{"type": "string"}, {"type": "integer"}]},
            "flat": {"allOf": [{"type": "integer"}, {"allOf": [{"minimum": 1}, {"maximum": 3}]}]},
        },
        "required": ["n", "o", "u", "odd", "flat"],
    }
    text = text_of(document)
    for line in ["n: N?", "type N = 3", "o: O", "u: list[json](unique)", "odd: str", "flat: int(1..3)"]:
        assert line in text
    assert "schema O {\n  a: float(le=1)\n  b: json\n}" in text
    assert said(document) == {"/properties/odd/allOf/1": 'type "integer", beside another type'}


def test_options_beside_other_words() -> None:
    document = {
        "type": "object",
        "properties": {
            "s": {"type": "string", "anyOf": [{"maxLength": 2}, {"type": "null"}]},
            "m": {"anyOf": [{"type": "object"}, {"type": "object", "additionalProperties": {"const": "a"}}]},
            "l": {"anyOf": [{"type": "array", "items": {"enum": ["a b", None]}}, {"type": "array"}]},
            "none": {"anyOf": [{"type": "null"}]},
            "never": {"anyOf": [False]},
            "three": {"oneOf": [{"const": 1}, {"type": "string", "pattern": "^a"}, {"const": "b"}]},
            "titled": {"oneOf": [
                {"title": "Cat", "type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]},
                {"type": "object", "properties": {"a": {"const": 2}}, "required": ["a"]},
            ]},
        },
        "required": ["s", "m", "l", "none", "never", "three", "titled"],
    }  # fmt: skip
    text = text_of(document)
    for line in ["s: str(max_length=2)?", "m: map[json]", "l: list[json]", "none: json", "never: json",
                 '1 | str(pattern="^a")', "titled: Cat | Titled"]:  # fmt: skip
        assert line in text, line
