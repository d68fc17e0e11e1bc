"""Any value as a few characters for an error message, without trusting the value.

    shown("a" * 500)  ->  '"aaaa…'        shown(10**9999)  ->  'an integer of 33216 bits'

Only the built-in types are looked into; nothing else is asked to describe itself, because it could raise,
or never end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

VALUE_LENGTH: Final = 80
"""How long a shown value is at most, in characters."""

_BITS: Final = 256
_ITEMS: Final = 6
_DEPTH: Final = 3


def shown(value: object, depth: int = _DEPTH) -> str:
    """Return a description of at most `VALUE_LENGTH` characters."""
    text = _described(value, depth)
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"


def kind_of(value: object) -> str:
    """Return what sort of thing a value is, in the words of JSON where it has any."""
    kind = type(value)
    for parent, words in _KINDS:
        if issubclass(kind, parent):
            return words
    return f"a value of type {name_of(kind)}"


def name_of(kind: type[Any]) -> str:
    """Return the name of a class, asking neither it nor its metaclass."""
    name: str = type.__dict__["__name__"].__get__(kind)[:40]
    return name if name.isprintable() else repr(name)


_KINDS: Final[tuple[tuple[type[Any], str], ...]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (str, "a string"),
    (list, "a list"),
    (tuple, "a list"),
    (dict, "an object"),
)


def _described(value: object, depth: int) -> str:
    kind = type(value)
    looked_into: Any = value
    if kind is str:
        return _text(looked_into)
    if kind is bool or kind is float or value is None:
        return repr(value)
    if kind is int:
        bits: int = looked_into.bit_length()
        return repr(value) if bits <= _BITS else f"an integer of {bits} bits"
    if kind is list or kind is tuple:
        return _items(looked_into, depth)
    if kind is dict:
        return _entries(looked_into, depth)
    return kind_of(value)


def _text(value: str) -> str:
    return '"' + repr(value[:VALUE_LENGTH])[1:-1].replace("\\'", "'") + '"'


def _some(parts: list[str], total: int) -> str:
    return ", ".join(parts if len(parts) == total else [*parts, "…"])


def _items(items: Sequence[object], depth: int) -> str:
    parts = [shown(item, depth - 1) for item in items[:_ITEMS]] if depth else []
    return f"[{_some(parts, len(items))}]"


def _entries(entries: dict[object, object], depth: int) -> str:
    first = islice(entries.items(), _ITEMS if depth else 0)
    parts = [f"{shown(key)}: {shown(item, depth - 1)}" for key, item in first]
    return f"{{{_some(parts, len(entries))}}}"
