"""Types, arguments and values: `list[str](max_length=3)`, `0..1`, `{ a: [1, 2] }`."""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

from typing import Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.parse.machine import Token
from mlsig_compiler.parse.rules.parts import Arguments, Finding, Parts, across
from mlsig_compiler.parse.rules.tokens import Tokens
from mlsig_compiler.source import Span

PYTHON: Final = {"True": (True, "true"), "False": (False, "false"), "None": (None, "null")}


class Values(Tokens):
    """The rules of types and values."""

    def union(self, parts: Parts) -> syntax.UnionType:
        return syntax.UnionType(tuple(parts), across(parts))

    def optional(self, parts: Parts) -> syntax.OptionalType:
        return syntax.OptionalType(parts[0], Span(parts[0].span.start, parts[1].span.end))

    def simple_type(self, parts: Parts) -> syntax.TypeName:
        name, *rest = parts
        items: list[syntax.Type] = []
        arguments: tuple[syntax.Argument, ...] = ()
        end = name.span.end
        for part in rest:
            if part is None:
                continue
            if isinstance(part, Token):
                end = part.span.end
            elif isinstance(part, Arguments):
                arguments = part.all
            else:
                items.append(part)
        return syntax.TypeName(name, tuple(items), arguments, Span(name.span.start, end or 0))

    def arguments(self, parts: Parts) -> Arguments:
        return Arguments(tuple(parts))

    def argument(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(*parts)

    def range(self, parts: Parts) -> syntax.Range:
        return syntax.Range(parts[0], parts[1], across(parts))

    def reference(self, parts: Parts) -> syntax.Reference:
        return syntax.Reference(tuple([part.text for part in parts]), across(parts))

    def list(self, parts: Parts) -> syntax.ListValue:
        return syntax.ListValue(tuple(part for part in parts[1:-1] if part is not None), across(parts))

    def map(self, parts: Parts) -> syntax.MapValue:
        return syntax.MapValue(tuple(part for part in parts[1:-1] if part is not None), across(parts))

    def entry(self, parts: Parts) -> syntax.Entry:
        token, value = parts
        key = token.text if token.type == "NAME" else self.decoded(token)
        return syntax.Entry(syntax.Name(key, token.span), value)

    def call(self, parts: Parts) -> syntax.Call:
        name, _, arguments, close = parts
        given = arguments.all if arguments else ()
        return syntax.Call(self.name(parts), given, Span(name.span.start, close.span.end))

    def named(self, parts: Parts) -> syntax.Reference | syntax.Literal:
        word, *rest = parts
        if not rest and word.text in PYTHON:
            value, written = PYTHON[word.text]
            message = f"`{word.text}` is written `{written}`"
            self.findings.append(Finding("MLS0103", word.span, message, "", replacing(word.span, written)))
            return syntax.Literal(value, word.span)
        return self.reference(parts)
