"""Types: what is written after the colon of a field, to the types of the model.

    read(str(min_length=1)?, scope) -> OptionalType(ScalarType("str", Constraints(min_length=1)))

A type that cannot be understood is reported and becomes `ANYTHING`, and nothing that depends on it is
complained about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Edit, Fix, replacing
from mlsig_compiler.findings.nearest import nearest, sure
from mlsig_compiler.resolve.scope import ANYTHING, Scope, Skip, article
from mlsig_compiler.resolve.types import aliases, builtin, constraints, unions
from mlsig_compiler.source import Span

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
# Every type that the language itself has.
KNOWN: Final = (*SCALARS, *CONTAINERS, *builtin.NAMES)
# For how many unknown types of a file those that may be meant are looked for.
MOST_LEADS: Final = 50
DECLARED: Final = ("enum", "schema", "type")
OTHER_LANGUAGES: Final = {
    "string": "str",
    "text": "str",
    "char": "str",
    "uuid": "str",
    "url": "str",
    "String": "str",
    "integer": "int",
    "long": "int",
    "number": "float",
    "double": "float",
    "real": "float",
    "decimal": "float",
    "boolean": "bool",
    "timestamp": "datetime",
    "time": "datetime",
    "dict": "map[…]",
    "object": "json",
    "any": "json",
    "Any": "json",
    "array": "list[…]",
    "tuple": "list[…]",
    "set": "list[…](unique)",
    "List": "list[…]",
    "Dict": "map[…]",
    "Map": "map[…]",
    "Optional": "T?",
    "vector": "embedding(…)",
    "ndarray": "tensor(…)",
    "picture": "image",
    "file": "document",
    "secret": "api_key",
}
KEYS: Final = ("str", "string")
# Words of other languages that are said otherwise than by another word.
OTHER_WAYS: Final = {
    "Optional": "write `T?` for a value that may be null",
    "Union": "write `A | B`",
    "Literal": 'write the values themselves: `"yes" | "no"`',
    "choice": '`choice` is for variables; a type of fixed strings is written `"a" | "b"`',
    "enum": "declare the enum beside the schema, and use its name here",
    "None": "write `T?` for a value that may be null",
}


def read(node: syntax.Type, scope: Scope) -> model.Type:
    """Return the type of the model, or `ANYTHING` when it is wrong."""
    try:
        scope.enter(node.span)
    except Skip:
        return ANYTHING
    try:
        if isinstance(node, syntax.OptionalType):
            return unions.optional(read(node.type, scope))
        if isinstance(node, syntax.UnionType):
            return unions.union(
                node, [(read_option(option, scope), option) for option in node.options], scope
            )
        if isinstance(node, syntax.Literal):
            return unions.literal(node, scope)
        return _named(node, scope)
    finally:
        scope.leave()


def read_option(node: syntax.Type, scope: Scope) -> model.Type | None:
    """Return one option of a union; None for `null`, which Python calls `None`."""
    if isinstance(node, syntax.Literal) and node.value is None:
        return None
    if isinstance(node, syntax.TypeName) and node.name.text == "None" and not node.items:
        return None
    return read(node, scope)


def _named(node: syntax.TypeName, scope: Scope) -> model.Type:
    name = node.name.text
    if name in CONTAINERS:
        return _container(node, scope)
    if name in KNOWN or scope.kind(name) in DECLARED:
        brackets = _brackets(node, scope)
        if brackets is not None:
            more: dict[str, Any] = {}
            if not node.items:
                edits = (Edit(node.name.span, f"list[{name}]"), Edit(brackets, ""))
                more = {"help": f"a list is written `list[{name}]`", "fix": Fix("", edits)}
            scope.report("MLS0404", node.span, f"`{name}` takes no type in brackets", **more)
            return ANYTHING
    if name in SCALARS:
        return replace(SCALARS[name], constraints=constraints.read(name, node, scope))
    if name in builtin.NAMES:
        return builtin.read(node, scope)
    kind = scope.kind(name)
    if kind not in DECLARED:
        _unknown(node, kind, scope)
        return ANYTHING
    if node.arguments:
        _no_arguments(node, kind, scope)
    if kind == "type":
        return aliases.type_of(name, scope, read)
    found = scope.imported.get(name)
    where = (found.name, found.module) if found else (name, scope.module)
    return model.EnumType(*where) if kind == "enum" else model.SchemaType(*where)


def _brackets(node: syntax.TypeName, scope: Scope) -> Span | None:
    """Return where the brackets after the name of a type stand, the empty ones of `str[]` too."""
    after = scope.source.text[node.name.span.end : node.span.end]
    start = node.name.span.end + len(after) - len(after.lstrip())
    if not after.lstrip().startswith("["):
        return None
    last = node.items[-1].span.end if node.items else start
    return Span(start, scope.source.text.index("]", last) + 1)


def _no_arguments(node: syntax.TypeName, kind: str, scope: Scope) -> None:
    name = node.name.text
    if kind != "type":
        constraints.read(name, node, scope)
        return
    first, last = node.arguments[0], node.arguments[-1]
    span = node.span._replace(start=(first.name or first.value).span.start, end=last.value.span.end)
    where = scope.where(name)
    scope.report(
        "MLS0405",
        span,
        f"`{name}` takes no constraints: it is another name for a type, with those that it has there",
        labels=scope.labels(where, "declared here"),
        help="declare a second `type` with these constraints, or write the type out here",
    )


def _container(node: syntax.TypeName, scope: Scope) -> model.Type:
    name = node.name.text
    if len(node.items) != 1:
        two = name == "map" and len(node.items) == 2
        help = "a map's keys are always strings: write `map[T]`" if two else f"for example `{name}[str]`"
        scope.report("MLS0404", node.span, f"`{name}` needs one type in brackets", help=help)
        return ANYTHING
    items = read(node.items[0], scope)
    found = constraints.read(name, node, scope, distinct(items, scope))
    if items is ANYTHING:
        return ANYTHING
    return model.ListType(items, found) if name == "list" else model.MapType(items, found)


def distinct(type_: model.Type, scope: Scope) -> int | None:
    """Return how many different values a type has, or None when they are not worth counting."""
    if isinstance(type_, model.LiteralType):
        return len(type_.options)
    if isinstance(type_, model.EnumType):
        return len(scope.enum(type_).members)
    if isinstance(type_, model.ScalarType) and type_.name == "bool":
        return 2
    if isinstance(type_, model.OptionalType):
        inner = distinct(type_.type, scope)
        return None if inner is None else inner + 1
    if isinstance(type_, model.UnionType):
        counts = [distinct(option, scope) for option in type_.options]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None
    return None


def _unknown(node: syntax.TypeName, kind: str | None, scope: Scope) -> None:
    name = node.name.text
    if kind is not None:
        where = scope.where(name)
        message = f"`{name}` is {article(kind)}, and a type is needed here"
        scope.report("MLS0305", node.name.span, message, labels=scope.labels(where, "declared here"))
        return
    if scope.unknowable(name):
        return
    meant = OTHER_LANGUAGES.get(name)
    help = OTHER_WAYS.get(name, "")
    more: dict[str, Any] = {"help": help} if help else {}
    if meant and not help:
        more = {"help": f"did you mean `{meant}`?"}
        if meant in SCALARS and not node.items:
            more["fix"] = replacing(node.name.span, meant)
        elif meant.endswith("[…]") and len(node.items) == 1:
            more["fix"] = replacing(node.name.span, meant.removesuffix("[…]"))
        elif meant == "map[…]" and len(node.items) == 2 and scope.written(node.items[0].span) in KEYS:
            first = Edit(node.items[0].span._replace(end=node.items[1].span.start), "")
            more["fix"] = Fix("", (Edit(node.name.span, "map"), first))
    elif name == "Literal" and node.items and all(isinstance(item, syntax.Literal) for item in node.items):
        written = " | ".join(scope.written(item.span) for item in node.items)
        more["fix"] = replacing(node.span, written)
    elif name == "Optional" and len(node.items) == 1:
        edits = (Edit(Span(node.span.start, node.items[0].span.start), ""),)
        more["fix"] = Fix("", (*edits, Edit(Span(node.items[0].span.end, node.span.end), "?")))
    elif not help and len(scope.unknown_types) < MOST_LEADS:
        scope.unknown_types.add(name)
        more = _lead(node.name, scope)
    label = "neither a type nor declared in this file"
    scope.report("MLS0301", node.name.span, f"unknown type `{name}`", label=label, **more)


def _lead(name: syntax.Name, scope: Scope) -> dict[str, Any]:
    """Return the help for an unknown type: one of the language that it nearly is, or what the scope knows."""
    meant = nearest(name.text, (*scope.names(*DECLARED), *KNOWN))
    certain = sure(name.text, (*scope.names(*DECLARED), *KNOWN))
    if meant in KNOWN:
        return {"help": f"did you mean `{meant}`?", "fix": replacing(name.span, meant) if certain else None}
    return scope.lead(name.text, name.span, *DECLARED)
