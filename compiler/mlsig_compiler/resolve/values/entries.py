"""Records as they are written: their keys, each once, and those that a record does not have."""

from __future__ import annotations

from collections.abc import Iterable

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.values.scalars import refused
from mlsig_compiler.resolve.wording import described, shown
from mlsig_compiler.source import Span


def entries(node: syntax.Value, type_: model.Type, scope: Scope) -> tuple[syntax.Entry, ...]:
    """Return the entries of a value that must be a map.

    Raises:
        Skip: It is none, or a key is there twice; that has been reported.
    """
    if not isinstance(node, syntax.MapValue):
        raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope)
    return once(node.entries, scope)


def once(nodes: tuple[syntax.Entry, ...], scope: Scope) -> tuple[syntax.Entry, ...]:
    """Return entries, each of which must have a key of its own."""
    seen: dict[str, Span] = {}
    failed = False
    for entry in nodes:
        if entry.key.text in seen:
            scope.twice(entry.key, seen[entry.key.text], f"key `{entry.key.text}`")
            failed = True
        seen.setdefault(entry.key.text, entry.key.span)
    if failed:
        raise Skip
    return nodes


def unknown_key(key: syntax.Name, known: Iterable[model.Field], owner: str, scope: Scope) -> None:
    """Report a key that is not the name of a field."""
    fields = {field.name: field for field in known}
    for field in fields.values():
        if field.alias == key.text:
            help = f"`{key.text}` is the name of `{field.name}` in data: here the field has its own name"
            own = replacing(key.span, field.name)
            scope.report("MLS0414", key.span, f"{owner} has no field `{key.text}`", help=help, fix=own)
            return
    name = nearest(key.text, fields)
    labels = scope.labels(fields[name].span, "did you mean this?") if name else ()
    fix = replacing(key.span, name) if name and sure(key.text, fields) else None
    help = "" if name else f"it has {listed(fields)}"
    scope.report("MLS0414", key.span, f"{owner} has no field `{key.text}`", labels=labels, help=help, fix=fix)
