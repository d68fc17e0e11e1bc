"""The model of a document: the opposite of `convert`, so that nothing the document says is lost.

modules(document) -> (Module("qa", …), …)

Spans are empty: a document has lines and columns, and the model wants offsets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final, cast

from mlsig_compiler import model
from mlsig_compiler.ir.counterparts import COUNTERPARTS
from mlsig_compiler.ir.module import Document, Module
from mlsig_compiler.ir.values import Default, EnumMember, EnvRef, LargeInteger, MapValue
from mlsig_compiler.source import Span

NOWHERE: Final = Span(0, 0)
ORIGINALS: Final = {counterpart: original for original, counterpart in COUNTERPARTS.items()}


def modules(document: Document) -> tuple[model.Module, ...]:
    """Return the models of all modules of a document."""
    return tuple(module(each) for each in document.modules)


def module(node: Module) -> model.Module:
    """Return the model of one module."""
    return cast("model.Module", _node(node))


def value(node: Any) -> Any:
    """Return a value as the model has it."""
    known: Any = cast("Any", type(node))
    if known is EnumMember:
        return model.EnumMember(node.enum, node.name, node.module)
    if known is EnvRef:
        return model.EnvRef(name=node.name, fallback=node.fallback)
    if known is MapValue:
        return {key: value(item) for key, item in node.entries.items()}
    if known is LargeInteger:
        return int(node.digits)
    return [value(item) for item in node] if known is tuple else node


def _node(node: Any) -> Any:
    known: Any = cast("Any", type(node))
    if known is tuple:
        return tuple(map(_node, node))
    if known is dict:
        return {key: _node(each) for key, each in node.items()}
    original = ORIGINALS.get(known)
    if original is None:
        return value(node)
    special = SPECIAL.get(original, {})
    said: dict[str, Any] = {}
    for each in fields(original):
        if each.name == "span":
            said["span"] = NOWHERE
        else:
            said[each.name] = special.get(each.name, _node)(getattr(node, each.name))
    return original(**said)


def _default(node: Default | None) -> Any:
    return model.REQUIRED if node is None else value(node.value)


def _values(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value(each) for key, each in node.items()}


def _rest(node: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((each.op, _node(each.operand)) for each in node)


SPECIAL: Final[dict[type, dict[str, Callable[[Any], Any]]]] = {
    model.Field: {"default": _default},
    model.ExampleRow: {"inputs": _values, "outputs": _values},
    model.Comparison: {"rest": _rest},
}
