"""The syntax tree: what a file says, before any name is looked up.

    var demos: int(0..8) = 4 "worked examples"

is

    Variable(Name("demos"), TypeName(Name("int"), arguments=(Argument(None, Range(0, 8)),)), Literal(4),
    Text(…))

Nodes are named tuples, the cheapest immutable Python objects that a parser can make by the hundred thousand
(and, unlike most, ones whose nesting may be arbitrarily deep when they are freed). Each has a span, or a name
that has one.
"""

from __future__ import annotations

from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span


class Name(NamedTuple):
    """A word that names something."""

    text: str
    span: Span


class Text(NamedTuple):
    """A string used as a description or as instructions, decoded."""

    text: str
    span: Span


class Unsupported(NamedTuple):
    """A construct that is recognised and not supported yet. `names` are what it would have declared.

    `opens` says that it may declare names that cannot be known here, as an `include` does.
    """

    feature: str
    span: Span
    names: tuple[str, ...] = ()
    opens: bool = False


# Values and arguments ---------------------------------------------------------------------------------------


class Literal(NamedTuple):
    """A string, number, `true`, `false` or `null`."""

    value: str | int | float | bool | None
    span: Span


class Reference(NamedTuple):
    """A name, perhaps dotted: `draft`, `Verdict.supported`."""

    path: tuple[str, ...]
    span: Span


class ListValue(NamedTuple):
    """`[a, b]`."""

    items: tuple[Value, ...]
    span: Span


class Entry(NamedTuple):
    """`key: value` in a map."""

    key: Name
    value: Value


class MapValue(NamedTuple):
    """`{ key: value, "other key": value }`."""

    entries: tuple[Entry, ...]
    span: Span


class Range(NamedTuple):
    """`low..high`, both ends included."""

    low: Literal
    high: Literal
    span: Span


class Argument(NamedTuple):
    """One argument of a type, kind, domain or call; `name` for `step=0.1`."""

    name: Name | None
    value: Value | Range


class Call(NamedTuple):
    """`env("NAME")`, `python("module:callable")`."""

    function: Name
    arguments: tuple[Argument, ...]
    span: Span


Value: TypeAlias = Literal | Reference | ListValue | MapValue | Call


# Types ------------------------------------------------------------------------------------------------------


class TypeName(NamedTuple):
    """`str(max_length=8)`, `list[T](unique)`, `Passage`; also the kind of a variable: `choice("a", "b")`."""

    name: Name
    items: tuple[Type, ...]
    arguments: tuple[Argument, ...]
    span: Span


class OptionalType(NamedTuple):
    """`T?`."""

    type: Type
    span: Span


class UnionType(NamedTuple):
    """`A | B`."""

    options: tuple[Type, ...]
    span: Span


Type: TypeAlias = TypeName | OptionalType | UnionType | Literal


# Expressions ------------------------------------------------------------------------------------------------


class Unary(NamedTuple):
    """`not x`, `-x`."""

    op: OneOf["not", "-"]
    operand: Expr
    span: Span


class Binary(NamedTuple):
    """`left op right`."""

    op: OneOf["+", "-", "*", "/", "//", "%"]
    left: Expr
    right: Expr
    span: Span


Comparator: TypeAlias = OneOf["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


class Comparison(NamedTuple):
    """`a < b <= c`."""

    first: Expr
    rest: tuple[tuple[Comparator, Expr], ...]
    span: Span


class BoolOp(NamedTuple):
    """`a and b and c`."""

    op: OneOf["and", "or"]
    operands: tuple[Expr, ...]
    span: Span


class ListOf(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


Expr: TypeAlias = Literal | Reference | Unary | Binary | Comparison | BoolOp | ListOf | Unsupported


# Declarations -----------------------------------------------------------------------------------------------


class Head(NamedTuple):
    """What stands before a declaration's body. `extends` is None for most."""

    name: Name
    extends: Unsupported | None
    description: Text | None


class EnumMember(NamedTuple):
    """`unknown "not enough evidence"`."""

    name: Name
    description: Text | None


class Field(NamedTuple):
    """`input question: str = "…" "what the user asks"`; `role` is "field" in a schema."""

    role: OneOf["field", "input", "output"]
    name: Name
    type: Type
    default: Value | None
    description: Text | None


class Example(NamedTuple):
    """`example { question: "…" }`; the span is the word `example`."""

    row: MapValue
    span: Span


class Branch(NamedTuple):
    """`when condition: (0.1..0.9) = 0.5`; no condition for `else`. The span ends with the domain."""

    condition: Expr | None
    arguments: tuple[Argument, ...]
    default: Value | None
    span: Span


class Variable(NamedTuple):
    """`var name: kind(…) = default { branches }`, or `tune …` in a signature."""

    name: Name
    type: Type
    default: Value | None
    branches: tuple[Branch, ...]
    description: Text | None


class Constraint(NamedTuple):
    """`constraint name: condition "message"`, or `forbid condition`."""

    forbidden: bool
    name: Name | None
    condition: Expr
    message: Text | None


class Setting(NamedTuple):
    """`key: value`."""

    name: Name
    value: Value


class Limits(NamedTuple):
    """`limits { … }`; the span is the word."""

    settings: tuple[Setting, ...]
    span: Span


class ProviderModel(NamedTuple):
    """`model "gpt-4" { … }`."""

    name: Text
    settings: tuple[Setting, ...]


class Metric(NamedTuple):
    """`metric accuracy = python("…")`."""

    name: Name
    value: Value
    description: Text | None


class Objective(NamedTuple):
    """`maximize accuracy weight 0.7`."""

    direction: OneOf["maximize", "minimize"]
    name: Name
    weight: Literal | None


SchemaMember: TypeAlias = Field | Unsupported
SignatureMember: TypeAlias = Field | Variable | Example | Unsupported
SpaceMember: TypeAlias = Variable | Constraint | Unsupported
ProviderMember: TypeAlias = Setting | Limits | ProviderModel | Unsupported
ProgramMember: TypeAlias = Setting | Metric | Objective | Unsupported


class Enum(NamedTuple):
    """`enum Verdict { … }`. Here and below, `broken` says that a member could not be read."""

    head: Head
    members: tuple[EnumMember, ...]
    broken: bool = False


class Schema(NamedTuple):
    """`schema Passage { … }`."""

    head: Head
    members: tuple[SchemaMember, ...]
    broken: bool = False


class Signature(NamedTuple):
    """`signature Answer { … }`; `instructions` is the string that begins the body."""

    head: Head
    instructions: Text | None
    members: tuple[SignatureMember, ...]
    broken: bool = False


class Space(NamedTuple):
    """`space Tuning { … }`."""

    head: Head
    members: tuple[SpaceMember, ...]
    broken: bool = False


class Provider(NamedTuple):
    """`provider openai { … }`."""

    head: Head
    members: tuple[ProviderMember, ...]
    broken: bool = False


class Program(NamedTuple):
    """`program QA { … }`."""

    head: Head
    members: tuple[ProgramMember, ...]
    broken: bool = False


Declaration: TypeAlias = Enum | Schema | Signature | Space | Provider | Program


class File(NamedTuple):
    """A file, in its order. `broken` says that a declaration could not be read at all."""

    declarations: tuple[Declaration | Unsupported, ...]
    broken: bool = False
