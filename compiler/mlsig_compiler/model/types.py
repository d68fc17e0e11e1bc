"""Types, and the values that have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | EnumMember | EnvRef | list[Value] | dict[str, Value]"
BuiltinName: TypeAlias = Literal[
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
Dtype: TypeAlias = Literal[
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A member of an enum used as a value."""

    enum: str
    name: str
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvRef:
    """`env("NAME", "fallback")`: a text that the environment has; as a value, of an `api_key` only."""

    name: str
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """Every constraint word of the language; None where nothing is said."""

    ge: float | int | None = None
    gt: float | int | None = None
    le: float | int | None = None
    lt: float | int | None = None
    multiple_of: float | int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ScalarType:
    """`str int float bool json date datetime`; `probability` and `confidence_score` with their bounds."""

    name: Literal[
        "str", "int", "float", "bool", "json", "date", "datetime", "probability", "confidence_score"
    ]
    constraints: Constraints = Constraints()


@dataclass(frozen=True, slots=True)
class BuiltinType:
    """A type of machine learning or of media, whose shape the language itself knows.

    Lengths may be constrained where it is a list.
    """

    name: BuiltinName
    constraints: Constraints = Constraints()


@dataclass(frozen=True, slots=True)
class EmbeddingType:
    """`embedding(384)`: a vector of that many finite numbers."""

    size: int


@dataclass(frozen=True, slots=True)
class TensorType:
    """`tensor(64, _, dtype=float32)`: None in `shape` is any extent."""

    shape: tuple[int | None, ...]
    dtype: Dtype = "float32"


@dataclass(frozen=True, slots=True)
class LiteralType:
    """`"yes" | "no"`: one of fixed values."""

    options: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class ListType:
    """`list[T]`."""

    items: Type
    constraints: Constraints = Constraints()


@dataclass(frozen=True, slots=True)
class MapType:
    """`map[T]`: string keys."""

    values: Type
    constraints: Constraints = Constraints()


@dataclass(frozen=True, slots=True)
class OptionalType:
    """`T?`."""

    type: Type


@dataclass(frozen=True, slots=True)
class UnionType:
    """`A | B`: no option is a union or optional itself, and no two are the same."""

    options: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class EnumType:
    """A declared enum, by the module and the name of its declaration."""

    name: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class SchemaType:
    """A declared schema, by the module and the name of its declaration (schemas may be recursive)."""

    name: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class OutputType:
    """What a declared signature returns: a record of its outputs. Pipelines hand it from step to step."""

    name: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A stored resource: what relationships stand for, and what actions may return."""

    name: str
    module: str = ""


Type: TypeAlias = (
    ScalarType
    | LiteralType
    | BuiltinType
    | EmbeddingType
    | TensorType
    | ListType
    | MapType
    | OptionalType
    | UnionType
    | EnumType
    | SchemaType
    | OutputType
    | ResourceType
)

# The type of what could not be understood: told apart from a real `json` by identity.
ANYTHING: Final = ScalarType("json")

RecordType: TypeAlias = SchemaType | OutputType | ResourceType
