"""Whatever a draft says, what is written passes `mlsig check`; what had to go is said."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.drafting.draft import INT, JSON, STR, Alias, Draft, Field, Record, Signature, optional
from mlsig_compiler.drafting.json_schema import SchemaError, read
from mlsig_compiler.drafting.printing import printed, string, type_text, value_text
from mlsig_compiler.drafting.proving import Unproved, proved

ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**65),
    st.sampled_from([0.5, -1e300, "", "a", "x y", "^a$", "(a+)+$", "["]),
    st.lists(st.sampled_from(["a", "b", 1, None, 0.5, "type"]), max_size=3),
)  # fmt: skip
KINDS = st.sampled_from([
    "string", "integer", "number", "boolean", "array", "object", "null", "odd", ["string", "null"],
    ["integer", "array", "object"],
])  # fmt: skip
WORDS = [
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "pattern", "format", "minItems", "maxItems", "uniqueItems", "const", "enum", "default", "title",
    "description", "examples", "required", "nullable", "deprecated", "minProperties", "maxProperties",
    "$comment", "not", "odd", "if",
]  # fmt: skip
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "pattern": st.sampled_from(["^a$", "(a+)+$", "(?=a)", "[", "\\p{L}", "\\Z"]),
    "format": st.sampled_from(["date", "date-time", "email", "uuid"]),
    "minimum": st.integers(-3, 3), "maximum": st.floats(-3, 3),
    "multipleOf": st.sampled_from([0, 2, 0.5, -1]),
    "minLength": st.integers(0, 3), "maxLength": st.integers(0, 3), "uniqueItems": st.booleans(),
}  # fmt: skip
PLAIN = st.lists(st.sampled_from(WORDS), unique=True, max_size=4).flatmap(
    lambda words: st.fixed_dictionaries({word: LIKELY.get(word, ANY) | ANY for word in words})
)
REFERENCES = st.sampled_from(["#", "#/$defs/A", "#/$defs/B", "#/$defs/a b", "#/properties/x"])


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["x", "a b", "class", "check", "", "_", "é"])
    return st.builds(
        lambda plain, kind, parts: {**plain, **({"type": kind} if kind else {}), **parts},
        PLAIN,
        st.none() | KINDS,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(names, inner, max_size=3),
                "items": inner | st.lists(inner, max_size=2),
                "prefixItems": st.lists(inner, max_size=2),
                "additionalProperties": inner,
                "patternProperties": st.dictionaries(names, inner, max_size=1),
                "anyOf": st.lists(inner, max_size=3),
                "oneOf": st.lists(inner, max_size=3),
                "allOf": st.lists(inner, max_size=3),
                "$ref": REFERENCES,
            },
        ),
    )


SCHEMAS = st.recursive(st.booleans() | PLAIN, grown, max_leaves=6)
DOCUMENTS = st.builds(
    lambda root, a, b, c: {**root, "$defs": {"A": a, "B": b, "a b": c}},
    grown(SCHEMAS),
    SCHEMAS,
    SCHEMAS,
    SCHEMAS,
)


@settings(max_examples=80, deadline=None)
@given(document=DOCUMENTS)
@example(document={"$ref": "#"})
@example(document={"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}})
@example(document={"allOf": [{"$ref": "#"}], "properties": {"x": True}})
@example(document={"anyOf": [{"$ref": "#"}]})
@example(document={"type": "object", "properties": {"x": {"$ref": "#"}}, "required": ["x"]})
@example(document={"type": "array", "items": {"$ref": "#"}})
@example(document={"prefixItems": [{"minimum": 0, "multipleOf": []}]})
@example(document={"required": ["x"], "minLength": 1, "properties": [], "anyOf": {}})
def test_whatever_the_document_what_is_written_passes(document: dict[str, Any]) -> None:
    with contextlib.suppress(SchemaError):
        proved(read(document, "Root"))


def weakened(*fields: Field, **more: Any) -> tuple[str, list[str]]:
    draft = Draft(declarations=[Record(name="Root", fields=list(fields), **more)])
    text = proved(draft)
    return text, [note.message.removeprefix("not carried over: ") for note in draft.notes]


def limited(**words: Any) -> model.Type:
    return model.ScalarType("str", model.Constraints(**words))


SLOW = limited(pattern="(a+)+$", min_length=1)


@pytest.mark.parametrize(
    ("type_", "written", "said"),
    [
        (SLOW, "str(min_length=1)", "pattern (a+)+$: this pattern could"),
        (model.ListType(SLOW), "list[str(min_length=1)]", "pattern (a+)+$"),
        (model.MapType(SLOW), "map[str(min_length=1)]", "pattern (a+)+$"),
        (model.OptionalType(SLOW), "str(min_length=1)?", "pattern (a+)+$"),
        (model.UnionType((SLOW, INT)), "str(min_length=1) | int", "pattern (a+)+$"),
        (model.ListType(limited(min_length=3, max_length=1)), "list[str]", "no length is at least 3"),
        (model.MapType(limited(min_length=3, max_length=1)), "map[str]", "no length is at least 3"),
        (model.UnionType((STR, limited(min_length=1))), "json", "MLS"),
        (model.SchemaType("Nowhere"), "json", "MLS"),
        (model.SchemaType("Root"), "json", "MLS"),
    ],
)
def test_types_are_weakened_by_what_is_wrong_with_them(type_: model.Type, written: str, said: str) -> None:
    text, notes = weakened(Field(name="x", type=type_))
    assert f"  x: {written}\n" in text
    assert len(notes) == 1
    assert said in notes[0]


def test_a_default_that_is_wrong_may_still_be_left_out() -> None:
    two = model.LiteralType(("a", "b"))
    text, notes = weakened(
        Field(name="x", type=INT, default="a"),
        Field(name="y", type=two, default="c"),
        Field(name="z", type=INT, default=None),
    )
    assert [line.strip() for line in text.splitlines() if "#" not in line][1:-1] == [
        "x: int? = null", "y: json = null", "z: int? = null"
    ]  # fmt: skip
    assert len(notes) == 3


def test_what_a_whole_record_has_wrong_is_the_last_resort() -> None:
    assert weakened(Field(name="x", type=INT, deprecated=" "))[1][0].startswith("the deprecation: ")
    text, notes = weakened(Field(name="x", type=INT), extends="Nowhere")
    assert "extends" not in text
    assert len(notes) == 2


def test_a_draft_that_cannot_be_mended_is_no_endless_work() -> None:
    with pytest.raises(Unproved, match="MLS"):
        weakened(Field(name="x", type=JSON), Field(name="x", type=JSON))
    signature = Signature(name="S", inputs=[Field(name="a", type=JSON)], outputs=[Field(name="a", type=JSON)])
    with pytest.raises(Unproved):
        proved(Draft(declarations=[signature]))


def test_an_alias_is_weakened() -> None:
    draft = Draft(declarations=[Alias(name="A", type=SLOW)], heading=["what this is"])
    assert proved(draft).startswith("# what this is\n\n# not carried over: pattern (a+)+$")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a"\\\n\t', '"a\\"\\\\\\n\\t"'),
        ("é 漢", '"é 漢"'),
        ("\u202e\x7f\u2028", '"\\u202e\\u007f\\u2028"'),
        ("\U000e0001", '"\\udb40\\udc01"'),
        ("\ud800", '"?"'),
    ],
)
def test_strings(text: str, written: str) -> None:
    assert string(text) == written


def test_long_lines_are_broken_between_options_and_before_descriptions() -> None:
    names = tuple(f"option number {index}" for index in range(12))
    node = Record(
        name="Root",
        fields=[
            Field(name="x", type=model.LiteralType(names), default=names[0], description="which of them"),
            Field(name="y", type=STR, description="long " * 20),
            Field(name="z", type=optional(STR), description="short"),
        ],
    )
    text = printed(Draft(declarations=[node]))
    assert max(map(len, text.splitlines())) <= 110
    laid_out = proved(Draft(declarations=[node]))
    assert max(map(len, laid_out.splitlines())) <= 110
    assert laid_out.split() == text.split()
    assert '\n    | "option number 4"' in text
    assert '\n  y: str\n    "long long' in text
    assert '\n  z: str?  "short"\n' in text


def test_types_and_values_that_no_reader_makes_yet() -> None:
    assert type_text(model.TensorType((2, None), "int8")) == "tensor(2, _, dtype=int8)"
    assert value_text(model.EnvRef(name="KEY", fallback="x")) == 'env("KEY", "x")'
    assert value_text({}) == "{}"
    assert value_text([True, None, 1.5, {"a b": "c"}]) == '[true, null, 1.5, { "a b": "c" }]'
