"""Records with arrays of floats from JSON text, where simdjson is installed (the extra `mlsig[fast]`).

msgspec makes a Python float of each number in a text, and then an array is made of those; simdjson writes the
numbers of an array straight to memory. It flattens nested arrays as it does, so the brackets of the text are
counted: as many as the arrays of the record have to have, each array being seen to have as many as it must.
Whatever is odd is read by msgspec, so results and issues are the same with simdjson and without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import convert

from mlsig.types.standins import StandIn, hold

Read: TypeAlias = Callable[[Any], Any]
_LEAST: Final = 512  # bytes of text below which there is nothing to gain
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


class Odd(Exception):
    """Text that msgspec has to read."""


def reader(record: type[msgspec.Struct], plain: Read, parsers: Callable[[], Any] | None = None) -> Read:
    """Return a function that reads a record from JSON text, and raises any exception where it doubts.

    Args:
        record: A class of records.
        plain: What reads one without simdjson.
        parsers: Makes simdjson's parser, or None where there is none; asked for with the first text.
    """
    arrays = {
        field.encode_name: field.type
        for field in msgspec.structs.fields(record)
        if isinstance(field.type, StandIn) and field.type.depth
    }
    if not arrays:
        return plain
    stock: list[Any] = []
    make = parsers or _parser

    def read(raw: Any) -> Any:
        kind = _type(raw)
        text = raw.encode() if kind is str else raw
        if _type(text) is not bytes or len(text) < _LEAST:
            return plain(raw)
        parser = stock.pop() if stock else make()  # taken out of the stock, so that no two threads share one
        if parser is None:
            return plain(raw)
        try:
            made = convert(_members(parser, text, arrays), record, dec_hook=hold)
        except Exception:
            return plain(raw)
        stock.append(parser)
        return made

    return read


@cache
def _parsers() -> Callable[[], Any]:
    try:
        found: Callable[[], Any] = import_module("simdjson").Parser
    except ImportError:
        return lambda: None
    return found


def _parser() -> Any:
    return _parsers()()


def _members(parser: Any, text: bytes, arrays: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a JSON object, arrays of floats as arrays already."""
    import numpy as np  # noqa: PLC0415  (imported when the first array is made)

    brackets = 0
    members: dict[str, Any] = {}
    whole = parser.parse(text)
    names = list(whole.keys())
    for name in names:
        value = whole[name]
        kind = arrays.get(name)
        if kind is None:
            members[name] = value.as_dict() if hasattr(value, "as_dict") else value
            continue  # an array that is somewhere in there has brackets that are not counted
        sizes = _sizes(value, kind.depth)
        rows = 1
        for size in sizes:
            brackets += rows
            rows *= size
        found = np.frombuffer(value.as_buffer(of_type="d"), np.float64)
        members[name] = found.reshape(sizes)
    if len(members) != len(names) or not _has(text, brackets):
        raise Odd
    return members


def _has(text: bytes, brackets: int) -> bool:
    """Say whether a text has that many opening brackets; Python finds bytes faster than it counts them."""
    place = -1
    for _ in range(brackets):
        place = text.find(b"[", place + 1)
        if place < 0:
            return False
    return text.find(b"[", place + 1) < 0


def _sizes(value: Any, depth: int) -> tuple[int, ...]:
    """Return the extents of nested arrays.

    Raises:
        Exception: Any, where they are not nested that deep, or have rows of different lengths.
    """
    if depth == 1:
        return (len(value),)
    inner = {_sizes(row, depth - 1) for row in value}
    if len(inner) != 1:
        raise Odd
    return (len(value), *inner.pop())
