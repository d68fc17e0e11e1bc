"""Values that a declared type must accept: defaults, and the fields of examples.

    read(unknown, EnumType("Verdict"), scope) -> EnumMember("Verdict", "unknown")

What the type refuses is reported at the characters that are wrong, also deep inside lists and records.
"""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.nearest import counted, listed, nearest, suggestion
from mlsig_compiler.patterns import anchored
from mlsig_compiler.resolve.scope import ANYTHING, Scope, Skip, article
from mlsig_compiler.source import Span

NUMBERS: Final = frozenset({"int", "float", "probability", "confidence_score"})


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
    if type_ is ANYTHING:
        raise Skip
    if isinstance(type_, model.OptionalType):
        if isinstance(node, syntax.Literal) and node.value is None:
            return None
        return read(node, type_.type, scope)
    if isinstance(node, syntax.Call):
        raise _refused(node.span, f"`{node.function.text}(…)` is not a value", scope)
    if isinstance(node, syntax.Literal) and node.value is None and type_ != model.ScalarType("json"):
        raise _refused(
            node.span, f"null is not {described(type_)}", scope, help="write `T?` for a type that takes null"
        )
    if isinstance(type_, model.EnumType):
        return _enum(node, type_, scope)
    if isinstance(type_, model.SchemaType):
        return record(_entries(node, type_, scope), type_, scope.fields(type_), node.span, scope)
    if isinstance(type_, model.ListType):
        return _list(node, type_, scope)
    if isinstance(type_, model.MapType):
        found = {
            entry.key.text: read(entry.value, type_.values, scope) for entry in _entries(node, type_, scope)
        }
        _length(len(found), type_.constraints, "entry", node.span, scope)
        return found
    if isinstance(type_, model.LiteralType):
        return _literal(node, type_, scope)
    if isinstance(type_, model.ScalarType):
        return _scalar(node, type_, scope)
    raise _refused(node.span, f"{shown(node)} is not {described(type_)}", scope)


def _refused(span: Span, message: str, scope: Scope, code: str = "MLS0410", **more: Any) -> Skip:
    scope.report(code, span, message, **more)
    return Skip()


def described(type_: model.Type) -> str:
    """Return a type in words."""
    if isinstance(type_, model.OptionalType):
        return f"{described(type_.type)} or null"
    if isinstance(type_, model.ListType):
        return "a list"
    if isinstance(type_, model.MapType):
        return "a map"
    if isinstance(type_, model.EnumType):
        return f"a member of `{type_.name}`"
    if isinstance(type_, model.SchemaType):
        return article(f"`{type_.name}`")
    if isinstance(type_, model.LiteralType):
        return f"one of {', '.join(json.dumps(option, ensure_ascii=False) for option in type_.options)}"
    if isinstance(type_, model.ScalarType | model.BuiltinType):
        return article(f"`{type_.name}`")
    return "of its type"


def shown(node: syntax.Value) -> str:
    """Return a value for a message."""
    if isinstance(node, syntax.Literal):
        text = json.dumps(node.value, ensure_ascii=False)
        return text if len(text) <= 40 else f"{text[:36]}…"
    if isinstance(node, syntax.Reference):
        return f"`{'.'.join(node.path)}`"
    return {"ListValue": "a list", "MapValue": "a map"}.get(type(node).__name__, "this")


def _enum(node: syntax.Value, type_: model.EnumType, scope: Scope) -> model.EnumMember:
    enum = scope.enum(type_)
    members = [member.name for member in enum.members]
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        help = (
            f"write `{node.value}`, without quotes" if node.value in members else f"it has {listed(members)}"
        )
        raise _refused(node.span, f"a string is not {described(type_)}", scope, help=help)
    if not isinstance(node, syntax.Reference):
        raise _refused(
            node.span, f"{shown(node)} is not {described(type_)}", scope, help=f"it has {listed(members)}"
        )
    *qualifier, name = node.path
    if qualifier not in ([], [type_.name]):
        raise _refused(
            node.span, f"{shown(node)} is not {described(type_)}", scope, help=f"it has {listed(members)}"
        )
    if name not in members:
        if scope.lenient(type_):
            raise Skip
        raise _refused(
            node.span,
            f"`{type_.name}` has no member `{name}`",
            scope,
            code="MLS0303",
            help=suggestion(name, members) or f"it has {listed(members)}",
        )
    return model.EnumMember(type_.name, name, type_.module)


def _entries(node: syntax.Value, type_: model.Type, scope: Scope) -> tuple[syntax.Entry, ...]:
    if not isinstance(node, syntax.MapValue):
        raise _refused(node.span, f"{shown(node)} is not {described(type_)}", scope)
    seen: dict[str, Span] = {}
    for entry in node.entries:
        if entry.key.text in seen:
            scope.twice(entry.key, seen[entry.key.text], f"key `{entry.key.text}`")
            raise Skip
        seen[entry.key.text] = entry.key.span
    return node.entries


def record(
    entries: tuple[syntax.Entry, ...],
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
    for entry in entries:
        field = known.get(entry.key.text)
        if field is None:
            failed = True
            if not lenient:
                unknown_field(entry.key, known, owner, scope)
            continue
        try:
            found[field.name] = read(entry.value, field.type, scope)
        except Skip:
            failed = True
    given = {entry.key.text for entry in entries}
    missing = [f.name for f in fields if f.name not in given and isinstance(f.default, model.Missing)]
    if missing and not lenient:
        raise _refused(span, f"{owner} needs {listed(missing)}", scope, code="MLS0413")
    if failed or missing:
        raise Skip
    return found


def unknown_field(key: syntax.Name, known: dict[str, model.Field], owner: str, scope: Scope) -> None:
    """Report a key that is not the name of a field."""
    name = nearest(key.text, known)
    labels = (Label(known[name].span, "did you mean this?"),) if name else ()
    help = "" if name else f"it has {listed(known)}"
    scope.report("MLS0414", key.span, f"{owner} has no field `{key.text}`", labels=labels, help=help)


def _list(node: syntax.Value, type_: model.ListType, scope: Scope) -> list[model.Value]:
    if not isinstance(node, syntax.ListValue):
        raise _refused(node.span, f"{shown(node)} is not a list", scope)
    found = [read(item, type_.items, scope) for item in node.items]
    _length(len(found), type_.constraints, "item", node.span, scope)
    if type_.constraints.unique:
        seen: dict[str, Span] = {}
        for item, value in zip(node.items, found, strict=True):
            key = canonical(value)
            if key in seen:
                first = (Label(seen[key], "first here"),)
                raise _refused(item.span, "this item is here twice", scope, code="MLS0412", labels=first)
            seen[key] = item.span
    return found


def canonical(value: model.Value) -> str:
    """Return one text for equal values. 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, model.EnumMember):
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
    help = ""
    if isinstance(node, syntax.Reference) and node.path[0] in type_.options:
        help = f'write "{node.path[0]}", with quotes'
    raise _refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help)


def _scalar(node: syntax.Value, type_: model.ScalarType, scope: Scope) -> model.Value:
    if type_.name == "json":
        return _json(node, scope)
    if not isinstance(node, syntax.Literal):
        help = "a string needs quotes" if isinstance(node, syntax.Reference) and type_.name == "str" else ""
        raise _refused(node.span, f"{shown(node)} is not {described(type_)}", scope, help=help)
    value = node.value
    if type_.name in NUMBERS and type(value) in (int, float):
        return _numeric(value, type_, node, scope)
    if type_.name == "bool" and type(value) is bool:
        return value
    if isinstance(value, str):
        if type_.name == "str":
            _text(value, type_.constraints, node.span, scope)
            return value
        if type_.name in ("date", "datetime"):
            return _time(value, type_, node.span, scope)
    raise _refused(node.span, f"{shown(node)} is not {described(type_)}", scope)


def _json(node: syntax.Value, scope: Scope) -> model.Value:
    if isinstance(node, syntax.Literal):
        return node.value
    if isinstance(node, syntax.ListValue):
        return [read(item, model.ScalarType("json"), scope) for item in node.items]
    if isinstance(node, syntax.MapValue):
        entries = _entries(node, model.ScalarType("json"), scope)
        return {entry.key.text: read(entry.value, model.ScalarType("json"), scope) for entry in entries}
    raise _refused(node.span, f"{shown(node)} is not a value of `json`", scope, help="a string needs quotes")


def _numeric(value: Any, type_: model.ScalarType, node: syntax.Literal, scope: Scope) -> int | float:
    if type_.name == "int" and type(value) is not int:
        raise _refused(node.span, f"{value!r} is not a whole number", scope)
    number: int | float = value if type_.name == "int" else float(value)
    problem = outside(number, type_.constraints)
    if problem:
        raise _refused(node.span, f"{shown(node)} is {problem}", scope, code="MLS0412")
    return number


def outside(number: float | int, c: model.Constraints) -> str:
    """Say which bound a number breaks, or nothing."""
    if c.ge is not None and number < c.ge:
        return f"less than {c.ge:g}"
    if c.gt is not None and number <= c.gt:
        return f"not greater than {c.gt:g}"
    if c.le is not None and number > c.le:
        return f"greater than {c.le:g}"
    if c.lt is not None and number >= c.lt:
        return f"not less than {c.lt:g}"
    if c.multiple_of is None:
        return ""
    rest = number % c.multiple_of if isinstance(number, int) else math.fmod(number, c.multiple_of)
    return f"not a multiple of {c.multiple_of:g}" if rest else ""


def _text(value: str, c: model.Constraints, span: Span, scope: Scope) -> None:
    _length(len(value), c, "character", span, scope)
    if c.pattern is not None and not re.search(anchored(c.pattern), value):
        raise _refused(span, f"this string does not match the pattern {c.pattern}", scope, code="MLS0412")


def _length(length: int, c: model.Constraints, what: str, span: Span, scope: Scope) -> None:
    problem = ""
    if c.min_length is not None and length < c.min_length:
        problem = f"and {c.min_length} or more are needed"
    elif c.max_length is not None and length > c.max_length:
        problem = f"and {c.max_length} or fewer are allowed"
    if problem:
        raise _refused(span, f"this has {counted(length, what)}, {problem}", scope, code="MLS0412")


def _time(value: str, type_: model.ScalarType, span: Span, scope: Scope) -> str:
    example = "2026-11-23" if type_.name == "date" else "2026-11-23T09:30:00Z"
    try:
        if type_.name == "date":
            if date.fromisoformat(value).isoformat() == value:
                return value
        elif "T" in value:
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise _refused(
        span, f"{json.dumps(value)} is not a `{type_.name}`", scope, help=f"for example {json.dumps(example)}"
    )
