"""The fast path, the careful path, the JSON Schema and the reference interpreter say the same."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig_compiler.model import Enum, Module, Schema
from nightly import examples

from reference.data import Data
from reference.interpreter import Interpreter, Wrong
from reference.schemas import SEEDS, load, modules

SLOW = examples(40)


@given(st.data())
@SLOW
def test_two_paths_and_the_reference_agree(data: st.DataObject) -> None:
    agreed(data)


def agreed(data: st.DataObject) -> list[Any]:
    """Hold the classes of some module to the reference, and return them."""
    module = data.draw(modules())
    reference = interpreter(module)
    loaded = load(module)
    for schema in reference.schemas.values():
        record = getattr(loaded, schema.name)
        for value in values(data, reference, schema):
            wanted, wrong = reference.outcome(schema, value)
            issues: list[Issue] = []
            careful = explain(record.shape(), value, "", issues)
            try:
                found = record.validate(value)
            except ValidationError as error:
                assert [Wrong(issue.path, issue.code) for issue in error.issues] == wrong, value
                assert tuple(issues) == error.issues
                assert record.check(value) == issues
                continue
            assert not wrong, value
            assert issues == []
            assert careful == found
            assert same(plain(found), wanted)
            if not changed(reference):
                again = record.validate(found)
                assert again == found
                assert again is not found
    return [getattr(loaded, schema.name) for schema in reference.schemas.values()]


@given(st.data())
@SLOW
def test_json_in_and_out(data: st.DataObject) -> None:
    module = data.draw(modules())
    reference = interpreter(module)
    loaded = load(module)
    for schema in reference.schemas.values():
        record = getattr(loaded, schema.name)
        validator = jsonschema.Draft202012Validator(record.json_schema())
        validator.check_schema(record.json_schema())
        for value in values(data, reference, schema):
            if not writable(value):
                continue
            raw = json.dumps(value).encode()
            wanted, wrong = reference.outcome(schema, value)
            if wrong:
                with pytest.raises(ValidationError) as caught:
                    record.from_json(raw)
                assert [Wrong(issue.path, issue.code) for issue in caught.value.issues] == wrong
                continue
            found = record.from_json(raw)
            assert same(plain(found), wanted)
            if not changed(reference):
                assert record.from_json(found.to_json()) == found
                assert record.validate(found.to_dict()) == found
            if schema_can_say(value):
                validator.validate(json.loads(found.to_json()))


def values(data: st.DataObject, reference: Interpreter, schema: Schema) -> list[Any]:
    """Return some data for a schema: half of it fits, but for the rules, and half is a little wrong."""
    seed = data.draw(SEEDS)
    return [Data(seed + luck, reference, luck).record(schema) for luck in (0, 1, 60, 100, 150, 250)]


def interpreter(module: Module) -> Interpreter:
    enums = {found.name: found for found in module.declarations if isinstance(found, Enum)}
    return Interpreter(
        enums, {found.name: found for found in module.declarations if isinstance(found, Schema)}
    )


def changed(reference: Interpreter) -> bool:
    """Say whether something inside a schema may change when it is validated again."""
    return any(each.transforms for each in reference.schemas.values())


def plain(value: Any) -> Any:
    """Return what the reference would call this value."""
    if hasattr(value, "__struct_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.value if hasattr(value, "value") else value


def same(left: Any, right: Any) -> bool:
    """Compare strictly: types too, so that true is not 1 and 1 is not 1.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def writable(value: Any) -> bool:
    """Leave out what the JSON Schema library reads differently: a last line break, tiny multiples."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 2**300
    if isinstance(value, list):
        return all(map(writable, value))
    if isinstance(value, dict):
        return all(writable(key) and writable(item) for key, item in value.items())
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return True


def schema_can_say(value: Any) -> bool:
    """Leave out what Python's JSON Schema library reads differently: a last line break, tiny multiples."""
    text = json.dumps(value)
    return not any(part in text for part in ("\\n", "0.", "e+", "e-"))
