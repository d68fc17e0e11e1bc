"""The types of expressions: what `when`, `constraint` and `forbid` may say.

    demos == "many"      a number is never equal to a string
    style == "brief"     `style` is never "brief"

A condition is a bool made of comparisons; arithmetic is for numbers; a divisor must not be able to be 0.
"""

from __future__ import annotations

import json
from typing import Final, Literal, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve import membership

Sort: TypeAlias = Literal["number", "string", "bool", "null"]
Sorts: TypeAlias = frozenset[Sort]

NUMBER: Final[Sorts] = frozenset({"number"})
STRING: Final[Sorts] = frozenset({"string"})
BOOL: Final[Sorts] = frozenset({"bool"})
ANY: Final[Sorts] = frozenset({"number", "string", "bool", "null"})
NAMED: Final = frozenset({"provider", "module"})
EQUALITY: Final = frozenset({"==", "!="})
MEMBERSHIP: Final = frozenset({"in", "not in"})


def sort_of(value: model.Scalar) -> Sort:
    """Return the sort of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def shown(sorts: Sorts) -> str:
    """Return sorts for a message."""
    words = {"number": "a number", "string": "a string", "bool": "true or false", "null": "null"}
    return " or ".join(words[sort] for sort in sorted(sorts))


class Typing:
    """The types of the expressions of one space."""

    def __init__(self, space: model.Space, diagnostics: Diagnostics) -> None:
        self.variables = {variable.name: variable for variable in space.variables}
        self.diagnostics = diagnostics

    def condition(self, expr: model.Expr) -> None:
        """Check a condition, which must be a bool."""
        self._expect(expr, BOOL, "a condition")

    def _expect(self, expr: model.Expr, wanted: Sorts, what: str) -> None:
        found = self._sorts(expr)
        if found <= wanted or found == ANY:
            return
        help = "compare it with something" if wanted == BOOL and isinstance(expr, model.VariableRef) else ""
        self.diagnostics.report(
            "MLS0509", expr.span, f"{what} is {shown(wanted)}, and this is {shown(found)}", help=help
        )

    def _sorts(self, expr: model.Expr) -> Sorts:
        """Return what the value of an expression can be, and report what is wrong inside it."""
        match expr:
            case model.Constant(str() | int() | float() | None as value, _):
                return frozenset({sort_of(value)})
            case model.VariableRef(name, _):
                domain = self.variables[name].domain
                if isinstance(domain, model.OptionsDomain):
                    return frozenset(sort_of(option) for option in domain.options)
                return NUMBER
            case model.Unary("not", operand, _):
                self._expect(operand, BOOL, "what `not` negates")
                return BOOL
            case model.Unary(_, operand, _):
                self._expect(operand, NUMBER, "what `-` negates")
                return NUMBER
            case model.Binary(op, left, right, _):
                self._expect(left, NUMBER, f"each side of `{op}`")
                self._expect(right, NUMBER, f"each side of `{op}`")
                if op in ("/", "//", "%"):
                    self._divisor(right)
                return NUMBER
            case model.BoolOp(op, operands, _):
                for operand in operands:
                    self._expect(operand, BOOL, f"each side of `{op}`")
                return BOOL
            case model.Comparison():
                self._comparison(expr)
                return BOOL
            case model.ListOf():
                self.diagnostics.report("MLS0509", expr.span, "a list can only stand after `in` and `not in`")
                return ANY
            case _:
                return ANY

    def _comparison(self, expr: model.Comparison) -> None:
        left = expr.first
        left_sorts = self._sorts(left)
        for op, right in expr.rest:
            if op in MEMBERSHIP:
                self._membership(left, left_sorts, right)
                right_sorts = ANY
            else:
                right_sorts = self._sorts(right)
                self._pair(op, (left, left_sorts), (right, right_sorts), expr)
            left, left_sorts = right, right_sorts

    def _membership(self, left: model.Expr, left_sorts: Sorts, right: model.Expr) -> None:
        if not isinstance(right, model.ListOf):
            help = 'for example `style in ["terse", "plain"]`'
            self.diagnostics.report("MLS0509", right.span, "`in` needs a list here", help=help)
            return
        for item in right.items:
            self._equal(left, left_sorts, item, self._sorts(item))

    def _pair(
        self, op: str, one: tuple[model.Expr, Sorts], other: tuple[model.Expr, Sorts], whole: model.Comparison
    ) -> None:
        if op in EQUALITY:
            self._equal(*one, *other)
            return
        left_sorts, right_sorts = one[1], other[1]
        both = left_sorts | right_sorts
        if ANY in (left_sorts, right_sorts) or both in (NUMBER, STRING):
            return
        found = f"{shown(left_sorts)} and {shown(right_sorts)}"
        message = f"`{op}` compares two numbers or two strings, and this is {found}"
        self.diagnostics.report("MLS0509", whole.span, message)

    def _equal(self, left: model.Expr, left_sorts: Sorts, right: model.Expr, right_sorts: Sorts) -> None:
        """Report two sides that are never equal."""
        if isinstance(left, model.VariableRef) and isinstance(right, model.Constant):
            self._option(self.variables[left.name], right)
        elif isinstance(right, model.VariableRef) and isinstance(left, model.Constant):
            self._option(self.variables[right.name], left)
        elif not left_sorts & right_sorts:
            message = f"{shown(left_sorts)} is never equal to {shown(right_sorts)}"
            self.diagnostics.report("MLS0509", right.span, message)

    def _option(self, variable: model.Variable, constant: model.Constant) -> None:
        """Report a constant that a variable cannot be."""
        value, domain = constant.value, variable.domain
        if isinstance(value, model.EnumMember):
            return
        text = self.diagnostics.source.text[constant.span.start : constant.span.end].strip("()")
        label = Label(variable.span, "declared here")
        if variable.kind in NAMED and text.startswith('"'):
            help = f"write `{value}`, without quotes"
            message = f"the options of `{variable.name}` are names, not strings"
            self.diagnostics.report("MLS0509", constant.span, message, labels=(label,), help=help)
            return
        if not membership.refusal(self._as_float(value, domain), domain):
            return
        if isinstance(domain, model.OptionsDomain):
            help = suggestion(str(value), [option for option in domain.options if isinstance(option, str)])
            help = help or f"it can be {membership.options_text(domain)}"
        else:
            help = f"it is a number from {domain.low:.12g} to {domain.high:.12g}"
        message = f"`{variable.name}` is never {json.dumps(value, ensure_ascii=False)}"
        self.diagnostics.report("MLS0510", constant.span, message, labels=(label,), help=help)

    @staticmethod
    def _as_float(value: model.Scalar, domain: model.Domain) -> model.Scalar:
        """Return a whole number as one, so that `demos == 4.0` is judged as `demos == 4`."""
        if isinstance(value, float) and value.is_integer() and isinstance(domain, model.IntDomain):
            return int(value)
        return value

    def _divisor(self, expr: model.Expr) -> None:
        low, high = self._interval(expr)
        if low <= 0 <= high:
            help = "divide by a number or by a variable whose range leaves 0 out"
            self.diagnostics.report("MLS0511", expr.span, "this divisor can be 0", help=help)

    def _interval(self, expr: model.Expr) -> tuple[float, float]:
        """Return bounds of a number; the widest where nothing better is known."""
        everything = (float("-inf"), float("inf"))
        match expr:
            case model.Constant(int() | float() as value, _):
                return float(value), float(value)
            case model.VariableRef(name, _):
                domain = self.variables[name].domain
                if not isinstance(domain, model.OptionsDomain):
                    return domain.low, domain.high
                numbers = [float(option) for option in domain.options if isinstance(option, int | float)]
                return (min(numbers), max(numbers)) if numbers and 0.0 not in numbers else everything
            case model.Unary("-", operand, _):
                low, high = self._interval(operand)
                return -high, -low
            case model.Binary("+", left, right, _):
                (a, b), (c, d) = self._interval(left), self._interval(right)
                return a + c, b + d
            case model.Binary("*", left, right, _):
                (a, b), (c, d) = self._interval(left), self._interval(right)
                if min(a, c) >= 0:
                    return a * c if a and c else 0.0, b * d if b and d else 0.0
                return everything
            case _:
                return everything
