"""Types.

{"kind": "list", "items": {"kind": "schema", "name": "Passage", "module": "qa"}, "constraints": {…}}
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from mlsig_compiler.ir.node import Count, Node
from mlsig_compiler.ir.values import Integer, Number


class Constraints(Node):
    """What values must satisfy beside their type; what is absent is not asked for."""

    ge: Number | None = None
    """Greater than or equal to this."""
    gt: Number | None = None
    """Greater than this."""
    le: Number | None = None
    """Less than or equal to this."""
    lt: Number | None = None
    """Less than this."""
    multiple_of: Number | None = None
    """A multiple of this, in exact decimal arithmetic."""
    min_length: Integer | None = None
    """At least this many characters (Unicode code points), items or keys."""
    max_length: Integer | None = None
    """At most this many characters (Unicode code points), items or keys."""
    pattern: str | None = None
    """A regular expression that is found somewhere in the text; `$` is the very end of it."""
    unique: bool
    """No two items are equal."""


class ScalarType(Node):
    """A single value."""

    kind: Literal["scalar"]
    name: Literal[
        "str", "int", "float", "bool", "json", "date", "datetime", "probability", "confidence_score"
    ]
    """Which one. `json` is any JSON value; `date` and `datetime` are ISO 8601 in text; `probability` and
    `confidence_score` are floats that have their bounds among the constraints."""
    constraints: Constraints


class BuiltinType(Node):
    """A type of machine learning or of media, whose shape the language itself knows."""

    kind: Literal["builtin"]
    name: Literal[
        "token_list",
        "model_response",
        "variable_config",
        "reasoning_chain",
        "attention_weights",
        "image",
        "audio",
        "document",
        "api_key",
    ]
    """Which one; the language reference says what each holds."""
    constraints: Constraints


class EmbeddingType(Node):
    """A vector of finite numbers."""

    kind: Literal["embedding"]
    size: Count
    """How many numbers."""


class TensorType(Node):
    """A rectangular array of numbers."""

    kind: Literal["tensor"]
    shape: tuple[Annotated[int, Field(ge=0)] | None, ...]
    """The extent of each axis; null is any extent."""
    dtype: Literal["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]
    """What the elements are."""


class LiteralType(Node):
    """One of fixed values."""

    kind: Literal["literal"]
    options: tuple[str | bool | Integer, ...]
    """The values, in the order in which they are written."""


class ListType(Node):
    """A list."""

    kind: Literal["list"]
    items: Type
    """The type of every item."""
    constraints: Constraints


class MapType(Node):
    """An object with any string keys."""

    kind: Literal["map"]
    values: Type
    """The type of every value."""
    constraints: Constraints


class OptionalType(Node):
    """A value or null."""

    kind: Literal["optional"]
    type: Type
    """The type of the value."""


class UnionType(Node):
    """A value of one of several types; none of them is a union or optional."""

    kind: Literal["union"]
    options: tuple[Type, ...]
    """The types, in the order in which they are written."""


class EnumType(Node):
    """A declared enum."""

    kind: Literal["enum"]
    name: str
    """Its name where it is declared."""
    module: str
    """The module that declares it."""


class SchemaType(Node):
    """A declared schema; schemas may be recursive."""

    kind: Literal["schema"]
    name: str
    """Its name where it is declared."""
    module: str
    """The module that declares it."""


class OutputType(Node):
    """What a declared signature returns: a record of its outputs."""

    kind: Literal["output"]
    name: str
    """The name of the signature where it is declared."""
    module: str
    """The module that declares it."""


class ResourceType(Node):
    """A stored resource."""

    kind: Literal["resource"]
    name: str
    """Its name where it is declared."""
    module: str
    """The module that declares it."""


AnyType = (
    ScalarType
    | BuiltinType
    | EmbeddingType
    | TensorType
    | LiteralType
    | ListType
    | MapType
    | OptionalType
    | UnionType
    | EnumType
    | SchemaType
    | OutputType
    | ResourceType
)
Type = TypeAliasType("Type", Annotated[AnyType, Field(discriminator="kind")])
