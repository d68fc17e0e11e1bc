"""What a configuration means for a call, as straight-line code.

    CallSettings(provider=config.provider, …, knobs=(Knob("tone", config.tone, "how it sounds"),))

Variables and composites with the names of parameters set these; every other variable is told to the model,
while it is active. An input that varies is neither: the configuration gives it its value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.model import Composite, Scalar, Space, Variable
from mlsig_compiler.plan import domains
from mlsig_compiler.plan.layout import Atom, Expression, Prefixed, Suffixed, Text, call, tuple_of
from mlsig_compiler.plan.names import Names

STANDARD: Final = (
    "provider",
    "model",
    "adapter",
    "reasoning",
    "structured",
    "temperature",
    "top_p",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "instructions",
    "demos",
    "demo_layout",
    "max_hops",
    "max_tries",
    "samples",
)
# What a call has where the configuration says nothing: the defaults of `CallSettings` that are not None.
DEFAULTS: Final[Mapping[str, Scalar]] = {
    "adapter": "Chat",
    "reasoning": "Predict",
    "structured": True,
    "demo_layout": "turns",
    "max_hops": 8,
    "max_tries": 3,
    "samples": 5,
}


def settings(
    space: Space,
    fixed: Mapping[str, Scalar],
    told: Mapping[str, str],
    inputs: Collection[str],
    names: Names,
) -> Expression:
    """Return the settings that a configuration of a space means.

    Args:
        space: The space.
        fixed: What does not vary in it, with the values that they have.
        told: The descriptions of everything that is told to the model, by name.
        inputs: Names of inputs that vary.
        names: The names of the module.
    """
    variables = {variable.name: variable for variable in space.variables}
    composites = {composite.name: composite for composite in space.composites}
    keywords: dict[str, Expression] = {}
    for name in STANDARD:
        item = variables.get(name) or composites.get(name)
        if item is not None:
            keywords[name] = _parameter(item)
        elif name in fixed:
            keywords[name] = Atom(literal(fixed[name]))
    knobs: list[Expression] = []
    for name in space.declared:
        if name in variables and name not in STANDARD and name not in inputs:
            knobs.append(_knob(variables[name], told.get(name, ""), names))
    for name, value in fixed.items():
        if name not in STANDARD and name not in inputs:
            knobs.append(_made(name, Atom(literal(value)), told.get(name, ""), names))
    if knobs:
        keywords["knobs"] = tuple_of(knobs)
    return call(names("CallSettings"), keywords=keywords)


def _parameter(item: Variable | Composite) -> Expression:
    """Return the value of a parameter, or the default of the call while it is not active."""
    value = f"config.{identifier(item.name)}"
    default = literal(DEFAULTS.get(item.name))
    if item.active is None or default == "None":
        return Atom(value)
    return Atom(f"{default} if {value} is None else {value}")


def _knob(variable: Variable, description: str, names: Names) -> Expression:
    value = f"config.{identifier(variable.name)}"
    made = _made(variable.name, Atom(value), description, names)
    if variable.active is None:
        return made
    absent = f"{value} is None"
    if domains.unset(variable):
        absent = f"{names('isinstance')}({value}, {names('UnsetType')})"
    return Prefixed(f"*(() if {absent} else ", Suffixed(tuple_of([made]), ")"))


def _made(name: str, value: Expression, description: str, names: Names) -> Expression:
    return call(names("Knob"), Text(name), value, *((Text(description),) if description else ()))
