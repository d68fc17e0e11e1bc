"""The types of expressions, for every place that has them.

    env = Environment(names={"n": INT}, fields=scope.fields, enum=scope.enum)
    infer(n + 1 > 2, env, diagnostics)            ->   {bool}
    expect(n + 1, BOOL, "a condition", env, …)    reports that a condition is true or false

`resolve.expressions` has bound the names before; this says what the values can be, and what has none.
"""

from __future__ import annotations

from mlsig_compiler.typecheck.infer import expect, infer
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    FLOAT,
    INT,
    JSON,
    NULL,
    NUMBER,
    STR,
    UNKNOWN,
    Environment,
    Sorts,
    assignable,
    shape,
    sorts_of,
)

__all__ = [
    "BOOL", "FLOAT", "INT", "JSON", "NULL", "NUMBER", "STR", "UNKNOWN", "Environment", "Sorts", "assignable",
    "expect", "infer", "shape", "sorts_of",
]  # fmt: skip
