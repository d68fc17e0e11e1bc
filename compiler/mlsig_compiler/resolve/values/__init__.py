"""Values that a declared type must accept: defaults, and the fields of examples.

    read(unknown, EnumType("Verdict"), scope) -> EnumMember("Verdict", "unknown")

What the type refuses is reported at the characters that are wrong, also deep inside lists and records.
"""

from __future__ import annotations

import json

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest, suggestion, sure
from mlsig_compiler.resolve.scope import ANYTHING, Scope, Skip
from mlsig_compiler.resolve.values import arrays, choosing, entries, scalars, secrets
from mlsig_compiler.resolve.values import builtin as builtin_values
from mlsig_compiler.resolve.values.scalars import refused
from mlsig_compiler.resolve.wording import described, shown
from mlsig_compiler.source import Span

JSON = model.ScalarType("json")


def read(node: syntax.Value, type_: model.Type, scope: Scope) -> model.Value:
    """Return a value of a type.

    Raises:
        Skip: The type refuses the value, which has been reported.
    """
    scope.enter(node.span)
    try:
        return _read(node, type_, scope)
    finally:
        scope.leave()


def _read(node: syntax.Value, type_: model.Type, scope: Scope) -> model.Value:
    """Read what can be said of any value, before what its type says."""
    if type_ is ANYTHING:
        raise Skip
    if isinstance(type_, model.OptionalType):
        if isinstance(node, syntax.Literal) and node.value is None:
            return None
        return read(node, type_.type, scope)
    if type_ == secrets.KEY:
        return secrets.key(node, scope)
    if isinstance(type_, model.UnionType):
        return read(node, choosing.option_of(node, type_, scope), scope)
    if isinstance(node, syntax.Call):
        help = "only an `api_key` comes from the environment" if node.function.text == "env" else ""
        raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help)
    if isinstance(node, syntax.Literal) and node.value is None and type_ != JSON:
        help = "write `T?` for a type that takes null"
        raise refused(node.span, f"null is not {described(type_)}", scope, help=help)
    return _of_type(node, type_, scope)


def _of_type(node: syntax.Value, type_: model.Type, scope: Scope) -> model.Value:
    match type_:
        case model.EnumType():
            return _enum(node, type_, scope)
        case model.SchemaType():
            return record(entries.entries(node, type_, scope), type_, scope.fields(type_), node.span, scope)
        case model.ListType():
            return _list(node, type_, scope)
        case model.MapType(inner, constraints):
            nodes = entries.entries(node, type_, scope)
            found = dict(_each([(entry.key.text, entry.value) for entry in nodes], inner, scope))
            scalars.length(len(found), constraints, "entry", node.span, scope)
            return found
        case model.LiteralType():
            return _literal(node, type_, scope)
        case model.EmbeddingType() | model.TensorType() | model.BuiltinType("attention_weights"):
            return arrays.array(node, type_, scope)
        case model.BuiltinType():
            return builtin_values.builtin(node, type_, scope, read)
        case model.ScalarType("json"):
            return _json(node, scope)
        case model.ScalarType():
            return scalars.scalar(node, type_, scope)
        case _:
            raise refused(node.span, f"{described(type_)} cannot be written", scope)


def _each(
    nodes: list[tuple[str, syntax.Value]], type_: model.Type, scope: Scope
) -> list[tuple[str, model.Value]]:
    """Read values of one type, each of which may report something, before giving up on the whole."""
    found: list[tuple[str, model.Value]] = []
    for key, node in nodes:
        try:
            found.append((key, read(node, type_, scope)))
        except Skip:
            continue
    if len(found) < len(nodes):
        raise Skip
    return found


def _enum(node: syntax.Value, type_: model.EnumType, scope: Scope) -> model.EnumMember:
    enum = scope.enum(type_)
    members = [member.name for member in enum.members]
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        known = node.value in members
        help = f"write `{node.value}`, without quotes" if known else f"it has {listed(members)}"
        fix = replacing(node.span, node.value) if known else None
        raise refused(node.span, f"a string is not {described(type_)}", scope, help=help, fix=fix)
    path = node.path if isinstance(node, syntax.Reference) else ()
    if not path or path[:-1] not in ((), *((name,) for name in scope.names_of(type_))):
        message = f"{shown(node)} is not {described(type_)}"
        raise refused(node.span, message, scope, help=f"it has {listed(members)}")
    name = path[-1]
    if name not in members:
        if scope.lenient(type_):
            raise Skip
        meant = sure(name, members)
        raise refused(
            node.span,
            f"`{type_.name}` has no member `{name}`",
            scope,
            code="MLS0303",
            help=suggestion(name, members) or f"it has {listed(members)}",
            fix=replacing(node.span, ".".join((*path[:-1], meant))) if meant else None,
        )
    return model.EnumMember(type_.name, name, type_.module)


def record(
    nodes: tuple[syntax.Entry, ...],
    type_: model.SchemaType,
    fields: tuple[model.Field, ...],
    span: Span,
    scope: Scope,
) -> dict[str, model.Value]:
    """Return the values of a record's fields: every required one, and no other.

    Raises:
        Skip: A field is missing, unknown or wrong; all that are have been reported.
    """
    known = {field.name: field for field in fields}
    owner = f"`{type_.name}`"
    lenient = scope.lenient(type_)
    found: dict[str, model.Value] = {}
    failed = False
    for entry in nodes:
        field = known.get(entry.key.text)
        if field is None:
            failed = True
            if not lenient:
                entries.unknown_key(entry.key, fields, owner, scope)
            continue
        try:
            found[field.name] = read(entry.value, field.type, scope)
        except Skip:
            failed = True
    given = {entry.key.text for entry in nodes}
    missing = [f.name for f in fields if f.name not in given and isinstance(f.default, model.Missing)]
    if missing and not lenient:
        empty = [name for name in missing if isinstance(known[name].type, model.OptionalType)]
        help = f"where there is none, write `{empty[0]}: null`" if empty else ""
        raise refused(span, f"{owner} needs {listed(missing)}", scope, code="MLS0413", help=help)
    if failed or missing:
        raise Skip
    return found


def _list(node: syntax.Value, type_: model.ListType, scope: Scope) -> list[model.Value]:
    if not isinstance(node, syntax.ListValue):
        raise refused(node.span, f"{shown(node)} is not a list", scope)
    found = [value for _, value in _each([("", item) for item in node.items], type_.items, scope)]
    scalars.length(len(found), type_.constraints, "item", node.span, scope)
    if type_.constraints.unique:
        seen: dict[str, Span] = {}
        for item, value in zip(node.items, found, strict=True):
            key = canonical(value)
            if key in seen:
                first = (Label(seen[key], "first here"),)
                raise refused(item.span, "this item is here twice", scope, code="MLS0412", labels=first)
            seen[key] = item.span
    return found


def canonical(value: model.Value) -> str:
    """Return one text for equal values. 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, model.EnumMember | model.EnvRef):
        return value.name
    if isinstance(value, list):
        return f"[{','.join(canonical(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(key)}:{canonical(value[key])}' for key in sorted(value))}}}"
    return json.dumps(value)


def _literal(node: syntax.Value, type_: model.LiteralType, scope: Scope) -> model.Value:
    if isinstance(node, syntax.Literal):
        for option in type_.options:
            if type(option) is type(node.value) and option == node.value:
                return option
    help, meant = "", None
    words = [option for option in type_.options if isinstance(option, str)]
    if isinstance(node, syntax.Reference) and ".".join(node.path) in words:
        meant = json.dumps(".".join(node.path), ensure_ascii=False)
        help = f"write {meant}, with quotes"
    elif isinstance(node, syntax.Literal) and isinstance(node.value, str):
        near = nearest(node.value, words)
        meant = json.dumps(near, ensure_ascii=False) if near else None
        help = f"did you mean {meant}?" if meant else ""
    fix = replacing(node.span, meant) if meant else None
    raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help, fix=fix)


def _json(node: syntax.Value, scope: Scope) -> model.Value:
    if isinstance(node, syntax.Literal):
        return node.value
    if isinstance(node, syntax.ListValue):
        return [value for _, value in _each([("", item) for item in node.items], JSON, scope)]
    if isinstance(node, syntax.MapValue):
        return dict(_each([(e.key.text, e.value) for e in entries.entries(node, JSON, scope)], JSON, scope))
    raise refused(node.span, f"{shown(node)} is not a value of `json`", scope, help="a string needs quotes")
