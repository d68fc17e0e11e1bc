"""Enums without members, signatures without a side, and schemas that no value can have.

schema Node { next: Node }      a Node needs a Node, which needs a Node, …
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.resolve import Resolved


def check(resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Report the declarations of a file that describe no value."""
    for node in resolved.module.declarations:
        origin: syntax.Declaration = resolved.origins.of(node)
        if origin.broken or origin.head.broken:
            continue
        if isinstance(node, model.Enum) and not node.members:
            diagnostics.report("MLS0419", node.span, f"enum `{node.name}` has no members")
        if isinstance(node, model.Signature):
            missing = [side for side in ("input", "output") if not getattr(node, f"{side}s")]
            if missing:
                message = f"signature `{node.name}` has no {' and no '.join(missing)}"
                diagnostics.report("MLS0418", node.span, message, help=f"add `{missing[0]} …: str`")
    _check_endless(resolved.module, diagnostics)


def _check_endless(module: model.Module, diagnostics: Diagnostics) -> None:
    """Report each chain of required fields that leads from a schema back to itself."""
    schemas = {node.name: node for node in module.declarations if isinstance(node, model.Schema)}
    finite: set[str] = set()
    growing = True
    while growing:
        now = {
            name
            for name, node in schemas.items()
            if name not in finite and not (_needs(node) & schemas.keys()) - finite
        }
        finite |= now
        growing = bool(now)
    reported: set[str] = set()
    for name, schema in schemas.items():
        if name in finite or name in reported:
            continue
        chain = _chain(name, schemas, finite)
        if set(chain) & reported or chain[0] != name:
            continue
        reported.update(chain)
        shown = " -> ".join([*chain, chain[0]])
        labels = tuple(
            Label(_step(schemas[a], b).span, f"`{a}` needs a `{b}`")
            for a, b in zip(chain, [*chain[1:], chain[0]], strict=True)
        )
        diagnostics.report(
            "MLS0415",
            schema.span,
            f"no value can be a `{name}`, because it would have to contain another without end",
            label=shown,
            labels=labels,
            help="make one of the fields optional with `?`, or a list",
        )


def _needs(node: model.Schema) -> set[str]:
    """Return the schemas of which every value of a schema contains at least one."""
    return {inner for field in node.fields for inner in [_required(field)] if inner}


def _required(field: model.Field) -> str | None:
    """Return the schema that a value of the field always contains, if it is one."""
    if not isinstance(field.default, model.Missing):
        return None
    return _contained(field.type)


def _contained(type_: model.Type) -> str | None:
    if isinstance(type_, model.SchemaType):
        return type_.name  # one that is imported cannot lead back: imports form no circle
    if isinstance(type_, model.ListType) and (type_.constraints.min_length or 0) > 0:
        return _contained(type_.items)
    if isinstance(type_, model.MapType) and (type_.constraints.min_length or 0) > 0:
        return _contained(type_.values)
    return None


def _chain(start: str, schemas: dict[str, model.Schema], finite: set[str]) -> list[str]:
    """Follow required fields among endless schemas from a start until one comes again; return that cycle."""
    path = [start]
    while True:
        onward = sorted((_needs(schemas[path[-1]]) & schemas.keys()) - finite)[0]
        if onward in path:
            return path[path.index(onward) :]
        path.append(onward)


def _step(node: model.Schema, to: str) -> model.Field:
    return next(field for field in node.fields if _required(field) == to)
