"""Expressions of calculations, evaluated in Python over rows.

    evaluate(node, lookup)      # `lookup` gives what a name stands for

It is what SQL must agree with: see `compiling`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from mlsig import functions
from mlsig.resources import nodes

Lookup = Callable[[str], Any]
Member = Callable[[Any, str], Any]

_operator: Final[Any] = operator  # whose types say less than nothing to some type checkers
ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": _operator.add,
    "-": _operator.sub,
    "*": _operator.mul,
    "/": _operator.truediv,
    "//": _operator.floordiv,
    "%": _operator.mod,
}
COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": functions.equal,
    "!=": lambda left, right: not functions.equal(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": functions.contains,
    "not in": lambda part, whole: not functions.contains(part, whole),
}


def _least(first: Any, *more: Any) -> Any:
    return min(first, *more) if more else min(functions.numbers(first))


def _greatest(first: Any, *more: Any) -> Any:
    return max(first, *more) if more else max(functions.numbers(first))


def _rounded(value: Any, *digits: int) -> Any:
    return functions.rounded(value, *digits) if digits else round(value)


def _has(whole: str, part: str) -> bool:
    return part in whole


CALLS: Final[dict[str, Callable[..., Any]]] = {
    "len": len,
    "min": _least,
    "max": _greatest,
    "sum": functions.total,
    "abs": abs,
    "round": _rounded,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": _has,
    "matches": functions.matches,
    "split": str.split,
    "join": functions.join,
    "sorted": sorted,
    "unique": functions.unique,
    "norm": functions.norm,
    "mean": functions.mean,
}


def evaluate(node: nodes.Node, lookup: Lookup, member: Member) -> Any:
    """Return the value of an expression.

    Args:
        node: The expression.
        lookup: Gives what a name of the resource stands for.
        member: Gives what a value, such as a related row, has under a name.

    Raises:
        Exception: One of `mlsig.functions.NO_VALUE`, where it has none.
    """
    return _Evaluation(lookup, member).of(node)


class _Evaluation:
    def __init__(self, lookup: Lookup, member: Member) -> None:
        self.lookup = lookup
        self.member = member
        self.own: dict[str, Any] = {}

    def of(self, node: nodes.Node) -> Any:  # noqa: PLR0912  (one case for each node)
        match node:
            case nodes.Constant():
                return node.value
            case nodes.Name():
                return self.own[node.name] if node.name in self.own else self.lookup(node.name)
            case nodes.Unary():
                return not self.of(node.operand) if node.op == "not" else -self.of(node.operand)
            case nodes.Operation():
                return functions.finite(ARITHMETIC[node.op](self.of(node.left), self.of(node.right)))
            case nodes.Comparison():
                return self._chain(node)
            case nodes.BoolOp(op="and"):
                return all(self.of(operand) for operand in node.operands)
            case nodes.BoolOp():
                return any(self.of(operand) for operand in node.operands)
            case nodes.Conditional():
                return self.of(node.then if self.of(node.condition) else node.otherwise)
            case nodes.Items():
                return [self.of(item) for item in node.items]
            case nodes.Member():
                return self.member(self.of(node.operand), node.name)
            case nodes.Index():
                return self.of(node.operand)[self.of(node.key)]
            case nodes.Call(function="any" | "all" as function, arguments=(nodes.Each() as each,)):
                return self._every(each) if function == "all" else not self._every(each, negated=True)
            case nodes.Call():
                return _settled(CALLS[node.function](*map(self.of, node.arguments)))
            case nodes.Each():
                raise TypeError("it is no value of its own")

    def _chain(self, node: nodes.Comparison) -> bool:
        left = self.of(node.first)
        for op, operand in node.rest:
            right = self.of(operand)
            left, right = _timed(left, right), _timed(right, left)
            if not COMPARISONS[op](left, right):
                return False
            left = right
        return True

    def _every(self, each: nodes.Each, *, negated: bool = False) -> bool:
        """Say whether the element is true of every item; `negated`, whether it is true of none."""
        items, outer = self.of(each.items), self.own
        try:
            for item in items:
                self.own = {**outer, each.variable: item}
                if each.condition is not None and not self.of(each.condition):
                    continue
                if bool(self.of(each.element)) == negated:
                    return False
            return True
        finally:
            self.own = outer


def _timed(value: Any, other: Any) -> Any:
    """Return a string that is compared with a date as the date that it says."""
    if not isinstance(value, str) or not isinstance(other, date):
        return value
    return datetime.fromisoformat(value) if isinstance(other, datetime) else date.fromisoformat(value)


def _settled(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return functions.finite(value) if is_number else value
