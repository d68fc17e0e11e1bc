"""What a record may hold and no text can: lone surrogates, and integers of more digits than Python writes.

Both are valid: to look for them would cost every string of every record. Who writes a record that has one is
told where it is; and pydantic, which gets data from anywhere, has them refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, cast

import msgspec

from mlsig.issues import Issue
from mlsig.records.explain import entry, member

Found: TypeAlias = tuple[str, str]
"""Where it is, such as `tags[2]`, and what it has."""

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
_ROOM: Final = range(-(2**63), 2**64)


def refusal(subject: str, written: object, error: Exception, *, packed: bool = False) -> Exception:
    """Return what to raise for a record, or a list of them, that could not be written.

    Args:
        subject: The name of the record's class.
        written: What was to be written.
        error: What writing it raised.
        packed: Whether it was to be msgpack, which has room for 64 bits and for times that UTC has.
    """
    for path, what in found(written, packed=packed):
        kind = OverflowError if isinstance(error, OverflowError) else ValueError
        return kind(f"this {subject} cannot be written: `{path}` has {what}")
    return error


def issues(record: msgspec.Struct) -> list[Issue]:
    """Return an issue for everything in a record that could not be written as JSON."""
    return [Issue(path, "unwritable", f"cannot be written: it has {what}") for path, what in found(record)]


def found(value: Any, path: str = "", *, packed: bool = False) -> Iterator[Found]:
    """Yield everything in a value that cannot be written."""
    kind: Any = _type(value)
    if issubclass(kind, msgspec.Struct):
        for name in kind.__struct_fields__:
            yield from found(getattr(value, name), member(path, name), packed=packed)
    elif issubclass(kind, list):
        for index, item in enumerate(value):
            yield from found(item, f"{path}[{index}]", packed=packed)
    elif issubclass(kind, dict):
        for key, item in value.items():
            yield from _text(key, path, "a key with ")
            yield from found(item, entry(path, key), packed=packed)
    elif issubclass(kind, str):
        yield from _text(value, path)
    elif issubclass(kind, int):
        yield from _integer(value, path, packed)
    elif issubclass(kind, datetime):
        yield from _time(value, path, packed)
    elif hasattr(kind, "to_json_like"):
        yield from found(value.to_json_like(), path, packed=packed)


def _text(text: str, path: str, what: str = "") -> Iterator[Found]:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        yield path, f"{what}a lone surrogate at character {error.start + 1}, which no UTF-8 text can have"


def _integer(number: int, path: str, packed: bool) -> Iterator[Found]:
    size = number.bit_length()
    if packed:
        if number not in _ROOM:
            yield (
                path,
                f"an integer of {size} bits: msgpack has integers of 64 bits only; JSON has larger ones",
            )
        return
    try:
        str(number)
    except ValueError:
        yield path, f"an integer of {size} bits, which is more digits than Python writes"


def _time(time: datetime, path: str, packed: bool) -> Iterator[Found]:
    if not packed or time.tzinfo is None:
        return
    try:
        time.astimezone(UTC)
    except OverflowError:
        yield path, "a time that is in no year from 1 to 9999 in UTC, which msgpack writes; JSON has it"
