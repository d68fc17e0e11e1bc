"""Expressions, as trees: precedence and parentheses are gone.

{"kind": "unary", "op": "not", "operand": {"kind": "name", "name": "strict"}}
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from mlsig_compiler.ir.node import Node, Placed
from mlsig_compiler.ir.values import EnumMember, Scalar


class Constant(Placed):
    """A literal, a member of an enum, or the name of a provider or module option (a string)."""

    kind: Literal["constant"]
    value: EnumMember | Scalar
    """The value."""


class VariableRef(Placed):
    """A name of its place: a variable, a field, a parameter, a step, what an `each` goes through."""

    kind: Literal["name"]
    name: str
    """The name."""


class Unary(Placed):
    """`not x` or `-x`."""

    kind: Literal["unary"]
    op: Literal["not", "-"]
    operand: Expr


class Binary(Placed):
    """Arithmetic, as in Python; `+` also joins texts and lists."""

    kind: Literal["binary"]
    op: Literal["+", "-", "*", "/", "//", "%"]
    left: Expr
    right: Expr


class Compared(Node):
    """One more operand of a comparison."""

    op: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
    """How it is compared with the operand before it."""
    operand: Expr


class Comparison(Placed):
    """`a < b <= c`: true when every neighbouring pair compares so."""

    kind: Literal["comparison"]
    first: Expr
    rest: Annotated[tuple[Compared, ...], Field(min_length=1)]


class BoolOp(Placed):
    """`a and b and c`, or the same with `or`; operands after the one that decides are not looked at."""

    kind: Literal["bool_op"]
    op: Literal["and", "or"]
    operands: Annotated[tuple[Expr, ...], Field(min_length=2)]


class Conditional(Placed):
    """`then if condition else otherwise`."""

    kind: Literal["conditional"]
    then: Expr
    condition: Expr
    otherwise: Expr


class ListOf(Placed):
    """`[a, b]`."""

    kind: Literal["list_of"]
    items: tuple[Expr, ...]


class Attribute(Placed):
    """`operand.name`."""

    kind: Literal["attribute"]
    operand: Expr
    name: str
    """A field of a record, or a figure of the chosen model, such as `context_window`."""


class Index(Placed):
    """`operand[key]` of a list or a map."""

    kind: Literal["index"]
    operand: Expr
    key: Expr


class Call(Placed):
    """A function of the language."""

    kind: Literal["call"]
    function: str
    """Its name; `any` and `all` have one argument, an `each`."""
    arguments: tuple[Expr, ...]


class Each(Placed):
    """`element for variable in items if condition`."""

    kind: Literal["each"]
    element: Expr
    variable: str
    """The name that stands for each item, in `element` and `condition`."""
    items: Expr
    condition: Expr | None = None


AnyExpr = (
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
Expr = TypeAliasType("Expr", Annotated[AnyExpr, Field(discriminator="kind")])
