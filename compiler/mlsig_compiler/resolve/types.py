"""Types: what is written after the colon of a field, to the types of the model.

    read(str(min_length=1)?, scope) -> OptionalType(ScalarType("str", Constraints(min_length=1)))

A type that cannot be understood is reported and becomes `ANYTHING`, and nothing that depends on it is
complained about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.nearest import nearest
from mlsig_compiler.resolve import constraints
from mlsig_compiler.resolve.scope import ANYTHING, Scope, Skip, article

SCALARS: Final = {
    scalar.name: scalar
    for scalar in (
        model.ScalarType("str"),
        model.ScalarType("int"),
        model.ScalarType("float"),
        model.ScalarType("bool"),
        model.ScalarType("json"),
        model.ScalarType("date"),
        model.ScalarType("datetime"),
        model.ScalarType("probability"),
        model.ScalarType("confidence_score"),
    )
}
CONTAINERS: Final = ("list", "map")
NOT_YET: Final = (
    "embedding",
    "tensor",
    "token_list",
    "model_response",
    "variable_config",
    "reasoning_chain",
    "attention_weights",
    "image",
    "audio",
    "document",
    "api_key",
)
OTHER_LANGUAGES: Final = {
    "string": "str",
    "text": "str",
    "String": "str",
    "integer": "int",
    "number": "float",
    "double": "float",
    "boolean": "bool",
    "dict": "map[…]",
    "object": "json",
    "any": "json",
    "Any": "json",
    "array": "list[…]",
    "tuple": "list[…]",
    "set": "list[…](unique)",
    "List": "list[…]",
    "Dict": "map[…]",
    "Optional": "T?",
}


def read(node: syntax.Type, scope: Scope) -> model.Type:
    """Return the type of the model, or `ANYTHING` when it is wrong."""
    try:
        scope.enter(node.span)
    except Skip:
        return ANYTHING
    try:
        if isinstance(node, syntax.OptionalType):
            return model.OptionalType(read(node.type, scope))
        if isinstance(node, syntax.UnionType):
            return _union(node, scope)
        if isinstance(node, syntax.Literal):
            return _literals((node,), scope)
        return _named(node, scope)
    finally:
        scope.leave()


def _union(node: syntax.UnionType, scope: Scope) -> model.Type:
    literals = tuple(option for option in node.options if isinstance(option, syntax.Literal))
    if len(literals) == len(node.options):
        return _literals(literals, scope)
    help = (
        "write `T?` for a value that may be null" if any(option.value is None for option in literals) else ""
    )
    scope.report("MLS0190", node.span, "a union of types is not supported yet", help=help)
    return ANYTHING


def _literals(nodes: tuple[syntax.Literal, ...], scope: Scope) -> model.Type:
    options: list[str | int | bool] = []
    for node in nodes:
        value = node.value
        if value is None or isinstance(value, float):
            shown = "null" if value is None else "a number with a fraction"
            scope.report("MLS0404", node.span, f"{shown} cannot be a literal type")
            return ANYTHING
        if any(type(option) is type(value) and option == value for option in options):
            scope.report("MLS0407", node.span, "this option is listed twice")
            continue
        options.append(value)
    return model.LiteralType(tuple(options))


def _named(node: syntax.TypeName, scope: Scope) -> model.Type:
    name = node.name.text
    if name in NOT_YET and scope.kind(name) is None:
        scope.report("MLS0190", node.name.span, f"`{name}` is not supported yet")
        return ANYTHING
    if name in CONTAINERS:
        return _container(node, scope)
    if node.items:
        scope.report("MLS0404", node.span, f"`{name}` takes no type in brackets")
        return ANYTHING
    if name in SCALARS:
        return replace(SCALARS[name], constraints=constraints.read(name, node, scope))
    kind = scope.kind(name)
    if kind not in ("enum", "schema"):
        _unknown(node, kind, scope)
        return ANYTHING
    if node.arguments:
        constraints.read(name, node, scope)
    found = scope.imported.get(name)
    where = (found.name, found.module) if found else (name, scope.module)
    return model.EnumType(*where) if kind == "enum" else model.SchemaType(*where)


def _container(node: syntax.TypeName, scope: Scope) -> model.Type:
    name = node.name.text
    if len(node.items) != 1:
        inner = "[str, T]" if name == "map" and len(node.items) == 2 else "[T]"
        help = (
            "a map's keys are always strings: write `map[T]`"
            if inner != "[T]"
            else f"for example `{name}[str]`"
        )
        scope.report("MLS0404", node.span, f"`{name}` needs one type in brackets", help=help)
        return ANYTHING
    items = read(node.items[0], scope)
    found = constraints.read(name, node, scope, distinct(items, scope))
    return model.ListType(items, found) if name == "list" else model.MapType(items, found)


def distinct(type_: model.Type, scope: Scope) -> int | None:
    """Return how many different values a type has, or None when they are not worth counting."""
    if isinstance(type_, model.LiteralType):
        return len(type_.options)
    if isinstance(type_, model.EnumType):
        return len(scope.enum(type_).members)
    if isinstance(type_, model.ScalarType) and type_.name == "bool":
        return 2
    return None


def _unknown(node: syntax.TypeName, kind: str | None, scope: Scope) -> None:
    name = node.name.text
    if scope.unknowable(name):
        return
    if kind is not None:
        scope.report("MLS0305", node.name.span, f"`{name}` is {article(kind)}, and a type is needed here")
        return
    meant = OTHER_LANGUAGES.get(name) or nearest(
        name, (*scope.names("enum", "schema"), *SCALARS, *CONTAINERS)
    )
    scope.report(
        "MLS0301",
        node.name.span,
        f"unknown type `{name}`",
        label="neither a type nor declared in this file",
        help=f"did you mean `{meant}`?" if meant else "",
    )
