"""Expressions of calculations, as data: evaluated in Python, or handed to the database as SQL.

len(runs) > 2   ->   Comparison(Call("len", (Name("runs"),)), ((">", Constant(2)),))
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct


class Constant(Struct, frozen=True):
    """A literal, or a member of an enum."""

    value: Any


class Name(Struct, frozen=True):
    """A member of the resource, or what an `Each` goes through."""

    name: str


class Unary(Struct, frozen=True):
    """`not x` or `-x`."""

    op: str
    operand: Node


class Operation(Struct, frozen=True):
    """Arithmetic: `+ - * / // %`."""

    op: str
    left: Node
    right: Node


class Comparison(Struct, frozen=True):
    """`a < b <= c`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class BoolOp(Struct, frozen=True):
    """`a and b`, `a or b`."""

    op: str
    operands: tuple[Node, ...]


class Conditional(Struct, frozen=True):
    """`then if condition else otherwise`."""

    then: Node
    condition: Node
    otherwise: Node


class Items(Struct, frozen=True):
    """`[a, b]`."""

    items: tuple[Node, ...]


class Member(Struct, frozen=True):
    """`operand.name`."""

    operand: Node
    name: str


class Index(Struct, frozen=True):
    """`operand[key]`."""

    operand: Node
    key: Node


class Call(Struct, frozen=True):
    """A function of the language; `any` and `all` have one argument, an `Each`."""

    function: str
    arguments: tuple[Node, ...]


class Each(Struct, frozen=True):
    """`element for variable in items if condition`."""

    element: Node
    variable: str
    items: Node
    condition: Node | None = None


Node: TypeAlias = (
    Constant
    | Name
    | Unary
    | Operation
    | Comparison
    | BoolOp
    | Conditional
    | Items
    | Member
    | Index
    | Call
    | Each
)
