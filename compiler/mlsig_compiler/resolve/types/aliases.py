"""Type aliases, which are transparent: the model has the type that an alias stands for.

    type Slug = str(pattern="^[a-z]+$")
    type Slugs = list[Slug]                 ->   ListType(ScalarType("str", …))

An alias may use others, in any order; aliases that stand for each other in a circle stand for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import annotated
from mlsig_compiler.resolve.scope import ANYTHING, Scope

# Aliases of aliases could otherwise stand for types beyond any size, and nest them beyond any depth.
LARGEST: Final = 256


def type_of(name: str, scope: Scope, read: Callable[[syntax.Type, Scope], model.Type]) -> model.Type:
    """Return what an alias stands for, its own or imported; `read` reads types."""
    imported = scope.imported.get(name)
    if imported is not None:
        found = imported.declaration
        return found.type if isinstance(found, model.Alias) else ANYTHING
    if name not in scope.aliases:
        if name in scope.unfolding:
            _circle(scope.unfolding[scope.unfolding.index(name) :], scope)
            return ANYTHING
        scope.unfolding.append(name)
        node = scope.syntax[name]
        type_ = read(node.type, scope) if isinstance(node, syntax.Alias) else ANYTHING
        scope.unfolding.pop()
        if _size(type_) > LARGEST:
            message = f"`{name}` stands for more than {LARGEST} types, one in another"
            scope.report("MLS0108", scope.syntax[name].head.name.span, message)
            type_ = ANYTHING
        # One of a circle has been found to mean nothing while it was read.
        scope.aliases.setdefault(name, type_)
    return scope.aliases[name]


def alias(node: syntax.Alias, type_: model.Type, scope: Scope) -> model.Alias:
    """Return an alias whose type has been read."""
    said = annotated.read(node.annotations, "type", scope)
    description = node.head.description
    return model.Alias(
        name=node.head.name.text,
        type=type_,
        description=description.text if description else "",
        deprecated=said.deprecated,
        span=node.head.name.span,
    )


def _size(type_: model.Type) -> int:
    """Count the types inside a type, of which those that aliases stand for have been found to be few."""
    match type_:
        case model.ListType(inner) | model.MapType(inner) | model.OptionalType(inner):
            return 1 + _size(inner)
        case model.UnionType(options):
            return 1 + sum(map(_size, options))
        case _:
            return 1


def _circle(names: list[str], scope: Scope) -> None:
    first, *others = names
    for name in names:
        scope.aliases[name] = ANYTHING
    heads = {name: scope.syntax[name].head.name.span for name in names}
    message = f"`{first}` stands for itself"
    if others:
        shown = " -> ".join(f"`{name}`" for name in (*names, first))
        message = f"these types stand for each other in a circle: {shown}"
    scope.report(
        "MLS0423",
        heads[first],
        message,
        labels=tuple(Label(heads[name], f"`{name}` is part of the circle") for name in others),
        help="a type that contains itself is a schema, whose field is optional, a list or a map",
    )
