"""Expressions of calculations as the data that they are in generated code.

len(runs) > 2   ->   resources.Comparison(resources.Call("len", (resources.Name("runs"),)), …)
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.patterns import anchored
from mlsig_compiler.plan.layout import Atom, Expression, Text, call, tuple_of
from mlsig_compiler.plan.names import Names


def node(expr: model.Expr, names: Names) -> Expression:
    """Return the expression that makes the data."""
    return _Writing(names).of(expr)


class _Writing:
    def __init__(self, names: Names) -> None:
        self._names = names

    def of(self, expr: model.Expr) -> Expression:  # noqa: PLR0912  (one case for each node)
        match expr:
            case model.Constant(model.EnumMember() as member):
                own = f"{self._names.own(member.enum)}.{identifier(member.name)}"
                return self._made("Constant", Atom(own))
            case model.Constant(str() as value):
                return self._made("Constant", Text(value))
            case model.Constant(value):
                return self._made("Constant", Atom(literal(value)))
            case model.VariableRef(name):
                return self._made("Name", Text(name))
            case model.Unary(op, operand):
                return self._made("Unary", Text(op), self.of(operand))
            case model.Binary(op, left, right):
                return self._made("Operation", Text(op), self.of(left), self.of(right))
            case model.Comparison(first, rest):
                pairs = [tuple_of((Text(op), self.of(right))) for op, right in rest]
                return self._made("Comparison", self.of(first), tuple_of(pairs))
            case model.BoolOp(op, operands):
                return self._made("BoolOp", Text(op), self._all(operands))
            case model.Conditional(then, condition, otherwise):
                return self._made("Conditional", self.of(then), self.of(condition), self.of(otherwise))
            case model.ListOf(items):
                return self._made("Items", self._all(items))
            case model.Attribute(operand, name):
                return self._made("Member", self.of(operand), Text(name))
            case model.Index(operand, key):
                return self._made("Index", self.of(operand), self.of(key))
            case model.Call():
                return self._call(expr)
            case model.Each(element, variable, items, condition):
                last = () if condition is None else (self.of(condition),)
                return self._made("Each", self.of(element), Text(variable), self.of(items), *last)

    def _call(self, expr: model.Call) -> Expression:
        arguments = expr.arguments
        if expr.function == "matches":
            text, pattern = arguments
            if not isinstance(pattern, model.Constant):
                raise InternalError("a pattern that is not written out")
            parts = (self.of(text), self._made("Constant", Text(anchored(str(pattern.value)))))
            return self._made("Call", Text(expr.function), tuple_of(parts))
        return self._made("Call", Text(expr.function), self._all(arguments))

    def _all(self, exprs: tuple[model.Expr, ...]) -> Expression:
        return tuple_of(self.of(expr) for expr in exprs)

    def _made(self, kind: str, *parts: Expression) -> Expression:
        return call(f"{self._names('resources')}.{kind}", *parts)
