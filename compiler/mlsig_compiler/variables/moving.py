"""Parts of spaces, moved to another place: with other spans, and with other names of what they read.

moved(variable, span)                       the same variable, all of it declared at `span`
moved(space, span, {"model": "plan.model"})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from mlsig_compiler import model
from mlsig_compiler.source import Span

NodeT = TypeVar("NodeT")


def moved(node: NodeT, span: Span, names: Mapping[str, str] | None = None) -> NodeT:
    """Return a node with every place in it at `span`, and every name that is read under its new one."""
    return cast("NodeT", _moved(node, span, names or {}))


def _moved(node: Any, span: Span, names: Mapping[str, str]) -> Any:
    if isinstance(node, Span):
        return span
    if isinstance(node, tuple):
        return tuple(_moved(item, span, names) for item in cast("tuple[object, ...]", node))
    if isinstance(node, model.VariableRef):
        return model.VariableRef(names.get(node.name, node.name), span)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    return replace(node, **{name: _moved(getattr(node, name), span, names) for name in _parts(type(node))})


@cache
def _parts(kind: type[Any]) -> tuple[str, ...]:
    """Return the attributes that may hold nodes; `hints` holds scalars only."""
    return tuple(field.name for field in fields(kind) if field.name not in ("name", "text", "hints"))
