"""Configurations of a space, by plain interpretation of the model.

    default_configuration(space) -> {"provider": "local", …}

Generated code says the same in straight lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlsig_compiler import model
from mlsig_compiler.evaluate import Chosen, active_branch, evaluate


def default_configuration(
    space: model.Space, served: Mapping[str, model.Provider] | None = None
) -> dict[str, model.Scalar]:
    """Return the default of every variable that is active by default, each chosen by those before it.

    Args:
        space: The space.
        served: The providers that can be chosen, by name; for the figures of their models.

    Raises:
        EvaluationError: A condition or a composite has no value.
    """
    active = _active(space, served or {})
    found = {variable.name: active[variable.name] for variable in space.variables if variable.name in active}
    return {name: str(value) if isinstance(value, Chosen) else value for name, value in found.items()}


def configuration(space: model.Space, served: Mapping[str, model.Provider]) -> dict[str, Any]:
    """Return the default of every variable that is active, null for the others, and every composite.

    Each is chosen by those before it. A model has the figures that its provider declares.

    Raises:
        EvaluationError: A condition or a composite has no value.
    """
    active = _active(space, served)
    return {item.name: active.get(item.name) for item in in_order(space)}


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


def _active(space: model.Space, served: Mapping[str, model.Provider]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in in_order(space):
        if item.active is not None and not evaluate(item.active, values):
            continue
        if isinstance(item, model.Composite):
            values[item.name] = evaluate(item.value, values)
        else:
            branch = active_branch(item, values)
            value = item.default if branch is None else branch.default
            values[item.name] = _chosen(value, space, values, served) if item.kind == "model" else value
    return values


def _chosen(
    name: model.Scalar, space: model.Space, values: Mapping[str, Any], served: Mapping[str, model.Provider]
) -> Any:
    for variable in space.variables:
        provider = served.get(str(values.get(variable.name))) if variable.kind == "provider" else None
        for known in provider.models if provider else ():
            if known.name == name:
                return Chosen.of(known.name, figures(known))
    return name
