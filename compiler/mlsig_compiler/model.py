"""The resolved model: what a file declares, with every name bound and every type known.

    space Tuning { var demos: int(0..8) = 4 }

becomes

    Space("Tuning", variables=(IntVariable("demos", default=4, domain=IntDomain(0, 8, 1)),), …)

`resolve` builds it from the syntax tree, `check` proves it, `plan` turns it into the strings that
templates print. Everything is frozen; every node carries the span of the characters that declare it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mlsig_compiler.source import Span

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | EnumMember | list[Value] | dict[str, Value]"


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A member of an enum used as a value."""

    enum: str
    name: str


# Types --------------------------------------------------------------------------------------------


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
class EnumType:
    """A declared enum, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class SchemaType:
    """A declared schema, by name (schemas may be recursive)."""

    name: str


Type: TypeAlias = ScalarType | LiteralType | ListType | MapType | OptionalType | EnumType | SchemaType


# Expressions over the variables of a space --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, or the name of a provider or module option (a string)."""

    value: Scalar
    span: Span


@dataclass(frozen=True, slots=True)
class VariableRef:
    """A variable of the space."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    op: Literal["not", "-"]
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic."""

    op: Literal["+", "-", "*", "/", "//", "%"]
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b <= c`, chained as in Python; `in` compares with a `ListOf`."""

    first: Expr
    rest: tuple[tuple[Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"], Expr], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BoolOp:
    """`a and b and c`, or the same with `or`."""

    op: Literal["and", "or"]
    operands: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


Expr: TypeAlias = Constant | VariableRef | Unary | Binary | Comparison | BoolOp | ListOf


# Declarations -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PythonRef:
    """`python("package.module:callable")`."""

    module: str
    attribute: str
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enum; its value is its name."""

    name: str
    description: str
    span: Span


@dataclass(frozen=True, slots=True)
class Enum:
    """`enum Verdict { supported, refuted }`."""

    name: str
    members: tuple[Member, ...]
    description: str
    span: Span


class Missing:
    """The type of `REQUIRED`."""


REQUIRED = Missing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a schema or signature; `default` is `REQUIRED` when there is none (null is a value)."""

    name: str
    type: Type
    default: Value | Missing = REQUIRED
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """`schema Passage { … }`."""

    name: str
    fields: tuple[Field, ...]
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """`example { question: "…", answer: "…" }`, split into its two sides; outputs may be partial."""

    inputs: dict[str, Value]
    outputs: dict[str, Value]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`signature Answer { … }`. `instructions` is the documentation string, or derived from names."""

    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    instructions: str
    tunes: tuple[Variable, ...] = ()
    examples: tuple[ExampleRow, ...] = ()
    description: str = ""
    span: Span


# Domains: the set of values of a variable ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatDomain:
    """Floats in [low, high]; with `step` only low + k*step; `log` draws evenly in the logarithm (low > 0)."""

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntDomain:
    """Ints low, low+step, … up to high; `log` draws uniformly in the logarithm (low > 0)."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsDomain:
    """A finite set: choices, module names, provider names, model names, or (False, True) for a bool."""

    options: tuple[Scalar, ...]
    weights: tuple[float, ...] | None = None


Domain: TypeAlias = FloatDomain | IntDomain | OptionsDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One arm of a conditional domain. `condition` is None for `else` (always the last arm)."""

    condition: Expr | None
    domain: Domain
    default: Scalar
    text: str  # the condition as the user wrote it, for messages; "else" for the last arm
    span: Span


VariableKind: TypeAlias = Literal["float", "int", "bool", "choice", "module", "provider", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of a space.

    `domain` and `default` hold when no branch does; the first branch whose condition is true replaces
    both. A `model` variable whose provider can vary is stored as branches on the provider, one for each.
    `depends` names the variables that the conditions read; variables of a space stand in dependency order.
    """

    name: str
    kind: VariableKind
    domain: Domain
    default: Scalar
    branches: tuple[Branch, ...] = ()
    depends: tuple[str, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A hard constraint: `condition` holds of a legal configuration (`forbid e` is stored as `not e`)."""

    name: str
    condition: Expr
    message: str
    text: str  # the condition as the user wrote it
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """`space Tuning { … }`, and the space extracted from a signature."""

    name: str
    variables: tuple[Variable, ...]  # in dependency order
    declared: tuple[str, ...]  # names in the order in which they were written
    constraints: tuple[Constraint, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvRef:
    """`env("NAME", "fallback")`."""

    name: str
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderModel:
    """`model "gpt-4" { … }`; token counts, and US dollars per million tokens."""

    name: str
    context_window: int | None = None
    max_output: int | None = None
    input_cost: float = 0.0
    output_cost: float = 0.0
    supports: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`provider openai { … }`."""

    name: str
    protocol: str
    base_url: str | EnvRef
    key: EnvRef | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    models: tuple[ProviderModel, ...] = ()
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`metric accuracy = python("…")`."""

    name: str
    python: PythonRef
    description: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`maximize accuracy weight 0.7`; `name` is a metric of the program, or `cost`, or `latency`."""

    name: str
    direction: Literal["maximize", "minimize"]
    weight: float
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`program QA { … }`; `signature` and `space` are names in the same module."""

    name: str
    signature: str
    space: str
    metrics: tuple[Metric, ...] = ()
    objectives: tuple[Objective, ...] = ()
    description: str = ""
    span: Span


Declaration: TypeAlias = Enum | Schema | Signature | Space | Provider | Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file, resolved: declarations in source order, and each signature's space in `variables`."""

    name: str  # dotted: a/b.mlsig is a.b
    declarations: tuple[Declaration, ...]
    variables: dict[str, Space] = field(default_factory=dict[str, Space])
