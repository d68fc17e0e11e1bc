"""The functions of expressions, for the compiler's own evaluation; what they do is said in the runtime.

CALLS["unique"]([1, 2, 1])   ->   [1, 2]

A function without a value for its arguments raises `EvaluationError`. Patterns are those of the language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mlsig import functions
from mlsig.functions import LONGEST, NO_VALUE, NoValue, contains, equal, same
from mlsig.functions import settled as finite

from mlsig_compiler.patterns import anchored

__all__ = ["CALLS", "LONGEST", "EvaluationError", "contains", "equal", "finite", "same"]

EvaluationError = NoValue


def _valued(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Python that says "no value" as the language does."""

    def valued(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except NO_VALUE as error:
            raise EvaluationError(str(error)) from None

    return valued


def _matches(text: str, pattern: str) -> bool:
    return functions.matches(text, anchored(pattern))


CALLS: Final = {
    name: _valued(function) for name, function in {**functions.CALLS, "matches": _matches}.items()
}
