"""What stands in the bodies of declarations: fields, variables, rules, settings, steps, attributes."""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mlsig_compiler import syntax
from mlsig_compiler.parse.machine import Token
from mlsig_compiler.parse.rules.expressions import Expressions
from mlsig_compiler.parse.rules.parts import (
    Branches,
    Finding,
    GroupHead,
    Parts,
    across,
    extent,
    node,
    present,
)
from mlsig_compiler.source import Span

WORDS: Final[dict[str, Any]] = {
    "RETRY": "retry",
    "TIMEOUT": "timeout",
    "ON_ERROR": "on_error",
    "CONCURRENCY": "concurrency",
}


class Members(Expressions):
    """The rules of members, and of the annotations before them."""

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

    def only(self, parts: Parts) -> Any:
        return parts[0]

    schema_member = signature_member = space_member = provider_member = program_member = only
    pipeline_member = resource_member = only

    def enum_member(self, parts: Parts) -> syntax.EnumMember:
        return node(syntax.EnumMember, parts, extent(parts))

    def field(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["field", *parts], extent(parts))

    def check(self, parts: Parts) -> syntax.Check:
        return node(syntax.Check, parts[1:], extent(parts))

    def transform(self, parts: Parts) -> syntax.Transform:
        _, target, value, text = parts
        if value is None:
            target, value = None, target
        return syntax.Transform(target, value, text, extent(parts))

    def input(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["input", *parts[1:]], extent(parts))

    def output(self, parts: Parts) -> syntax.Field:
        return node(syntax.Field, ["output", *parts[1:]], extent(parts))

    def example(self, parts: Parts) -> syntax.Example:
        return syntax.Example(parts[1], parts[0].span, extent(parts))

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

    def limits(self, parts: Parts) -> syntax.Limits:
        return syntax.Limits(tuple(parts[1:-1]), parts[0].span, extent(parts))

    def model(self, parts: Parts) -> syntax.ProviderModel:
        return syntax.ProviderModel(parts[1], parts[2], tuple(parts[3:-1]), extent(parts))

    def setting(self, parts: Parts) -> syntax.Setting:
        return node(syntax.Setting, parts, extent(parts))

    def parameter(self, parts: Parts) -> syntax.Parameter:
        return node(syntax.Parameter, parts, extent(parts))

    def metric(self, parts: Parts) -> syntax.Metric:
        return node(syntax.Metric, parts[1:], extent(parts))

    def objective(self, parts: Parts) -> syntax.Objective:
        word, name, _, weight = parts
        direction: Any = "maximize" if word.type == "MAXIMIZE" else "minimize"
        return syntax.Objective(direction, name, weight, extent(parts))

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


def variable(parts: Parts, said: Parts, *, override: bool) -> syntax.Variable:
    """Return a variable from what follows its keyword."""
    name, kind, default, text, block = said
    arms, after = (block.arms, block.text) if block else ((), None)
    return syntax.Variable(name, kind, default, arms, text or after, override, extent(parts))
