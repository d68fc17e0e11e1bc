"""Records as JSON Schema (draft 2020-12), as plain data.

Other records and enums are `$ref`s into `$defs`; unknown keys are refused, as everywhere. The schema of a
record takes everything that the record takes (checks and transforms it cannot tell), and little else.

The other name of a field is a property like it, and a rule says that only one of both is given:

    "properties": {"text": {"type": "string"}, "body": {"type": "string", "description": "Another name …"}},
    "oneOf": [{"required": ["text"]}, {"required": ["body"]}]
"""

from __future__ import annotations

from typing import Any, Final

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.ecma import ecma
from mlsig_compiler.model import (
    BuiltinType,
    Constraints,
    EmbeddingType,
    Enum,
    EnumType,
    EnvRef,
    Field,
    ListType,
    LiteralType,
    MapType,
    Member,
    Missing,
    OptionalType,
    OutputType,
    ScalarType,
    SchemaType,
    TensorType,
    Type,
    UnionType,
    Value,
)
from mlsig_compiler.plan import builtin
from mlsig_compiler.plan.deprecation import lasting
from mlsig_compiler.plan.types import FLOATS, Types, bounds
from mlsig_compiler.plan.values import to_json

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_KINDS: Final[dict[type, str]] = {bool: "boolean", int: "integer", str: "string"}
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
    deprecated: str | None = None,
) -> dict[str, Any]:
    """Return the schema of a record, complete in itself. Fields have their own names, as in `to_json`."""
    told = _told(description, deprecated)
    schema = {"$schema": DIALECT, "title": title, **_object(fields, told, partial=partial, open=open)}
    defs = {
        name: _definition(name, types) for name in sorted(types.reached(*(field.type for field in fields)))
    }
    if defs:
        schema["$defs"] = defs
    return schema


def _definition(name: str, types: Types) -> dict[str, Any]:
    if name in types.enums:
        return _enum(types.enums[name])
    if name not in types.schemas:
        return _object(types.signatures[name].outputs, {}, partial=False, open=False)
    schema = types.schemas[name]
    told = _told(schema.description, schema.deprecated)
    return _object(schema.fields, told, partial=False, open=schema.open)


def _enum(enum: Enum) -> dict[str, Any]:
    """Return the schema of an enum; what its members mean is part of the description, where models look."""
    meanings = [f"- {member.name}: {said}" for member in enum.members if (said := _meaning(member))]
    told = "\n".join(part for part in (enum.description, *meanings) if part)
    return {
        "type": "string",
        **_told(told, enum.deprecated),
        "enum": [member.name for member in enum.members],
    }


def _meaning(member: Member) -> str:
    advice = "" if member.deprecated is None else f"(deprecated: {member.deprecated})"
    return " ".join(part for part in (member.description, advice) if part)


def _told(description: str, deprecated: str | None) -> dict[str, Any]:
    said = lasting(description, deprecated)
    found: dict[str, Any] = {"description": said} if said else {}
    return found if deprecated is None else {**found, "deprecated": True}


def _object(fields: tuple[Field, ...], told: dict[str, Any], *, partial: bool, open: bool) -> dict[str, Any]:
    needed = {field.name for field in fields if isinstance(field.default, Missing) and not partial}
    properties = {field.name: _field(field, partial=partial) for field in fields}
    rules: list[dict[str, Any]] = []
    for field in fields:
        if not field.alias:
            continue
        properties[field.alias] = {**_type(field.type), "description": f"Another name of {field.name}."}
        if field.name in needed:
            rules.append({"oneOf": [{"required": [field.name]}, {"required": [field.alias]}]})
        else:
            rules.append({"not": {"required": [field.name, field.alias]}})
    aliased = {field.name for field in fields if field.alias}
    found: dict[str, Any] = {
        "type": "object",
        **told,
        "properties": properties,
        "required": [field.name for field in fields if field.name in needed - aliased],
        "additionalProperties": open,
    }
    return {**found, **rules[0]} if len(rules) == 1 else {**found, "allOf": rules} if rules else found


def _field(field: Field, *, partial: bool) -> dict[str, Any]:
    found = {**_type(field.type), **_told(field.description, field.deprecated)}
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
        return _literal(type_.options)
    if isinstance(type_, ListType):
        unique = {"uniqueItems": True} if type_.constraints.unique else {}
        return {"type": "array", "items": _type(type_.items), **_size(type_.constraints, "Items"), **unique}
    if isinstance(type_, MapType):
        size = _size(type_.constraints, "Properties")
        return {"type": "object", "additionalProperties": _type(type_.values), **size}
    if isinstance(type_, OptionalType):
        inner = _type(type_.type)
        if not inner:
            return inner
        return {"anyOf": [*_options(inner), {"type": "null"}]}
    if isinstance(type_, UnionType):
        return {"anyOf": [each for option in type_.options for each in _options(_type(option))]}
    if isinstance(type_, EnumType | SchemaType | OutputType):
        return {"$ref": f"#/$defs/{type_.name}"}
    if isinstance(type_, BuiltinType | EmbeddingType | TensorType):
        return builtin.json_schema(type_)
    raise InternalError(f"no JSON Schema for {type_}")


def _options(schema: dict[str, Any]) -> list[Any]:
    found: list[Any] = schema.get("anyOf", [schema])
    return found


def _literal(options: tuple[str | int | bool, ...]) -> dict[str, Any]:
    """Return the schema of fixed values; their kinds too, since true is 1 to some readers."""
    kinds = list(dict.fromkeys(_KINDS[type(option)] for option in options))
    fixed = {"const": options[0]} if len(options) == 1 else {"enum": list(options)}
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **fixed}


def _scalar(type_: ScalarType) -> dict[str, Any]:
    if type_.name == "json":
        return {}
    if type_.name == "bool":
        return {"type": "boolean"}
    if type_.name in {"date", "datetime"}:
        return {"type": "string", "format": "date" if type_.name == "date" else "date-time"}
    if type_.name == "str":
        return {"type": "string", **_size(type_.constraints, "Length"), **_pattern(type_.constraints.pattern)}
    kind = "number" if type_.name in FLOATS else "integer"
    return {"type": kind, **{_WORDS[word]: value for word, value in bounds(type_).items()}}


def _pattern(pattern: str | None) -> dict[str, str]:
    if pattern is None:
        return {}
    said = ecma(pattern)
    return {"$comment": f"must match {pattern} of Python"} if said is None else {"pattern": said}


def _size(says: Constraints, of: str) -> dict[str, int]:
    given = {f"min{of}": says.min_length, f"max{of}": says.max_length}
    return {word: value for word, value in given.items() if value is not None}
