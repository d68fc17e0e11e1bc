"""Expressions, types and values: what may be too long for a line breaks before its operators.

check cites: verdict != Verdict.supported or len(citations) > 0
"""

# ruff: noqa: D102  (the rules of the grammar say what each method lays out)

from __future__ import annotations

from mlsig_compiler.formatting.concrete import Node, Part
from mlsig_compiler.formatting.documents import Doc, Group, Indent, Join, Line, Text
from mlsig_compiler.formatting.phrases import Phrases, token_at
from mlsig_compiler.parse.machine import Token


class Expressions(Phrases):
    """Rules of expressions."""

    def chain(self, node: Node) -> Doc:
        """Return operands with their operators, which begin lines; every second part is an operator."""
        start, *rest = node.parts
        found: list[Doc] = []
        for operator, operand in zip(rest[::2], rest[1::2], strict=True):
            found += [Line(), self.lay(operator), Text(" "), self.lay(operand)]
        return Group(Join([self.lay(start), Indent(Join(found))]))

    disjunction = conjunction = comparison = sum = product = union = chain

    def conditional(self, node: Node) -> Doc:
        value, *rest = node.parts
        found: list[Doc] = []
        while True:
            word, condition, other, rest_value = rest
            found += [
                Text(" "),
                self.lay(word),
                Text(" "),
                self.lay(condition),
                Line(),
                self.lay(other),
                Text(" "),
            ]
            if not (isinstance(rest_value, Node) and rest_value.rule == "conditional"):
                break
            value_again, *rest = rest_value.parts
            found.append(self.lay(value_again))
        return Group(Join([self.lay(value), Indent(Join([*found, self.lay(rest_value)]))]))

    def each(self, node: Node) -> Doc:
        return Group(self.comprehension(node.parts))

    def comprehension(self, parts: list[Part]) -> Doc:
        """Return `x for x in xs if c`, which breaks before `for` and `if`."""
        found: list[Doc] = []
        for part in parts:
            if found:
                clause = isinstance(part, Token) and part.type in ("FOR", "IF")
                found.append(Line() if clause else Text(" "))
            found.append(self.lay(part))
        return Join(found)

    def mapped(self, node: Node) -> Doc:
        opening, inner, closing = token_at(node.parts, 0), node.parts[1:-1], token_at(node.parts, -1)
        remarks, close = self.closed(closing)
        inside: list[Doc] = [Line(""), self.comprehension(inner), *self.remarked(remarks)]
        return Group(Join([self.leaf(opening), Indent(Join(inside)), Line(""), close]))

    def import_(self, node: Node) -> Doc:
        place = next(
            number
            for number, part in enumerate(node.parts, 1)
            if isinstance(part, Token) and part.type == "IMPORT"
        )
        found: list[Doc] = []
        for part in node.parts[place:]:
            if isinstance(part, Token):
                found.append(self.leaf(part))
            else:
                found.append(Group(Join([Line(), self.lay(part)])))
        return Join([self.words(node.rule, node.parts[:place]), Indent(Join(found))])
