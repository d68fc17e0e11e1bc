"""What a space means, slowly and obviously, straight from the model; shares nothing with the generated code.

legal(space, values) -> the values as they are stored, or None
distribution(space)  -> every legal configuration of a finite space with its exact prior, given legality
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from mlsig_compiler.model import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Comparison,
    Composite,
    Conditional,
    Constant,
    Domain,
    Each,
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

# What is raised where an expression has no value.
NOTHING = (ArithmeticError, ValueError, LookupError)

FUNCTIONS: dict[str, Any] = {
    "len": len,
    "min": lambda *x: sorted(x if len(x) > 1 else x[0])[0],
    "max": lambda *x: sorted(x if len(x) > 1 else x[0])[-1],
    "sum": lambda x: functools.reduce(lambda a, b: a + b, x, 0),
    "abs": lambda x: -x if x < 0 else x,
    "round": round,
    "floor": lambda x: int(x // 1),
    "ceil": lambda x: -int(-x // 1),
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "lower": lambda text: text.lower(),
    "startswith": lambda text, start: text[: len(start)] == start,
    "contains": lambda text, part: text.find(part) >= 0,
}


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    match expr:
        case Constant(value):
            return value
        case VariableRef(name):
            return values.get(name)  # null, where it is not active
        case Attribute(VariableRef(name), figure):
            return values["figures"][values[name]][figure]
        case Conditional(then, condition, otherwise):
            return evaluate(then if evaluate(condition, values) else otherwise, values)
        case Call("any" | "all" as function, (Each(element, each, items, condition),)):
            places = [{**values, each: item} for item in evaluate(items, values)]
            kept = [place for place in places if condition is None or evaluate(condition, place)]
            return {"any": any, "all": all}[function](evaluate(element, place) for place in kept)
        case Call(function, arguments):
            return FUNCTIONS[function](*(evaluate(argument, values) for argument in arguments))
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


def members(space: Space) -> list[Variable | Composite]:
    """Return variables and composites, each when all that it depends on is there."""
    waiting: list[Variable | Composite] = [*space.composites, *space.variables]
    found: list[Variable | Composite] = []
    while waiting:
        names = {member.name for member in found}
        ready = [member for member in waiting if set(member.depends) <= names]
        found.append(ready[0])
        waiting.remove(ready[0])
    return found


def exists(member: Variable | Composite, values: Mapping[str, Any]) -> bool:
    return member.active is None or bool(evaluate(member.active, values))


def nullable(variable: Variable) -> bool:
    """Whether null is one of the values that a variable can have."""
    domains = [branch.domain for branch in variable.branches]
    if not domains or variable.branches[-1].condition is not None:
        domains.append(variable.domain)
    return any(isinstance(domain, OptionsDomain) and None in domain.options for domain in domains)


def computed(composite: Composite, values: Mapping[str, Any]) -> Any:
    return {"float": float, "int": int, "bool": bool, "str": str}[composite.type](
        evaluate(composite.value, values)
    )


def legal(space: Space, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values as they are stored, composites last; None when they are no legal configuration."""
    every = members(space)
    if not set(values) <= {member.name for member in every}:
        return None
    found: dict[str, Any] = {}
    try:
        for member in every:
            name = member.name
            if not exists(member, found):
                null_is_nothing = isinstance(member, Composite) or not nullable(member)
                if name in values and not (null_is_nothing and values[name] is None):
                    return None
            elif isinstance(member, Composite):
                found[name] = computed(member, found)
                if name in values and not equal(values[name], found[name]):
                    return None
            else:
                value = accepted(member, active(member, found)[0], values[name]) if name in values else NO
                if value is NO:
                    return None
                found[name] = value
        if not all(evaluate(constraint.condition, found) for constraint in space.constraints):
            return None
    except NOTHING:
        return None
    return shown(space, found)


def shown(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values in the order in which they are declared, composites last."""
    names = [*space.declared, *(composite.name for composite in space.composites)]
    return {name: values[name] for name in names if name in values}


def default(space: Space) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for member in members(space):
        if exists(member, values):
            if isinstance(member, Composite):
                values[member.name] = computed(member, values)
            else:
                values[member.name] = stored(member, active(member, values)[1])
    return shown(space, values)


def unmet(space: Space, values: Mapping[str, Any]) -> int:
    """Return how many preferences a configuration does not meet."""
    count = 0
    for preference in space.preferences:
        try:
            count += not evaluate(preference.condition, values)
        except NOTHING:
            count += 1
    return count


def prior(variable: Variable, domain: Domain) -> list[tuple[Any, Fraction]]:
    """Return the values of a finite domain with their probabilities."""
    if isinstance(domain, OptionsDomain):
        weights = [Fraction(weight) for weight in domain.weights or [1.0] * len(domain.options)]
        options = [stored(variable, option) for option in domain.options]
        return [(option, weight / sum(weights)) for option, weight in zip(options, weights, strict=True)]
    numbers = grid(domain)
    if isinstance(domain, FloatDomain) and domain.normal:
        return _normal(domain, numbers)
    if not domain.log:
        return [(number, Fraction(1, len(numbers))) for number in numbers]
    with localcontext() as context:
        context.prec = 30
        step = Decimal(repr(domain.step))
        logs = [((Decimal(repr(x)) + step) / Decimal(repr(x))).ln() for x in numbers]
        total = sum(logs)
        return [(number, Fraction(log / total)) for number, log in zip(numbers, logs, strict=True)]


def _normal(domain: FloatDomain, numbers: list[float]) -> list[tuple[Any, Fraction]]:
    """Each value stands for what is nearest to it: half a step to either side."""
    mean, deviation = domain.normal or (0.0, 1.0)
    half = (domain.step or 0.0) / 2
    # further from the mean than any float can tell, the nearest end has it all
    with localcontext() as context:
        context.prec = 40
        masses = [
            normal_mass((number - half - mean) / deviation, (number + half - mean) / deviation)
            for number in numbers
        ]
    total = sum(masses)
    return [(number, Fraction(mass / total)) for number, mass in zip(numbers, masses, strict=True)]


def normal_mass(low: float, high: float) -> Decimal:
    """Return the chance of a standard normal number between two others, by Simpson's rule."""
    pieces = 200
    width = Decimal(high) - Decimal(low)
    total = Decimal(0)
    for k in range(pieces + 1):
        x = Decimal(low) + width * k / pieces
        factor = 1 if k in (0, pieces) else 4 if k % 2 else 2
        total += factor * (-x * x / 2).exp()
    return total * width / (3 * pieces)


def everything(space: Space) -> list[tuple[dict[str, Any], Fraction]]:
    """Return every combination that domains allow, with its prior, whatever the constraints say.

    Combinations in which a condition or a composite has no value are left out.
    """
    found: list[tuple[dict[str, Any], Fraction]] = [({}, Fraction(1))]
    for member in members(space):
        found = [pair for values, share in found for pair in _extended(member, values, share)]
    return found


def _extended(
    member: Variable | Composite, values: dict[str, Any], share: Fraction
) -> list[tuple[dict[str, Any], Fraction]]:
    try:
        if not exists(member, values):
            return [(values, share)]
        if isinstance(member, Composite):
            return [({**values, member.name: computed(member, values)}, share)]
        domain = active(member, values)[0]
    except NOTHING:
        return []
    return [({**values, member.name: value}, share * chance) for value, chance in prior(member, domain)]


def lawful(space: Space, values: Mapping[str, Any]) -> bool:
    """Tell whether all constraints hold."""
    try:
        return all(evaluate(constraint.condition, values) for constraint in space.constraints)
    except NOTHING:
        return False


def distribution(space: Space) -> tuple[list[tuple[dict[str, Any], Fraction]], Fraction]:
    """Return the legal configurations with their probabilities, and the share of the prior that is legal."""
    kept = [(values, share) for values, share in everything(space) if lawful(space, values)]
    mass = sum((share for _, share in kept), Fraction(0))
    if not mass:
        return [], mass
    return [(shown(space, values), share / mass) for values, share in kept], mass
