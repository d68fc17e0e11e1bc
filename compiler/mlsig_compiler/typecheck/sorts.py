"""What the value of an expression can be: a union of sorts.

    sorts_of(OptionalType(ScalarType("int")))   ->   {Sort("int"), Sort("null")}

Sorts are coarser than types, since constraints are no part of them, and finer where it helps a message: a
literal type keeps its values, so that `style == "brief"` can be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from mlsig_compiler import model

Word: TypeAlias = Literal[
    "str", "int", "float", "bool", "null", "date", "datetime", "json", "image", "audio", "document",
    "api_key", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort that a word says all about. `unknown` is what nothing is complained about."""

    word: Word


@dataclass(frozen=True, slots=True)
class Only:
    """One value of a literal type or of a choice. `kind` tells true from 1."""

    value: str | int | float | bool
    kind: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of such items; none, for the empty list."""

    items: Sorts


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map of such values."""

    values: Sorts


@dataclass(frozen=True, slots=True)
class Vector:
    """Numbers in `rank` dimensions: an embedding, a tensor."""

    rank: int


@dataclass(frozen=True, slots=True)
class EnumOf:
    """A member of a declared enum."""

    type: model.EnumType


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A record of a declared schema, the outputs of a signature, or a resource."""

    type: model.RecordType


@dataclass(frozen=True, slots=True)
class Shape:
    """A record that no schema declares: what a signature returns, a step of reasoning, the chosen model.

    `what` is the phrase of messages, such as "a step of reasoning". An `open` one may have other fields.
    """

    what: str
    fields: tuple[tuple[str, Sorts], ...]
    open: bool = False


One: TypeAlias = Sort | Only | ListOf | MapOf | Vector | EnumOf | RecordOf | Shape
Sorts: TypeAlias = frozenset[One]

STR: Final[Sorts] = frozenset({Sort("str")})
INT: Final[Sorts] = frozenset({Sort("int")})
FLOAT: Final[Sorts] = frozenset({Sort("float")})
NUMBER: Final[Sorts] = INT | FLOAT
BOOL: Final[Sorts] = frozenset({Sort("bool")})
NULL: Final[Sorts] = frozenset({Sort("null")})
JSON: Final[Sorts] = frozenset({Sort("json")})
UNKNOWN: Final[Sorts] = frozenset({Sort("unknown")})

SCALARS: Final[dict[str, Sorts]] = {
    "str": STR,
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "json": JSON,
    "date": frozenset({Sort("date")}),
    "datetime": frozenset({Sort("datetime")}),
    "probability": FLOAT,
    "confidence_score": FLOAT,
}
BUILTINS: Final[dict[str, Sorts]] = {
    "token_list": frozenset({ListOf(INT | STR)}),
    "model_response": frozenset({Shape("a `model_response`", (("text", STR),), open=True)}),
    "variable_config": frozenset({Shape("a `variable_config`", (("name", STR), ("type", STR)), open=True)}),
    "reasoning_chain": frozenset(
        {ListOf(frozenset({Shape("a step of reasoning", (("step", STR), ("reasoning", STR)))}))}
    ),
    "attention_weights": frozenset({Vector(2)}),
    "image": frozenset({Sort("image")}),
    "audio": frozenset({Sort("audio")}),
    "document": frozenset({Sort("document")}),
    "api_key": frozenset({Sort("api_key")}),
}


@dataclass(frozen=True, slots=True)
class Environment:
    """What the names of an expression are, and what declared types mean.

    `active` gives the condition without which a name has no value: it is null then.
    `lenient` says of a declared type whether it may have members that could not be read.
    """

    names: Mapping[str, Sorts]
    fields: Callable[[model.RecordType], tuple[model.Field, ...]]
    enum: Callable[[model.EnumType], model.Enum]
    active: Mapping[str, model.Expr] = field(default_factory=dict[str, model.Expr])
    lenient: Callable[[model.EnumType | model.RecordType], bool] = lambda _: False


def sorts_of(type_: model.Type) -> Sorts:
    """Return what a value of a type can be."""
    match type_:
        case model.ScalarType(name):
            return UNKNOWN if type_ is model.ANYTHING else SCALARS[name]
        case model.BuiltinType(name):
            return BUILTINS[name]
        case model.EmbeddingType():
            return frozenset({Vector(1)})
        case model.TensorType(shape):
            return frozenset({Vector(len(shape))}) if shape else FLOAT
        case model.LiteralType(options):
            return frozenset(only(option) for option in options)
        case model.ListType(items):
            return frozenset({ListOf(sorts_of(items))})
        case model.MapType(values):
            return frozenset({MapOf(sorts_of(values))})
        case model.OptionalType(inner):
            return sorts_of(inner) | NULL
        case model.UnionType(options):
            return frozenset(one for option in options for one in sorts_of(option))
        case model.EnumType():
            return frozenset({EnumOf(type_)})
        case model.SchemaType() | model.OutputType() | model.ResourceType():
            return frozenset({RecordOf(type_)})


def only(value: str | int | float | bool) -> Only:
    """Return the sort of one value."""
    return Only(value, type(value).__name__)


def shape(what: str, fields: Mapping[str, Sorts], *, open: bool = False) -> Sorts:
    """Return the sorts of a record that no schema declares, such as what a step of a pipeline returns."""
    return frozenset({Shape(what, tuple(fields.items()), open)})


def unknown(sorts: Sorts) -> bool:
    """Say whether nothing is known about some of the values."""
    return bool(sorts & UNKNOWN)


def plain(one: One) -> One:
    """Return a sort without the value that it may be pinned to."""
    if not isinstance(one, Only):
        return one
    words: dict[str, Word] = {"str": "str", "int": "int", "float": "float", "bool": "bool"}
    return Sort(words[one.kind])


def without_values(sorts: Sorts) -> Sorts:
    """Return sorts without the values that they may be pinned to."""
    return frozenset(plain(one) for one in sorts)


def assignable(found: Sorts, wanted: Sorts) -> bool:
    """Say whether each value that was found is one that is wanted. A float takes an int."""
    if unknown(found) or unknown(wanted) or wanted >= JSON:
        return True
    return all(any(_fits(one, other) for other in wanted) for one in found)


def _fits(found: One, wanted: One) -> bool:
    if found == wanted or plain(found) == wanted:
        return True
    if wanted == Sort("float"):
        return plain(found) == Sort("int")
    match found, wanted:
        case ListOf(items), ListOf(wanted_items):
            return assignable(items, wanted_items)
        case MapOf(values), MapOf(wanted_values):
            return assignable(values, wanted_values)
        case _:
            return False


def overlap(left: Sorts, right: Sorts) -> bool:
    """Say whether some value could be both."""
    if unknown(left) or unknown(right) or JSON & (left | right):
        return True
    return bool(left & right) or any(_meet(one, other) for one in left for other in right)


def _meet(left: One, right: One) -> bool:
    if isinstance(left, Only) and isinstance(right, Only):
        # A bool is no number, though Python counts True as 1.
        return left.value == right.value and (left.kind == "bool") == (right.kind == "bool")
    one, other = plain(left), plain(right)
    if one == other:
        return True
    match one, other:
        case Sort("int" | "float"), Sort("int" | "float"):
            return True
        case ListOf(items), ListOf(other_items):
            return not items or not other_items or overlap(items, other_items)
        case MapOf(values), MapOf(other_values):
            return overlap(values, other_values)
        case _:
            return False
