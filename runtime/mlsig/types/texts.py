"""Records with arrays of floats from JSON text, by the compiled kernel or simdjson, where they are installed.

msgspec makes a Python float of each number in a text, and then an array is made of those; the others write
the numbers of an array straight to memory.

The kernel takes long arrays of numbers out of a text and leaves a string in the place of each, which begins
with U+0001. msgspec reads what is left, and asks for each array as it finds its string. No text says the same
by itself: JSON has one way to write that character, and text that has it is not cut. Strings that nobody asks
about were in places where no array is read, so then the whole text is read by msgspec.

simdjson flattens nested arrays, so the brackets of the text are counted: as many as the arrays of the record
have to have, each array being seen to have as many as it must.

Whatever is odd is read by msgspec, so results and issues are the same in all ways.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import convert

from mlsig.types.kernel import Cut, kernel
from mlsig.types.standins import StandIn, hold

Read: TypeAlias = Callable[[Any], Any]
_LEAST: Final = 512  # bytes of text below which there is nothing to gain
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


class Odd(Exception):
    """Text that msgspec has to read."""


def reader(record: type[msgspec.Struct], plain: Read) -> Read:
    """Return a function that reads a record from JSON text, and raises any exception where it doubts.

    Args:
        record: A class of records with arrays of floats in them.
        plain: What reads one by msgspec alone.
    """
    compiled = kernel()
    return cutting(record, plain, compiled.cut) if compiled else parsing(record, plain, _parser)


def cutting(record: type[msgspec.Struct], plain: Read, cut: Cut) -> Read:
    """Return what reads records by the kernel's `cut`."""
    stock: list[tuple[dict[str, Any], Read]] = []

    def read(raw: Any) -> Any:
        text = _bytes(raw)
        parts = cut(text, _LEAST) if text else None
        if parts is None or not parts[1]:
            return plain(raw)
        # Taken out of the stock, so that no two threads share arrays.
        arrays, decode = stock.pop() if stock else _decoder(record)
        _put(arrays, parts[1])
        try:
            made = decode(parts[0])
        except Exception:
            return plain(raw)
        if arrays:
            return plain(raw)
        stock.append((arrays, decode))
        return made

    return read


def _decoder(record: type[msgspec.Struct]) -> tuple[dict[str, Any], Read]:
    """Return a decoder, and the arrays that it takes out one by one."""
    arrays: dict[str, Any] = {}

    def take(kind: Any, value: Any) -> Any:
        return hold(kind, arrays.pop(value) if _type(value) is str and value in arrays else value)

    return arrays, msgspec.json.Decoder(record, dec_hook=take).decode


def _put(arrays: dict[str, Any], found: list[tuple[tuple[int, ...], bytes]]) -> None:
    import numpy as np  # noqa: PLC0415  (imported when the first array is made)

    for index, (shape, numbers) in enumerate(found):
        arrays[f"\x01{index}"] = np.frombuffer(numbers, np.float64).reshape(shape)


def parsing(record: type[msgspec.Struct], plain: Read, make: Callable[[], Any]) -> Read:
    """Return what reads records by simdjson; `make` makes a parser, or None where there is none."""
    arrays = {
        field.encode_name: field.type
        for field in msgspec.structs.fields(record)
        if isinstance(field.type, StandIn) and field.type.depth
    }
    if not arrays:
        return plain
    stock: list[Any] = []

    def read(raw: Any) -> Any:
        text = _bytes(raw)
        parser = (stock.pop() if stock else make()) if text else None  # taken out, as above
        if parser is None:
            return plain(raw)
        try:
            made = convert(_members(parser, text, arrays), record, dec_hook=hold)
        except Exception:
            return plain(raw)
        stock.append(parser)
        return made

    return read


def _bytes(raw: Any) -> bytes:
    """Return text that is long enough to be worth the trouble; b"" for any other."""
    kind = _type(raw)
    if kind is str and len(raw) >= _LEAST:
        encoded: bytes = raw.encode()
        return encoded
    if kind is bytes and len(raw) >= _LEAST:
        text: bytes = raw
        return text
    return b""


@cache
def parsers() -> Callable[[], Any]:
    """Return what makes simdjson's parsers; where it is not installed, what makes None."""
    try:
        found: Callable[[], Any] = import_module("simdjson").Parser
    except ImportError:
        return lambda: None
    return found


def _parser() -> Any:
    return parsers()()


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
