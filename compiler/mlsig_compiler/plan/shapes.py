"""Types of the language as `mlsig.shapes` expressions, for the paths that explain, read and describe.

str(min_length=1)  ->  shapes.Text(min_length=1)
"""

from __future__ import annotations

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import (
    BuiltinType,
    Constraints,
    EmbeddingType,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    Missing,
    OptionalType,
    OutputType,
    ScalarType,
    SchemaType,
    TensorType,
    Type,
    UnionType,
)
from mlsig_compiler.patterns import anchored
from mlsig_compiler.plan import builtin
from mlsig_compiler.plan.layout import Atom, Expression, Text, call, mapping, tuple_of
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.rules import NO_RULES, Rules
from mlsig_compiler.plan.types import FLOATS, Types, bounds
from mlsig_compiler.plan.values import factory

_PLAIN = {"bool": "Boolean", "json": "Json", "date": "Date", "datetime": "DateTime"}


def record_shape(
    fields: tuple[Field, ...],
    description: str,
    types: Types,
    names: Names,
    *,
    partial: bool,
    open: bool = False,
    rules: Rules = NO_RULES,
) -> Expression:
    """Return the shape of a record, for a method in which `cls` is its class."""
    module = names("shapes")
    keywords: dict[str, Expression] = {
        "type": Atom("cls"),
        "fields": tuple_of(_field(field, types, names, partial=partial) for field in fields),
    }
    if description:
        keywords["description"] = Text(description)
    if partial:
        keywords["partial"] = Atom("True")
    if open:
        keywords["open"] = Atom("True")
    if rules.transforms:
        keywords["transforms"] = tuple_of(rules.transforms)
    if rules.checks:
        keywords["checks"] = tuple_of(rules.checks)
    if types.secret(*(field.type for field in fields)):
        keywords["secret"] = Atom("True")
    return call(f"{module}.RecordShape", keywords=keywords)


def shape(type_: Type, types: Types, names: Names) -> Expression:
    """Return the shape of a type."""
    module = names("shapes")
    if isinstance(type_, ScalarType):
        return _scalar(type_, module)
    if isinstance(type_, LiteralType):
        return call(f"{module}.Literal", tuple_of(Atom(literal(option)) for option in type_.options))
    if isinstance(type_, ListType):
        keywords = {"items": shape(type_.items, types, names), **_lengths(type_.constraints)}
        if type_.constraints.unique:
            keywords["unique"] = Atom("True")
        return call(f"{module}.Array", keywords=keywords)
    if isinstance(type_, MapType):
        return call(
            f"{module}.Mapping",
            keywords={"values": shape(type_.values, types, names), **_lengths(type_.constraints)},
        )
    if isinstance(type_, OptionalType):
        return call(f"{module}.Optional", shape(type_.type, types, names))
    if isinstance(type_, UnionType):
        return call(f"{module}.Union", tuple_of(shape(option, types, names) for option in type_.options))
    if isinstance(type_, EnumType):
        told = {m.name: Text(m.description) for m in types.enums[type_.name].members if m.description}
        return call(f"{module}.Choice", Atom(names.own(type_.name)), mapping(told))
    if isinstance(type_, SchemaType):
        return call(f"{module}.Ref", Atom(names.own(type_.name)))
    if isinstance(type_, OutputType):
        return call(f"{module}.Ref", Atom(f"{names.own(type_.name)}.Output"))
    if isinstance(type_, BuiltinType | EmbeddingType | TensorType):
        return builtin.shape(type_, names)
    raise InternalError(f"no shape for {type_}")


def _field(field: Field, types: Types, names: Names, *, partial: bool) -> Expression:
    keywords: dict[str, Expression] = {
        "name": Text(field.name),
        "shape": shape(field.type, types, names),
    }
    if field.description:
        keywords["description"] = Text(field.description)
    if not partial and not isinstance(field.default, Missing):
        keywords["default"] = factory(field, types, Scope(names))
    if field.alias is not None:
        keywords["alias"] = Text(field.alias)
    return call(f"{names('shapes')}.Field", keywords=keywords)


def _scalar(type_: ScalarType, module: str) -> Expression:
    if type_.name in _PLAIN:
        return call(f"{module}.{_PLAIN[type_.name]}")
    if type_.name == "str":
        keywords = _lengths(type_.constraints)
        if type_.constraints.pattern is not None:
            keywords["pattern"] = Text(anchored(type_.constraints.pattern))
        return call(f"{module}.Text", keywords=keywords)
    kind = "Number" if type_.name in FLOATS else "Integer"
    return call(
        f"{module}.{kind}",
        keywords={word: Atom(literal(value)) for word, value in bounds(type_).items()},
    )


def _lengths(says: Constraints) -> dict[str, Expression]:
    given = {"min_length": says.min_length, "max_length": says.max_length}
    return {word: Atom(literal(value)) for word, value in given.items() if value is not None}
