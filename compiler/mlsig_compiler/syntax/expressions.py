"""Expressions as they are written: conditions, composites, transforms, calculations, steps of pipelines."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span
from mlsig_compiler.syntax.values import Literal, Reference
from mlsig_compiler.syntax.words import Name


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


class Conditional(NamedTuple):
    """`then if condition else otherwise`."""

    then: Expr
    condition: Expr
    otherwise: Expr
    span: Span


class ListOf(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


class Attribute(NamedTuple):
    """`operand.name`."""

    operand: Expr
    name: Name
    span: Span


class Index(NamedTuple):
    """`operand[key]`."""

    operand: Expr
    key: Expr
    span: Span


class Each(NamedTuple):
    """`element for variable in items if condition`: what `any` and `all` take, and what a step maps."""

    element: Expr
    variable: Name
    items: Expr
    condition: Expr | None
    span: Span


class Given(NamedTuple):
    """One argument of a call; `name` for `query=plan.query`."""

    name: Name | None
    value: Expr


class Apply(NamedTuple):
    """`len(xs)`, `any(x > 0 for x in xs)`, `search(query=q)`."""

    function: Expr
    arguments: tuple[Given | Each, ...]  # an `Each` is the only one
    span: Span


Expr: TypeAlias = (
    Literal
    | Reference
    | Unary
    | Binary
    | Comparison
    | BoolOp
    | Conditional
    | ListOf
    | Attribute
    | Index
    | Each
    | Apply
)
