"""Expressions of calculations, evaluated in Python over rows.

    evaluate(node, lookup)      # `lookup` gives what a name stands for

It is what SQL must agree with: see `compiling`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlsig import functions
from mlsig.resources import nodes

Lookup = Callable[[str], Any]
Member = Callable[[Any, str], Any]


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
                return self._arithmetic(node)
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
                return functions.settled(functions.CALLS[node.function](*map(self.of, node.arguments)))
            case nodes.Each():
                raise TypeError("it is no value of its own")

    def _arithmetic(self, node: nodes.Operation) -> Any:
        left, right = self.of(node.left), self.of(node.right)
        return functions.settled(functions.ARITHMETIC[node.op](left, right), (left, right))

    def _chain(self, node: nodes.Comparison) -> bool:
        left = self.of(node.first)
        for op, operand in node.rest:
            right = self.of(operand)
            left, right = functions.timed(left, right), functions.timed(right, left)
            if not functions.COMPARISONS[op](left, right):
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
