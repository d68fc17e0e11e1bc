"""A draft: the declarations of a file that is about to be written, with comments, and notes for the user.

    Record("Review", [Field("text", ScalarType("str"), origin="/properties/text")], origin="/")

Types and values are those of the `model/`, where a declared name stands in the module "". Fields can be
weakened in place, until the file is one that the compiler accepts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from mlsig_compiler import model


class Note(NamedTuple):
    """What the user should know: where in the source (a JSON pointer, a path of keys), and what."""

    origin: str
    message: str
    warning: bool = True  # else a decision that may be right


@dataclass(slots=True, kw_only=True)
class Field:
    """A field of a record or signature. `comments` are lines without their `#`."""

    name: str
    type: model.Type
    default: model.Value | model.Missing = model.REQUIRED
    description: str = ""
    alias: str | None = None
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


@dataclass(slots=True, kw_only=True)
class Record:
    """A schema."""

    name: str
    fields: list[Field] = field(default_factory=list[Field])
    extends: str | None = None
    description: str = ""
    open: bool = False
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


@dataclass(slots=True, kw_only=True)
class Enum:
    """An enum; the members' names are their values."""

    name: str
    members: tuple[str, ...]
    description: str = ""
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


@dataclass(slots=True, kw_only=True)
class Alias:
    """`type Name = …`."""

    name: str
    type: model.Type
    description: str = ""
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


@dataclass(slots=True, kw_only=True)
class Signature:
    """A signature; empty `instructions` are left to the compiler, which derives them."""

    name: str
    inputs: list[Field]
    outputs: list[Field]
    instructions: str = ""
    description: str = ""
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


@dataclass(slots=True, kw_only=True)
class Tuned:
    """A variable of a space, or a rule (`domain` is empty, and `name` what stands behind `forbid`).

    Attributes:
        domain: What stands behind the colon, with the default.
        when: The condition of its group; empty for always.
        reads: The variables that it reads.
        deprecated: Nothing is.
    """

    name: str
    domain: str = ""
    when: str = ""
    reads: frozenset[str] = frozenset()
    description: str = ""
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""
    deprecated: str | None = None
    left_out: bool = False


@dataclass(slots=True, kw_only=True)
class Space:
    """A space: variables, each after those that its condition reads, and rules behind them."""

    name: str
    members: list[Tuned] = field(default_factory=list[Tuned])
    description: str = ""
    deprecated: str | None = None
    comments: list[str] = field(default_factory=list[str])
    origin: str = ""


Declaration: TypeAlias = Record | Enum | Alias | Signature | Space
Role: TypeAlias = Literal["", "input ", "output "]


@dataclass(slots=True, kw_only=True)
class Draft:
    """A file: what it declares, in its order, and what to tell the user about it."""

    declarations: list[Declaration] = field(default_factory=list[Declaration])
    notes: list[Note] = field(default_factory=list[Note])
    heading: list[str] = field(default_factory=list[str])

    def warn(self, place: Field | Declaration | Tuned, message: str, origin: str = "") -> None:
        """Say at the place, and to the user, what could not be carried over."""
        place.comments.append(message)
        self.notes.append(Note(origin or place.origin, message))


def fields_of(node: Declaration) -> list[tuple[Role, Field]]:
    """Return the fields of a declaration with the word that stands before each."""
    if isinstance(node, Record):
        return [("", each) for each in node.fields]
    if isinstance(node, Signature):
        inputs: list[tuple[Role, Field]] = [("input ", each) for each in node.inputs]
        return [*inputs, *[("output ", each) for each in node.outputs]]
    return []


def optional(type_: model.Type) -> model.Type:
    """Return the optional of a type; `json` takes null already."""
    if type_ == JSON or isinstance(type_, model.OptionalType):
        return type_
    return model.OptionalType(type_)


JSON = model.ScalarType("json")
STR = model.ScalarType("str")
INT = model.ScalarType("int")
FLOAT = model.ScalarType("float")
BOOL = model.ScalarType("bool")
