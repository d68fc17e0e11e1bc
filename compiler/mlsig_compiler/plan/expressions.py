"""Conditions of a space as Python text.

    temperature > 1.0 and not strict    ->    v["temperature"] > 1.0 and not v["strict"]

Python's own precedence is used, with as few parentheses as it allows. That no divisor can be zero, and that
both sides of a comparison can be compared, was checked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import Binary, BoolOp, Comparison, Constant, Expr, ListOf, Unary, VariableRef

OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(8)
BOOL: Final = {"or": OR, "and": AND}
ARITHMETIC: Final = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}
_IDENTITY: Final = {"==": "is", "!=": "is not"}
_OPPOSITE: Final[dict[str, Literal["==", "!=", "in", "not in"]]] = {
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
}

Spelling = Callable[[str], str]


def python(expr: Expr, spell: Spelling) -> str:
    """Return the Python text of an expression; `spell` says how a variable is written."""
    return _python(expr, spell)[0]


def parts(expr: Expr, spell: Spelling) -> tuple[str, list[str]]:
    """Return the operator of an `and` or `or`, and the texts between; all else is one part."""
    if isinstance(expr, BoolOp):
        return expr.op, [_within(operand, BOOL[expr.op] + 1, spell) for operand in expr.operands]
    return "", [python(expr, spell)]


def opposite(expr: Expr) -> Expr:
    """Return an expression that holds where `expr` does not, in the plainest words."""
    if isinstance(expr, Unary) and expr.op == "not":
        return expr.operand
    if isinstance(expr, Comparison) and len(expr.rest) == 1:
        op, right = expr.rest[0]
        if op in _OPPOSITE:
            return Comparison(expr.first, ((_OPPOSITE[op], right),), expr.span)
    return Unary("not", expr, expr.span)


def plain(expr: Expr) -> Expr:
    """Say `not a == b` as `a != b`."""
    return opposite(expr.operand) if isinstance(expr, Unary) and expr.op == "not" else expr


def reads(expr: Expr) -> tuple[str, ...]:
    """Return the names of the variables of an expression, in the order in which they stand there."""
    return tuple(dict.fromkeys(node.name for node in _walk(expr) if isinstance(node, VariableRef)))


def _python(expr: Expr, spell: Spelling) -> tuple[str, int]:
    """Return the text of an expression, and how strongly its outermost operator binds."""
    match expr:
        case Constant(str() | int() | float() | None as value):
            negative = isinstance(value, int | float) and value < 0
            return literal(value), SIGN if negative else ATOM
        case VariableRef(name):
            return spell(name), ATOM
        case ListOf(items):
            texts = [python(item, spell) for item in items]
            return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})", ATOM
        case Unary("not", operand):
            return f"not {_within(operand, NOT, spell)}", NOT
        case Unary(_, operand):
            return f"-{_within(operand, SIGN, spell)}", SIGN
        case Binary(op, left, right):
            level = ARITHMETIC[op]
            return f"{_within(left, level, spell)} {op} {_within(right, level + 1, spell)}", level
        case BoolOp(op):
            return f" {op} ".join(parts(expr, spell)[1]), BOOL[op]
        case Comparison():
            return _comparison(expr, spell), COMPARE
        case _:
            raise InternalError(f"no Python for {expr}")


def _within(expr: Expr, level: int, spell: Spelling) -> str:
    """Return the text for a place that takes nothing weaker than `level` without parentheses."""
    text, own = _python(expr, spell)
    return text if own >= level else f"({text})"


def _comparison(expr: Comparison, spell: Spelling) -> str:
    text = _within(expr.first, SUM, spell)
    left = expr.first
    for op, right in expr.rest:
        word = _IDENTITY.get(op, op) if _singleton(left) or _singleton(right) else op
        text += f" {word} {_within(right, SUM, spell)}"
        left = right
    return text


def _singleton(expr: Expr) -> bool:
    """Tell whether a comparison is with null or a bool, which `is` tells from 1 and 0."""
    return isinstance(expr, Constant) and (expr.value is None or isinstance(expr.value, bool))


def _walk(expr: Expr) -> Iterator[Expr]:
    yield expr
    for child in _children(expr):
        yield from _walk(child)


def _children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case BoolOp(_, operands):
            return operands
        case Comparison(first, rest):
            return (first, *(right for _, right in rest))
        case ListOf(items):
            return items
        case _:
            return ()
