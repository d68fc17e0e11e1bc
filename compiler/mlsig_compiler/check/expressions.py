"""The types of expressions over the variables of a space: conditions, constraints, composites.

    demos == "many"                       a number is never equal to a string
    style == "brief"                      `style` is never "brief"
    max_hops > 3                          `max_hops` may be null, outside of its group
    max_tokens <= model.context_window    a figure of the chosen model

What holds everywhere is in `typecheck`; here is what the domains of variables say besides. A divisor must not
be able to be 0, because an expression has a value in every configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics, Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.resolve.programs.providers import ABILITIES
from mlsig_compiler.resolve.spaces import membership
from mlsig_compiler.resolve.spaces.groups import conjuncts
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.infer import Inference
from mlsig_compiler.typecheck.narrowing import Facts, Learned, name_of
from mlsig_compiler.typecheck.operators import Side
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    SCALARS,
    UNKNOWN,
    Environment,
    ListOf,
    Sorts,
    only,
)
from mlsig_compiler.typecheck.words import literal
from mlsig_compiler.walking import key

LONGEST_REASON: Final = 60
NAMED: Final = frozenset({"provider", "module"})
# What can be asked of the chosen model. Where its provider does not say them, there is no limit, and no cost.
FIGURES: Final[dict[str, Sorts]] = {
    "context_window": INT,
    "max_output": INT,
    "input_cost": FLOAT,
    "output_cost": FLOAT,
    "supports": frozenset({ListOf(frozenset(only(ability) for ability in ABILITIES))}),
}


def sorts_of_variable(variable: model.Variable) -> Sorts:
    """Return what a variable can be while it is active."""
    domain = variable.domain
    if isinstance(domain, model.OptionsDomain):
        found = (NULL if option is None else frozenset({only(option)}) for option in domain.options)
        return frozenset(sort for sorts in found for sort in sorts)
    return INT if isinstance(domain, model.IntDomain) else FLOAT


def _no_fields(_: model.RecordType) -> tuple[model.Field, ...]:
    return ()


def _no_enum(type_: model.EnumType) -> model.Enum:
    return model.Enum(type_.name, (), "", Span(0, 0))


class Typing(Inference):
    """The types of the expressions of one space; `own` says what is written in the space itself."""

    def __init__(
        self, space: model.Space, diagnostics: Diagnostics, own: Callable[[Any], bool] = lambda _: True
    ) -> None:
        self.own = own
        self.variables = {variable.name: variable for variable in space.variables}
        self.composites = {composite.name: composite for composite in space.composites}
        self.intervals = Intervals(self.variables, self.composites)
        names = {name: sorts_of_variable(variable) for name, variable in self.variables.items()}
        names |= {name: SCALARS[composite.type] for name, composite in self.composites.items()}
        active = {v.name: v.active for v in space.variables if v.active is not None}
        active |= {c.name: c.active for c in space.composites if c.active is not None}
        super().__init__(Environment(names, _no_fields, _no_enum, active), diagnostics)

    def condition(
        self, expr: model.Expr, what: str = "a condition", given: Iterable[model.Expr | None] = ()
    ) -> None:
        """Check a condition, which must be a bool; `given` are conditions that hold where it stands."""
        self.value(expr, BOOL, what, given)

    def value(
        self, expr: model.Expr, wanted: Sorts, what: str, given: Iterable[model.Expr | None] = ()
    ) -> None:
        """Check an expression that must have such a value: a composite."""
        facts = Learned()
        for condition in given:
            if condition is not None:
                facts |= self.known.learn(condition, facts, True)
        self.expect(expr, wanted, what, facts)

    def of(self, expr: model.Expr, facts: Facts) -> Sorts:
        """Return what an expression can be; figures of the chosen model are known here alone."""
        if isinstance(expr, model.Attribute) and isinstance(expr.operand, model.VariableRef):
            variable = self.variables.get(expr.operand.name)
            if variable is not None and variable.kind == "model":
                found = super().of(expr.operand, facts)
                if found >= NULL:
                    self.maybe_null(expr.operand, found - NULL)
                return self._figure(expr)
        return super().of(expr, facts)

    def maybe_null(self, expr: model.Expr, rest: Sorts) -> Sorts:
        """Report what may be null; the condition of what another file declares cannot be shown."""
        name = name_of(expr)
        item = self.variables.get(name or "") or self.composites.get(name or "")
        if item is None or self.own(item):
            return super().maybe_null(expr, rest)
        self.report("MLS0460", expr, f"`{name}` may be null", f"test `{name} != null and …` first")
        return rest

    def _figure(self, expr: model.Attribute) -> Sorts:
        if expr.name in FIGURES:
            return FIGURES[expr.name]
        span = Span(expr.span.end - len(expr.name), expr.span.end)
        meant = nearest(expr.name, FIGURES)
        help = f"did you mean `{meant}`?" if meant else f"it has {listed(FIGURES)}"
        fix = replacing(span, meant) if meant else None
        self.diagnostics.report("MLS0463", span, f"a model has no figure `{expr.name}`", help=help, fix=fix)
        return UNKNOWN

    def reason(self, name: str) -> str:
        """Say under which condition a member of a group has a value."""
        member = self.variables.get(name) or self.composites.get(name)
        if member is None or not self.own(member):
            return ""
        text = self.diagnostics.source.text
        spans = [part.span for part in conjuncts(member.active)]
        said = " and ".join(" ".join(text[start:end].split()) for start, end in spans)
        return f"it has a value only when `{said}`" if 0 < len(said) <= LONGEST_REASON else ""

    def refused(self, left: Side, right: Side) -> bool:
        """Report a constant that a variable cannot be; say whether these are a variable and a constant."""
        for (one, _), (other, _) in ((left, right), (right, left)):
            if not isinstance(one, model.VariableRef) or not isinstance(other, model.Constant):
                continue
            variable = self.variables.get(one.name)
            if variable is not None and not isinstance(other.value, model.EnumMember):
                self._option(variable, other, other.value)
                return True
        return False

    def _option(self, variable: model.Variable, constant: model.Constant, value: model.Scalar) -> None:
        domain, span = variable.domain, constant.span
        text = self.diagnostics.source.text[span.start : span.end].strip("()")
        labels = (Label(variable.span, "declared here"),) if self.own(variable) else ()
        if variable.kind in NAMED and text.startswith('"') and ":" not in text:
            fits = value in domain.options if isinstance(domain, model.OptionsDomain) else False
            self.diagnostics.report(
                "MLS0509",
                span,
                f"the options of `{variable.name}` are names, not strings",
                labels=labels,
                help=f"write `{value}`, without quotes",
                fix=replacing(span, str(value)) if fits else None,
            )
            return
        if value is None and variable.active is not None:
            return
        if not membership.refusal(_as_float(value, domain), domain):
            return
        fix = None
        if isinstance(domain, model.OptionsDomain):
            words = [option for option in domain.options if isinstance(option, str)]
            meant = nearest(value, words) if isinstance(value, str) else None
            help = f"did you mean `{meant}`?" if meant else ""
            help = help or f"it can be {membership.options_text(domain)}"
            quoted = text.startswith('"')
            fix = replacing(span, literal(meant) if quoted else meant) if meant else None
        else:
            help = f"it is a number from {domain.low:.12g} to {domain.high:.12g}"
        message = f"`{variable.name}` is never {literal(value)}"
        self.diagnostics.report("MLS0510", span, message, labels=labels, help=help, fix=fix)

    def divisor(self, expr: model.Expr, facts: Facts) -> None:
        """Report a divisor that can be 0, and is not known to be another where it stands."""
        if self.intervals.zero(expr) and ("nonzero", key(expr)) not in facts:
            help = (
                "divide by a number or by a variable whose range leaves 0 out, or test that it is not 0 first"
            )
            self.diagnostics.report("MLS0511", expr.span, "this divisor can be 0", help=help)


def _as_float(value: model.Scalar, domain: model.Domain) -> model.Scalar:
    """Return a whole number as one, so that `demos == 4.0` is judged as `demos == 4`."""
    if isinstance(value, float) and value.is_integer() and isinstance(domain, model.IntDomain):
        return int(value)
    return value
