"""The sorts of an expression, and what is wrong inside it.

infer(text + 1)   reports that `+` adds two numbers or joins two strings
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.typecheck.sorts import Environment, Sorts


def infer(expr: model.Expr, env: Environment, diagnostics: Diagnostics) -> Sorts | None:
    """Return what the value of an expression can be, None where that is unknown; report what is wrong inside."""
    del expr, env, diagnostics
    return None


def expect(expr: model.Expr, wanted: Sorts, what: str, env: Environment, diagnostics: Diagnostics) -> None:
    """Report an expression whose value is not one that is wanted; `what` is "a condition", "`retry`"."""
    del wanted, what
    infer(expr, env, diagnostics)
