"""Values of the types of machine learning and of media that are lists, records or files.

    [{ step: "count", reasoning: "…" }] of reasoning_chain

Files are handed in by who calls, so none can be written as a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.values.entries import entries
from mlsig_compiler.resolve.values.scalars import length, refused
from mlsig_compiler.resolve.wording import described, shown

Read: TypeAlias = Callable[[syntax.Value, model.Type, Scope], model.Value]

TEXT: Final = model.ScalarType("str")
JSON: Final = model.ScalarType("json")
# The keys that a record needs, and whether others are kept.
SHAPES: Final[dict[str, tuple[tuple[str, ...], bool]]] = {
    "reasoning_chain": (("step", "reasoning"), False),
    "model_response": (("text",), True),
    "variable_config": (("name", "type"), True),
}
MEDIA: Final = frozenset({"image", "audio", "document"})


def builtin(node: syntax.Value, type_: model.BuiltinType, scope: Scope, read: Read) -> model.Value:
    """Return a value of one of these types; `read` reads values of other types."""
    if type_.name in MEDIA:
        help = "whoever calls hands the file in; `?` makes one that may be missing, whose default can be null"
        raise refused(node.span, f"{described(type_)} cannot be written in a file", scope, help=help)
    if type_.name == "token_list":
        return _items(node, type_, "token", lambda item: _token(item, scope), scope)
    if type_.name == "reasoning_chain":
        return _items(node, type_, "step", lambda item: _shape(item, type_, "a step", scope, read), scope)
    return _shape(node, type_, described(type_), scope, read)


def _items(
    node: syntax.Value,
    type_: model.BuiltinType,
    what: str,
    read: Callable[[syntax.Value], model.Value],
    scope: Scope,
) -> model.Value:
    if not isinstance(node, syntax.ListValue):
        raise refused(node.span, f"{shown(node)} is not {described(type_)}, which is a list", scope)
    found: list[model.Value] = []
    for item in node.items:
        try:
            found.append(read(item))
        except Skip:
            continue
    if len(found) < len(node.items):
        raise Skip
    length(len(found), type_.constraints, what, node.span, scope)
    return found


def _token(node: syntax.Value, scope: Scope) -> model.Value:
    value = node.value if isinstance(node, syntax.Literal) else None
    if isinstance(value, str) or (type(value) is int and value >= 0):
        return value
    help = "a token is a string, or its number, 0 or more"
    raise refused(node.span, f"{shown(node)} is not a token", scope, help=help)


def _shape(node: syntax.Value, type_: model.BuiltinType, what: str, scope: Scope, read: Read) -> model.Value:
    needed, more = SHAPES[type_.name]
    if not isinstance(node, syntax.MapValue):
        raise refused(node.span, f"{shown(node)} is not {what}, which has {listed(needed)}", scope)
    found: dict[str, model.Value] = {}
    failed = False
    for entry in entries(node, type_, scope):
        name = entry.key.text
        if name not in needed and not more:
            lead = correction(name, entry.key.span, needed, f"it has {listed(needed)}")
            scope.report("MLS0414", entry.key.span, f"{what} has no field `{name}`", **lead)
            failed = True
            continue
        try:
            found[name] = read(entry.value, TEXT if name in needed else JSON, scope)
        except Skip:
            failed = True
    missing = [name for name in needed if name not in {entry.key.text for entry in node.entries}]
    if missing:
        raise refused(node.span, f"{what} needs {listed(missing)}", scope, code="MLS0413")
    if failed:
        raise Skip
    return found
