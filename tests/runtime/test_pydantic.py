"""Records inside pydantic's models: read, written, and described."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import mlsig
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mlsig.records.pydantic import place
from pydantic import Field, TypeAdapter, ValidationError, create_model
from reference.drawing import data_for
from reference.imported import imported, on_path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
NAMES = ("everything", "unions", "vectors", "checks")


@pytest.fixture(scope="module")
def golden() -> Iterator[dict[str, ModuleType]]:
    texts = {name: (GOLDEN / name / "expected.py").read_text(encoding="utf-8") for name in NAMES}
    made = {name: imported(f"{name}_pydantic", text) for name, text in texts.items()}
    sys.path.insert(0, str(GOLDEN / "checks"))
    yield made
    sys.path.remove(str(GOLDEN / "checks"))
    for name in NAMES:
        del sys.modules[f"{name}_pydantic"]


PASSAGE: dict[str, Any] = {"id": "a-1", "text": "some", "weight": 0.5}
UPLOAD = {"picture": "https://example.org/a.png", "sound": None, "key": "sesame-1234"}


def places(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    return [(found["loc"], found["type"]) for found in error.errors()]


def test_a_record_is_a_field_like_any_other(golden: dict[str, ModuleType]) -> None:
    everything = golden["everything"]
    model = create_model(
        "Question",
        one=(everything.Passage, ...),
        many=(list[everything.Passage], []),
        named=(dict[str, everything.Tree], {}),
        maybe=(everything.Day | None, None),
        verdict=(everything.Verdict, everything.Verdict.unknown),
    )
    data: dict[str, Any] = {
        "one": PASSAGE,
        "many": [PASSAGE, everything.Passage.validate(PASSAGE)],
        "named": {"a": {"label": "x", "children": [{"label": "y"}]}},
        "maybe": {"on": "2026-01-02"},
        "verdict": "refuted",
    }
    found: Any = model.model_validate(data)
    assert type(found.one) is everything.Passage
    assert found.many == [found.one, found.one]
    assert found.named["a"].children[0].label == "y"
    assert found.verdict is everything.Verdict.refuted
    assert model.model_validate_json(found.model_dump_json()) == found
    assert model.model_validate(found.model_dump()) == found
    assert found.model_dump()["maybe"] == {"on": found.maybe.on, "hours": [9, 17]}
    assert found.model_dump(mode="json")["maybe"] == {"on": "2026-01-02", "hours": [9, 17]}
    assert json.loads(found.model_dump_json(exclude={"one", "many"}))["named"]["a"]["next"] is None


def test_every_issue_is_an_error_at_its_place(golden: dict[str, ModuleType]) -> None:
    everything = golden["everything"]
    model = create_model("Question", trees=(list[everything.Tree], ...), one=(everything.Passage, ...))
    tree = {"label": "a", "children": [{"label": 1}], "named": {'x "y"]': {"label": 2}, "z.z": {}}}
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"trees": [{"label": "a"}, tree], "one": {"id": "A", "text": "", "weight": 1}})
    assert places(caught.value) == [
        (("trees", 1, "children", 0, "label"), "type"),
        (("trees", 1, "named", 'x "y"]', "label"), "type"),
        (("trees", 1, "named", "z.z", "label"), "missing"),
        (("one", "id"), "pattern"),
        (("one", "text"), "too_short"),
    ]
    first, *_, last = caught.value.errors()
    assert (first["msg"], first["input"]) == ("must be a string, not an integer", "1")
    assert last["msg"] == "must have at least 1 character, has 0"
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json('{"trees": 3, "one": null}')
    assert places(caught.value) == [(("trees",), "list_type"), (("one",), "null")]


@pytest.mark.parametrize(
    ("path", "loc"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a[2].b[0][1]", ("a", 2, "b", 0, 1)),
        ('a["x y"].b', ("a", "x y", "b")),
        ('["it\'s"]', ("it's",)),
        (r'a["\x00"].b', ("a", r"\x00", "b")),
        ('a["x"y"]"][1]', ("a", 'x"y"]', 1)),
        ('a["xx…]["y"]', ("a", "xx", "y")),
    ],
)
def test_paths_as_places(path: str, loc: tuple[str | int, ...]) -> None:
    assert place(path) == loc


def test_a_ready_made_record_is_checked_again(golden: dict[str, ModuleType]) -> None:
    passage = golden["everything"].Passage
    adapter = TypeAdapter[Any](passage)
    wrong = passage(id="NO", text="", weight=None)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(wrong)
    assert places(caught.value) == [(("id",), "pattern"), (("text",), "too_short")]
    right = passage.validate(PASSAGE)
    assert adapter.validate_python(right) == right
    assert adapter.dump_python(right) == {**PASSAGE, **adapter.dump_python(right)}
    assert json.loads(adapter.dump_json(right)) == right.to_dict()


def test_what_was_never_validated_is_written_as_it_is(golden: dict[str, ModuleType]) -> None:
    model = create_model("Holder", passage=(golden["everything"].Passage, ...))
    assert model.model_construct(passage={"id": 3}).model_dump() == {"passage": {"id": 3}}


def test_unions_say_which_option_they_mean(golden: dict[str, ModuleType]) -> None:
    unions = golden["unions"]
    adapter = TypeAdapter[Any](unions.Cat | unions.Dog | list[unions.Box])
    assert adapter.validate_python({"kind": "dog", "name": "Rex"}) == unions.Dog(kind="dog", name="Rex")
    (box,) = adapter.validate_json('[{"pet": {"kind": "cat", "lives": 3}, "size": 4}]')
    assert (box.pet, box.size) == (unions.Cat(kind="cat", lives=3), 4)
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Any](unions.Cat | None).validate_python({"kind": "cat", "lives": 0})
    assert places(caught.value) == [(("lives",), "too_small")]
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"kind": "cat", "lives": 0})
    assert (("function-plain[Cat()]", "lives"), "too_small") in places(caught.value)


def test_records_in_dataclasses(golden: dict[str, ModuleType]) -> None:
    day: Any = golden["everything"].Day

    @dataclass
    class Week:
        days: list[day]

    Week.__annotations__["days"] = list[day]
    adapter = TypeAdapter(Week)
    week = adapter.validate_python({"days": [{"hours": [1]}]})
    assert week.days == [day.validate({"hours": [1]})]
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"days": [{}, {"hours": [24]}]})
    assert places(caught.value) == [(("days", 1, "hours", 0), "too_large")]


def test_inputs_and_outputs_of_signatures(golden: dict[str, ModuleType]) -> None:
    check = golden["everything"].Check
    model = create_model("Call", inputs=(check.Input, ...), known=(check.Expected, check.Expected()))
    found: Any = model.model_validate({"inputs": {"claim": "It is."}, "known": {"verdict": "refuted"}})
    assert found.model_dump()["known"] == {"verdict": golden["everything"].Verdict.refuted}
    assert json.loads(found.model_dump_json())["known"] == {"verdict": "refuted"}
    titles = {name: schema.get("title") for name, schema in model.model_json_schema()["$defs"].items()}
    assert titles["CheckInput"] == "Check.Input"
    assert titles["CheckExpected"] == "Check.Expected"
    assert model.model_json_schema(mode="serialization")["$defs"]["CheckExpected"]["required"] == []


def test_checks_and_transforms_run(golden: dict[str, ModuleType]) -> None:
    model = create_model("Holder", simple=(golden["checks"].Simple, ...))
    assert model.model_validate({"simple": {"low": 1, "high": 2, "name": " B "}}).simple.name == "B"
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"simple": {"low": 2, "high": 1}})
    assert [(found["loc"], found["msg"]) for found in caught.value.errors()] == [
        (("simple",), "low is below high")
    ]


def test_arrays(golden: dict[str, ModuleType]) -> None:
    vectors = golden["vectors"]
    model = create_model("Holder", batch=(vectors.Batch, ...))
    passage = {"id": "a", "vector": np.arange(4)}
    found: Any = model.model_validate({"batch": {"passages": [passage], "tokens": [1]}})
    assert found.batch.passages[0].vector.dtype == np.float32
    assert found.model_dump()["batch"]["passages"][0]["vector"] is found.batch.passages[0].vector
    again: Any = model.model_validate_json(found.model_dump_json())
    assert again == found
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"batch": {"passages": [{"id": "a", "vector": [1, 2, None, 4]}], "tokens": []}})
    assert places(caught.value) == [(("batch", "passages", 0, "vector", 2), "null")]


def test_keys_are_neither_shown_nor_written(golden: dict[str, ModuleType]) -> None:
    model = create_model("Holder", upload=(golden["vectors"].Upload, ...))
    found: Any = model.model_validate({"upload": UPLOAD})
    assert found.upload.key.secret() == "sesame-1234"
    assert model.model_validate(found.model_dump()) == found
    for text in (repr(found), found.model_dump_json(), str(found.model_dump())):
        assert "sesame" not in text
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"upload": {**UPLOAD, "picture": "sesame", "more": "sesame"}})
    for text in (str(caught.value), repr(caught.value), caught.value.json(), repr(caught.value.errors())):
        assert "sesame" not in text


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_schemas_agree_with_what_is_read_and_written(golden: dict[str, ModuleType], mode: Any) -> None:
    everything, vectors, unions = golden["everything"], golden["vectors"], golden["unions"]
    model = create_model(
        "Whole",
        tree=(everything.Tree, ...),
        passages=(list[everything.Passage], Field(max_length=3)),
        other=(vectors.Passage | None, None),  # of the same name, and another
        box=(unions.Box, ...),
        day=(dict[str, everything.When], {}),
        verdict=(everything.Verdict, ...),
    )
    schema = model.model_json_schema(mode=mode)
    jsonschema.Draft202012Validator.check_schema(schema)
    references = set(walk(schema))
    assert references <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert {"Tree", "Box", "Cat", "Meta", "Day", "When"} < set(schema["$defs"])
    assert not [
        text for text in map(str, schema["$defs"].values()) if "$schema" in text or "$defs': {" in text
    ]
    data: dict[str, Any] = {
        "tree": {"label": "a", "children": [{"label": "b"}]},
        "passages": [PASSAGE],
        "other": {"id": "b", "vector": [1, 2, 3, 4]},
        "box": {"pet": {"kind": "dog", "name": "Rex"}},
        "day": {"now": {"day": {}}},
        "verdict": "refuted",
    }
    validator = jsonschema.Draft202012Validator(schema)
    if mode == "serialization":
        assert not validator.is_valid(data)  # what is written has every field
        data = json.loads(model.model_validate(data).model_dump_json())
    assert not list(validator.iter_errors(data))
    assert not validator.is_valid({**data, "tree": {**data["tree"], "children": [{"label": 1}]}})
    assert not validator.is_valid({**data, "verdict": "perhaps"})


def walk(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from walk(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from walk(value)


RECORDS = (
    "everything.Passage", "everything.Tree", "everything.Any", "everything.When", "everything.Check.Expected",
    "everything.Check.Input", "unions.Box", "unions.Plain", "vectors.Batch", "vectors.Raw", "vectors.Upload",
    "vectors.Rank.Output", "checks.Passage", "checks.Holder", "checks.Judge.Output",
)  # fmt: skip


@pytest.mark.parametrize("path", RECORDS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_schema_of_what_is_written_holds(
    golden: dict[str, ModuleType], path: str, data: st.DataObject
) -> None:
    module, *names = path.split(".")
    kind: Any = golden[module]
    for name in names:
        kind = getattr(kind, name)
    given_data = data.draw(data_for(kind))
    assume(not kind.check(given_data))
    adapter = TypeAdapter[Any](kind)
    written = json.loads(adapter.dump_json(adapter.validate_python(given_data)))
    schema = adapter.json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not list(jsonschema.Draft202012Validator(schema).iter_errors(written))
    taken = jsonschema.Draft202012Validator(adapter.json_schema())
    assert taken.is_valid(written) or "key" in written


def test_records_that_were_imported_under_another_name() -> None:
    with on_path(str(GOLDEN / "imports")):
        far, qa = importlib.import_module("far"), importlib.import_module("deep.qa")
        model = create_model(
            "Both", holds=(far.Holds, ...), special=(qa.Special, ...), asked=(qa.QA.Output, ...)
        )
        schemas = [model.model_json_schema(mode=mode) for mode in ("validation", "serialization")]
        for name in ("base", "far", "deep", "deep.qa"):
            del sys.modules[name]
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)
        defs = schema["$defs"]
        assert set(walk(schema)) == {f"#/$defs/{name}" for name in defs}
        assert {"Leaf", "Passage", "Special", "base__Verdict", "far__Verdict"} <= set(defs)
        assert defs["Passage"]["properties"]["verdict"]["$ref"] == "#/$defs/base__Verdict"
        assert defs["Holds"]["properties"]["own"]["$ref"] == "#/$defs/far__Verdict"
        assert defs["Special"]["properties"]["more"]["items"]["$ref"] == "#/$defs/Passage"
        assert defs["far__Verdict"]["required"] == ["x"]
        assert defs["base__Verdict"]["enum"] == ["yes", "no"]


def test_aliases_are_read_and_not_written(golden: dict[str, ModuleType]) -> None:
    adapter = TypeAdapter[Any](golden["checks"].Passage)
    assert {"text", "body"} <= set(adapter.json_schema()["properties"])
    written = adapter.json_schema(mode="serialization")
    assert (
        written["required"] == list(written["properties"]) == list(golden["checks"].Passage.__struct_fields__)
    )
    assert "oneOf" not in written


def test_fields_with_the_names_of_keywords_are_fields() -> None:
    text = (
        "schema Leaf { a: int }  schema Odd { default: Leaf  enum: Leaf? = null  properties: map[Leaf] = {} }"
    )
    schema = TypeAdapter[Any](mlsig.create_schema(text)).json_schema()
    assert schema["properties"]["default"] == {"$ref": "#/$defs/Leaf"}
    assert schema["properties"]["properties"]["additionalProperties"] == {"$ref": "#/$defs/Leaf"}
    assert schema["properties"]["properties"]["default"] == {}
