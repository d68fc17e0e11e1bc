"""Enums without members, signatures without a side, and schemas that no value can have.

    schema Node { next: Node }      a Node needs a Node, which needs a Node, …

A way out is a field that may be null or left out, an empty list or map, or another option of a union.
"""

from __future__ import annotations

from typing import TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.resolve import Resolved

Schemas: TypeAlias = dict[model.SchemaType, model.Schema]
Endless: TypeAlias = set[model.SchemaType]


def check(resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Report the declarations of a file that describe no value."""
    for node in resolved.module.declarations:
        origin: syntax.Declaration = resolved.origins.of(node)
        if origin.broken or origin.head.broken or node.name in resolved.exports.poisoned:
            continue
        if isinstance(node, model.Enum) and not node.members:
            diagnostics.report("MLS0419", node.span, f"enum `{node.name}` has no members")
        if isinstance(node, model.Signature):
            written = {getattr(member, "role", "") for member in getattr(origin, "members", ())}
            sides = {"input": node.inputs, "output": node.outputs}
            missing = [side for side, fields in sides.items() if not fields and side not in written]
            if missing:
                message = f"signature `{node.name}` has no {' and no '.join(missing)}"
                diagnostics.report("MLS0418", node.span, message, help=f"add `{missing[0]} …: str`")
    _check_endless(resolved.module, diagnostics)


def _check_endless(module: model.Module, diagnostics: Diagnostics) -> None:
    """Report each chain of required fields that leads from a schema back to itself."""
    schemas = {
        model.SchemaType(node.name, module.name): node
        for node in module.declarations
        if isinstance(node, model.Schema)
    }
    endless = _endless(schemas)
    reported: set[model.SchemaType] = set()
    for type_, node in schemas.items():
        if type_ not in endless or type_ in reported:
            continue
        chain = _chain(type_, schemas, endless)
        if set(chain) & reported or chain[0] != type_:
            continue
        reported.update(chain)
        onward = [*chain[1:], chain[0]]
        diagnostics.report(
            "MLS0415",
            node.span,
            f"no value can be a `{node.name}`, because it would have to contain another without end",
            label=" -> ".join(each.name for each in (*chain, chain[0])),
            labels=tuple(
                Label(_step(schemas[one], endless)[0].span, f"`{one.name}` needs a `{other.name}`")
                for one, other in zip(chain, onward, strict=True)
            ),
            help="make one of the fields optional with `?`, or a list",
        )


def _endless(schemas: Schemas) -> Endless:
    """Return the schemas that no value can have: all but those that are found to have one."""
    waiting = list(schemas.items())
    endless = set(schemas)
    growing = True
    while growing:
        left: list[tuple[model.SchemaType, model.Schema]] = []
        for type_, node in waiting:
            if any(_required(field, endless) for field in node.fields):
                left.append((type_, node))
            else:
                endless.discard(type_)
        growing = len(left) < len(waiting)
        # from the other end, so that a long chain is done in two rounds, in whichever order it is declared
        waiting = left[::-1]
    return endless


def _required(field: model.Field, endless: Endless) -> model.SchemaType | None:
    """Return the endless schema that a value of a field always contains, if there is one."""
    return _contained(field.type, endless) if isinstance(field.default, model.Missing) else None


def _contained(type_: model.Type, endless: Endless) -> model.SchemaType | None:
    match type_:
        case model.SchemaType():
            return type_ if type_ in endless else None
        case model.ListType(inner, constraints) | model.MapType(inner, constraints):
            return _contained(inner, endless) if constraints.min_length else None
        case model.UnionType(options):
            found = [_contained(option, endless) for option in options]
            return found[0] if all(found) else None
        case _:
            return None


def _chain(start: model.SchemaType, schemas: Schemas, endless: Endless) -> list[model.SchemaType]:
    """Follow required fields among endless schemas from a start until one comes again; return that cycle."""
    path = {start: 0}
    last = start
    while True:
        _, last = _step(schemas[last], endless)
        if last in path:
            return list(path)[path[last] :]
        path[last] = len(path)


def _step(node: model.Schema, endless: Endless) -> tuple[model.Field, model.SchemaType]:
    """Return the first field that needs an endless schema, and that schema."""
    return next((field, type_) for field in node.fields if (type_ := _required(field, endless)))
