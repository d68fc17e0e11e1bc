"""Expressions with their names bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mlsig_compiler.model.types import EnumMember, Scalar
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, a member of an enum, or the name of a provider or module option (a string)."""

    value: Scalar | EnumMember
    span: Span


@dataclass(frozen=True, slots=True)
class VariableRef:
    """A name of its place: a variable, a field, a parameter, a step, what an `Each` goes through."""

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
class Conditional:
    """`then if condition else otherwise`."""

    then: Expr
    condition: Expr
    otherwise: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """`operand.name`: a field of a record, or a figure of the chosen model (`model.context_window`)."""

    operand: Expr
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`operand[key]` of a list or a map."""

    operand: Expr
    key: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language, by name; `any` and `all` have one argument, an `Each`."""

    function: str
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Each:
    """`element for variable in items if condition`."""

    element: Expr
    variable: str
    items: Expr
    condition: Expr | None
    span: Span


Expr: TypeAlias = (
    Constant
    | VariableRef
    | Unary
    | Binary
    | Comparison
    | BoolOp
    | Conditional
    | ListOf
    | Attribute
    | Index
    | Call
    | Each
)
