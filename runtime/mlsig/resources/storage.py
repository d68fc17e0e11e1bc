"""How a value of a declared type is stored: what column it has, and how it goes in and comes out.

    int -> BIGINT   float -> DOUBLE   str, enum -> TEXT   datetime -> TIMESTAMP in UTC   all else -> JSON text

Both databases take the same values: text without NUL, ints of 64 bits, aware times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types.held import plain as writable

Kind: TypeAlias = Literal["text", "int", "float", "bool", "date", "datetime", "json"]
SMALLEST: Final = -(2**63)
LARGEST: Final = 2**63 - 1
_KINDS: Final[dict[type[Any], Kind]] = {
    shapes.Text: "text",
    shapes.Integer: "int",
    shapes.Number: "float",
    shapes.Boolean: "bool",
    shapes.Date: "date",
    shapes.DateTime: "datetime",
    shapes.Choice: "text",
}
_LITERALS: Final[dict[type[Any], Kind]] = {str: "text", int: "int", bool: "bool"}
_ENCODER: Final = msgspec.json.Encoder(enc_hook=writable)


class Stored(NamedTuple):
    """The kind of a column, and whether it may be null."""

    kind: Kind
    optional: bool = False


def stored(shape: shapes.Shape) -> Stored:
    """Return how values of a shape are stored."""
    if isinstance(shape, shapes.Optional):
        return Stored(stored(shape.shape).kind, optional=True)
    if isinstance(shape, shapes.Literal):
        kinds = {type(option) for option in shape.options}
        return Stored(_LITERALS[kinds.pop()] if len(kinds) == 1 else "json")
    return Stored(_KINDS.get(type(shape), "json"))


def encode(value: Any, shape: shapes.Shape, path: str, issues: list[Issue]) -> Any:
    """Return what is written to the column; what no database takes is added to `issues`."""
    kind, optional = stored(shape)
    return None if value is None and optional else _encoded(value, kind, path, issues)


def _encoded(value: Any, kind: Kind, path: str, issues: list[Issue]) -> Any:
    if kind == "text":
        text = str(value.value) if isinstance(value, Enum) else value
        if "\0" in text or not _encodable(text):
            issues.append(
                Issue(path, "unstorable", "has a NUL or half of a character, which no database takes")
            )
        return text
    if kind == "int" and not SMALLEST <= value <= LARGEST:
        issues.append(Issue(path, "unstorable", "does not fit into 64 bits"))
    if kind == "datetime":
        return _utc(value, path, issues)
    if kind == "float":
        return value + 0.0  # SQLite keeps no sign of 0, so neither does PostgreSQL
    if kind == "json":
        try:
            return _ENCODER.encode(value).decode()
        except ValueError as error:
            issues.append(Issue(path, "unstorable", f"cannot be written as JSON: {error}"))
    return value


def decode(value: Any, shape: shapes.Shape) -> Any:
    """Return what a column holds as data that its declared type is read from."""
    if value is None or stored(shape).kind != "json":
        return value
    return msgspec.json.decode(value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _utc(value: datetime, path: str, issues: list[Issue]) -> datetime:
    if value.tzinfo is None:
        issues.append(Issue(path, "no_zone", "must say its zone, such as 2026-11-23T12:00:00Z"))
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        issues.append(Issue(path, "unstorable", "is outside of the years 1 to 9999 in UTC"))
        return value
