"""What rows are read as: examples of a signature, or records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from mlsig import shapes
from mlsig.records import Record
from mlsig.signatures import Example, Signature

Item: TypeAlias = Example[Any, Any] | Record
ItemT = TypeVar("ItemT", bound=Item)


class Target(msgspec.Struct, Generic[ItemT], frozen=True):
    """How a row is read.

    Attributes:
        columns: Fields by the names that a column may have, aliases too.
        required: The names, each with its aliases, of what no row can do without.
        empty: Names of texts that may be empty, so that an empty cell is one; any other is no value.
        nullable: Names of what has to be there and may be null, so that a null or an empty cell is one.
        open: Whether columns that nobody declared do no harm.
        what: What a column should be.
        read: Turns values into an item, or raises `ValidationError` with all that is wrong.
    """

    columns: Mapping[str, shapes.Field]
    required: tuple[tuple[str, ...], ...]
    empty: frozenset[str]
    nullable: frozenset[str]
    open: bool
    what: str
    read: Callable[[Mapping[str, Any]], ItemT]


def of_signature(signature: type[Signature]) -> Target[Example[Any, Any]]:
    """Read examples: every required input, and any of the outputs."""
    given, wanted = signature.Input.shape(), signature.Expected.shape()
    return Target(
        columns=_named((*wanted.fields, *given.fields)),
        required=_required(given),
        empty=_which(given, shapes.Text),
        nullable=_which(given, shapes.Optional),
        open=False,
        what="neither an input nor an output",
        read=lambda values: Example.read(values, signature.Input, signature.Expected),
    )


def of_record(record: type[Record]) -> Target[Record]:
    """Read records."""
    shape = record.shape()
    return Target(
        columns=_named(shape.fields),
        required=_required(shape),
        empty=_which(shape, shapes.Text),
        nullable=_which(shape, shapes.Optional),
        open=shape.open,
        what=f"no field of {record.__name__}",
        read=record.validate,
    )


def target_of(schema: type[Signature] | type[Record]) -> Target[Any]:
    """Say how rows are read as what somebody gave.

    Raises:
        TypeError: It is neither a signature nor a record.
    """
    if isinstance(schema, type):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
        if issubclass(schema, Record):
            return of_record(schema)
        if issubclass(schema, Signature):  # pyright: ignore[reportUnnecessaryIsInstance]
            return of_signature(schema)
    raise TypeError(f"rows are read as a generated signature or record class, not {schema!r}")


def identity(item: Item) -> str:
    """Return a short hash of the content: that of equal items is equal, in every process."""
    if isinstance(item, Example):
        return item.id
    return blake2b(msgspec.json.encode(item.to_dict(), order="sorted"), digest_size=8).hexdigest()


def _named(fields: tuple[shapes.Field, ...]) -> dict[str, shapes.Field]:
    return {name: field for field in fields for name in (field.name, field.alias) if name}


def _required(shape: shapes.RecordShape) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(name for name in (field.name, field.alias) if name)
        for field in shape.fields
        if field.default is None
    )


def _which(shape: shapes.RecordShape, kind: type[shapes.Text] | type[shapes.Optional]) -> frozenset[str]:
    """Return the names of the required fields of a kind."""
    fields = (field for field in shape.fields if isinstance(field.shape, kind) and field.default is None)
    return frozenset(name for field in fields for name in (field.name, field.alias) if name)
