"""What expressions mean: the value of one over plain data, read off the language's page.

Records and maps are dicts, members of enums their names. Nothing is shared with the compiler or the runtime
but the classes of the model.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from mlsig_compiler import model

PATTERNS: dict[str, Callable[[str], bool]] = {
    "^[a-z]+ \\d$": lambda text: (
        len(text) > 2
        and text[-1].isdecimal()
        and text[-2] == " "
        and all("a" <= char <= "z" for char in text[:-2])
    ),
}
"""What each pattern that expressions use means, in words that no regular expression can get wrong."""


class NoValue(Exception):
    """The expression has no value for this data."""


def meaning(expr: model.Expr, names: dict[str, Any]) -> Any:
    """Return the value of a well-typed expression."""
    try:
        return _value(expr, names)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        raise NoValue(str(error)) from None


def same(left: Any, right: Any) -> bool:
    """Say whether two values are equal as JSON: true is not 1, 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def _value(expr: model.Expr, names: dict[str, Any]) -> Any:
    match expr:
        case model.Constant(model.EnumMember(_, name)):
            return name
        case model.Constant(value):
            return value
        case model.VariableRef(name):
            return names[name]
        case model.Unary(op, operand):
            value = _value(operand, names)
            return not value if op == "not" else -value
        case model.Binary(op, left, right):
            return _number(ARITHMETIC[op](_value(left, names), _value(right, names)))
        case model.Comparison(first, rest):
            left = _value(first, names)
            for op, operand in rest:
                right = _value(operand, names)
                if not COMPARISONS[op](left, right):
                    return False
                left = right
            return True
        case model.BoolOp(op, operands):
            for operand in operands:
                value = bool(_value(operand, names))
                if value == (op == "or"):
                    break
            return value
        case model.Conditional(then, condition, otherwise):
            return _value(then if _value(condition, names) else otherwise, names)
        case model.ListOf(items):
            return [_value(item, names) for item in items]
        case model.Attribute(operand, name):
            return _value(operand, names)[name]
        case model.Index(operand, key):
            return _value(operand, names)[_value(key, names)]
        case model.Call(("any" | "all") as function, (model.Each() as each,)):
            for item in _value(each.items, names):
                inside = {**names, each.variable: item}
                if each.condition is not None and not _value(each.condition, inside):
                    continue
                if bool(_value(each.element, inside)) == (function == "any"):
                    return function == "any"
            return function == "all"
        case model.Call(function, arguments):
            return _number(FUNCTIONS[function](*(_value(argument, names) for argument in arguments)))
        case _:
            raise AssertionError(expr)


def _number(value: Any) -> Any:
    """Return what was computed, unless it is beyond every float."""
    beyond = not math.isfinite(value) if isinstance(value, float) else False
    if beyond or (isinstance(value, int) and value.bit_length() > 1024):
        raise NoValue("beyond every float")
    return value


def _within(part: Any, whole: Any) -> bool:
    return part in whole if isinstance(whole, str) else any(same(part, item) for item in whole)


def _unique(items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not _within(item, kept):
            kept.append(item)
    return kept


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": _within,
    "not in": lambda left, right: not _within(left, right),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "min": min,
    "max": max,
    "sum": sum,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
    "matches": lambda text, pattern: PATTERNS[pattern](text),
    "split": str.split,
    "join": lambda texts, separator: separator.join(texts),
    "sorted": sorted,
    "unique": _unique,
    "norm": lambda numbers: math.hypot(*numbers),
    "mean": lambda numbers: sum(numbers) / len(numbers),
}
