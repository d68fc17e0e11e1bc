"""The declared type of a value, as data, for the slow and careful paths.

The fast path of validation is compiled into each generated class. Explaining an error, reading a model's
answer and describing an output in a prompt need to look at the declaration instead; this is what they
look at. Generated modules build shapes on first need, inside a function, so importing them costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """`str`, lengths in characters; `pattern` is a Python regular expression that is searched for."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """`int`; a bool is not one."""

    ge: int | None = None
    gt: int | None = None
    le: int | None = None
    lt: int | None = None
    multiple_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """`float`, `probability`, `confidence_score`: finite; an int is made a float, a bool is refused."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    multiple_of: float | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    """`bool`; neither 0 nor "true" is one."""


@dataclass(frozen=True, slots=True)
class Json:
    """`json`: null, bool, finite number, string, and lists and string-keyed maps of them."""


@dataclass(frozen=True, slots=True)
class Date:
    """`date`, in text as ISO 8601 (`2026-11-23`)."""


@dataclass(frozen=True, slots=True)
class DateTime:
    """`datetime`, in text as RFC 3339."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An `enum`: `type` is the generated class, whose members' values are their names."""

    type: type[Enum]
    descriptions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Literal:
    """One of a fixed set of strings, ints or bools."""

    options: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """`list[T]`."""

    items: Shape
    min_length: int | None = None
    max_length: int | None = None
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`map[T]`: string keys."""

    values: Shape
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Optional:
    """`T?`: T or null."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Union:
    """`A | B`: one of types that no value is two of."""

    options: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A member of a record.

    `default` makes a fresh default; None where the field is required (or, for `Expected` records, may stay
    unset). `alias` is another name under which data may have it, empty where there is none.
    """

    name: str
    shape: Shape
    description: str = ""
    default: Callable[[], Any] | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of a record, or of inputs and outputs together: `holds` takes the record, or both."""

    name: str
    holds: Callable[..., bool]
    message: str


@dataclass(frozen=True, slots=True)
class Transform:
    """What gives a field a new value; with an empty `field`, what gives a whole new record.

    `text` says what it does, for messages. `python` is true of the user's own functions.
    """

    field: str
    change: Callable[[Any], Any]
    text: str
    python: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShape:
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


@dataclass(frozen=True, slots=True)
class Ref:
    """A record by its class; its shape is asked for when needed, so recursive schemas are no trouble."""

    type: type[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """`embedding`, `tensor` and `attention_weights`: rectangular; None in `extents` is any extent.

    `dtype` is NumPy's name of what the numbers are held as; floats are finite.
    """

    extents: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """`token_list`: ints from 0, or strings."""

    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """`api_key`: a string that is not empty; nothing shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """`image`, `audio` and `document`: `type` is the class of `mlsig.types.media`."""

    type: type[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
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
