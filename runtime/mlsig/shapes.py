"""The declared type of a value, as data, for the slow and careful paths.

The fast path of validation is compiled into each generated class. Explaining an error, reading a model's
answer and describing an output in a prompt need to look at the declaration instead; this is what they
look at. Generated modules build shapes on first need, inside a function, so importing them costs nothing.
Their classes are msgspec's: as many dataclasses would take a third of the time of importing a module.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from msgspec import Struct


class Text(Struct, frozen=True, kw_only=True):
    """`str`, lengths in characters; `pattern` is a Python regular expression that is searched for."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


class Integer(Struct, frozen=True, kw_only=True):
    """`int`; a bool is not one."""

    ge: int | None = None
    gt: int | None = None
    le: int | None = None
    lt: int | None = None
    multiple_of: int | None = None


class Number(Struct, frozen=True, kw_only=True):
    """`float`, `probability`, `confidence_score`: finite; an int is made a float, a bool is refused."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    multiple_of: float | None = None


class Boolean(Struct, frozen=True):
    """`bool`; neither 0 nor "true" is one."""


class Json(Struct, frozen=True):
    """`json`: null, bool, finite number, string, and lists and string-keyed maps of them."""


class Date(Struct, frozen=True):
    """`date`, in text as ISO 8601 (`2026-11-23`)."""


class DateTime(Struct, frozen=True):
    """`datetime`, in text as RFC 3339."""


class Choice(Struct, frozen=True):
    """An `enum`: `type` is the generated class, whose members' values are their names."""

    type: type[Enum]
    descriptions: dict[str, str]


class Literal(Struct, frozen=True):
    """One of a fixed set of strings, ints or bools."""

    options: tuple[str | int | bool, ...]


class Array(Struct, frozen=True, kw_only=True):
    """`list[T]`."""

    items: Shape
    min_length: int | None = None
    max_length: int | None = None
    unique: bool = False


class Mapping(Struct, frozen=True, kw_only=True):
    """`map[T]`: string keys."""

    values: Shape
    min_length: int | None = None
    max_length: int | None = None


class Optional(Struct, frozen=True):
    """`T?`: T or null."""

    shape: Shape


class Union(Struct, frozen=True):
    """`A | B`: one of types that no value is two of."""

    options: tuple[Shape, ...]


class Field(Struct, frozen=True, kw_only=True):
    """A member of a record.

    `default` makes a fresh default; None where the field is required (or, for `Expected` records, may stay
    unset). `alias` is another name under which data may have it, empty where there is none.
    """

    name: str
    shape: Shape
    description: str = ""
    default: Callable[[], Any] | None = None
    alias: str = ""


class Check(Struct, frozen=True):
    """A rule of a record, or of inputs and outputs together: `holds` takes the record, or both."""

    name: str
    holds: Callable[..., bool]
    message: str


class Transform(Struct, frozen=True):
    """What gives a field a new value; with an empty `field`, what gives a whole new record.

    `text` says what it does, for messages. `python` is true of the user's own functions.
    """

    field: str
    change: Callable[[Any], Any]
    text: str
    python: bool = False


class RecordShape(Struct, frozen=True, kw_only=True):
    """A record: `type` is the generated class.

    `partial` records may leave any field unset, `open` ones keep quiet about unknown keys.
    Errors show no values of a `secret` one, which has an `api_key` somewhere inside.
    """

    type: type[Any]
    fields: tuple[Field, ...]
    description: str = ""
    partial: bool = False
    secret: bool = False
    open: bool = False
    transforms: tuple[Transform, ...] = ()
    checks: tuple[Check, ...] = ()


class Ref(Struct, frozen=True):
    """A record by its class; its shape is asked for when needed, so recursive schemas are no trouble."""

    type: type[Any]


class Tensor(Struct, frozen=True, kw_only=True):
    """`embedding`, `tensor` and `attention_weights`: rectangular; None in `extents` is any extent.

    `dtype` is NumPy's name of what the numbers are held as; floats are finite.
    """

    extents: tuple[int | None, ...]
    dtype: str


class Tokens(Struct, frozen=True, kw_only=True):
    """`token_list`: ints from 0, or strings."""

    min_length: int | None = None
    max_length: int | None = None


class Key(Struct, frozen=True):
    """`api_key`: a string that is not empty; nothing shows it."""


class Medium(Struct, frozen=True, kw_only=True):
    """`image`, `audio` and `document`: `type` is the class of `mlsig.types.media`."""

    type: type[Any]


class Keyed(Struct, frozen=True, kw_only=True):
    """`model_response` and `variable_config`: an object with some strings; other keys hold any JSON."""

    type: type[dict[str, Any]]
    needed: tuple[str, ...]


Shape: TypeAlias = (
    Text
    | Integer
    | Number
    | Boolean
    | Json
    | Date
    | DateTime
    | Choice
    | Literal
    | Array
    | Mapping
    | Optional
    | Union
    | RecordShape
    | Ref
    | Tensor
    | Tokens
    | Key
    | Medium
    | Keyed
)
