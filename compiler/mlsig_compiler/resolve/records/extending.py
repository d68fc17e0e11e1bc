"""What schemas and signatures extend: the base first, and no circles.

    schema A extends B { … }      B's members stand before A's
    schema B extends A { … }      -> these schemas extend each other in a circle: `A` -> `B` -> `A`

A declaration whose base is not known may have fields that are not known either: nothing is said about those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.scope import KIND_OF, Scope

Extending: TypeAlias = syntax.Schema | syntax.Signature


# How many names of a circle a message has, and how many fields the declarations of a file may inherit.
MOST: Final = 12
LARGEST: Final = 100_000


def in_order(scope: Scope) -> list[Extending]:
    """Return the schemas and signatures of a file, each after its base."""
    nodes = {
        name: node
        for name, node in scope.syntax.items()
        if isinstance(node, syntax.Schema | syntax.Signature)
    }
    found: dict[str, Extending] = {}
    for name in nodes:
        chain: list[str] = []
        following: str | None = name
        while following in nodes and following not in found:
            chain.append(following)
            following = scope.bases.get(following)
        found.update((each, nodes[each]) for each in reversed(chain))
    return list(found.values())


def find_bases(scope: Scope) -> None:
    """Fill `scope.bases`; report what cannot be extended, and circles."""
    nodes = {
        name: node
        for name, node in scope.syntax.items()
        if isinstance(node, syntax.Schema | syntax.Signature)
    }
    for node in nodes.values():
        _find_base(node, scope)
    _report_circles(nodes, scope)
    for node in in_order(scope):
        base = scope.bases.get(node.head.name.text, "")
        if base in scope.incomplete or (base in nodes and scope.partial(base)):
            scope.incomplete.add(node.head.name.text)


def _find_base(node: Extending, scope: Scope) -> None:
    base = node.head.extends
    if base is None:
        return
    kind = KIND_OF[type(node)]
    name = node.head.name.text
    if scope.kind(base.text) == kind:
        scope.bases[name] = base.text
        return
    scope.incomplete.add(name)
    scope.wrong_kind(base.text, base.span, kind)


def _report_circles(nodes: dict[str, Extending], scope: Scope) -> None:
    done: set[str] = set()
    for start in nodes:
        chain: dict[str, int] = {}
        name = start
        while name in nodes and name not in done and name not in chain:
            chain[name] = len(chain)
            name = scope.bases.get(name, "")
        done.update(chain)
        if name in chain:
            _report_circle([nodes[each] for each in list(chain)[chain[name] :]], scope)


def _report_circle(circle: list[Extending], scope: Scope) -> None:
    names = [node.head.name.text for node in circle]
    for name in names:
        del scope.bases[name]
        scope.incomplete.add(name)
    first, *others = names
    message, help = f"`{first}` extends itself", ""
    if others:
        more = ["…"] if len(names) > MOST else []
        shown = " -> ".join([*(f"`{name}`" for name in names[:MOST]), *more, f"`{first}`"])
        message = f"these {KIND_OF[type(circle[0])]}s extend each other in a circle: {shown}"
        help = "move what they share into one that extends nothing"
    bases = [(name, node.head.extends) for name, node in zip(names, circle, strict=True)]
    labels = [
        Label(base.span, f"`{name}` extends it here") for name, base in bases[1:MOST] if base is not None
    ]
    base = circle[0].head.extends
    where = base.span if base else circle[0].head.name.span
    scope.report("MLS0423", where, message, labels=tuple(labels), help=help)


def base_of(node: Extending, scope: Scope) -> model.Declaration | None:
    """Return what a declaration extends, which has been made before."""
    name = scope.bases.get(node.head.name.text)
    return scope.declaration(name) if name else None


def is_open(node: syntax.Schema, scope: Scope) -> bool:
    """Say whether a schema, or what it extends, is `@open`."""
    base = scope.bases.get(node.head.name.text)
    imported = scope.imported.get(base) if base else None
    if imported is not None and isinstance(imported.declaration, model.Schema) and imported.declaration.open:
        return True
    return base in scope.opened or any(annotation.name.text == "open" for annotation in node.annotations)


def inherited(
    node: Extending, every: dict[str, tuple[model.Field, ...]], scope: Scope
) -> tuple[model.Field, ...]:
    """Return the fields of the base, those of bases in this file from `every`."""
    base = scope.bases.get(node.head.name.text)
    imported = scope.imported.get(base) if base else None
    if imported is None:
        return every[base] if base else ()
    match imported.declaration:
        case model.Schema(fields=fields):
            return here(fields, node, scope)
        case model.Signature(inputs=inputs, outputs=outputs):
            return here((*inputs, *outputs), node, scope)
        case _:
            return ()


def within(
    fields: tuple[model.Field, ...], left: int, node: Extending, scope: Scope
) -> tuple[model.Field, ...]:
    """Return inherited fields, or none where a file inherits more than anyone could mean."""
    if len(fields) <= left:
        return fields
    base = node.head.extends
    if left >= 0 and base is not None:
        scope.report("MLS0108", base.span, f"this file inherits more than {LARGEST} fields")
    scope.bases.pop(node.head.name.text, None)
    scope.incomplete.add(node.head.name.text)
    return ()


def here(fields: tuple[model.Field, ...], node: Extending, scope: Scope) -> tuple[model.Field, ...]:
    """Return inherited fields with places in this file: where the base is named, if it is imported."""
    name, base = scope.bases.get(node.head.name.text), node.head.extends
    if name not in scope.imported or base is None:
        return fields
    return tuple(replace(field, span=base.span) for field in fields)
