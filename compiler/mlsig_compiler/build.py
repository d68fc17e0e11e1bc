"""The syntax tree, built inside the parse.

Lark calls one method of `Builder` for each rule of the grammar as soon as the rule is complete, with the
nodes of its parts (None for an optional part that is absent). Building here, with spans taken from the first
and last part, is much faster than a tree with positions that is walked afterwards.
"""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

import json
import math
import textwrap
from typing import Any, Final, NamedTuple, TypeAlias

from lark import Token

from mlsig_compiler import syntax
from mlsig_compiler.source import Span

Parts: TypeAlias = list[Any]
LARGEST: Final = 2**63 - 1
CONSTANTS: Final = {"TRUE": True, "FALSE": False, "NULL": None}


class Arguments(NamedTuple):
    """What stood between parentheses, told apart from everything else that does."""

    all: tuple[syntax.Argument, ...]


class Builder:
    """One method a rule. `findings` collects what is wrong inside tokens: code, span, message."""

    findings: list[tuple[str, Span, str]]

    def __init__(self) -> None:
        self.findings = []

    # Declarations

    def file(self, parts: Parts) -> syntax.File:
        return syntax.File(tuple(parts))

    def head(self, parts: Parts) -> syntax.Head:
        if len(parts) == 2:
            return syntax.Head(parts[0], None, parts[1])
        return syntax.Head(*parts)

    enum_head = schema_head = signature_head = space_head = provider_head = program_head = head

    def only(self, parts: Parts) -> Any:
        return parts[0]

    schema_member = signature_member = space_member = provider_member = program_member = only

    def enum(self, parts: Parts) -> syntax.Enum:
        return syntax.Enum(parts[0], tuple(parts[1:]))

    def enum_member(self, parts: Parts) -> syntax.EnumMember:
        return syntax.EnumMember(*parts)

    def schema(self, parts: Parts) -> syntax.Schema:
        return syntax.Schema(parts[0], tuple(parts[1:]))

    def field(self, parts: Parts) -> syntax.Field:
        return syntax.Field("field", *parts)

    def signature(self, parts: Parts) -> syntax.Signature:
        return syntax.Signature(parts[0], parts[1], tuple(parts[2:]))

    def input(self, parts: Parts) -> syntax.Field:
        return syntax.Field("input", *parts)

    def output(self, parts: Parts) -> syntax.Field:
        return syntax.Field("output", *parts)

    def example(self, parts: Parts) -> syntax.Example:
        return syntax.Example(parts[1], span_of(parts[0]))

    def space(self, parts: Parts) -> syntax.Space:
        return syntax.Space(parts[0], tuple(parts[1:]))

    def var(self, parts: Parts) -> syntax.Variable:
        name, kind, default, description, block = parts
        branches, after = block or ((), None)
        return syntax.Variable(name, kind, default, branches, description or after)

    tune = var

    def branches(self, parts: Parts) -> tuple[tuple[syntax.Branch, ...], syntax.Text | None]:
        return tuple(parts[:-1]), parts[-1]

    def branch(self, parts: Parts) -> syntax.Branch:
        word, *condition, _, arguments, close, default = parts
        span = Span(word.start_pos, close.end_pos)
        given = arguments.all if arguments else ()
        return syntax.Branch(condition[0] if condition else None, given, default, span)

    def constraint(self, parts: Parts) -> syntax.Constraint:
        return syntax.Constraint(False, *parts)

    def forbid(self, parts: Parts) -> syntax.Constraint:
        return syntax.Constraint(True, *parts[1:])

    def provider(self, parts: Parts) -> syntax.Provider:
        return syntax.Provider(parts[0], tuple(parts[1:]))

    def limits(self, parts: Parts) -> syntax.Limits:
        return syntax.Limits(tuple(parts[1:]), span_of(parts[0]))

    def model(self, parts: Parts) -> syntax.ProviderModel:
        return syntax.ProviderModel(parts[1], tuple(parts[3:]))

    def setting(self, parts: Parts) -> syntax.Setting:
        return syntax.Setting(parts[0], parts[1])

    def program(self, parts: Parts) -> syntax.Program:
        return syntax.Program(parts[0], tuple(parts[1:]))

    def metric(self, parts: Parts) -> syntax.Metric:
        return syntax.Metric(*parts)

    def objective(self, parts: Parts) -> syntax.Objective:
        word, name, weight = parts
        return syntax.Objective("maximize" if word.type == "MAXIMIZE" else "minimize", name, weight)

    # What is recognised only

    def signature_text(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("the string form of a signature", parts[0], parts[1])

    def schema_check(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`check`", parts[0])

    signature_check = schema_check

    def transform(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`transform`", parts[0])

    def override(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`override`", parts[0], parts[1])

    def include(self, parts: Parts) -> syntax.Unsupported:
        return syntax.Unsupported("`include`", span_of(parts[0]), parts[1].path[-1:], opens=True)

    def composite(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`composite`", parts[0], parts[1])

    def prefer(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`prefer`", parts[0])

    def group(self, parts: Parts) -> syntax.Unsupported:
        names: list[str] = []
        for member in parts[2:]:
            if isinstance(member, syntax.Variable):
                names.append(member.name.text)
            elif isinstance(member, syntax.Unsupported):
                names.extend(member.names)
        return syntax.Unsupported("`when` around variables", span_of(parts[0]), tuple(names))

    def annotation(self, parts: Parts) -> syntax.Unsupported:
        name = parts[1]
        return syntax.Unsupported(f"`@{name.text}`", Span(parts[0].start_pos, name.span.end))

    def extends(self, parts: Parts) -> syntax.Unsupported:
        return syntax.Unsupported("`extends`", span_of(parts[0]), opens=True)

    def import_(self, parts: Parts) -> syntax.Unsupported:
        names = tuple(name.text for name in parts[2:])
        return syntax.Unsupported("`import`", span_of(parts[0]), names)

    def imported(self, parts: Parts) -> syntax.Name:
        name: syntax.Name = parts[1] or parts[0]
        return name

    def alias(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`type`", parts[0], parts[1])

    def fragment(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`var` outside of a space", parts[0], parts[1])

    def tool(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`tool`", parts[0], parts[1])

    def pipeline(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`pipeline`", parts[0], parts[1])

    def resource(self, parts: Parts) -> syntax.Unsupported:
        return unsupported("`resource`", parts[0], parts[1])

    parameter = only

    # Types

    def union(self, parts: Parts) -> syntax.UnionType:
        return syntax.UnionType(tuple(parts), across(parts))

    def optional(self, parts: Parts) -> syntax.OptionalType:
        return syntax.OptionalType(parts[0], Span(parts[0].span.start, parts[1].end_pos))

    def simple_type(self, parts: Parts) -> syntax.TypeName:
        name, *rest = parts
        items: list[syntax.Type] = []
        arguments: tuple[syntax.Argument, ...] = ()
        end = name.span.end
        for part in rest:
            if part is None:
                continue
            if isinstance(part, Token):
                end = part.end_pos
            elif isinstance(part, Arguments):
                arguments = part.all
            else:
                items.append(part)
        return syntax.TypeName(name, tuple(items), arguments, Span(name.span.start, end or 0))

    # Arguments and values

    def arguments(self, parts: Parts) -> Arguments:
        return Arguments(tuple(parts))

    def argument(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(*parts)

    def range(self, parts: Parts) -> syntax.Range:
        return syntax.Range(parts[0], parts[1], across(parts))

    def literal(self, parts: Parts) -> syntax.Literal:
        token = parts[-1]
        if token.type in ("STRING", "DOC"):
            return syntax.Literal(self.decoded(token), span_of(token))
        if token.type in CONSTANTS:
            return syntax.Literal(CONSTANTS[token.type], span_of(token))
        value = self.counted(token)
        if parts[0] is None:
            return syntax.Literal(value, span_of(token))
        return syntax.Literal(-value, Span(parts[0].start_pos, token.end_pos))

    number = literal

    def reference(self, parts: Parts) -> syntax.Reference:
        return syntax.Reference(
            tuple(str(part) for part in parts), Span(parts[0].start_pos, parts[-1].end_pos)
        )

    def list(self, parts: Parts) -> syntax.ListValue:
        return syntax.ListValue(tuple(part for part in parts[1:-1] if part is not None), brackets(parts))

    def map(self, parts: Parts) -> syntax.MapValue:
        return syntax.MapValue(tuple(part for part in parts[1:-1] if part is not None), brackets(parts))

    def entry(self, parts: Parts) -> syntax.Entry:
        token, value = parts
        key = str(token) if token.type == "NAME" else self.decoded(token)
        return syntax.Entry(syntax.Name(key, span_of(token)), value)

    def call(self, parts: Parts) -> syntax.Call:
        name, _, arguments, close = parts
        given = arguments.all if arguments else ()
        return syntax.Call(self.name(parts), given, Span(name.start_pos, close.end_pos))

    # Expressions

    def conditional(self, parts: Parts) -> syntax.Unsupported:
        return syntax.Unsupported("`if … else …` in an expression", across(parts))

    def disjunction(self, parts: Parts) -> syntax.BoolOp:
        return syntax.BoolOp("or", tuple(parts), across(parts))

    def conjunction(self, parts: Parts) -> syntax.BoolOp:
        return syntax.BoolOp("and", tuple(parts), across(parts))

    def negation(self, parts: Parts) -> syntax.Unary:
        return syntax.Unary("not", parts[1], Span(parts[0].start_pos, parts[1].span.end))

    def minus(self, parts: Parts) -> syntax.Expr:
        span = Span(parts[0].start_pos, parts[1].span.end)
        operand = parts[1]
        if isinstance(operand, syntax.Literal) and type(operand.value) in (int, float):
            return syntax.Literal(-operand.value, span)  # type: ignore[operator]  # a number, as just seen
        return syntax.Unary("-", operand, span)

    def comparison(self, parts: Parts) -> syntax.Comparison:
        rest = tuple((str(op), operand) for op, operand in zip(parts[1::2], parts[2::2], strict=True))
        return syntax.Comparison(parts[0], rest, across(parts))  # type: ignore[arg-type]  # COMPARE matches no other

    def not_in(self, _: Parts) -> str:
        return "not in"

    def sum(self, parts: Parts) -> syntax.Expr:
        left, op, right = parts
        return syntax.Binary(op.value, left, right, across(parts))

    def product(self, parts: Parts) -> syntax.Expr:
        left = parts[0]
        for op, right in zip(parts[1::2], parts[2::2], strict=True):
            left = syntax.Binary(op.value, left, right, Span(left.span.start, right.span.end))
        node: syntax.Expr = left
        return node

    def attribute(self, parts: Parts) -> syntax.Unsupported:
        return syntax.Unsupported(f"`.{parts[1]}`", Span(parts[0].span.start, parts[1].end_pos))

    def index(self, parts: Parts) -> syntax.Unsupported:
        return syntax.Unsupported("`[…]` after a name", Span(parts[0].span.start, parts[2].end_pos))

    def apply(self, parts: Parts) -> syntax.Unsupported:
        function = parts[0]
        name = f"`{function.path[0]}(…)`" if isinstance(function, syntax.Reference) else "a call"
        return syntax.Unsupported(name, Span(function.span.start, parts[-1].end_pos))

    def constant(self, parts: Parts) -> syntax.Literal:
        return self.literal([None, parts[0]])

    variable = reference

    def parenthesised(self, parts: Parts) -> syntax.Expr:
        node: syntax.Expr = parts[1]._replace(span=Span(parts[0].start_pos, parts[2].end_pos))
        return node

    def list_of(self, parts: Parts) -> syntax.ListOf:
        return syntax.ListOf(tuple(part for part in parts[1:-1] if part is not None), brackets(parts))

    # Words and text

    def name(self, parts: Parts) -> syntax.Name:
        token = parts[0]
        return syntax.Name(str(token), Span(token.start_pos, token.end_pos))

    member_name = name

    def text(self, parts: Parts) -> syntax.Text:
        token = parts[0]
        return syntax.Text(self.decoded(token), span_of(token))

    def decoded(self, token: Token) -> str:
        raw = str(token)
        if token.type == "DOC":
            return dedent(raw[3:-3])
        if "\\" not in raw:
            return raw[1:-1]
        try:
            value = json.loads(raw, strict=False)
            value.encode("utf-8")
        except (ValueError, UnicodeEncodeError):
            self.findings.append(
                ("MLS0106", span_of(token), "this string has an escape that JSON does not know")
            )
            return raw[1:-1]
        return str(value)

    def counted(self, token: Token) -> int | float:
        digits = token.replace("_", "")
        if token.type == "FLOAT":
            value = float(digits)
            if math.isfinite(value):
                return value
        elif len(digits) <= len(str(LARGEST)) or not digits.strip("0"):
            whole = int(digits[-20:])
            if whole <= LARGEST:
                return whole
        self.findings.append(("MLS0107", span_of(token), "this number is too large"))
        return 1


def span_of(token: Token) -> Span:
    """Return where a token is."""
    return Span(token.start_pos or 0, token.end_pos or 0)


def across(parts: Parts) -> Span:
    """Return the span from the first node to the last."""
    return Span(parts[0].span.start, parts[-1].span.end)


def brackets(parts: Parts) -> Span:
    """Return the span from the first token to the last."""
    return Span(parts[0].start_pos, parts[-1].end_pos)


def unsupported(feature: str, word: Token, name: syntax.Name | None = None) -> syntax.Unsupported:
    """Return the node for a construct that begins with a word and may declare a name."""
    return syntax.Unsupported(feature, span_of(word), (name.text,) if name else ())


def dedent(text: str) -> str:
    """Return the text of a documentation string without its common indentation."""
    first, newline, rest = text.replace("\r\n", "\n").partition("\n")
    return (first.strip() + newline + textwrap.dedent(rest)).strip()
