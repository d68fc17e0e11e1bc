"""The syntax tree, built inside the parse.

The machine calls one method of `Builder` for each rule of the grammar as soon as the rule is complete, with
the nodes of its parts (None for an optional part that is absent). Tokens and nodes all have a span, so that
of a rule runs from its first part to its last.
"""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Edit, Fix, replacing
from mlsig_compiler.parse.machine import Token
from mlsig_compiler.source import Span

Parts: TypeAlias = Sequence[Any]
NodeT = TypeVar("NodeT")
LARGEST: Final = 2**63 - 1
CONSTANTS: Final = {"TRUE": True, "FALSE": False, "NULL": None}
PYTHON: Final = {"True": (True, "true"), "False": (False, "false"), "None": (None, "null")}
UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
WORDS: Final[dict[str, Any]] = {
    "RETRY": "retry",
    "TIMEOUT": "timeout",
    "ON_ERROR": "on_error",
    "CONCURRENCY": "concurrency",
}


class Arguments(NamedTuple):
    """What stood between parentheses, told apart from everything else that does."""

    all: tuple[syntax.Argument, ...]


class Branches(NamedTuple):
    """A block of arms or transitions, the description after it, and where it ends."""

    arms: tuple[Any, ...]
    text: syntax.Text | None
    span: Span


class Finding(NamedTuple):
    """Something that the grammar allows and the language does not."""

    code: str
    span: Span
    message: str
    help: str = ""
    fix: Fix | None = None


class GroupHead(NamedTuple):
    """`when condition`, before the members that it governs."""

    condition: syntax.Expr
    span: Span


class Builder:
    """One method a rule. `findings` collects what is wrong inside tokens."""

    findings: list[Finding]

    def __init__(self) -> None:
        self.findings = []

    # Declarations

    def file(self, parts: Parts) -> syntax.File:
        imports: list[syntax.Import] = []
        declarations: list[syntax.Declaration] = []
        for node in self.annotated(parts):
            if isinstance(node, syntax.Import):
                imports.append(node)
            else:
                declarations.append(node)
        return syntax.File(tuple(imports), tuple(declarations))

    def annotated(self, parts: Iterable[Any]) -> tuple[Any, ...]:
        """Return members with the annotations that stand before each."""
        found: list[Any] = []
        waiting: list[syntax.Annotation] = []
        for part in parts:
            if type(part) is syntax.Annotation:
                waiting.append(part)
            elif waiting:
                found.append(part._replace(annotations=tuple(waiting)))
                waiting = []
            else:
                found.append(part)
        for annotation in waiting:
            self.findings.append(Finding("MLS0111", annotation.span, "nothing follows this annotation"))
        return tuple(found)

    def annotation(self, parts: Parts) -> syntax.Annotation:
        at, name, *rest = parts
        arguments, end = (), name.span.end
        if rest and rest[-1] is not None:
            arguments, end = rest[1].all if rest[1] else (), rest[-1].span.end
        return syntax.Annotation(name, arguments, Span(at.span.start, end))

    def import_(self, parts: Parts) -> syntax.Import:
        return syntax.Import(parts[1], tuple(parts[3:]), extent(parts))

    def imported(self, parts: Parts) -> syntax.Imported:
        return syntax.Imported(parts[0], parts[2], extent(parts))

    def head(self, parts: Parts) -> syntax.Head:
        return syntax.Head(parts[1], None, parts[2], extent(parts))

    enum_head = provider_head = program_head = resource_head = head

    def extending_head(self, parts: Parts) -> syntax.Head:
        return syntax.Head(parts[1], parts[2], parts[3], extent(parts))

    schema_head = signature_head = space_head = extending_head

    def extends(self, parts: Parts) -> syntax.Name:
        name: syntax.Name = parts[1]
        return name

    def pipeline_head(self, parts: Parts) -> syntax.PipelineHead:
        _, name, *parameters, returns, text = parts
        head = syntax.Head(name, None, text, extent(parts))
        return syntax.PipelineHead(head, present(parameters), returns)

    def only(self, parts: Parts) -> Any:
        return parts[0]

    schema_member = signature_member = space_member = provider_member = program_member = only
    pipeline_member = resource_member = only

    def enum(self, parts: Parts) -> syntax.Enum:
        return syntax.Enum(parts[0], self.annotated(parts[2:-1]), body(parts))

    def enum_member(self, parts: Parts) -> syntax.EnumMember:
        return node(syntax.EnumMember, parts, extent(parts))

    def alias(self, parts: Parts) -> syntax.Alias:
        _, name, type_, text = parts
        span = extent(parts)
        return syntax.Alias(syntax.Head(name, None, text, span), type_, span)

    def schema(self, parts: Parts) -> syntax.Schema:
        return syntax.Schema(parts[0], self.annotated(parts[2:-1]), body(parts))

    def field(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["field", *parts], extent(parts))

    def check(self, parts: Parts) -> syntax.Check:
        return node(syntax.Check, parts[1:], extent(parts))

    def transform(self, parts: Parts) -> syntax.Transform:
        _, target, value, text = parts
        if value is None:
            target, value = None, target
        return syntax.Transform(target, value, text, extent(parts))

    def signature(self, parts: Parts) -> syntax.Signature:
        return syntax.Signature(parts[0], parts[2], self.annotated(parts[3:-1]), body(parts))

    def signature_string(self, parts: Parts) -> syntax.Signature:
        _, name, string, text = parts
        span = extent(parts)
        return syntax.Signature(syntax.Head(name, None, text, span), None, (), span, string)

    def input(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["input", *parts[1:]], extent(parts))

    def output(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["output", *parts[1:]], extent(parts))

    def example(self, parts: Parts) -> syntax.Example:
        return syntax.Example(parts[1], parts[0].span, extent(parts))

    def signature_fields(self, parts: Parts) -> tuple[syntax.Field, ...]:
        inputs, outputs = parts
        sides: tuple[tuple[Any, Parts], ...] = (("input", inputs), ("output", outputs))
        return tuple(
            syntax.Field(
                role,
                name,
                type_ or implied(name),
                None,
                None,
                Span(name.span.start, (type_ or name).span.end),
            )
            for role, side in sides
            for name, type_ in side
        )

    def string_inputs(self, parts: Parts) -> Parts:
        return [part for part in parts if part is not None]

    string_outputs = string_inputs

    def string_field(self, parts: Parts) -> tuple[syntax.Name, syntax.Type | None]:
        return parts[0], parts[1]

    def space(self, parts: Parts) -> syntax.Space:
        return syntax.Space(parts[0], self.annotated(parts[2:-1]), body(parts))

    def var(self, parts: Parts) -> syntax.Variable:
        return variable(parts, parts[1:], override=False)

    tune = var

    def override(self, parts: Parts) -> syntax.Variable:
        return variable(parts, parts[2:], override=True)

    def branches(self, parts: Parts) -> Branches:
        *arms, close, text = parts
        return Branches(tuple(arms), text, Span(close.span.start, text.span.end if text else close.span.end))

    def branch(self, parts: Parts) -> syntax.Branch:
        word, *condition, _, arguments, close, default = parts
        span = Span(word.span.start, close.span.end)
        given = arguments.all if arguments else ()
        return syntax.Branch(condition[0] if condition else None, given, default, span)

    def include(self, parts: Parts) -> syntax.Include:
        return syntax.Include(parts[1], extent(parts))

    def composite(self, parts: Parts) -> syntax.Composite:
        return node(syntax.Composite, parts[1:], extent(parts))

    def constraint(self, parts: Parts) -> syntax.Constraint:
        return node(syntax.Constraint, [False, *parts[1:]], extent(parts))

    def forbid(self, parts: Parts) -> syntax.Constraint:
        return node(syntax.Constraint, [True, *parts[1:]], extent(parts))

    def prefer(self, parts: Parts) -> syntax.Prefer:
        return node(syntax.Prefer, parts[1:], extent(parts))

    def group_head(self, parts: Parts) -> GroupHead:
        return GroupHead(parts[1], extent(parts))

    def group(self, parts: Parts) -> syntax.Group:
        return syntax.Group(parts[0].condition, self.annotated(parts[2:-1]), extent(parts))

    def fragment(self, parts: Parts) -> syntax.Fragment:
        made = self.var(parts)
        head = syntax.Head(made.name, None, made.description, made.span)
        return syntax.Fragment(head, made, made.span)

    def provider(self, parts: Parts) -> syntax.Provider:
        return syntax.Provider(parts[0], self.annotated(parts[2:-1]), body(parts))

    def limits(self, parts: Parts) -> syntax.Limits:
        return syntax.Limits(tuple(parts[1:-1]), parts[0].span, extent(parts))

    def model(self, parts: Parts) -> syntax.ProviderModel:
        return syntax.ProviderModel(parts[1], parts[2], tuple(parts[3:-1]), extent(parts))

    def setting(self, parts: Parts) -> syntax.Setting:
        return node(syntax.Setting, parts, extent(parts))

    def tool(self, parts: Parts) -> syntax.Tool:
        _, name, *parameters, returns, value, text = parts
        span = extent(parts)
        return syntax.Tool(syntax.Head(name, None, text, span), present(parameters), returns, value, span)

    def parameter(self, parts: Parts) -> syntax.Parameter:
        return node(syntax.Parameter, parts, extent(parts))

    def program(self, parts: Parts) -> syntax.Program:
        return syntax.Program(parts[0], self.annotated(parts[2:-1]), body(parts))

    def metric(self, parts: Parts) -> syntax.Metric:
        return node(syntax.Metric, parts[1:], extent(parts))

    def objective(self, parts: Parts) -> syntax.Objective:
        word, name, _, weight = parts
        direction: Any = "maximize" if word.type == "MAXIMIZE" else "minimize"
        return syntax.Objective(direction, name, weight, extent(parts))

    def pipeline(self, parts: Parts) -> syntax.Pipeline:
        head, _, *members, close = parts
        span = Span(head.head.span.start, close.span.end)
        return node(syntax.Pipeline, [*head, self.annotated(members)], span)

    def step(self, parts: Parts) -> syntax.Step:
        name: syntax.Name = parts[0]
        if name.text in WORDS.values():
            message = f"`{name.text}` is an option of steps, so a step cannot have this name"
            self.findings.append(Finding("MLS0103", name.span, message))
        return syntax.Step(name, parts[1], tuple(parts[2:]), extent(parts))

    def return_(self, parts: Parts) -> syntax.Step:
        return syntax.Step(None, parts[1], tuple(parts[2:]), extent(parts))

    def mapped(self, parts: Parts) -> syntax.Each:
        return self.each(parts[1:-1])._replace(span=across(parts))

    def step_option(self, parts: Parts) -> syntax.StepOption:
        word, token = parts
        value: Any = token
        if isinstance(token, Token):
            value = self.duration(token) if token.type == "DURATION" else self.literal([None, token])
        return syntax.StepOption(WORDS[word.type], value, extent(parts))

    def duration(self, token: Token) -> syntax.Duration:
        unit = token.text.lstrip("0123456789_.")
        seconds = float(token.text.removesuffix(unit).replace("_", "")) * UNITS[unit]
        return syntax.Duration(seconds, token.span)

    def resource(self, parts: Parts) -> syntax.Resource:
        return syntax.Resource(parts[0], self.annotated(parts[2:-1]), body(parts))

    def attribute_(self, parts: Parts) -> syntax.ResourceAttribute:
        name, type_, default, text, block = parts
        transitions, after = (block.arms, block.text) if block else (None, None)
        return syntax.ResourceAttribute(name, type_, default, transitions, text or after, extent(parts))

    transitions = branches

    def transition(self, parts: Parts) -> syntax.Transition:
        return syntax.Transition(parts[0], tuple(parts[1:]), extent(parts))

    def belongs_to(self, parts: Parts) -> syntax.Relationship:
        return node(syntax.Relationship, ["belongs_to", *parts[1:]], extent(parts))

    def has_many(self, parts: Parts) -> syntax.Relationship:
        return node(syntax.Relationship, ["has_many", *parts[1:]], extent(parts))

    def calculate(self, parts: Parts) -> syntax.Calculation:
        return node(syntax.Calculation, parts[1:], extent(parts))

    def action(self, parts: Parts) -> syntax.Action:
        _, name, *parameters, returns, value, text = parts
        return syntax.Action(name, present(parameters), returns, value, text, extent(parts))

    def hook(self, parts: Parts) -> syntax.Hook:
        word, event, value, text = parts
        moment: Any = "before" if word.type == "BEFORE" else "after"
        return syntax.Hook(moment, event, value, text, extent(parts))

    # Types

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
            return syntax.Literal(self.decoded(token), token.span)
        if token.type in CONSTANTS:
            return syntax.Literal(CONSTANTS[token.type], token.span)
        value = self.counted(token)
        if parts[0] is None:
            return syntax.Literal(value, token.span)
        return syntax.Literal(-value, Span(parts[0].span.start, token.span.end))

    number = literal

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

    # Expressions

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

    def constant(self, parts: Parts) -> syntax.Literal:
        return self.literal([None, parts[0]])

    def named(self, parts: Parts) -> syntax.Reference | syntax.Literal:
        word, *rest = parts
        if not rest and word.text in PYTHON:
            value, written = PYTHON[word.text]
            message = f"`{word.text}` is written `{written}`"
            self.findings.append(Finding("MLS0103", word.span, message, "", replacing(word.span, written)))
            return syntax.Literal(value, word.span)
        return self.reference(parts)

    variable = named

    def parenthesised(self, parts: Parts) -> syntax.Expr:
        node: syntax.Expr = parts[1]._replace(span=Span(parts[0].span.start, parts[2].span.end))
        return node

    def list_of(self, parts: Parts) -> syntax.ListOf:
        return syntax.ListOf(tuple(part for part in parts[1:-1] if part is not None), across(parts))

    # Words and text

    def name(self, parts: Parts) -> syntax.Name:
        token = parts[0]
        return syntax.Name(token.text, token.span)

    member_name = name

    def text(self, parts: Parts) -> syntax.Text:
        token = parts[0]
        return syntax.Text(self.decoded(token), token.span)

    def decoded(self, token: Token) -> str:
        raw = token.text
        if token.type == "DOC":
            return dedent(raw[3:-3])
        if "\\" not in raw:
            return raw[1:-1]
        try:
            value = json.loads(raw, strict=False)
            value.encode("utf-8")
        except (ValueError, UnicodeEncodeError):
            message = "this string has an escape that JSON does not know"
            self.findings.append(Finding("MLS0106", token.span, message, *_doubled(token)))
            return raw[1:-1]
        return str(value)

    def counted(self, token: Token) -> int | float:
        digits = token.text.replace("_", "")
        if token.type == "FLOAT":
            value = float(digits)
            if math.isfinite(value):
                return value
        elif len(digits) <= len(str(LARGEST)) or not digits.strip("0"):
            whole = int(digits[-20:])
            if whole <= LARGEST:
                return whole
        self.findings.append(Finding("MLS0107", token.span, "this number is too large"))
        return 1


def across(parts: Parts) -> Span:
    """Return the span from the first part to the last, which are both there."""
    return Span(parts[0].span.start, parts[-1].span.end)


def extent(parts: Parts) -> Span:
    """Return the span from the first part that is there to the last."""
    last = parts[-1]
    if last is None:
        last = next(part for part in reversed(parts) if part is not None)
    return Span(parts[0].span.start, last.span.end)


def node(kind: Callable[..., NodeT], parts: Parts, span: Span) -> NodeT:
    """Return a node of a kind from its parts and where it is."""
    return kind(*parts, span)


def body(parts: Parts) -> Span:
    """Return the span from a head to the bracket that closes its body."""
    return Span(parts[0].span.start, parts[-1].span.end)


def present(parts: Parts) -> tuple[Any, ...]:
    """Return the parts that are there."""
    return tuple(part for part in parts if part is not None)


def implied(name: syntax.Name) -> syntax.Type:
    """Return the type of a field that says none: `str`, at its name."""
    return syntax.TypeName(syntax.Name("str", name.span), (), (), name.span)


def variable(parts: Parts, said: Parts, *, override: bool) -> syntax.Variable:
    """Return a variable from what follows its keyword."""
    name, kind, default, text, block = said
    arms, after = (block.arms, block.text) if block else ((), None)
    return syntax.Variable(name, kind, default, arms, text or after, override, extent(parts))


def dedent(text: str) -> str:
    """Return the text of a documentation string without its common indentation."""
    first, newline, rest = text.replace("\r\n", "\n").partition("\n")
    return (first.strip() + newline + textwrap.dedent(rest)).strip()


def _doubled(token: Token) -> tuple[str, Fix | None]:
    """Return the help and the fix for a backslash that is meant as one, as in a pattern."""
    lone = re.compile(r'\\(?:\\|["/bfnrtu]|(.))', re.DOTALL)
    found = [match for match in lone.finditer(token.text) if match[1]]
    if not found:
        return "", None
    start = token.span.start
    edits = tuple(Edit(Span(start + each.start(), start + each.start()), "\\") for each in found)
    return f"a backslash is written as two: `\\{found[0][0]}`", Fix("", edits)
