"""What a step of a pipeline can read: the parameters, the steps before it, what it goes through.

    plan = Plan(question=question)      plan is what `Plan` returns
    docs = search(query=plan.query)     reads plan, whose field is a string

A step may read only what is defined above it, and calls stand alone: what they return gets a name first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.pipelines.callees import KINDS
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.resolve.types import notation
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.infer import Inference
from mlsig_compiler.typecheck.narrowing import NOTHING, Facts, name_of, narrowed
from mlsig_compiler.typecheck.sorts import Environment, Sorts, sorts_of

# Of a name that may be null, why: the option that makes it so.
Reasons: TypeAlias = Mapping[str, Span]
CONTINUES: Final = "its step has `on_error continue`"


class Typing(Inference):
    """The sorts of what a step says, and why something in it may be null."""

    def __init__(self, env: Environment, diagnostics: Diagnostics, reasons: Reasons) -> None:
        super().__init__(env, diagnostics)
        self.reasons = reasons

    def maybe_null(self, expr: model.Expr, rest: Sorts) -> Sorts:
        """Report a value that is used as if it were never null, with the step that makes it so."""
        name = name_of(expr)
        if name is None or name not in self.reasons:
            return super().maybe_null(expr, rest)
        labels = (Label(self.reasons[name], "so it is null when the step fails"),)
        message = f"`{name}` may be null, because {CONTINUES}"
        help = f"say what to use then: `… if {name} != null else …`"
        self.diagnostics.report("MLS0460", expr.span, message, labels=labels, help=help)
        return rest


@dataclass(frozen=True, slots=True)
class Visible:
    """The names that a step can read, and what is known of them. `later` are steps further down."""

    scope: Scope
    types: dict[str, model.Type] = field(default_factory=dict[str, model.Type])
    sorts: dict[str, Sorts] = field(default_factory=dict[str, Sorts])
    names: expressions.Names = field(default_factory=expressions.Names)
    later: dict[str, Span] = field(default_factory=dict[str, Span])
    reasons: dict[str, Span] = field(default_factory=dict[str, Span])
    facts: Facts = field(default_factory=lambda: NOTHING)
    open: bool = False

    def __post_init__(self) -> None:
        self.names.what, self.names.open = "parameter or step", self.open

    def add(self, name: str, type_: model.Type, sorts: Sorts | None = None) -> None:
        """Make a name known from here on."""
        self.later.pop(name, None)
        self.types[name] = type_
        self.sorts[name] = sorts_of(type_) if sorts is None else sorts
        self.names.variables.add(name)

    def poison(self, name: str) -> None:
        """Make a name known of which nothing is."""
        self.later.pop(name, None)
        self.names.poisoned.add(name)

    @contextmanager
    def inside(self, variable: str, items: model.Expr, sorts: Sorts) -> Generator[None, None, None]:
        """Make the variable known of a step that goes through a list, as long as that is read."""
        told: list[dict[str, Any]] = [self.types, self.sorts, self.later, self.reasons]
        hidden = [known.pop(variable, None) for known in told]
        reason = self.reasons.get(name_of(items) or "")
        self.add(variable, notation.from_sorts(sorts), sorts)
        if reason:
            self.reasons[variable] = reason
        try:
            yield
        finally:
            for known, value in zip(told, hidden, strict=True):
                known.pop(variable, None)
                if value is not None:
                    known[variable] = value
            if variable not in self.sorts:
                self.names.variables.discard(variable)

    def where(self, condition: model.Expr) -> Visible:
        """Return what is known where a condition holds."""
        return replace(self, facts=narrowed(self.typing.known, condition, self.facts, True))

    @property
    def typing(self) -> Typing:
        """What tells the sorts of expressions here."""
        scope = self.scope
        env = Environment(names=self.sorts, fields=scope.fields, enum=scope.enum, lenient=scope.lenient)
        return Typing(env, scope.diagnostics, self.reasons)

    def read(self, node: syntax.Expr) -> model.Expr:
        """Return an expression with its names bound.

        Raises:
            Skip: Something in it is wrong, which has been reported, or nothing is known of it.
        """
        if self._misused(node):
            raise Skip
        return expressions.read(node, self.names, self.scope)

    def _misused(self, node: syntax.Expr) -> bool:
        """Report steps that are read too early, and calls that should be steps of their own."""
        found = False
        parts = list(walk(node))
        bound = {part.variable.text for part in parts if isinstance(part, syntax.Each)}
        called = {id(part.function) for part in parts if isinstance(part, syntax.Apply)}
        for part in parts:
            if not isinstance(part, syntax.Reference) or part.path[0] in bound:
                continue
            name = part.path[0]
            if id(part) in called:
                found |= self._called(name, part.span)
            elif name in self.sorts or name in self.names.poisoned:
                continue
            elif name in self.later:
                self._early(name, part.span)
                found = True
            elif self.scope.kind(name) in KINDS:
                kind = article(self.scope.kind(name) or "")
                message = f"`{name}` is {kind}, and a value is needed here"
                help = f"call it in a step before this one: `found = {name}(…)`"
                if part is node:
                    help = f"to call it, write `{name}(…)`"
                self.scope.report("MLS0305", part.span, message, help=help)
                found = True
        return found

    def _called(self, name: str, span: Span) -> bool:
        if name == "python":
            message = "a pipeline calls Python through a tool"
            help = 'declare `tool name(…) -> … = python("…")`, and call it in a step of its own'
        elif self.scope.kind(name) in KINDS:
            message = f"`{name}` is called in the middle of an expression"
            help = f"call it in a step before this one, and use its name here: `found = {name}(…)`"
        else:
            return False
        self.scope.report("MLS0624", span, message, help=help)
        return True

    def _early(self, name: str, span: Span) -> None:
        first = self.later[name]
        help = "a step can read the parameters and the steps above it"
        if first.end <= span.start:  # the step that is being read
            self.scope.report("MLS0623", span, f"`{name}` is used in its own definition", help=help)
            return
        labels = (Label(first, "defined here"),)
        message = f"`{name}` is used before it is defined"
        self.scope.report("MLS0623", span, message, labels=labels, help=help)


def walk(node: syntax.Expr) -> Iterator[syntax.Expr]:
    """Yield an expression as it is written and all its parts, in the order in which they are written."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(_parts(part)))


def _parts(node: syntax.Expr) -> tuple[syntax.Expr, ...]:
    match node:
        case syntax.Unary(_, operand) | syntax.Attribute(operand):
            return (operand,)
        case syntax.Binary(_, left, right) | syntax.Index(left, right):
            return (left, right)
        case syntax.Comparison(first, rest):
            return (first, *(operand for _, operand in rest))
        case syntax.BoolOp(_, operands) | syntax.ListOf(operands):
            return operands
        case syntax.Conditional(then, condition, otherwise):
            return (then, condition, otherwise)
        case syntax.Each(element, _, items, condition):
            return (element, items, *((condition,) if condition is not None else ()))
        case syntax.Apply(function, arguments):
            return (function, *(_given(argument) for argument in arguments))
        case syntax.Literal() | syntax.Reference():
            return ()


def _given(argument: syntax.Given | syntax.Each) -> syntax.Expr:
    return argument if isinstance(argument, syntax.Each) else argument.value
