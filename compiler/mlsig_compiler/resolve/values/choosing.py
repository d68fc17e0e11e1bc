"""Which option of a union a value is, by what tells the options apart.

    { kind: "dog", name: 3 } of Cat | Dog      ->   Dog, which then says that 3 is not a `str`

A value is read as one option only, however deep unions stand in each other.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.findings.nearest import listed
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.types import apart
from mlsig_compiler.resolve.values import secrets
from mlsig_compiler.resolve.values.scalars import refused
from mlsig_compiler.resolve.wording import described, shown


def option_of(node: syntax.Value, type_: model.UnionType, scope: Scope) -> model.Type:
    """Return the option that a value is meant to be.

    Raises:
        Skip: It is none of them, which has been reported.
    """
    kind = _kind(node)
    near = [option for option in type_.options if kind in apart.kinds(option)]
    match node:
        case syntax.MapValue() if len(near) > 1:
            near = _records(node, near, scope)
        case syntax.Reference(path):
            near = _named(path, near, scope)
        case syntax.Call():
            near = [option for option in near if option == secrets.KEY]
        case syntax.Literal(value) if len(near) > 1:
            near = [option for option in near if not _fixed(option) or _has(option, value)] or near
        case _:
            pass
    if len(near) == 1:
        return near[0]
    if any(isinstance(o, model.EnumType | model.SchemaType) and scope.lenient(o) for o in type_.options):
        raise Skip  # what could not be read of it may be what is meant
    help = "; ".join(_why(node, option, scope) for option in near if isinstance(option, model.SchemaType))
    raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help)


def _kind(node: syntax.Value) -> str:
    match node:
        case syntax.ListValue():
            return "array"
        case syntax.MapValue():
            return "object"
        case syntax.Literal(bool()):
            return "bool"
        case syntax.Literal(int() | float()):
            return "number"
        case syntax.Literal(None):
            return "null"
        case _:
            return "string"


def _named(path: tuple[str, ...], near: list[model.Type], scope: Scope) -> list[model.Type]:
    """Return the enums that have a member of a name, or all of them when none has."""
    name = path[-1]
    enums = [option for option in near if isinstance(option, model.EnumType)]
    if len(path) > 1:
        enums = [option for option in enums if path[0] in scope.names_of(option)] or enums
    having = [option for option in enums if name in {member.name for member in scope.enum(option).members}]
    return list[model.Type](having or enums or near)


def _fixed(option: model.Type) -> bool:
    return isinstance(option, model.LiteralType | model.EnumType)


def _has(option: model.Type, value: object) -> bool:
    return isinstance(option, model.LiteralType) and any(
        type(known) is type(value) and known == value for known in option.options
    )


def _records(node: syntax.MapValue, near: list[model.Type], scope: Scope) -> list[model.Type]:
    """Return the schemas that a record fits, or at least does not contradict."""
    schemas = [option for option in near if isinstance(option, model.SchemaType)]
    if len(schemas) < len(near):
        return near
    possible = [option for option in schemas if not _contradicts(node, option, scope)]
    whole = [option for option in possible if not _missing(node, option, scope)]
    return list[model.Type](whole or possible or near)


def _contradicts(node: syntax.MapValue, type_: model.SchemaType, scope: Scope) -> str:
    """Say what about a record plainly is not of a schema: a key, or the value of a fixed field."""
    fields = {field.name: field.type for field in scope.fields(type_)}
    for key, value in node.entries:
        option = fields.get(key.text)
        if option is None and not scope.lenient(type_):
            return f"has no `{key.text}`"
        if option is not None and _never(value, option, scope):
            return f"has {described(option)} as `{key.text}`"
    return ""


def _never(value: syntax.Value, type_: model.Type, scope: Scope) -> bool:
    """Say whether a type has fixed values, of which this is none."""
    if isinstance(type_, model.LiteralType):
        return not isinstance(value, syntax.Literal) or not _has(type_, value.value)
    if isinstance(type_, model.EnumType) and isinstance(value, syntax.Reference):
        return value.path[-1] not in {member.name for member in scope.enum(type_).members}
    return False


def _missing(node: syntax.MapValue, type_: model.SchemaType, scope: Scope) -> list[str]:
    given = {entry.key.text for entry in node.entries}
    return [f.name for f in scope.fields(type_) if apart.required(f) and f.name not in given]


def _why(node: syntax.Value, type_: model.SchemaType, scope: Scope) -> str:
    """Say in which way a record is not of a schema."""
    if not isinstance(node, syntax.MapValue):
        return f"{described(type_)} is a map"
    problem = _contradicts(node, type_, scope)
    return f"{described(type_)} {problem or f'needs {listed(_missing(node, type_, scope))}'}"
