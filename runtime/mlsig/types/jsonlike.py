"""Telling decoded JSON apart, in a way that type checkers follow."""

from __future__ import annotations

from typing import Any, TypeGuard, TypeVar

T = TypeVar("T")


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Say whether a decoded JSON value is an array."""
    return isinstance(value, list)


def is_a(value: object, kind: type[T]) -> TypeGuard[T]:
    """Say whether a value is of a class, not asking the value, which may lie or raise (`__class__`)."""
    return issubclass(type(value), kind)
