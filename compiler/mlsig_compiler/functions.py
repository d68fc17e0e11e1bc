"""The functions of expressions, for the compiler's own evaluation; what they do is said in the runtime.

CALLS["unique"]([1, 2, 1])   ->   [1, 2]

A function without a value for its arguments raises `EvaluationError`. Numbers stay finite and
texts bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from mlsig.functions import (
    LONGEST,
    MOST_BITS,
    NO_VALUE,
    NoValue,
    contains,
    equal,
    join,
    matches,
    mean,
    norm,
    numbers,
    rounded,
    same,
    unique,
)

from mlsig_compiler.patterns import anchored

__all__ = ["CALLS", "LONGEST", "EvaluationError", "contains", "equal", "finite", "same"]

EvaluationError = NoValue


def finite(value: Any, of: tuple[Any, ...] = ()) -> Any:
    """Return a value that is no number beyond every float, unless it was made `of` one, and no endless text.

    Raises:
        EvaluationError: It is.
    """
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value) or not any(isinstance(x, float) and math.isinf(x) for x in of):
            raise EvaluationError("the number is beyond every float")
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise EvaluationError("the number is beyond every float")
    elif isinstance(value, str) and len(value) > LONGEST:
        raise EvaluationError("the text is too long")
    return value


def _valued(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Python that says "no value" as the language does."""

    def valued(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except NO_VALUE as error:
            raise EvaluationError(str(error)) from None

    return valued


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def extreme(first: Any, *more: Any) -> Any:
        return choose(list(numbers((first, *more) if more else first)))

    return extreme


def _sum(value: Any) -> float:
    return sum(numbers(value))


def _part(text: str, part: str) -> bool:
    return part in text


def _round(x: Any, digits: int | None = None) -> Any:
    return round(x) if digits is None else rounded(x, digits)


def _matches(text: str, pattern: str) -> bool:
    return matches(text, anchored(pattern))


_PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "len": len,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "abs": abs,
    "round": _round,
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
    "contains": _part,
    "matches": _matches,
    "split": str.split,
    "join": join,
    "sorted": sorted,
    "unique": unique,
    "norm": norm,
    "mean": mean,
}
CALLS: Final = {name: _valued(function) for name, function in _PLAIN.items()}
