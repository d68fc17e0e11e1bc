"""The configuration of all defaults: it must be legal, so that everybody can start from it.

constraint c: n < 3      with `var n: int(1..5) = 5`: "the default configuration breaks this rule"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.configurations import configuration, in_order
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.evaluate import EvaluationError, evaluate
from mlsig_compiler.resolve.expressions import variables_in

MOST_SHOWN: Final = 8
Own: TypeAlias = Callable[[Any], bool]


def check(
    space: model.Space, served: Mapping[str, model.Provider], own: Own, diagnostics: Diagnostics
) -> None:
    """Report each hard rule that the default configuration breaks; `own` says what is written here."""
    try:
        values = configuration(space, served)
    except EvaluationError as error:
        message = f"an expression has no value for the default configuration of `{space.name}`"
        help = "change a default, or say in the expression what is meant where there is no value"
        diagnostics.report("MLS0512", space.span, message, label=str(error), help=help)
        return
    for constraint in space.constraints:
        try:
            holds = evaluate(constraint.condition, values)
        except EvaluationError:
            holds = False
        if not holds:
            _report(constraint, space, values, own, diagnostics)


def whole(space: model.Space) -> bool:
    """Say whether each item stands after those that it reads, which is so unless they form a circle."""
    before: set[str] = set()
    for item in in_order(space):
        if not before.issuperset(item.depends):
            return False
        before.add(item.name)
    return True


def _report(
    constraint: model.Constraint,
    space: model.Space,
    values: Mapping[str, Any],
    own: Own,
    diagnostics: Diagnostics,
) -> None:
    reads = [name for name in values if name in variables_in(constraint.condition)]
    shown = ", ".join(f"{name} = {json.dumps(values[name], ensure_ascii=False)}" for name in reads)
    label = f"by default, {shown}" if shown else ""
    help = "change a default, so that nobody starts from a configuration that is not allowed"
    if own(constraint):
        known = [item for item in in_order(space) if own(item)]
        labels = tuple(Label(item.span, "declared here") for item in known if item.name in reads)
        message = "the default configuration breaks this rule"
        diagnostics.report(
            "MLS0512", constraint.span, message, label=label, labels=labels[:MOST_SHOWN], help=help
        )
        return
    message = f"the default configuration of `{space.name}` breaks a rule that it takes from another space"
    label = f"{constraint.text}: {label}" if label else constraint.text
    diagnostics.report("MLS0512", space.span, message, label=label, help=help)
