"""Conditions of a space as Python text, and their value while compiling.

    temperature > 1.0 and not strict    ->    v["temperature"] > 1.0 and not v["strict"]

Python's own precedence is used, with as few parentheses as it allows. A comparison that divides by zero is
false, so that every expression has a value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mlsig_compiler.literals import literal
from mlsig_compiler.model import (
    Binary,
    BoolOp,
    Comparison,
    Constant,
    Expr,
    ListOf,
    Scalar,
    Unary,
    VariableRef,
)

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)
_BOOL: Final = {"or": _OR, "and": _AND}
_ARITHMETIC: Final = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT}
_DIVISIONS: Final = frozenset({"/", "//", "%"})
_IDENTITY: Final = {"==": "is", "!=": "is not"}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "in": "not in", "not in": "in"}
_FUNCTIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "%": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, items: item in items,
    "not in": lambda item, items: item not in items,
}

Spelling = Callable[[str], str]


def python(expr: Expr, spell: Spelling) -> str:
    """Return the Python text of an expression; `spell` says how a variable is written."""
    return _python(expr, spell)[0]


def parts(expr: Expr, spell: Spelling) -> tuple[str, list[str]]:
    """Return the operator of an `and` or `or`, and the texts between; all else is one part."""
    if isinstance(expr, BoolOp):
        return expr.op, [_within(operand, _BOOL[expr.op] + 1, spell) for operand in expr.operands]
    return "", [python(expr, spell)]


def opposite(expr: Expr) -> Expr:
    """Return an expression that holds where `expr` does not, in the plainest words."""
    if isinstance(expr, Unary) and expr.op == "not":
        return expr.operand
    if isinstance(expr, Comparison) and len(expr.rest) == 1 and not list(_divisors(expr)):
        op, right = expr.rest[0]
        if op == "==" or op == "!=" or op == "in" or op == "not in":  # noqa: PLR1714  (narrows the type)
            turned: Any = _OPPOSITE[op]
            return Comparison(expr.first, ((turned, right),), expr.span)
    return Unary("not", expr, expr.span)


def plain(expr: Expr) -> Expr:
    """Say `not a == b` as `a != b`."""
    return opposite(expr.operand) if isinstance(expr, Unary) and expr.op == "not" else expr


def reads(expr: Expr) -> tuple[str, ...]:
    """Return the names of the variables of an expression, in the order in which they stand there."""
    return tuple(dict.fromkeys(node.name for node in _walk(expr) if isinstance(node, VariableRef)))


def evaluate(expr: Expr, values: Mapping[str, Scalar]) -> Any:
    """Return the value of an expression."""
    if isinstance(expr, Constant):
        return expr.value
    if isinstance(expr, VariableRef):
        return values[expr.name]
    if isinstance(expr, ListOf):
        return [evaluate(item, values) for item in expr.items]
    if isinstance(expr, Unary):
        operand = evaluate(expr.operand, values)
        return not operand if expr.op == "not" else -operand
    if isinstance(expr, Binary):
        return _FUNCTIONS[expr.op](evaluate(expr.left, values), evaluate(expr.right, values))
    if isinstance(expr, BoolOp):
        decided = expr.op == "or"
        return decided if any(bool(evaluate(x, values)) is decided for x in expr.operands) else not decided
    try:
        return _compare(expr, values)
    except ZeroDivisionError:
        return False


def _compare(expr: Comparison, values: Mapping[str, Scalar]) -> bool:
    left = evaluate(expr.first, values)
    for op, operand in expr.rest:
        right = evaluate(operand, values)
        if not _FUNCTIONS[op](left, right):
            return False
        left = right
    return True


def _python(expr: Expr, spell: Spelling) -> tuple[str, int]:
    if isinstance(expr, Constant):
        negative = isinstance(expr.value, int | float) and expr.value < 0
        return literal(expr.value), _SIGN if negative else _ATOM
    if isinstance(expr, VariableRef):
        return spell(expr.name), _ATOM
    if isinstance(expr, ListOf):
        items = [python(item, spell) for item in expr.items]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})", _ATOM
    if isinstance(expr, Unary):
        level = _NOT if expr.op == "not" else _SIGN
        return f"{expr.op}{' ' if expr.op == 'not' else ''}{_within(expr.operand, level, spell)}", level
    if isinstance(expr, Binary):
        level = _ARITHMETIC[expr.op]
        return f"{_within(expr.left, level, spell)} {expr.op} {_within(expr.right, level + 1, spell)}", level
    if isinstance(expr, BoolOp):
        level = _BOOL[expr.op]
        return f" {expr.op} ".join(_within(operand, level + 1, spell) for operand in expr.operands), level
    return _comparison(expr, spell)


def _within(expr: Expr, level: int, spell: Spelling) -> str:
    """Return the text for a place that takes nothing weaker than `level` without parentheses."""
    text, own = _python(expr, spell)
    return text if own >= level else f"({text})"


def _comparison(expr: Comparison, spell: Spelling) -> tuple[str, int]:
    text = _within(expr.first, _SUM, spell)
    left = expr.first
    for op, right in expr.rest:
        word = _IDENTITY.get(op, op) if _singleton(left) or _singleton(right) else op
        text += f" {word} {_within(right, _SUM, spell)}"
        left = right
    guards = dict.fromkeys(f"{_within(divisor, _SUM, spell)} != 0" for divisor in _divisors(expr))
    if not guards:
        return text, _COMPARE
    return " and ".join([*guards, text]), _AND


def _singleton(expr: Expr) -> bool:
    """Tell whether Python style wants `is` for a comparison with this."""
    return isinstance(expr, Constant) and (expr.value is None or isinstance(expr.value, bool))


def _divisors(expr: Expr) -> Iterator[Expr]:
    """Yield what a comparison divides by and may be zero, inner divisors first."""
    for child in _children(expr):
        if not isinstance(child, Comparison):  # which looks after its own
            yield from _divisors(child)
    if isinstance(expr, Binary) and expr.op in _DIVISIONS:
        constant = isinstance(expr.right, Constant) and bool(expr.right.value)
        if not constant:
            yield expr.right


def _walk(expr: Expr) -> Iterator[Expr]:
    yield expr
    for child in _children(expr):
        yield from _walk(child)


def _children(expr: Expr) -> tuple[Expr, ...]:
    if isinstance(expr, Unary):
        return (expr.operand,)
    if isinstance(expr, Binary):
        return (expr.left, expr.right)
    if isinstance(expr, BoolOp):
        return expr.operands
    if isinstance(expr, Comparison):
        return (expr.first, *(right for _, right in expr.rest))
    if isinstance(expr, ListOf):
        return expr.items
    return ()
