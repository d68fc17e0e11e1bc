"""Records as JSON Schema (draft 2020-12), as plain data.

Other records and enums are `$ref`s into `$defs`; unknown keys are refused, as everywhere.
"""

from __future__ import annotations

from typing import Any, Final

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.model import (
    BuiltinType,
    Constraints,
    EmbeddingType,
    EnumType,
    EnvRef,
    Field,
    ListType,
    LiteralType,
    MapType,
    Missing,
    OptionalType,
    ScalarType,
    SchemaType,
    TensorType,
    Type,
    UnionType,
    Value,
)
from mlsig_compiler.plan import builtin
from mlsig_compiler.plan.types import FLOATS, Types, bounds
from mlsig_compiler.plan.values import to_json

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WORDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}


def json_schema(
    title: str,
    fields: tuple[Field, ...],
    description: str,
    types: Types,
    *,
    partial: bool = False,
    open: bool = False,
    deprecated: bool = False,
) -> dict[str, Any]:
    """Return the schema of a record, complete in itself. Fields have their own names, as in `to_json`."""
    schema = {
        "$schema": DIALECT,
        "title": title,
        **_object(fields, description, partial=partial, open=open, deprecated=deprecated),
    }
    defs = {
        name: _definition(name, types) for name in sorted(types.reached(*(field.type for field in fields)))
    }
    if defs:
        schema["$defs"] = defs
    return schema


def _definition(name: str, types: Types) -> dict[str, Any]:
    if name in types.schemas:
        schema = types.schemas[name]
        return _object(
            schema.fields,
            schema.description,
            partial=False,
            open=schema.open,
            deprecated=schema.deprecated is not None,
        )
    enum = types.enums[name]
    found: dict[str, Any] = {"type": "string", "enum": [member.name for member in enum.members]}
    if enum.description:
        found["description"] = enum.description
    if enum.deprecated is not None:
        found["deprecated"] = True
    return found


def _object(
    fields: tuple[Field, ...], description: str, *, partial: bool, open: bool, deprecated: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object"}
    if description:
        found["description"] = description
    if deprecated:
        found["deprecated"] = True
    found["properties"] = {field.name: _field(field, partial=partial) for field in fields}
    found["required"] = [field.name for field in fields if isinstance(field.default, Missing) and not partial]
    found["additionalProperties"] = open
    return found


def _field(field: Field, *, partial: bool) -> dict[str, Any]:
    found = _type(field.type)
    if field.description:
        found["description"] = field.description
    if field.deprecated is not None:
        found["deprecated"] = True
    if not partial and not isinstance(field.default, Missing) and not _secret(field.default):
        found["default"] = to_json(field.default)
    return found


def _secret(value: Value) -> bool:
    """Say whether a default names a key, which is nobody's business."""
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return isinstance(value, EnvRef) or any(map(_secret, items))


def _type(type_: Type) -> dict[str, Any]:
    if isinstance(type_, ScalarType):
        return _scalar(type_)
    if isinstance(type_, LiteralType):
        return {"enum": list(type_.options)}
    if isinstance(type_, ListType):
        unique = {"uniqueItems": True} if type_.constraints.unique else {}
        return {"type": "array", "items": _type(type_.items), **_size(type_.constraints, "Items"), **unique}
    if isinstance(type_, MapType):
        size = _size(type_.constraints, "Properties")
        return {"type": "object", "additionalProperties": _type(type_.values), **size}
    if isinstance(type_, OptionalType):
        inner = _type(type_.type)
        options: list[Any] = inner["anyOf"] if isinstance(type_.type, UnionType) else [inner]
        return {"anyOf": [*options, {"type": "null"}]}
    if isinstance(type_, UnionType):
        return {"anyOf": [_type(option) for option in type_.options]}
    if isinstance(type_, EnumType | SchemaType):
        return {"$ref": f"#/$defs/{type_.name}"}
    if isinstance(type_, BuiltinType | EmbeddingType | TensorType):
        return builtin.json_schema(type_)
    raise InternalError(f"no JSON Schema for {type_}")


def _scalar(type_: ScalarType) -> dict[str, Any]:
    if type_.name == "json":
        return {}
    if type_.name == "bool":
        return {"type": "boolean"}
    if type_.name in {"date", "datetime"}:
        return {"type": "string", "format": "date" if type_.name == "date" else "date-time"}
    if type_.name == "str":
        pattern = {} if type_.constraints.pattern is None else {"pattern": type_.constraints.pattern}
        return {"type": "string", **_size(type_.constraints, "Length"), **pattern}
    kind = "number" if type_.name in FLOATS else "integer"
    return {"type": kind, **{_WORDS[word]: value for word, value in bounds(type_).items()}}


def _size(says: Constraints, of: str) -> dict[str, int]:
    given = {f"min{of}": says.min_length, f"max{of}": says.max_length}
    return {word: value for word, value in given.items() if value is not None}
