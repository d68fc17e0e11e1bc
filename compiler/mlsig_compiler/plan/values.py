"""Values of the model as Python expressions of their type, and as JSON.

0 for a float  ->  0.0          supported for an enum  ->  Verdict.supported
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.model import (
    BuiltinType,
    EmbeddingType,
    EnumMember,
    EnumType,
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
from mlsig_compiler.plan.layout import Atom, Expression, Prefixed, Text, call, data, mapping, sequence
from mlsig_compiler.plan.names import Scope
from mlsig_compiler.plan.types import FLOATS, Types


def expression(value: Value, type_: Type, types: Types, scope: Scope) -> Expression:
    """Return the expression of a value that was checked against its type.

    Raises:
        InternalError: It does not fit; the checks before should have refused it.
    """
    if isinstance(type_, OptionalType):
        return Atom("None") if value is None else expression(value, type_.type, types, scope)
    if isinstance(type_, UnionType):
        return expression(value, chosen(value, type_, types), types, scope)
    if isinstance(type_, EnumType):
        return Atom(f"{scope.own(type_.name)}.{identifier(_member(value, type_))}")
    if isinstance(type_, SchemaType) and isinstance(value, dict):
        fields = {field.name: field for field in types.schema(type_.name).fields}
        return record(value, fields, scope.own(type_.name), types, scope)
    if isinstance(type_, ListType) and isinstance(value, list):
        return sequence(expression(item, type_.items, types, scope) for item in value)
    if isinstance(type_, MapType) and isinstance(value, dict):
        return mapping({key: expression(item, type_.values, types, scope) for key, item in value.items()})
    if isinstance(type_, LiteralType) and isinstance(value, str | int):
        return Atom(literal(value))
    if isinstance(type_, ScalarType):
        return _scalar(value, type_, scope)
    if isinstance(type_, BuiltinType | EmbeddingType | TensorType):
        return builtin.expression(value, type_, scope)
    raise InternalError(f"a value does not fit its type: {value!a}")


def record(
    values: dict[str, Value],
    fields: dict[str, Field],
    class_name: str,
    types: Types,
    scope: Scope,
) -> Expression:
    """Return the call that makes a record; fields that are not given are left to their defaults."""
    given = {
        identifier(name): expression(values[name], field.type, types, scope)
        for name, field in fields.items()
        if name in values
    }
    return call(class_name, keywords=given)


def default(field: Field, types: Types, scope: Scope) -> Expression | None:
    """Return what follows `=` in the class body, or None for a required field."""
    if isinstance(field.default, Missing):
        return None
    if shareable(field.type, field.default):
        return expression(field.default, field.type, types, scope)
    return call(scope("field"), keywords={"default_factory": factory(field, types, scope)})


def factory(field: Field, types: Types, scope: Scope) -> Expression:
    """Return a callable without arguments that makes the default of a field that has one."""
    if isinstance(field.default, Missing):
        raise InternalError(f"{field.name} has no default")
    if field.type == ScalarType("json") and field.default in ({}, []):
        # Nothing says of what type an empty container is, and type checkers ask.
        scope = scope.clear
        held = f"{scope('str')}, " if isinstance(field.default, dict) else ""
        kind = scope("dict" if isinstance(field.default, dict) else "list")
        return Atom(f"lambda: {kind}[{held}{scope('Any')}]()")
    return Prefixed("lambda: ", expression(field.default, field.type, types, scope.clear))


def shareable(type_: Type, value: object) -> bool:
    """Say whether all records may share one default object, because nobody can change it."""
    if isinstance(value, list | dict):
        return False
    inner = type_.type if isinstance(type_, OptionalType) else type_
    return not isinstance(inner, SchemaType) or value is None


def chosen(value: Value, type_: UnionType, types: Types) -> Type:
    """Return the option of a union that a value is of: no value is of two."""
    for option in type_.options:
        if _of(value, option, types):
            return option
    raise InternalError(f"a value is of no option of a union: {value!a}")


def _of(value: Value, type_: Type, types: Types) -> bool:
    """Say whether a value, known to be of some option of a union, is of this one."""
    match type_:
        case EnumType():
            return isinstance(value, EnumMember) and (value.enum, value.module) == (type_.name, type_.module)
        case LiteralType():
            return any(type(option) is type(value) and option == value for option in type_.options)
        case ListType():
            return isinstance(value, list)
        case MapType():
            return isinstance(value, dict)
        case SchemaType():
            return isinstance(value, dict) and _members_of(value, type_, types)
        case ScalarType("str" | "date" | "datetime"):
            return isinstance(value, str)
        case ScalarType("bool"):
            return isinstance(value, bool)
        case BuiltinType() | EmbeddingType() | TensorType():
            return builtin.accepts(value, type_)
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def _members_of(value: dict[str, Value], type_: SchemaType, types: Types) -> bool:
    fields = {field.name: field for field in types.schema(type_.name).fields}
    return (
        value.keys() <= fields.keys()
        and all(name in value or not isinstance(field.default, Missing) for name, field in fields.items())
        and all(
            _of(item, fields[name].type, types)
            for name, item in value.items()
            if isinstance(fields[name].type, EnumType | LiteralType)
        )
    )


def to_json(value: Value) -> Any:
    """Return a value as plain JSON data."""
    if isinstance(value, EnumMember):
        return value.name
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def _member(value: Value, type_: EnumType) -> str:
    if isinstance(value, EnumMember) and value.enum == type_.name:
        return value.name
    raise InternalError(f"not a member of {type_.name}: {value!a}")


def _scalar(value: Value, type_: ScalarType, scope: Scope) -> Expression:
    if type_.name == "json":
        return data(to_json(value))
    if type_.name in FLOATS and isinstance(value, int | float) and not isinstance(value, bool):
        return Atom(literal(float(value)))
    if type_.name == "int" and isinstance(value, int) and not isinstance(value, bool):
        return Atom(literal(value))
    if type_.name == "bool" and isinstance(value, bool):
        return Atom(literal(value))
    if isinstance(value, str):
        if type_.name == "str":
            return Text(value)
        if type_.name == "date":
            return Atom(f"{scope('date')}.fromisoformat({literal(date.fromisoformat(value).isoformat())})")
        if type_.name == "datetime":
            when = datetime.fromisoformat(value).isoformat()
            return Atom(f"{scope('datetime')}.fromisoformat({literal(when)})")
    raise InternalError(f"a value does not fit {type_.name}: {value!a}")
