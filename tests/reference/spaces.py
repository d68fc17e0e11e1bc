"""What a space means, slowly and obviously, straight from the model; shares nothing with the generated code.

legal(space, values) -> the values as they are stored, or None
distribution(space)  -> every legal configuration of a finite space with its exact prior, given legality
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from mlsig_compiler.model import (
    Binary,
    BoolOp,
    Comparison,
    Constant,
    Domain,
    Expr,
    FloatDomain,
    IntDomain,
    ListOf,
    OptionsDomain,
    Scalar,
    Space,
    Unary,
    Variable,
    VariableRef,
)


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    match expr:
        case Constant(value):
            return value
        case VariableRef(name):
            return values[name]
        case ListOf(items):
            return [evaluate(item, values) for item in items]
        case Unary("not", operand):
            return not evaluate(operand, values)
        case Unary("-", operand):
            return -evaluate(operand, values)
        case Binary(op, left, right):
            a, b = evaluate(left, values), evaluate(right, values)
            match op:
                case "+":
                    return a + b
                case "-":
                    return a - b
                case "*":
                    return a * b
                case "/":
                    return a / b
                case "//":
                    return a // b
                case "%":
                    return a % b
        case BoolOp("and", operands):
            return all(evaluate(operand, values) for operand in operands)
        case BoolOp("or", operands):
            return any(evaluate(operand, values) for operand in operands)
        case Comparison(first, rest):
            return _chain(first, rest, values)
    raise AssertionError(expr)


def equal(a: Any, b: Any) -> bool:
    """1 is 1.0, and true is only true."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def _chain(first: Expr, rest: Any, values: Mapping[str, Any]) -> bool:
    left = evaluate(first, values)
    for op, operand in rest:
        right = evaluate(operand, values)
        holds = {
            "==": equal,
            "!=": lambda a, b: not equal(a, b),
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
            "in": lambda a, b: any(equal(a, x) for x in b),
            "not in": lambda a, b: not any(equal(a, x) for x in b),
        }[op](left, right)
        if not holds:
            return False
        left = right
    return True


def active(variable: Variable, values: Mapping[str, Any]) -> tuple[Domain, Scalar]:
    for branch in variable.branches:
        if branch.condition is None or evaluate(branch.condition, values):
            return branch.domain, branch.default
    return variable.domain, variable.default


def floats(variable: Variable) -> bool:
    """An int option is a float where another option of the variable is one."""
    domains = [variable.domain, *(branch.domain for branch in variable.branches)]
    return any(
        isinstance(domain, FloatDomain)
        or (isinstance(domain, OptionsDomain) and any(isinstance(option, float) for option in domain.options))
        for domain in domains
    )


def stored(variable: Variable, value: Scalar) -> Scalar:
    if floats(variable) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def grid(domain: FloatDomain | IntDomain) -> list[Any]:
    """Every value of a stepped domain, each the number nearest to its decimal."""
    if isinstance(domain, IntDomain):
        return list(range(domain.low, domain.high + 1, domain.step))
    low, high, step = (Fraction(repr(x)) for x in (domain.low, domain.high, domain.step or 0.0))
    found = []
    while low <= high:
        found.append(float(low))
        low += step
    return found


NO = object()


def accepted(variable: Variable, domain: Domain, value: Any) -> Any:
    """Return the value as it is stored, or NO."""
    if isinstance(domain, FloatDomain):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return NO
        if isinstance(value, float) and not math.isfinite(value):
            return NO
        if not domain.low <= value <= domain.high:  # exact, of an int beyond every float too
            return NO
        return float(value) if domain.step is None or float(value) in grid(domain) else NO
    if isinstance(domain, IntDomain):
        return (
            value if isinstance(value, int) and not isinstance(value, bool) and value in grid(domain) else NO
        )
    for option in (stored(variable, option) for option in domain.options):
        if type(option) is type(value) and option == value:
            return option
        if type(option) is float and type(value) is int and option == value:
            return option
    return NO


def legal(space: Space, values: Mapping[str, Any]) -> dict[str, Any] | None:
    if set(values) != set(space.declared):
        return None
    found: dict[str, Any] = {}
    for variable in space.variables:
        domain, _ = active(variable, found)
        value = accepted(variable, domain, values[variable.name])
        if value is NO:
            return None
        found[variable.name] = value
    if not all(evaluate(constraint.condition, found) for constraint in space.constraints):
        return None
    return {name: found[name] for name in space.declared}


def default(space: Space) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable in space.variables:
        values[variable.name] = stored(variable, active(variable, values)[1])
    return {name: values[name] for name in space.declared}


def prior(variable: Variable, domain: Domain) -> list[tuple[Any, Fraction]]:
    """Return the values of a finite domain with their probabilities."""
    if isinstance(domain, OptionsDomain):
        weights = [Fraction(weight) for weight in domain.weights or [1.0] * len(domain.options)]
        options = [stored(variable, option) for option in domain.options]
        return [(option, weight / sum(weights)) for option, weight in zip(options, weights, strict=True)]
    numbers = grid(domain)
    if not domain.log:
        return [(number, Fraction(1, len(numbers))) for number in numbers]
    with localcontext() as context:
        context.prec = 30
        step = Decimal(repr(domain.step))
        logs = [((Decimal(repr(x)) + step) / Decimal(repr(x))).ln() for x in numbers]
        total = sum(logs)
        return [(number, Fraction(log / total)) for number, log in zip(numbers, logs, strict=True)]


def everything(space: Space) -> list[tuple[dict[str, Any], Fraction]]:
    """Return every combination that domains allow, with its prior, whatever the constraints say."""
    found: list[tuple[dict[str, Any], Fraction]] = [({}, Fraction(1))]
    for variable in space.variables:
        found = [
            ({**values, variable.name: value}, share * chance)
            for values, share in found
            for value, chance in prior(variable, active(variable, values)[0])
        ]
    return found


def distribution(space: Space) -> tuple[list[tuple[dict[str, Any], Fraction]], Fraction]:
    """Return the legal configurations with their probabilities, and the share of the prior that is legal."""
    kept = [
        (values, share)
        for values, share in everything(space)
        if all(evaluate(constraint.condition, values) for constraint in space.constraints)
    ]
    mass = sum((share for _, share in kept), Fraction(0))
    if not mass:
        return [], mass
    return [({name: values[name] for name in space.declared}, share / mass) for values, share in kept], mass
