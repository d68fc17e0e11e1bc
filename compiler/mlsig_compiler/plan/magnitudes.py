"""How large a number can be: what stays far below the largest float needs no test that it is finite.

bounded(len(text) * 2 + 1, fields)   ->   True        bounded(n * n, {n: int})   ->   False
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.plan.types import FLOATS, bounds

_MOST: Final = 1e300
_LENGTH: Final = float(2**63)
_SAME: Final = frozenset({"abs", "round", "floor", "ceil"})


def bounded(expr: model.Expr, fields: Mapping[str, model.Field]) -> bool:
    """Say whether a number, and all numbers on the way to it, stay below the largest float."""
    found = _magnitude(expr, fields)
    return found is not None and found < _MOST


def _magnitude(expr: model.Expr, fields: Mapping[str, model.Field]) -> float | None:
    """Return what a number never exceeds in either direction; None where that is not known."""
    match expr:
        case model.Constant(int() | float() as value):
            return float(abs(value)) if abs(value) < _MOST else None
        case model.Call("len", _):
            return _LENGTH
        case model.Call(name, (operand, *_)) if name in _SAME:
            inner = _magnitude(operand, fields)
            return None if inner is None else inner + 1
        case model.Unary("-", operand):
            return _magnitude(operand, fields)
        case model.VariableRef(name) if name in fields:
            return _field(fields[name].type)
        case model.Binary(op, left, right):
            one, other = _magnitude(left, fields), _magnitude(right, fields)
            if op == "%":
                return other
            if one is None or other is None:
                return None
            return _made(op, one, other, right)
        case _:
            return None


def _made(op: str, one: float, other: float, right: model.Expr) -> float | None:
    if op in ("+", "-"):
        return one + other
    if op == "*":
        return one * other
    value = right.value if isinstance(right, model.Constant) else 0
    return one / abs(value) + 1 if isinstance(value, int | float) and value else None


def _field(type_: model.Type) -> float | None:
    if not isinstance(type_, model.ScalarType) or type_.name not in FLOATS | {"int"}:
        return None
    says = bounds(type_)
    low, high = says.get("ge", says.get("gt")), says.get("le", says.get("lt"))
    if type_.name == "probability":
        low, high = low if low is not None else 0.0, high if high is not None else 1.0
    if low is None or high is None:
        return None
    found = max(abs(low), abs(high))
    return float(found) if found < _MOST else None
