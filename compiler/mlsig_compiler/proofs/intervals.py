"""Bounds of numbers in a space, to prove that a divisor is never 0.

n: int(1..5)   ->   2 * n + 1 lies between 3 and 11
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.walking import parts

Interval: TypeAlias = tuple[float, float]
EVERYTHING: Final[Interval] = (-math.inf, math.inf)
FIGURES: Final[dict[str, Interval]] = {
    "context_window": (1.0, math.inf),
    "max_output": (1.0, math.inf),
    "input_cost": (0.0, math.inf),
    "output_cost": (0.0, math.inf),
}


class Intervals:
    """The bounds of expressions over the variables and composites of one space."""

    def __init__(
        self, variables: Mapping[str, model.Variable], composites: Mapping[str, model.Composite]
    ) -> None:
        self._variables = variables
        self._composites = composites
        self._asking: set[str] = set()
        self._known: dict[int, tuple[model.Expr, Interval]] = {}
        self._figures: dict[int, tuple[model.Expr, bool]] = {}

    def zero(self, expr: model.Expr) -> bool:
        """Say whether a number may be 0."""
        variable = self._variables.get(expr.name) if isinstance(expr, model.VariableRef) else None
        if variable is not None and isinstance(variable.domain, model.OptionsDomain):
            return 0 in variable.domain.options
        low, high = self.of(expr)
        return low <= 0 <= high

    def of(self, expr: model.Expr) -> Interval:
        """Return bounds of a number; the widest where nothing better is known."""
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = expr, self._of(expr)
        return known[1]

    def has_figure(self, expr: model.Expr) -> bool:
        """Say whether an expression reads a figure of a model."""
        known = self._figures.get(id(expr))
        if known is None:
            found = isinstance(expr, model.Attribute) or any(map(self.has_figure, parts(expr)))
            known = self._figures[id(expr)] = expr, found
        return known[1]

    def _of(self, expr: model.Expr) -> Interval:
        match expr:
            case model.Constant(int() | float() as value):
                return _exact(value)
            case model.VariableRef(name):
                return self._name(name)
            case model.Attribute(_, name):
                return FIGURES.get(name, EVERYTHING)
            case model.Unary("-", operand):
                low, high = self.of(operand)
                return -high, -low
            case model.Binary(op, left, right):
                return _combined(op, self.of(left), self.of(right))
            case model.Conditional(then, _, otherwise):
                return _hull([self.of(then), self.of(otherwise)])
            case model.Call(function, arguments):
                return _called(function, [self.of(argument) for argument in arguments])
            case _:
                return EVERYTHING

    def _name(self, name: str) -> Interval:
        composite = self._composites.get(name)
        if composite is not None:
            if name in self._asking:
                return EVERYTHING  # composites that depend on each other have been reported
            self._asking.add(name)
            found = self.of(composite.value)
            self._asking.discard(name)
            return found
        variable = self._variables.get(name)
        if variable is None:
            return EVERYTHING
        domains = (variable.domain, *(branch.domain for branch in variable.branches))
        return _hull([bounds for domain in domains for bounds in _within(domain)])


def _within(domain: model.Domain) -> list[Interval]:
    if not isinstance(domain, model.OptionsDomain):
        return [(float(domain.low), float(domain.high))]
    return [_exact(option) for option in domain.options if isinstance(option, int | float)]


def _exact(value: float) -> Interval:
    try:
        return float(value), float(value)
    except OverflowError:
        return (math.inf, math.inf) if value > 0 else (-math.inf, -math.inf)


def _hull(intervals: list[Interval]) -> Interval:
    return (min(low for low, _ in intervals), max(high for _, high in intervals)) if intervals else EVERYTHING


def _combined(op: str, left: Interval, right: Interval) -> Interval:
    (a, b), (c, d) = left, right
    match op:
        case "+":
            return _sure(a + c, b + d)
        case "-":
            return _sure(a - d, b - c)
        case "*":
            corners = [_times(x, y) for x in left for y in right]
            return min(corners), max(corners)
        case "/" if c > 0 or d < 0:
            corners = [x / y for x in left for y in right]
            return _sure(min(corners), max(corners))
        case _:
            return EVERYTHING


def _sure(low: float, high: float) -> Interval:
    return EVERYTHING if math.isnan(low) or math.isnan(high) else (low, high)


def _times(x: float, y: float) -> float:
    return x * y if x and y else 0.0


def _called(function: str, given: list[Interval]) -> Interval:
    match function, given:
        case "min", [_, _, *_]:
            return min(low for low, _ in given), min(high for _, high in given)
        case "max", [_, _, *_]:
            return max(low for low, _ in given), max(high for _, high in given)
        case "abs", [(low, high)]:
            least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
            return least, max(abs(low), abs(high))
        case "exp", [(low, _)]:
            return (1.0, math.inf) if low >= 0 else (0.0, math.inf)
        case "sqrt", [(low, high)] if low >= 0:
            return math.sqrt(low), math.sqrt(high)
        case "len", _:
            return 0.0, math.inf
        case _:
            return EVERYTHING
