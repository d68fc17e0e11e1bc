"""Overrides that do not fit what is inherited beside them.

composite wide: int = size * 2      is taken from A, and B overrides `size` by strings

A comparison with a value that is not chosen any more is no mistake: it always comes out the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlsig_compiler import model, syntax
from mlsig_compiler.check.expressions import Typing
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve import Origins
from mlsig_compiler.resolve.expressions import variables_in
from mlsig_compiler.resolve.spaces.order import reading
from mlsig_compiler.typecheck.sorts import BOOL, SCALARS, Sorts


def check(space: model.Space, own: Callable[[Any], bool], origins: Origins, diagnostics: Diagnostics) -> None:
    """Type what a space takes from others again where it reads a variable that the space overrides."""
    overriding = {
        variable.name: variable
        for variable in space.variables
        if own(variable) and _overrides(origins.of(variable))
    }
    if not overriding:
        return
    for what, expr, wanted, active in _taken(space, own):
        names = [name for name in variables_in(expr) if name in overriding]
        if not names:
            continue
        trial = Diagnostics(diagnostics.source)
        Typing(space, trial, own).value(expr, wanted, "it", [active])
        for found in trial:
            if found.code == "MLS0510":
                continue
            variable = overriding[names[0]]
            message = f"`{variable.name}`, as it is here, does not fit {what}: {found.message}"
            diagnostics.report("MLS0521", variable.span, message, help="override it so that both make sense")
            break


def _overrides(origin: syntax.Variable) -> bool:
    return origin.override


def _taken(
    space: model.Space, own: Callable[[Any], bool]
) -> list[tuple[str, model.Expr, Sorts, model.Expr | None]]:
    """Return the expressions that a space takes from others: what each is part of, and what it must be."""
    found: list[tuple[str, model.Expr, Sorts, model.Expr | None]] = []
    for variable in space.variables:
        if not own(variable):
            what = f"the conditions of `{variable.name}`"
            found += [(what, expr, BOOL, None) for expr in reading(variable) if expr is not None]
    for composite in space.composites:
        if not own(composite):
            what = f"the composite `{composite.name}`"
            found.append((what, composite.value, SCALARS[composite.type], composite.active))
    for rule in space.constraints:
        if not own(rule):
            found.append((f"the constraint `{rule.name}` ({rule.text})", rule.condition, BOOL, None))
    for wish in space.preferences:
        if not own(wish):
            found.append((f"`prefer` ({wish.text})", wish.condition, BOOL, None))
    return found
