"""Expressions: `a + b > 1` -> Comparison(Binary("+", a, b), ((">", 1),))."""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

from mlsig_compiler import syntax
from mlsig_compiler.parse.rules.parts import Parts, across, present
from mlsig_compiler.parse.rules.values import Values
from mlsig_compiler.source import Span


class Expressions(Values):
    """The rules of expressions."""

    def conditional(self, parts: Parts) -> syntax.Conditional:
        then, _, condition, otherwise = parts
        return syntax.Conditional(then, condition, otherwise, across(parts))

    def disjunction(self, parts: Parts) -> syntax.BoolOp:
        return syntax.BoolOp("or", tuple(parts), across(parts))

    def conjunction(self, parts: Parts) -> syntax.BoolOp:
        return syntax.BoolOp("and", tuple(parts), across(parts))

    def negation(self, parts: Parts) -> syntax.Unary:
        return syntax.Unary("not", parts[1], Span(parts[0].span.start, parts[1].span.end))

    def minus(self, parts: Parts) -> syntax.Expr:
        span = Span(parts[0].span.start, parts[1].span.end)
        operand = parts[1]
        if isinstance(operand, syntax.Literal) and type(operand.value) in (int, float):
            return syntax.Literal(-operand.value, span)  # type: ignore[operator]  # a number, as just seen
        return syntax.Unary("-", operand, span)

    def comparison(self, parts: Parts) -> syntax.Comparison:
        rest = tuple(
            (op if isinstance(op, str) else op.text, operand)
            for op, operand in zip(parts[1::2], parts[2::2], strict=True)
        )
        return syntax.Comparison(parts[0], rest, across(parts))  # type: ignore[arg-type]  # COMPARE matches no other

    def not_in(self, _: Parts) -> str:
        return "not in"

    def sum(self, parts: Parts) -> syntax.Expr:
        left, op, right = parts
        return syntax.Binary(op.text, left, right, across(parts))

    def product(self, parts: Parts) -> syntax.Expr:
        left = parts[0]
        for op, right in zip(parts[1::2], parts[2::2], strict=True):
            left = syntax.Binary(op.text, left, right, Span(left.span.start, right.span.end))
        node: syntax.Expr = left
        return node

    def attribute(self, parts: Parts) -> syntax.Attribute:
        operand, token = parts
        name = syntax.Name(token.text, token.span)
        return syntax.Attribute(operand, name, Span(operand.span.start, token.span.end))

    def index(self, parts: Parts) -> syntax.Index:
        return syntax.Index(parts[0], parts[1], Span(parts[0].span.start, parts[2].span.end))

    def apply(self, parts: Parts) -> syntax.Apply:
        function, *arguments, close = parts
        return syntax.Apply(function, present(arguments), Span(function.span.start, close.span.end))

    def call_argument(self, parts: Parts) -> syntax.Given:
        if len(parts) == 1:
            return syntax.Given(None, parts[0])
        return syntax.Given(syntax.Name(parts[0].text, parts[0].span), parts[1])

    def each(self, parts: Parts) -> syntax.Each:
        element, _, name, _, items, _, condition = parts
        variable = syntax.Name(name.text, name.span)
        return syntax.Each(
            element, variable, items, condition, Span(element.span.start, (condition or items).span.end)
        )

    variable = Values.named

    def parenthesised(self, parts: Parts) -> syntax.Expr:
        node: syntax.Expr = parts[1]._replace(span=Span(parts[0].span.start, parts[2].span.end))
        return node

    def list_of(self, parts: Parts) -> syntax.ListOf:
        return syntax.ListOf(tuple(part for part in parts[1:-1] if part is not None), across(parts))
