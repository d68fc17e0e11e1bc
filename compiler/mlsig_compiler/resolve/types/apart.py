"""When the options of a union are told apart.

    str | int            by the kind of their JSON
    Verdict | "none"     by their values, where both have few
    Cat | Dog            by a field that both need, with values that differ: kind: "cat", kind: "dog"
    Found | Failed       by a field that one needs and the other does not have

Nothing else tells them apart, so that which option a value is never depends on how deep one looks.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import model
from mlsig_compiler.findings.nearest import listed
from mlsig_compiler.resolve.scope import ANYTHING, Scope

STRING: Final = frozenset({"string"})
NUMBER: Final = frozenset({"number"})
BOOL: Final = frozenset({"bool"})
ARRAY: Final = frozenset({"array"})
OBJECT: Final = frozenset({"object"})
EVERY: Final = STRING | NUMBER | BOOL | ARRAY | OBJECT

KINDS: Final[dict[str, frozenset[str]]] = {
    "str": STRING,
    "date": STRING,
    "datetime": STRING,
    "api_key": STRING,
    "int": NUMBER,
    "float": NUMBER,
    "probability": NUMBER,
    "confidence_score": NUMBER,
    "bool": BOOL,
    "json": EVERY,
    "token_list": ARRAY,
    "reasoning_chain": ARRAY,
    "attention_weights": ARRAY,
    "model_response": OBJECT,
    "variable_config": OBJECT,
    # The address of a file, or its bytes with their kind.
    "image": STRING | OBJECT,
    "audio": STRING | OBJECT,
    "document": STRING | OBJECT,
}


def kinds(type_: model.Type) -> frozenset[str]:
    """Return the kinds of JSON that values of a type, other than null, are written as."""
    match type_:
        case model.ScalarType(name) | model.BuiltinType(name):
            return KINDS[name]
        case model.LiteralType(options):
            return frozenset(kind for option in options for kind in _kind(option))
        case model.EnumType():
            return STRING
        case model.ListType() | model.EmbeddingType() | model.TensorType():
            return ARRAY
        case model.MapType() | model.SchemaType() | model.OutputType() | model.ResourceType():
            return OBJECT
        case model.OptionalType(inner):
            return kinds(inner)
        case model.UnionType(options):
            return frozenset(kind for option in options for kind in kinds(option))


def _kind(value: str | int | bool) -> frozenset[str]:
    if isinstance(value, bool):
        return BOOL
    return STRING if isinstance(value, str) else NUMBER


def told_apart(one: model.Type, other: model.Type, scope: Scope) -> bool:
    """Say whether no value is of both types."""
    if not kinds(one) & kinds(other):
        return True
    if isinstance(one, model.SchemaType) and isinstance(other, model.SchemaType):
        key = one, other
        if key not in scope.compared:
            scope.compared[key] = _schemas(one, other, scope)
        return scope.compared[key]
    return _differ(one, other, scope)


def _differ(one: model.Type, other: model.Type, scope: Scope) -> bool:
    """Say whether both types have few values, and none in common."""
    left, right = _values(one, scope), _values(other, scope)
    return left is not None and right is not None and not left & right


def _values(type_: model.Type, scope: Scope) -> frozenset[tuple[type, object]] | None:
    if isinstance(type_, model.LiteralType):
        return frozenset((type(option), option) for option in type_.options)
    if isinstance(type_, model.EnumType):
        return frozenset((str, member.name) for member in scope.enum(type_).members)
    return None


def _schemas(one: model.SchemaType, other: model.SchemaType, scope: Scope) -> bool:
    if scope.lenient(one) or scope.lenient(other):
        return True  # a field that could not be read may be the one
    ours = {field.name: field for field in scope.fields(one)}
    theirs = {field.name: field for field in scope.fields(other)}
    for name in ours.keys() & theirs.keys():
        types = ours[name].type, theirs[name].type
        if any(type_ is ANYTHING for type_ in types):
            return True
        if required(ours[name]) and required(theirs[name]) and _differ(*types, scope):
            return True
    return _lacks(one, theirs, scope) or _lacks(other, ours, scope)


def _lacks(type_: model.SchemaType, needed: dict[str, model.Field], scope: Scope) -> bool:
    """Say whether a schema refuses a field that another one needs."""
    if scope.is_open(type_):
        return False
    names = {name for field in scope.fields(type_) for name in (field.name, field.alias)}
    return any(
        required(field) and field.name not in names and (field.alias is None or field.alias not in names)
        for field in needed.values()
    )


def record_of(
    value: dict[str, model.Value], type_: model.UnionType, scope: Scope
) -> model.SchemaType | model.MapType | None:
    """Return the option of a union that a record is a value of."""
    for option in type_.options:
        if isinstance(option, model.MapType):
            return option
        if isinstance(option, model.SchemaType) and _fits(value, scope.fields(option)):
            return option
    return None


def _fits(value: dict[str, model.Value], fields: tuple[model.Field, ...]) -> bool:
    names = {field.name for field in fields}
    return (
        value.keys() <= names
        and all(field.name in value or not required(field) for field in fields)
        and all(
            value[field.name] in field.type.options
            for field in fields
            if isinstance(field.type, model.LiteralType) and field.name in value
        )
    )


def required(field: model.Field) -> bool:
    """Say whether a field has to be given."""
    return isinstance(field.default, model.Missing)


def advice(one: model.Type, other: model.Type, scope: Scope) -> str:
    """Return what can be done about two types that are not told apart."""
    for whole in (one, other):
        if whole == model.ScalarType("json"):
            return "`json` takes every value already"
    if isinstance(one, model.SchemaType) and isinstance(other, model.SchemaType):
        return f'give each a field of its own value, for example `kind: "{one.name.lower()}"`'
    left, right = _values(one, scope), _values(other, scope)
    if left and right:
        return f"both have {listed(sorted(str(value) for _, value in left & right))}"
    both = kinds(one) & kinds(other)
    if isinstance(one, model.ListType) and isinstance(other, model.ListType):
        return "write one list whose items are a union: `list[A | B]`"
    if isinstance(one, model.MapType) and isinstance(other, model.MapType):
        return "write one map whose values are a union: `map[A | B]`"
    if both == NUMBER:
        return "an `int` is accepted for a `float`: keep the wider of the two"
    names = {getattr(type_, "name", "") for type_ in (one, other)}
    if both == STRING and "str" in names:
        return "a `str` takes every string already: keep one of the two"
    return "keep one of the two, or make each a schema with a field that says which it is"
