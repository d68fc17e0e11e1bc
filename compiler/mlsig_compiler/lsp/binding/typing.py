"""Which type an expression has, as far as the name after its dot needs it.

Only what records are made of is followed: names, fields, items. Anything else has no type here; `typecheck`
is the judge of types.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.lsp.binding.members import World
from mlsig_compiler.lsp.binding.targets import Names, Target


def member_type(target: Target, world: World) -> model.Type | None:
    """Return the type of a field, parameter, step, attribute or calculation; None of anything else."""
    if len(target.path) != 2:
        return None
    found = world.declaration(target.module, target.path[0])
    name = target.path[1]
    match found:
        case model.Schema(fields=fields) | model.Resource(fields=fields) | model.Tool(parameters=fields):
            pass
        case model.Signature():
            fields = (*found.inputs, *found.outputs)
        case model.Pipeline():
            fields = found.parameters
            step = next((step for step in found.steps if step.name == name), None)
            if step is not None:
                return step.type
        case _:
            return None
    return next((field.type for field in fields if field.name == name), None)


def infer(node: syntax.Expr, names: Names, world: World) -> model.Type | None:
    """Return the type of an expression."""
    match node:
        case syntax.Reference(path):
            known = names.get(path[0])
            return known.type if known else None
        case syntax.Attribute(operand, name):
            owner = record(infer(operand, names, world))
            return member_type(Target(owner.module, (*owner.path, name.text)), world) if owner else None
        case syntax.Index(operand):
            return item(infer(operand, names, world))
        case syntax.Conditional(then):
            return infer(then, names, world)
        case syntax.Apply(syntax.Reference(("sorted" | "unique" | "min" | "max",) as path), (argument, *_)):
            if isinstance(argument, syntax.Each):
                return None
            found = infer(argument.value, names, world)
            return found if path[0] in ("sorted", "unique") else item(found)
        case _:
            return None


def bare(type_: model.Type | None) -> model.Type | None:
    """Return a type without what makes it optional."""
    return type_.type if isinstance(type_, model.OptionalType) else type_


def item(type_: model.Type | None) -> model.Type | None:
    """Return the type of the items of a list, or of the values of a map."""
    match bare(type_):
        case model.ListType(items):
            return items
        case model.MapType(values):
            return values
        case _:
            return None


def record(type_: model.Type | None) -> Target | None:
    """Return the declaration whose members a value of a type has."""
    match bare(type_):
        case (
            model.SchemaType(name, module) | model.ResourceType(name, module) | model.OutputType(name, module)
        ):
            return Target(module, (name,))
        case _:
            return None


def enum(type_: model.Type | None) -> Target | None:
    """Return the enum that a value of a type is a member of."""
    match bare(type_):
        case model.EnumType(name, module):
            return Target(module, (name,))
        case model.UnionType(options):
            return next((found for found in map(enum, options) if found), None)
        case _:
            return None
