"""Types of machine learning and of media as Python: annotations, shapes, defaults and JSON Schema.

embedding(384)  ->  Held[Float32Array, 384]  and  shapes.Tensor(extents=(384,), dtype="float32")
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import (
    BuiltinType,
    Constraints,
    EmbeddingType,
    EnvRef,
    TensorType,
    Type,
    Value,
)
from mlsig_compiler.plan.layout import Atom, Expression, Text, call, data, sequence, subscript, tuple_of
from mlsig_compiler.plan.names import Names, Scope

Builtin: TypeAlias = BuiltinType | EmbeddingType | TensorType

CLASSES: Final = {
    "image": "Image",
    "audio": "Audio",
    "document": "Document",
    "api_key": "ApiKey",
    "model_response": "ModelResponse",
    "variable_config": "VariableConfig",
}
_ARRAYS: Final = {
    "float16": "Float16Array",
    "float32": "Float32Array",
    "float64": "Float64Array",
    "int8": "Int8Array",
    "int16": "Int16Array",
    "int32": "Int32Array",
    "int64": "Int64Array",
    "uint8": "UInt8Array",
    "bool": "BoolArray",
}
_NEEDED: Final = {"model_response": ("text",), "variable_config": ("name", "type")}
_MEDIA: Final = {"image": "image/*", "audio": "audio/*", "document": "*/*"}


def is_array(type_: Type) -> bool:
    """Say whether values are NumPy arrays, which have no plain `==` and no hash."""
    return isinstance(type_, EmbeddingType | TensorType) or (
        isinstance(type_, BuiltinType) and type_.name == "attention_weights"
    )


def is_keyed(type_: Type) -> bool:
    """Say whether values are objects that keep keys nobody declared."""
    return isinstance(type_, BuiltinType) and type_.name in _NEEDED


def is_key(type_: Type) -> bool:
    """Say whether values are secret."""
    return isinstance(type_, BuiltinType) and type_.name == "api_key"


def annotation(type_: Builtin, scope: Scope, *, bare: bool) -> Expression:
    """Return the annotation of a field; a `bare` one leaves sizes out."""
    if is_array(type_):
        extents, dtype = _extents(type_)
        plain = Atom(scope(_ARRAYS[dtype]))
        sizes = [Atom(literal(size)) for size in extents]
        return plain if bare else subscript(scope("Held"), plain, *sizes)
    if not isinstance(type_, BuiltinType):
        raise InternalError(f"no annotation for {type_}")
    says = type_.constraints
    if type_.name == "token_list":
        plain = Atom(scope("Tokens"))
        if bare or (says.min_length is None and says.max_length is None):
            return plain
        sizes = [Atom(literal(size)) for size in (says.min_length, says.max_length)]
        return subscript(scope("Held"), plain, *sizes)
    if type_.name == "reasoning_chain":
        steps = subscript(scope("list"), Atom(scope("Step")))
        meta = _lengths(says)
        if bare or not meta:
            return steps
        return subscript(scope("Annotated"), steps, call(scope("Meta"), keywords=meta))
    return Atom(scope(CLASSES[type_.name]))


def shape(type_: Builtin, names: Names) -> Expression:
    """Return the shape of a type."""
    module = names("shapes")
    if is_array(type_):
        extents, dtype = _extents(type_)
        keywords: dict[str, Expression] = {
            "extents": tuple_of(Atom(literal(size)) for size in extents),
            "dtype": Text(dtype),
        }
        return call(f"{module}.Tensor", keywords=keywords)
    if not isinstance(type_, BuiltinType):
        raise InternalError(f"no shape for {type_}")
    if type_.name == "token_list":
        return call(f"{module}.Tokens", keywords=_lengths(type_.constraints))
    if type_.name == "reasoning_chain":
        items = call(f"{module}.Ref", Atom(names("Step")))
        return call(f"{module}.Array", keywords={"items": items, **_lengths(type_.constraints)})
    if type_.name == "api_key":
        return call(f"{module}.Key")
    kind: Expression = Atom(names(CLASSES[type_.name]))
    if type_.name in _MEDIA:
        return call(f"{module}.Medium", keywords={"type": kind})
    needed = tuple_of(Text(name) for name in _NEEDED[type_.name])
    return call(f"{module}.Keyed", keywords={"type": kind, "needed": needed})


def expression(value: Value, type_: Builtin, scope: Scope) -> Expression:
    """Return the expression of a value that was checked against its type."""
    if is_array(type_):
        extents, dtype = _extents(type_)
        return call(scope("array"), data(value), Text(dtype), _dimensions(value, extents))
    if isinstance(type_, BuiltinType):
        if isinstance(value, EnvRef) and type_.name == "api_key":
            return call(f"{scope('ApiKey')}.env", Text(value.name))
        if isinstance(value, list) and type_.name == "token_list":
            return data(value)
        if isinstance(value, list) and type_.name == "reasoning_chain":
            return sequence(_step(item, scope) for item in value)
        if isinstance(value, dict) and type_.name in _NEEDED:
            return call(scope(CLASSES[type_.name]), data(value))
    raise InternalError(f"a value does not fit its type: {value!a}")


def accepts(value: Value, type_: Builtin) -> bool:
    """Say whether a value, known to be of some option of a union, is of this one."""
    if is_keyed(type_):
        return isinstance(value, dict)
    return isinstance(value, EnvRef) if is_key(type_) else isinstance(value, list)


def json_schema(type_: Builtin) -> dict[str, Any]:
    """Return the JSON Schema of a type."""
    if is_array(type_):
        extents, dtype = _extents(type_)
        kind = "boolean" if dtype == "bool" else "number" if dtype.startswith("float") else "integer"
        found: dict[str, Any] = {"type": kind, **_range(dtype)}
        for size in reversed(extents):
            bounds = {} if size is None else {"minItems": size, "maxItems": size}
            found = {"type": "array", "items": found, **bounds}
        return found
    if not isinstance(type_, BuiltinType):
        raise InternalError(f"no JSON Schema for {type_}")
    if type_.name == "token_list":
        token = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}
        return {"type": "array", "items": token, **_items(type_.constraints)}
    if type_.name == "reasoning_chain":
        return {
            "type": "array",
            "items": {**_object("step", "reasoning"), "additionalProperties": False},
            **_items(type_.constraints),
        }
    if type_.name == "api_key":
        return {"type": "string", "minLength": 1, "writeOnly": True}
    if type_.name in _NEEDED:
        return {**_object(*_NEEDED[type_.name]), "additionalProperties": True}
    inline: dict[str, Any] = {**_object("data", "media_type"), "additionalProperties": False}
    inline["properties"]["data"] = {
        "type": "string",
        "contentEncoding": "base64",
        "contentMediaType": _MEDIA[type_.name],
    }
    at: dict[str, Any] = {**_object("url"), "additionalProperties": False}
    at["properties"]["url"] = {"type": "string", "format": "uri"}
    return {"anyOf": [{"type": "string", "format": "uri"}, at, inline]}


def _extents(type_: Type) -> tuple[tuple[int | None, ...], str]:
    match type_:
        case EmbeddingType(size):
            return (size,), "float32"
        case TensorType(extents, dtype):
            return extents, dtype
        case _:
            return (None, None), "float64"


def _dimensions(value: Value, extents: tuple[int | None, ...]) -> Expression:
    """Return how many dimensions an array has, or all its extents where it has no rows that show them."""
    found: list[int] = []
    inner = value
    for extent in extents:
        size = len(inner) if isinstance(inner, list) else extent or 0
        found.append(size)
        inner = inner[0] if isinstance(inner, list) and inner else None
    shown = 0 not in found or not any(found[found.index(0) + 1 :])
    return Atom(literal(len(found))) if shown else tuple_of(Atom(literal(size)) for size in found)


def _step(value: Value, scope: Scope) -> Expression:
    if not isinstance(value, dict):
        raise InternalError(f"not a step: {value!a}")
    return call(scope("Step"), keywords={name: data(value[name]) for name in ("step", "reasoning")})


def _lengths(says: Constraints) -> dict[str, Expression]:
    given = {"min_length": says.min_length, "max_length": says.max_length}
    return {word: Atom(literal(value)) for word, value in given.items() if value is not None}


def _items(says: Constraints) -> dict[str, int]:
    given = {"minItems": says.min_length, "maxItems": says.max_length}
    return {word: value for word, value in given.items() if value is not None}


def _object(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
    }


def _range(dtype: str) -> dict[str, int]:
    if dtype == "uint8":
        return {"minimum": 0, "maximum": 255}
    if dtype.startswith("int"):
        bits = int(dtype.removeprefix("int"))
        return {"minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}
    return {}
