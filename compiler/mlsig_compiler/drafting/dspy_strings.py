"""The string form of a DSPy signature, read without DSPy: `question, passages: list[str] -> answer: bool`.

Names and types are those of Python; nothing is imported and nothing is run.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from mlsig_compiler.check.names import RECORD
from mlsig_compiler.drafting.draft import JSON, Draft, Field, Signature
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.reader import Reader
from mlsig_compiler.drafting.json_schema.telling import Dialect
from mlsig_compiler.drafting.naming import field_names

SCALARS: Final[dict[str, Schema]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
    "Any": {},
    "object": {},
    "None": {"type": "null"},
    "Image": {"x-mlsig": {"type": "image"}},
    "Audio": {"x-mlsig": {"type": "audio"}},
    "File": {"x-mlsig": {"type": "document"}},
}
EXAMPLE: Final = 'for example "question, passages: list[str] -> answer: str"'


def read(text: str, name: str) -> Draft:
    """Draft a signature.

    Raises:
        ValueError: It is not one; the message says why.
    """
    inputs, arrow, outputs = text.partition("->")
    if not arrow or "->" in outputs:
        raise ValueError(f"a signature has inputs, one ->, and outputs: {EXAMPLE}")
    sides = [_side(inputs, "inputs"), _side(outputs, "outputs")]
    both = [*sides[0], *sides[1]]
    twice = sorted({each for each in both if both.count(each) > 1})
    if twice:
        raise ValueError(f"two fields are called `{twice[0]}`")
    schemas = {each: schema for side in sides for each, schema in side.items()}
    reader = Reader({"fields": schemas}, Dialect(ecma=False))
    called = reader.names.take(name)
    made = Signature(name=called, inputs=[], outputs=[], origin=text)
    reader.draft.declarations.append(made)
    names = field_names(schemas, RECORD | {"self"})
    for side, fields in zip(sides, (made.inputs, made.outputs), strict=True):
        for each, schema in side.items():
            field = Field(
                name=names[each], type=JSON, alias=None if names[each] == each else each, origin=each
            )
            reader.fill(field, schema, called)
            fields.append(field)
    return reader.draft


def _side(text: str, what: str) -> dict[str, Schema]:
    """Return the fields of one side, read as the parameters of a Python function are."""
    try:
        (function,) = ast.parse(f"def signature({text.strip()}): pass").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ValueError(f"these {what} cannot be read: {text.strip()} ({why}); {EXAMPLE}") from None
    if not isinstance(function, ast.FunctionDef):
        raise ValueError(f"these {what} cannot be read: {text.strip()}; {EXAMPLE}")
    given = function.args
    plain = not (given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults)
    if not plain or len(function.body) != 1 or not given.args:
        raise ValueError(f"{what} are names with types, at least one: {EXAMPLE}")
    return {
        each.arg: _schema(each.annotation) if each.annotation else dict(SCALARS["str"]) for each in given.args
    }


def _schema(node: ast.expr) -> Schema:
    """Return a type of Python as JSON Schema.

    Raises:
        ValueError: It is no type that is known without an import.
    """
    match node:
        case ast.Constant(value=None):
            return dict(SCALARS["None"])
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in SCALARS:
            return dict(SCALARS[name])
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return {"anyOf": [_schema(left), _schema(right)]}
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, inner)
        case _:
            said = ast.unparse(node)
            raise ValueError(
                f"the type `{said}` is not one of Python's own: import the signature, as package.module:Name"
            )


def _generic(name: str, inner: ast.expr) -> Schema:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    match name.lower():
        case "list" | "sequence" | "set" | "frozenset" if len(parts) == 1:
            unique: Schema = {"uniqueItems": True} if "set" in name.lower() else {}
            return {"type": "array", "items": _schema(parts[0]), **unique}
        case "tuple":
            places = [part for part in parts if not (isinstance(part, ast.Constant) and part.value is ...)]
            if len(places) < len(parts):
                return {"type": "array", "items": _schema(places[0])}
            made = [_schema(part) for part in places]
            return {"type": "array", "prefixItems": made, "items": False, "minItems": len(made)}
        case "dict" | "mapping" if len(parts) == 2:
            return {"type": "object", "additionalProperties": _schema(parts[1])}
        case "optional" if len(parts) == 1:
            return {"anyOf": [_schema(parts[0]), {"type": "null"}]}
        case "union":
            return {"anyOf": [_schema(part) for part in parts]}
        case "literal":
            values: list[Any] = [_constant(part) for part in parts]
            return {"enum": values}
        case _:
            raise ValueError(f"the type `{name}[…]` is not one that is known")


def _constant(node: ast.expr) -> str | int | bool | None:
    try:
        value: object = ast.literal_eval(node)
    except ValueError:
        value = ...
    if value is None or isinstance(value, str | int | bool):
        return value
    raise ValueError(f"`{ast.unparse(node)}` cannot be one of fixed values")
