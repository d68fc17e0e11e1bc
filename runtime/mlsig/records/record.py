"""Records: what generated schemas, inputs and outputs are.

    Passage.validate({"id": "a1", "text": "…"})   # a Passage, or ValidationError with all that is wrong

There are two paths through one declaration. The fast one is compiled into each class (msgspec, in C) and
only ever says yes; whatever it doubts goes to `explain`, which looks at everything and decides.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias, cast

import msgspec
from msgspec import Meta, convert
from msgspec.json import decode

from mlsig.errors import Issue, ValidationError
from mlsig.records import packed
from mlsig.records.explain import explain
from mlsig.records.rules import settled
from mlsig.shapes import RecordShape
from mlsig.types.held import plain as writable
from mlsig.types.held import unhashable
from mlsig.types.shown import kind_of, shown
from mlsig.types.standins import hold

if TYPE_CHECKING:
    from mlsig.structured import Variant

LARGEST: Final = sys.float_info.max
"""The largest finite float; bounds with it refuse NaN and the infinities."""

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at

Finite: TypeAlias = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of generated records. Calling the class does not check anything; `validate` does."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Return a record made of a mapping, or of a record that is checked again.

        Raises:
            ValidationError: The data does not fit; `issues` says everything that is wrong with it.
        """
        try:
            record = convert(data, cls)
            if record is not data:  # msgspec passes a ready-made record unchecked
                return record
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(data)

    @classmethod
    def check(cls, data: Any) -> list[Issue]:
        """Return everything that is wrong with the data; an empty list when it is valid."""
        try:
            cls.validate(data)
        except ValidationError as error:
            return list(error.issues)
        return []

    @classmethod
    def from_json(cls, raw: str | bytes) -> Self:
        """Return a record read from JSON text.

        Raises:
            ValidationError: The text is not JSON (the issue says where), or its value does not fit.
        """
        try:
            return decode(raw, type=cls)
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(cls._read(raw))

    @classmethod
    def shape(cls) -> RecordShape:
        """Return the declaration of this record, for code that reads or describes values."""
        return _shape_of(cls)

    @classmethod
    def json_schema(cls, variant: Variant | None = None) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of this record, or as far as a provider's structured output goes.

        Args:
            variant: "openai" for strict schemas, "anthropic" for output formats and strict tools, "google" for
                `response_json_schema`. What a provider cannot force an answer into is told in descriptions.

        Raises:
            JsonSchemaError: The variant cannot say what the record holds, such as a map in OpenAI's.
        """
        if variant is None:
            return cls._json_schema()
        from mlsig.structured import say  # noqa: PLC0415  (few programs need it)

        return say(cls._json_schema(), variant)

    def to_json(self) -> bytes:
        """Return the record as JSON text in UTF-8."""
        try:
            return msgspec.json.encode(self)
        except TypeError:
            return msgspec.json.encode(self, enc_hook=writable)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-like data: enums by name, dates as text; what is unset is left out.

        Arrays are lists, files URLs or base64, keys a mask.
        """
        data: dict[str, Any]
        try:
            data = msgspec.to_builtins(self)
        except TypeError:
            data = msgspec.to_builtins(self, enc_hook=writable)
        return data

    def to_msgpack(self) -> bytes:
        """Return the record as msgpack: the data of `to_json`, in fewer bytes."""
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

    @classmethod
    def _explained(cls, data: object) -> Self:
        issues: list[Issue] = []
        record = explain(cls.shape(), data, "", issues)
        if issues and cls.shape().secret:
            issues = [Issue(issue.path, issue.code, issue.message) for issue in issues]
        if issues:
            raise ValidationError(cls.__qualname__, issues)
        found: Self = record
        return found

    @classmethod
    def _read(cls, raw: object) -> object:
        """Return the value of JSON text."""
        try:
            return _json(cls.__qualname__, raw)
        except ValidationError as error:
            if not cls.shape().secret:
                raise
            issues = [Issue(issue.path, issue.code, issue.message) for issue in error.issues]
        raise ValidationError(cls.__qualname__, issues)

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


class NestedRecord(Record, frozen=True, kw_only=True):
    """The base of records that hold other records."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Do what `Record.validate` does, for data that may hold ready-made records at any depth."""
        kind = _type(data)
        if kind is dict:
            try:
                if cls._plain(data):
                    return convert(data, cls)
            except Exception:  # noqa: S110  (any doubt: the careful path decides)
                pass
        return cls._explained(data)

    @classmethod
    def _plain(cls, data: dict[str, Any]) -> bool:
        """Say whether the records inside `data` are still plain data."""
        return unmixed(data)


class RuledRecord(NestedRecord, frozen=True, kw_only=True):
    """The base of records with transforms or checks of their own, and none in the records that they hold."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Do what `Record.validate` does, transforms and checks included."""
        kind = _type(data)
        if kind is dict:
            try:
                if cls._plain(data):
                    ready: Self = settled(cls.shape(), convert(data, cls))
                    return ready
            except Exception:  # noqa: S110  (any doubt: the careful path decides)
                pass
        return cls._explained(data)

    @classmethod
    def from_json(cls, raw: str | bytes) -> Self:
        """Do what `Record.from_json` does, transforms and checks included."""
        try:
            ready: Self = settled(cls.shape(), decode(raw, type=cls))
            return ready
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(cls._read(raw))

    @classmethod
    def _plain(cls, data: dict[str, Any]) -> bool:  # noqa: ARG003  (records that hold others look at it)
        return True


class HeldRecord(Record, frozen=True, kw_only=True):
    """The base of records with values that only the runtime knows how to make, such as arrays."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Do what `Record.validate` does."""
        try:
            record = convert(data, cls, dec_hook=hold)
            if record is not data:
                return record
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(data)

    @classmethod
    def from_json(cls, raw: str | bytes) -> Self:
        """Do what `Record.from_json` does."""
        try:
            return decode(raw, type=cls, dec_hook=hold)
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(cls._read(raw))


class NestedHeldRecord(NestedRecord, frozen=True, kw_only=True):
    """The base of records that hold other records, and such values."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Do what `NestedRecord.validate` does."""
        kind = _type(data)
        if kind is dict:
            try:
                if cls._plain(data):
                    return convert(data, cls, dec_hook=hold)
            except Exception:  # noqa: S110  (any doubt: the careful path decides)
                pass
        return cls._explained(data)

    @classmethod
    def from_json(cls, raw: str | bytes) -> Self:
        """Do what `Record.from_json` does."""
        try:
            return decode(raw, type=cls, dec_hook=hold)
        except Exception:  # noqa: S110  (any doubt: the careful path decides)
            pass
        return cls._explained(cls._read(raw))


class CarefulRecord(Record, frozen=True, kw_only=True):
    """The base of records with rules that msgspec does not know: every value takes the careful path."""

    @classmethod
    def validate(cls, data: Any) -> Self:
        """Do what `Record.validate` does."""
        return cls._explained(data)

    @classmethod
    def from_json(cls, raw: str | bytes) -> Self:
        """Do what `Record.from_json` does."""
        return cls._explained(cls._read(raw))


def plain(value: Any, record: type[NestedRecord] | None = None) -> bool:
    """Say whether a value is plain data for one record. `record` is given when that one holds records itself.

    msgspec passes ready-made records unchecked, so data that holds one must not take the fast path.
    """
    kind = _type(value)
    if kind is dict:
        return record is None or record._plain(value)  # pyright: ignore[reportPrivateUsage]
    return value is None


def plain_items(values: Any, record: type[NestedRecord] | None = None) -> bool:
    """Say the same of a list of records."""
    kind = _type(values)
    if kind is not list:
        return values is None
    if record is None:
        return _DICT.issuperset(map(type, values))
    return all(plain(value, record) for value in values)


def plain_values(values: Any, record: type[NestedRecord] | None = None) -> bool:
    """Say the same of a map of records."""
    kind = _type(values)
    return plain_items(list(values.values()), record) if kind is dict else values is None


def unmixed(value: Any) -> bool:
    """Say of any value whether it is plain data all through."""
    kind = _type(value)
    if kind is dict:
        return all(map(unmixed, value.values()))
    if kind is list:
        return all(map(unmixed, value))
    return kind in _SCALARS


_DICT: Final = frozenset[object]({dict, type(None)})
_SCALARS: Final = frozenset[object]({str, int, float, bool, type(None)})


@cache
def _shape_of(record: type[Record]) -> RecordShape:
    return record._shape()  # pyright: ignore[reportPrivateUsage]


def _json(subject: str, raw: Any) -> object:
    """Return the value of JSON text."""
    data = b""
    try:
        data = str.encode(raw) if issubclass(type(raw), str) else memoryview(raw).tobytes()
        return decode(data)
    except RecursionError:
        issue = Issue("", "too_deep", "is nested too deeply")
    except UnicodeEncodeError as error:
        message = f"is not JSON: a lone surrogate at character {error.start + 1}"
        issue = Issue("", "invalid_json", message, shown(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        issue = Issue("", "invalid_json", f"is not JSON: {_reason(error, data)}", shown(raw))
    except Exception:
        issue = Issue("", "invalid_json", f"must be JSON as text or bytes, not {kind_of(raw)}", shown(raw))
    raise ValidationError(subject, [issue])


def _reason(error: Exception, data: bytes) -> str:
    """Return what is wrong with JSON text, and where: lines and columns count from 1, in characters."""
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return f"invalid UTF-8 at {_place(data, wrong.start)}"
    message = re.sub(r"^JSON is malformed: ", "", str(error))
    where = re.search(r" \(byte (\d+)\)$", message)
    return message if where is None else f"{message[: where.start()]} at {_place(data, int(where[1]))}"


def _place(data: bytes, byte: int) -> str:
    before = data[:byte].decode("utf-8", "replace")
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
