"""Which arithmetic of a space can leave the floats, and which expressions can have no value at all.

n * n   with `n: int(1..5)`   ->   never          exp(n), log(n)   ->   perhaps
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import model
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.walking import walk

_MOST: Final = 1e300
# Functions that have a value whatever they are given.
_TOTAL: Final = frozenset(
    {
        *("abs", "len", "lower", "upper", "strip", "startswith", "endswith", "contains", "matches", "split"),
        *("any", "all", "sorted", "unique"),
    }
)
_ROUNDING: Final = frozenset({"round", "floor", "ceil"})


def overflows(expr: model.Binary, intervals: Intervals) -> bool:
    """Say whether arithmetic may give a number beyond every float.

    Figures of models are left alone: no limit is infinite, and half of it as well.
    """
    if expr.op == "%" or intervals.has_figure(expr):
        return False
    left, right = _most(expr.left, intervals), _most(expr.right, intervals)
    if expr.op in ("+", "-"):
        return left + right > _MOST
    if expr.op == "*":
        return left * right > _MOST
    low, high = intervals.of(expr.right)
    least = low if low > 0 else -high if high < 0 else 0.0
    return not least or left / least > _MOST


def _most(expr: model.Expr, intervals: Intervals) -> float:
    low, high = intervals.of(expr)
    if isinstance(expr, model.Binary) and expr.op == "%":
        return _most(expr.right, intervals)
    if isinstance(expr, model.Binary) and expr.op == "//" and not overflows(expr, intervals):
        return _MOST
    return max(abs(low), abs(high))


def fallible(expr: model.Expr, intervals: Intervals) -> bool:
    """Say whether an expression may have no value."""
    for node in walk(expr):
        match node:
            case model.Index():
                return True
            case model.Binary() if overflows(node, intervals):
                return True
            case model.Call(name, (model.ListOf(),)) if name in ("min", "max", "mean"):
                return True
            case model.Call(name, arguments) if name in ("min", "max") and len(arguments) > 1:
                continue
            case model.Call("sqrt", (operand,)) if intervals.of(operand)[0] >= 0:
                continue
            case model.Call("log", (operand,)) if intervals.of(operand)[0] > 0:
                continue
            case model.Call(name, (operand, *_)) if name in _ROUNDING and not intervals.has_figure(operand):
                continue
            case model.Call(name) if name not in _TOTAL:
                return True
            case _:
                continue
    return False
