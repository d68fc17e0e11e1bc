"""Ways through an expression.

walk(a + b)           ->   a + b, a, b
variables_in(a + b)   ->   a and b, each where it is first read
key(a + b)            equal for two expressions that say the same, wherever they stand

Nothing here recurses deeper than the expression, whose depth the resolver bounds.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mlsig_compiler import model


def walk(expr: model.Expr) -> Iterator[model.Expr]:
    """Yield an expression and all its parts, in the order in which they are written."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(parts(node)))


def parts(expr: model.Expr) -> tuple[model.Expr, ...]:
    """Return the direct parts of an expression, in the order in which they are written."""
    match expr:
        case model.Unary(_, operand) | model.Attribute(operand):
            return (operand,)
        case model.Binary(_, left, right) | model.Index(left, right):
            return (left, right)
        case model.Comparison(first, rest):
            return (first, *(operand for _, operand in rest))
        case model.BoolOp(_, operands) | model.ListOf(operands) | model.Call(_, operands):
            return operands
        case model.Conditional(then, condition, otherwise):
            return (then, condition, otherwise)
        case model.Each(element, _, items, condition):
            return (element, items, *((condition,) if condition else ()))
        case model.Constant() | model.VariableRef():
            return ()


def variables_in(expr: model.Expr | None) -> dict[str, model.VariableRef]:
    """Return the names that an expression reads, each where it is first read.

    What an `Each` goes through is not among them: its name is its own, and hides no other.
    """
    found: dict[str, model.VariableRef] = {}
    own: set[str] = set()
    for node in walk(expr) if expr else ():
        if isinstance(node, model.VariableRef):
            found.setdefault(node.name, node)
        elif isinstance(node, model.Each):
            own.add(node.variable)
    return {name: node for name, node in found.items() if name not in own}


_THEMSELVES: Final[Mapping[str, int]] = MappingProxyType({})


def key(expr: model.Expr, places: Mapping[str, int] = _THEMSELVES) -> Hashable:
    """Return what two expressions have in common that say the same.

    With `places`, variables are known by their numbers there: equal keys say the same of other variables.
    """
    match expr:
        case model.Constant(value):
            return ("constant", type(value).__name__, value)
        case model.VariableRef(name):
            return ("name", places.get(name, name))
        case model.Unary(op) | model.Binary(op) | model.BoolOp(op):
            said: Hashable = op
        case model.Comparison(_, rest):
            said = tuple(op for op, _ in rest)
        case model.Attribute(_, name):
            said = name
        case model.Call(function):
            said = function
        case model.Each(_, variable):
            said = variable
        case _:
            said = None
    return (type(expr).__name__, said, tuple([key(part, places) for part in parts(expr)]))
