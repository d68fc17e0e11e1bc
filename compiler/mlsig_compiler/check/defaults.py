"""The configuration of all defaults: it must be legal, so that everybody can start from it.

constraint c: n < 3      with `var n: int(1..5) = 5`: "the default configuration breaks this rule"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.evaluate import Chosen, EvaluationError, active_branch, evaluate
from mlsig_compiler.resolve.expressions import variables_in

MOST_SHOWN: Final = 8
Own: TypeAlias = Callable[[Any], bool]


def check(
    space: model.Space, served: Mapping[str, model.Provider], own: Own, diagnostics: Diagnostics
) -> None:
    """Report each hard rule that the default configuration breaks; `own` says what is written here."""
    try:
        values = configuration(space, served)
    except EvaluationError:
        return  # a division that may be by 0 has been reported where it stands
    for constraint in space.constraints:
        try:
            holds = evaluate(constraint.condition, values)
        except EvaluationError:
            continue
        if not holds:
            _report(constraint, space, values, own, diagnostics)


def configuration(space: model.Space, served: Mapping[str, model.Provider]) -> dict[str, Any]:
    """Return the default of every variable that is active, null for the others, and every composite.

    Each is chosen by those before it. A model has the figures that its provider declares.

    Raises:
        EvaluationError: A condition or a composite has no value.
    """
    values: dict[str, Any] = {}
    for item in in_order(space):
        if item.active is not None and not evaluate(item.active, values):
            values[item.name] = None
        elif isinstance(item, model.Composite):
            values[item.name] = evaluate(item.value, values)
        else:
            branch = active_branch(item, values)
            value = item.default if branch is None else branch.default
            values[item.name] = _chosen(value, space, values, served) if item.kind == "model" else value
    return values


def in_order(space: model.Space) -> list[model.Variable | model.Composite]:
    """Return variables and composites, each after those that it reads."""
    names = {variable.name for variable in space.variables}
    names |= {composite.name for composite in space.composites}
    found: list[model.Variable | model.Composite] = []
    known: set[str] = set()
    waiting = list(space.composites)
    for variable in (*space.variables, None):
        later: list[model.Composite] = []
        for composite in waiting:
            if known.issuperset(names.intersection(composite.depends)):
                found.append(composite)
                known.add(composite.name)
            else:
                later.append(composite)
        waiting = later
        if variable is not None:
            found.append(variable)
            known.add(variable.name)
    return [*found, *waiting]


def whole(space: model.Space) -> bool:
    """Say whether each item stands after those that it reads, which is so unless they form a circle."""
    before: set[str] = set()
    for item in in_order(space):
        if not before.issuperset(item.depends):
            return False
        before.add(item.name)
    return True


def _chosen(
    name: model.Scalar, space: model.Space, values: Mapping[str, Any], served: Mapping[str, model.Provider]
) -> Any:
    for variable in space.variables:
        provider = served.get(str(values.get(variable.name))) if variable.kind == "provider" else None
        for known in provider.models if provider else ():
            if known.name == name:
                return Chosen.of(known.name, figures(known))
    return name


def figures(known: model.ProviderModel) -> dict[str, Any]:
    """Return what a provider says about a model."""
    found: dict[str, Any] = {
        "context_window": known.context_window,
        "max_output": known.max_output,
        "input_cost": known.input_cost,
        "output_cost": known.output_cost,
        "supports": known.supports,
    }
    return {key: value for key, value in found.items() if value is not None}


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
