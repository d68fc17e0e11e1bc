"""Defaults that are records, which have defaults in turn for the fields that they leave out.

    schema A { a: A? = { } }       reports that this default contains itself

What is imported cannot lead back here, since imports form no circle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.types import apart

MOST: Final = 12


class Place(NamedTuple):
    """A field of a schema of this file, which has a default."""

    type: model.SchemaType
    field: model.Field


def check(scope: Scope) -> None:
    """Report each circle of defaults, each of which is part of the one before."""
    if scope.diagnostics.errors:
        return
    done: set[tuple[str, str]] = set()
    for node in scope.made.values():
        if not isinstance(node, model.Schema):
            continue
        type_ = model.SchemaType(node.name, scope.module)
        for field in node.fields:
            if isinstance(field.default, dict | list):
                _follow(Place(type_, field), done, scope)


def _follow(start: Place, done: set[tuple[str, str]], scope: Scope) -> None:
    path: dict[tuple[str, str], tuple[Place, Iterator[Place]]] = {}
    waiting: Place | None = start
    while waiting is not None or path:
        if waiting is not None:
            key = waiting.type.name, waiting.field.name
            if key in path:
                keys = list(path)
                _report([path[each][0] for each in keys[keys.index(key) :]], scope)
            elif key not in done:
                path[key] = waiting, _left_out(waiting.field.default, waiting.field.type, scope)
        waiting = None
        while path and waiting is None:
            last = next(reversed(path))
            waiting = next(path[last][1], None)
            if waiting is None:
                done.add(last)
                del path[last]


def _left_out(value: model.Value | model.Missing, type_: model.Type, scope: Scope) -> Iterator[Place]:
    """Yield the fields that the records in a value leave to their defaults."""
    match type_:
        case model.OptionalType(inner):
            yield from _left_out(value, inner, scope)
        case model.UnionType() if isinstance(value, dict):
            option = apart.record_of(value, type_, scope)
            if option is not None:
                yield from _left_out(value, option, scope)
        case model.ListType(inner) if isinstance(value, list):
            for item in value:
                yield from _left_out(item, inner, scope)
        case model.MapType(inner) if isinstance(value, dict):
            for item in value.values():
                yield from _left_out(item, inner, scope)
        case model.SchemaType(module=module) if isinstance(value, dict) and module == scope.module:
            schema = scope.schema(type_)
            for field in schema.fields if schema else ():
                if field.name in value:
                    yield from _left_out(value[field.name], field.type, scope)
                elif isinstance(field.default, dict | list):
                    yield Place(type_, field)
        case _:
            return


def _report(circle: list[Place], scope: Scope) -> None:
    first, *others = circle
    origin: syntax.Field | None = scope.origins.of(first.field) if scope.origins.knows(first.field) else None
    where = origin.default.span if origin and origin.default else first.field.span
    labels = tuple(
        Label(field.span, f"the default of `{field.name}` is part of it") for _, field in others[:MOST]
    )
    message = f"the default of `{first.field.name}` contains itself, without end"
    help = "make the default null or an empty list, or write out what it leaves out"
    scope.report("MLS0429", where, message, labels=labels, help=help)
