"""Records: what generated schemas, inputs and outputs are.

    Passage.validate({"id": "a1", "text": "…"})   # a Passage, or ValidationError with all that is wrong

There are two paths through one declaration. The fast one is compiled into each class (msgspec, in C) and
only ever says yes; whatever it doubts goes to `explain`, which looks at everything and decides.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias, cast

import msgspec
from msgspec import Meta

from mlsig.errors import Issue
from mlsig.records import packed
from mlsig.records.reached import parts
from mlsig.shapes import RecordShape, Tensor
from mlsig.types.held import plain as writable
from mlsig.types.held import restored, unhashable

if TYPE_CHECKING:
    from mlsig.records.binding import Bound
    from mlsig.structured import Variant

LARGEST: Final = sys.float_info.max
"""The largest finite float; bounds with it refuse NaN and the infinities."""

Finite: TypeAlias = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of generated records. Calling the class does not check anything; `validate` does."""

    # `fail_fast` is no keyword-only parameter: that alone would cost a tenth of a call.

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        suspects = [name for name, kind in cls.__annotations__.items() if "ApiKey" in str(kind)]
        if suspects:
            from mlsig.types.keys import holds_keys, sealing  # noqa: PLC0415  (the module imported it already)

            if secret := tuple(name for name in suspects if holds_keys(cls, name)):
                # msgspec calls it after the constructor, which takes any text for a key.
                cls.__post_init__ = sealing(secret)  # type: ignore[attr-defined]

    @classmethod
    def validate(cls, data: Any, fail_fast: bool = False) -> Self:
        """Return a record made of a mapping, or of a record that is checked again.

        Args:
            data: Anything.
            fail_fast: Stop at the first thing that is wrong, for callers who only want to know whether.

        Raises:
            ValidationError: The data does not fit; `issues` says everything that is wrong with it.
        """
        found: Self = _bound(cls).validate(data, fail_fast)
        return found

    @classmethod
    def check(cls, data: Any) -> list[Issue]:
        """Return everything that is wrong with the data; an empty list when it is valid."""
        return _bound(cls).check(data)

    @classmethod
    def from_json(cls, raw: str | bytes, fail_fast: bool = False) -> Self:
        """Return a record read from JSON text.

        Raises:
            ValidationError: The text is not JSON (the issue says where), or its value does not fit.
        """
        found: Self = _bound(cls).from_json(raw, fail_fast)
        return found

    @classmethod
    def validate_many(cls, items: Iterable[Any], fail_fast: bool = False) -> list[Self]:
        """Return a record for each item of a list, or of anything that can be iterated once.

        Raises:
            ValidationError: Items do not fit; `issues` has those of all items in order: `[3].score`.
        """
        return _bound(cls).validate_many(items, fail_fast)

    @classmethod
    def check_many(cls, items: Iterable[Any]) -> list[Issue]:
        """Return everything that is wrong with the items, in order; an empty list when all are valid."""
        return _bound(cls).check_many(items)

    @classmethod
    def from_json_many(cls, raw: str | bytes, fail_fast: bool = False) -> list[Self]:
        """Return the records of a JSON array, or of JSON Lines: an object a line, blank lines ignored.

        Raises:
            ValidationError: The text is not JSON, or items do not fit; paths are as of `validate_many`.
        """
        return _bound(cls).from_json_many(raw, fail_fast)

    @classmethod
    def shape(cls) -> RecordShape:
        """Return the declaration of this record, for code that reads or describes values."""
        return _shape_of(cls)

    @classmethod
    def json_schema(cls, variant: Variant | None = None) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of this record, or as far as a provider's structured output goes.

        Args:
            variant: "openai" for strict schemas, "anthropic" for output formats and strict tools, "google"
                for `response_json_schema`. What a provider cannot force on an answer is told in descriptions.

        Raises:
            JsonSchemaError: The variant cannot say what the record holds, such as a map in OpenAI's.
        """
        if variant is None:
            return cls._json_schema()
        from mlsig.structured import say  # noqa: PLC0415  (few programs need it)

        return say(cls._json_schema(), variant)

    def to_json(self) -> bytes:
        """Return the record as JSON text in UTF-8.

        Raises:
            ValueError: It holds a lone surrogate, or an integer of more digits than Python writes.
        """
        try:
            return _ENCODER.encode(self)
        except ValueError as error:
            raise _unwritable(type(self), self, error) from None

    @classmethod
    def to_json_many(cls, records: Iterable[Self], lines: bool = False) -> bytes:
        """Return records as a JSON array in UTF-8, or with `lines` as JSON Lines.

        Raises:
            ValueError: One of them cannot be written; see `to_json`.
        """
        listed = list(records)
        try:
            return _ENCODER.encode_lines(listed) if lines else _ENCODER.encode(listed)
        except ValueError as error:
            raise _unwritable(cls, listed, error) from None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-like data: enums by name, dates as text; what is unset is left out.

        Arrays are lists, files URLs or base64, keys a mask.
        """
        data: dict[str, Any] = msgspec.to_builtins(self, enc_hook=writable)
        return data

    def to_msgpack(self) -> bytes:
        """Return the record as msgpack: the data of `to_json`, in fewer bytes.

        Raises:
            OverflowError: It holds an integer of more than 64 bits.
            ValueError: It holds a lone surrogate.
        """
        return packed.pack(self)

    @classmethod
    def from_msgpack(cls, raw: bytes) -> Self:
        """Return a record read from msgpack.

        Raises:
            ValidationError: The bytes are not msgpack, or their value does not fit.
        """
        return cls.validate(packed.unpack(cls.__qualname__, raw))

    def __hash__(self) -> int:
        try:
            return msgspec.Struct.__hash__(self)
        except TypeError:
            raise unhashable(self) from None

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make the record again, with arrays as read-only as they are."""
        if not _holds_arrays(type(self)):
            return cast("tuple[Any, ...]", msgspec.Struct.__reduce__(self))
        return restored, (type(self), {name: getattr(self, name) for name in self.__struct_fields__})

    @classmethod
    def _shape(cls) -> RecordShape:
        raise NotImplementedError

    @classmethod
    def _json_schema(cls) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from mlsig.records import pydantic  # noqa: PLC0415  (pydantic is there: it is asking)

        return pydantic.core(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        from mlsig.records import pydantic  # noqa: PLC0415

        return pydantic.json(cls, handler)


@cache
def _shape_of(record: type[Record]) -> RecordShape:
    return record._shape()  # pyright: ignore[reportPrivateUsage]


@cache
def _holds_arrays(record: type[Record]) -> bool:
    return any(isinstance(part, Tensor) for part in parts(record.shape()))


def _unwritable(record: type[Record], written: object, error: Exception) -> Exception:
    """Return what to raise for what cannot be written."""
    from mlsig.records.unwritable import refusal  # noqa: PLC0415  (few records ever need it)

    return refusal(record.__qualname__, written, error)


def _bound(record: type[Record]) -> Bound:
    """Return what the methods of a class do, from its first use on."""
    found = _BOUND.get(record)
    if found is None:
        from mlsig.records.binding import bind  # noqa: PLC0415  (an import of generated modules needs none of it)

        found = _BOUND[record] = bind(record, Record)
    return found


_BOUND: Final[dict[type[Record], Bound]] = {}
_ENCODER: Final = msgspec.json.Encoder(enc_hook=writable)
