"""Which paths a type checker knows not to be null, from conditions as they are written in Python.

    after(note != null and flag, {}, True)   ->   {("note",)}

The language learns more from a condition than type checkers do; this is what they follow without help.
"""

from __future__ import annotations

from typing import TypeAlias

from mlsig_compiler import model
from mlsig_compiler.typecheck.narrowing import Path, path_of

Proven: TypeAlias = frozenset[Path]


def after(condition: model.Expr, proven: Proven, truth: bool) -> Proven:
    """Return the paths that are proven where a condition is true, or false."""
    return proven | _learned(condition, truth)


def _learned(condition: model.Expr, truth: bool) -> Proven:
    match condition:
        case model.Unary("not", operand):
            return _learned(operand, not truth)
        case model.BoolOp(op, operands):
            found = [_learned(operand, truth) for operand in operands]
            if (op == "and") == truth:
                return frozenset[Path]().union(*found)
            return found[0].intersection(*found[1:])
        case model.Comparison(left, (("==" | "!=" as op, right),)) if (op == "!=") == truth:
            for one, other in ((left, right), (right, left)):
                path = path_of(one)
                if isinstance(other, model.Constant) and other.value is None and path is not None:
                    return frozenset({path})
            return frozenset()
        case _:
            return frozenset()
