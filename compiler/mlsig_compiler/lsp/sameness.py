"""Whether two declarations say the same, wherever they stand: then those who import them stay as they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, cast

from mlsig_compiler.source import Span

_known: dict[type[Any], tuple[str, ...] | None] = {}


def _names(one: object) -> tuple[str, ...] | None:
    kind = type(one)
    if kind not in _known:
        _known[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
    return _known[kind]


def _items(mapping: Any) -> list[Any]:
    return list(mapping.items())


def same(one: Any, other: Any) -> bool:
    """Say whether two pieces of the model differ in nothing but their places."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, Span):
        return True
    names = _names(one)
    if names is not None:
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, dict):
        return same(_items(one), _items(other))
    if isinstance(one, tuple | list):
        first, second = cast("list[Any]", one), cast("list[Any]", other)
        return len(first) == len(second) and all(map(same, first, second))
    return bool(one == other)
