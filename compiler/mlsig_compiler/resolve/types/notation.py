"""Types of values that are only computed, and types as messages write them.

    type_of(plan.queries, …)       ->   list[str]
    written(ListType(OutputType("Plan")))   ->   "a list of what `Plan` returns"

What an expression can be is a union of sorts; a step that only has a value needs a type all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from mlsig_compiler import model
from mlsig_compiler.resolve.scope import DEEPEST, Scope
from mlsig_compiler.resolve.types import SCALARS
from mlsig_compiler.resolve.wording import described
from mlsig_compiler.typecheck.sorts import (
    FLOAT,
    INT,
    NULL,
    EnumOf,
    ListOf,
    MapOf,
    One,
    RecordOf,
    Sorts,
    Vector,
    sorts_of,
    unknown,
    without_values,
)

# The types that one sort says all about; that of a `probability` is that of a `float`.
TYPES: Final[tuple[model.Type, ...]] = (
    *SCALARS.values(),
    *(model.BuiltinType(name) for name in get_args(model.BuiltinName)),
)
NAMED: Final = {sorts_of(type_): type_ for type_ in reversed(TYPES)}


def type_of(expr: model.Expr, sorts: Sorts, names: Mapping[str, model.Type], scope: Scope) -> model.Type:
    """Return the type of an expression: of a path the declared one, of anything else what its sorts say."""
    declared = _declared(expr, names, scope)
    if declared is None:
        return from_sorts(sorts)
    # A test has told that it is not null.
    return _present(declared) if NULL.isdisjoint(sorts) else declared


def _declared(expr: model.Expr, names: Mapping[str, model.Type], scope: Scope) -> model.Type | None:
    match expr:
        case model.VariableRef(name):
            return names.get(name)
        case model.Attribute(operand, name):
            owner = _declared(operand, names, scope)
            owner = _present(owner) if owner is not None else None
            if not isinstance(owner, model.SchemaType | model.OutputType):
                return None
            return next((field.type for field in scope.fields(owner) if field.name == name), None)
        case _:
            return None


def _present(type_: model.Type) -> model.Type:
    return type_.type if isinstance(type_, model.OptionalType) else type_


def from_sorts(sorts: Sorts) -> model.Type:
    """Return the type of values of some sorts, `ANYTHING` where nothing is known of them."""
    if not sorts or unknown(sorts):
        return model.ANYTHING
    rest = without_values(sorts) - NULL
    if rest == INT | FLOAT:
        rest = FLOAT
    options = tuple(sorted((_one(one) for one in rest), key=repr))
    if not options:
        return model.ScalarType("json")
    found = options[0] if len(options) == 1 else model.UnionType(options)
    return found if NULL.isdisjoint(sorts) else model.OptionalType(found)


def _one(one: One) -> model.Type:
    match one:
        case ListOf(items):
            return model.ListType(from_sorts(items))
        case MapOf(values):
            return model.MapType(from_sorts(values))
        case EnumOf(type_) | RecordOf(type_):
            return type_
        case Vector(rank):
            return model.ListType(model.ScalarType("float") if rank == 1 else _one(Vector(rank - 1)))
        case _:
            return NAMED.get(frozenset({one}), model.ScalarType("json"))


def deep(type_: model.Type) -> bool:
    """Say whether a type is nested more deeply than any that can be written: steps may wrap each other."""
    for _ in range(DEEPEST):
        if not isinstance(type_, model.ListType | model.OptionalType | model.MapType):
            return False
        type_ = type_.type if isinstance(type_, model.OptionalType) else _content(type_)
    return True


def _content(type_: model.ListType | model.MapType) -> model.Type:
    return type_.items if isinstance(type_, model.ListType) else type_.values


def written(type_: model.Type) -> str:
    """Return a type for messages that set two types against each other."""
    match type_:
        case model.OutputType(name):
            return f"what `{name}` returns"
        case model.OptionalType(inner):
            return f"{written(inner)} or null"
        case model.ListType(items):
            return f"a list of {_many(items)}"
        case model.MapType(values):
            return f"a map of {_many(values)}"
        case _:
            return described(type_)


def _many(type_: model.Type) -> str:
    match type_:
        case model.ScalarType(name) | model.BuiltinType(name):
            return f"`{name}`"
        case model.SchemaType(name) | model.EnumType(name) | model.ResourceType(name):
            return f"`{name}`"
        case model.OptionalType(inner):
            return f"{_many(inner)} or null"
        case model.ListType(items):
            return f"lists of {_many(items)}"
        case model.MapType(values):
            return f"maps of {_many(values)}"
        case _:
            return written(type_)
