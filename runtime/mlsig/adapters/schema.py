"""The JSON Schema that a server forces answers into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mlsig import shapes
from mlsig.adapters.task import Task
from mlsig.errors import JsonSchemaError
from mlsig.records import Record
from mlsig.structured import Variant, own_names
from mlsig.types.jsonlike import is_array, is_object

# Servers check types and shape while they write; these words they ignore, or refuse the whole schema for.
_LEFT_OUT: Final = frozenset({"$schema", "$id", "$comment", "default", "title", "examples"})
_NAMED: Final = frozenset({"properties", "$defs"})


def answer_schema(
    output: type[Record], lead: Sequence[shapes.Field], variant: Variant = "openai"
) -> dict[str, Any]:
    """Return the output's JSON Schema as constrained decoding wants it.

    It is the provider's variant where that can say the output. Where OpenAI's cannot, it is the plain schema,
    for servers that know more: with every property required, since a server that may leave out a field does
    so. The fields of `lead` come first: a model can only reason before it answers.

    Raises:
        JsonSchemaError: Another variant cannot say the output; nobody but its provider reads it.
    """
    try:
        schema = output.json_schema(variant)
    except JsonSchemaError:
        if variant != "openai":
            raise
        schema = _loose(output.json_schema())
        variant = "openai"
    before = {field.name: _described(field) for field in lead}
    schema["properties"] = before | schema["properties"]
    required = schema["required"]
    schema["required"] = [*before, *(name for name in required if name not in before)]
    if variant == "google":
        schema["propertyOrdering"] = list(schema["properties"])
    return schema


def forced(task: Task) -> dict[str, Any] | None:
    """Return what the server should force the answers of a task into, or None where it cannot."""
    if not task.structured:
        return None
    try:
        return answer_schema(task.output, task.lead, task.variant)
    except JsonSchemaError:
        return None


def _loose(schema: Any) -> Any:
    if is_array(schema):
        return [_loose(item) for item in schema]
    if not is_object(schema):
        return schema
    plain = own_names(schema) if "properties" in schema else schema
    closed = {
        key: _by_name(value) if key in _NAMED else _loose(value)
        for key, value in plain.items()
        if key not in _LEFT_OUT
    }
    if "properties" in closed:
        closed["required"] = list(closed["properties"])
        closed["additionalProperties"] = False
    return closed


def _by_name(schemas: dict[str, Any]) -> dict[str, Any]:
    """Properties are names, not words of JSON Schema: a field may be called `default`."""
    return {name: _loose(schema) for name, schema in schemas.items()}


def _described(field: shapes.Field) -> dict[str, Any]:
    return {"type": "string"} | ({"description": field.description} if field.description else {})
