"""Unions, arrays, examples and configurations inside pydantic's models: read, written, described."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
from mlsig.types.held import BoolArray, Float32Array, Held, Int8Array, Tokens
from pydantic import TypeAdapter, ValidationError, create_model
from pydantic.json_schema import JsonSchemaMode
from reference.imported import imported

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
NAMES = ("unions", "sentiment", "spaces")

Types = dict[str, ModuleType]


@pytest.fixture(scope="module")
def golden() -> Iterator[Types]:
    texts = {name: (GOLDEN / name / "expected.py").read_text(encoding="utf-8") for name in NAMES}
    yield {name: imported(f"{name}_pydantic_types", text) for name, text in texts.items()}
    for name in NAMES:
        del sys.modules[f"{name}_pydantic_types"]


def refused(kind: Any, data: object) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Any](kind).validate_python(data)
    return [(error["loc"], error["type"]) for error in caught.value.errors()]


def agrees(kind: Any, value: Any) -> Any:
    """Return the JSON of a value, once it is read back as the same and fits both schemas."""
    adapter = TypeAdapter[Any](kind)
    text = adapter.dump_json(value)
    data = json.loads(text)
    again = adapter.dump_json(adapter.validate_json(text))
    assert again == text == adapter.dump_json(adapter.validate_python(value))
    assert adapter.dump_python(value, mode="json") == data
    modes: tuple[JsonSchemaMode, ...] = ("validation", "serialization")
    for mode in modes:
        schema = adapter.json_schema(mode=mode)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(data, schema)
    return data


def test_the_alias_of_a_union_is_that_union(golden: Types) -> None:
    unions = golden["unions"]
    model = create_model(
        "Home", pet=(unions.Pet, ...), more=(list[unions.Pet], []), maybe=(unions.Maybe, None)
    )
    home = model.model_validate(
        {"pet": {"kind": "cat", "lives": 9}, "more": [{"kind": "dog", "name": "Rex"}]}
    )
    assert type(home.pet) is unions.Cat  # type: ignore[attr-defined]
    assert type(home.more[0]) is unions.Dog  # type: ignore[attr-defined]
    agrees(model, home)
    assert TypeAdapter(unions.Pet).json_schema() == TypeAdapter(unions.Cat | unions.Dog).json_schema()
    assert refused(unions.Pet, {"kind": "cow"})


@pytest.mark.parametrize(
    ("kind", "value", "dtype"),
    [
        (Held[Float32Array, 3], [1, 2.5, 3], "float32"),
        (Held[Int8Array, 2, None], [[1, 2, 3], [4, 5, 6]], "int8"),
        (Held[BoolArray, None], [True, False], "bool"),
    ],
    ids=["floats", "rows", "bools"],
)
def test_arrays(kind: Any, value: Any, dtype: str) -> None:
    found = TypeAdapter[Any](kind).validate_python(value)
    assert found.dtype == dtype
    assert not found.flags.writeable
    assert TypeAdapter[Any](kind).dump_python(found) is found
    assert agrees(kind, found) == np.array(value, dtype).tolist()


def test_arrays_and_tokens_say_where_they_are_wrong() -> None:
    model = create_model("Search", vector=(Held[Float32Array, 3], ...), tokens=(Held[Tokens, 1, 2], [1]))
    assert refused(model, {"vector": [1, "a", float("nan")]}) == [
        (("vector", 1), "type"),
        (("vector", 2), "not_finite"),
    ]
    assert refused(model, {"vector": np.ones(4)}) == [(("vector",), "wrong_length")]
    assert refused(model, {"vector": [1, 2, 3], "tokens": [-1]}) == [(("tokens", 0), "too_small")]
    assert refused(model, {"vector": [1, 2, 3], "tokens": []}) == [(("tokens",), "too_short")]
    assert agrees(Held[Tokens, 1, 2], [3, "a"]) == [3, "a"]
    assert agrees(Tokens, list(range(9))) == list(range(9))
    schema = TypeAdapter[Any](Held[Int8Array, 2, None]).json_schema()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([[1], [128]], schema)


def test_examples(golden: Types) -> None:
    classify = golden["sentiment"].Classify
    for example in classify.examples:
        assert agrees(classify.Demo, example) == example.to_dict()
        assert TypeAdapter(classify.Demo).validate_python(example.to_dict()) == example
    assert refused(classify.Demo, 3) == [((), "type")]
    data = {"inputs": {}, "expected": {"sentiment": "odd"}, "reasoning": 1, "more": 2}
    assert refused(classify.Demo, data) == [
        (("more",), "unknown_field"),
        (("reasoning",), "type"),
        (("inputs", "review"), "missing"),
        (("expected", "sentiment"), "not_an_option"),
    ]


@pytest.mark.parametrize("name", ["Kinds", "Rules", "Groups"])
def test_configurations(golden: Types, name: str) -> None:
    space = getattr(golden["spaces"], name)
    for config in [space.default(), *space.sample_batch(30, Random(1))]:
        assert agrees(space.Config, config) == config.to_dict()
        assert TypeAdapter(space.Config).dump_python(config) == config.to_dict()
    assert refused(space.Config, None) == [((), "type")]


def test_a_configuration_says_where_it_is_wrong(golden: Types) -> None:
    kinds = golden["spaces"].Kinds
    data = {**kinds.default().to_dict(), "many": 9, "more": 1}
    assert refused(kinds.Config, data) == [(("more",), "unknown_variable"), (("many",), "off_step")]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, TypeAdapter(kinds.Config).json_schema())
