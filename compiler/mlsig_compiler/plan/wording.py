"""Conditions as a `.mlsig` file writes them, for messages of the generated code.

    said(condition, space)    ->   reasoning == ReAct and max_tokens > 64

What is taken from another file is written there, so the text of this file cannot be quoted.
"""

from __future__ import annotations

import json

from mlsig_compiler import model
from mlsig_compiler.plan.expressions import ARITHMETIC, ATOM, BOOL, COMPARE, IF, NOT, OR, SIGN, SUM

_NAMED = ("provider", "module")


def said(expr: model.Expr, space: model.Space) -> str:
    """Return an expression as text."""
    named = {variable.name for variable in space.variables if variable.kind in _NAMED}
    return _Wording(frozenset(named)).text(expr, IF)


class _Wording:
    """Texts; the options of `named` variables are names, and not strings."""

    def __init__(self, named: frozenset[str]) -> None:
        self._named = named

    def text(self, expr: model.Expr, level: int, *, bare: bool = False) -> str:
        """Return the text for a place that takes nothing weaker than `level` without parentheses."""
        text, own = self._written(expr, bare)
        return text if own >= level else f"({text})"

    def _written(self, expr: model.Expr, bare: bool) -> tuple[str, int]:  # noqa: PLR0912
        match expr:
            case model.Constant(value):
                return self._constant(value, bare)
            case model.VariableRef(name):
                return name, ATOM
            case model.ListOf(items):
                return f"[{', '.join(self.text(item, IF, bare=bare) for item in items)}]", ATOM
            case model.Unary("not", operand):
                return f"not {self.text(operand, NOT)}", NOT
            case model.Unary(_, operand):
                return f"-{self.text(operand, SIGN)}", SIGN
            case model.Binary(op, left, right):
                level = ARITHMETIC[op]
                return f"{self.text(left, level)} {op} {self.text(right, level + 1)}", level
            case model.BoolOp(op, operands):
                level = BOOL[op]
                return f" {op} ".join(self.text(operand, level + 1) for operand in operands), level
            case model.Comparison(first, rest):
                every = (first, *(right for _, right in rest))
                bare = any(isinstance(one, model.VariableRef) and one.name in self._named for one in every)
                text = self.text(first, SUM, bare=bare)
                for word, right in rest:
                    text += f" {word} {self.text(right, SUM, bare=bare)}"
                return text, COMPARE
            case model.Conditional(then, condition, otherwise):
                texts = (self.text(then, OR), self.text(condition, OR), self.text(otherwise, IF))
                return f"{texts[0]} if {texts[1]} else {texts[2]}", IF
            case model.Attribute(operand, name):
                return f"{self.text(operand, ATOM)}.{name}", ATOM
            case model.Index(operand, key):
                return f"{self.text(operand, ATOM)}[{self.text(key, IF)}]", ATOM
            case model.Call(function, arguments):
                return f"{function}({', '.join(self.text(one, IF) for one in arguments)})", ATOM
            case model.Each(element, variable, items, condition):
                text = f"{self.text(element, OR)} for {variable} in {self.text(items, OR)}"
                return f"{text} if {self.text(condition, OR)}" if condition else text, ATOM

    def _constant(self, value: model.Scalar | model.EnumMember, bare: bool) -> tuple[str, int]:
        if isinstance(value, model.EnumMember):
            return f"{value.enum}.{value.name}", ATOM
        if bare and isinstance(value, str) and value.isidentifier():
            return value, ATOM
        negative = isinstance(value, int | float) and value < 0
        return json.dumps(value, ensure_ascii=False), SIGN if negative else ATOM
