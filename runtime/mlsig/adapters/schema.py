"""The JSON Schema that a server forces answers into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mlsig import shapes
from mlsig.records import Record
from mlsig.types.jsonlike import is_array, is_object

# Servers check types and shape while they write; these words they ignore, or refuse the whole schema for.
_LEFT_OUT: Final = frozenset({"$schema", "$id", "default", "title", "examples"})
_NAMED: Final = frozenset({"properties", "$defs"})


def answer_schema(output: type[Record], lead: Sequence[shapes.Field]) -> dict[str, Any]:
    """Return the output's JSON Schema as constrained decoding wants it.

    Every property is required and nothing else is allowed, since a server that may leave out a field does so.
    The fields of `lead` come first: a model can only reason before it answers.
    """
    schema: dict[str, Any] = _strict(output.json_schema())
    before = {field.name: _described(field) for field in lead}
    schema["properties"] = before | schema.get("properties", {})
    schema["required"] = list(schema["properties"])
    return schema


def _strict(schema: Any) -> Any:
    if is_array(schema):
        return [_strict(item) for item in schema]
    if not is_object(schema):
        return schema
    closed = {
        key: _by_name(value) if key in _NAMED else _strict(value)
        for key, value in schema.items()
        if key not in _LEFT_OUT
    }
    if "properties" in closed:
        closed["required"] = list(closed["properties"])
        closed["additionalProperties"] = False
    return closed


def _by_name(schemas: dict[str, Any]) -> dict[str, Any]:
    """Properties are names, not words of JSON Schema: a field may be called `default`."""
    return {name: _strict(schema) for name, schema in schemas.items()}


def _described(field: shapes.Field) -> dict[str, Any]:
    return {"type": "string"} | ({"description": field.description} if field.description else {})
