"""The meaning of expressions and of a space's default, by plain interpretation of the model.

    evaluate(condition, {"provider": "local", "temperature": 0.7}) -> True
    default_configuration(space) -> {"provider": "local", …}

Generated code says the same in straight lines; this is what it is compared with.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from mlsig_compiler import model

Configuration: TypeAlias = Mapping[str, model.Scalar]

ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}


def equal(left: Any, right: Any) -> bool:
    """Compare as the language does: 1 equals 1.0, and true equals only true."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: any(equal(left, item) for item in right),
    "not in": lambda left, right: not any(equal(left, item) for item in right),
}


class EvaluationError(Exception):
    """An expression has no value: a division by 0, or a number beyond every float."""


def evaluate(expr: model.Expr, values: Configuration) -> Any:
    """Return the value of a well-typed expression.

    Raises:
        EvaluationError: It has none for these values.
    """
    match expr:
        case model.Constant(value, _):
            return value
        case model.VariableRef(name, _):
            return values[name]
        case model.Unary("not", operand, _):
            return not evaluate(operand, values)
        case model.Unary(_, operand, _):
            return -evaluate(operand, values)
        case model.Binary(op, left, right, _):
            try:
                return ARITHMETIC[op](evaluate(left, values), evaluate(right, values))
            except (ZeroDivisionError, OverflowError) as error:
                raise EvaluationError(str(error)) from None
        case model.Comparison(first, rest, _):
            return _chain(first, rest, values)
        case model.BoolOp("and", operands, _):
            return all(evaluate(operand, values) for operand in operands)
        case model.BoolOp(_, operands, _):
            return any(evaluate(operand, values) for operand in operands)
        case model.ListOf(items, _):
            return [evaluate(item, values) for item in items]


def _chain(first: model.Expr, rest: Iterable[tuple[str, model.Expr]], values: Configuration) -> bool:
    left = evaluate(first, values)
    for op, operand in rest:
        right = evaluate(operand, values)
        if not COMPARISONS[op](left, right):
            return False
        left = right
    return True


def active_branch(variable: model.Variable, values: Configuration) -> model.Branch | None:
    """Return the first branch whose condition holds, or None when the variable's own domain does.

    Raises:
        EvaluationError: A condition has no value.
    """
    for branch in variable.branches:
        if branch.condition is None or evaluate(branch.condition, values):
            return branch
    return None


def default_configuration(space: model.Space) -> dict[str, model.Scalar]:
    """Return the default of every variable, each from the branch that the defaults before it choose.

    Raises:
        EvaluationError: A condition has no value.
    """
    values: dict[str, model.Scalar] = {}
    for variable in space.variables:
        branch = active_branch(variable, values)
        values[variable.name] = variable.default if branch is None else branch.default
    return values
