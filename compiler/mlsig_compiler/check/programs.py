"""Programs: the variables that their space must have, and what they aim at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.findings.nearest import correction, listed, suggestion
from mlsig_compiler.resolve import Origins, Resolved
from mlsig_compiler.resolve.spaces.options import ADAPTERS, REASONING
from mlsig_compiler.source import Span

MEASURED: Final = ("cost", "latency")
OUTCOMES: Final = (*MEASURED, "quality")

# Names with a meaning: a variable of this name sets a parameter of the call, and must have this kind.
STANDARD: Final[dict[str, model.VariableKind]] = {
    "provider": "provider",
    "model": "model",
    "adapter": "module",
    "reasoning": "module",
    "structured": "bool",
    "temperature": "float",
    "top_p": "float",
    "frequency_penalty": "float",
    "presence_penalty": "float",
    "max_tokens": "int",
    "instructions": "choice",
    "demos": "int",
    "demo_layout": "choice",
    "max_hops": "int",
    "max_tries": "int",
    "samples": "int",
}
OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "adapter": ADAPTERS,
    "reasoning": REASONING,
    "demo_layout": ("turns", "block"),
}
LIMITS: Final[dict[str, tuple[float, float]]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "max_tokens": (1, 2**31),
    "demos": (0, 2**31),
    "max_hops": (1, 100),
    "max_tries": (1, 20),
    "samples": (1, 100),
}


def check(
    node: model.Program, space: model.Space | None, resolved: Resolved, diagnostics: Diagnostics
) -> None:
    """Report what a program lacks or aims at in vain."""
    origin: syntax.Program = resolved.origins.of(node)
    if space is not None:
        _check_variables(node, space, resolved, diagnostics)
    _check_objectives(node, origin.broken, diagnostics)


def check_pipeline(node: model.Pipeline, resolved: Resolved, diagnostics: Diagnostics) -> None:
    """Report what a pipeline aims at in vain."""
    origin: syntax.Pipeline = resolved.origins.of(node)
    _check_objectives(node, origin.broken, diagnostics)


def _check_variables(
    node: model.Program, space: model.Space, resolved: Resolved, diagnostics: Diagnostics
) -> None:
    origins = resolved.origins
    labels = (Label(space.span, "this space"),) if origins.knows(space) else ()
    origin = origins.of(space) if origins.knows(space) else None
    broken = isinstance(origin, syntax.Space) and (origin.broken or origin.head.broken)
    if not broken and space.name not in resolved.exports.poisoned:
        needed = {"provider": "var provider: provider(…)", "model": "var model: model(provider)"}
        missing = [name for name in needed if name not in space.declared]
        if missing:
            names = " and no variable ".join(f"`{name}`" for name in missing)
            diagnostics.report(
                "MLS0602",
                node.span,
                f"the space of program `{node.name}` has no variable {names} to say whom to call",
                labels=labels,
                help=f"add {' and '.join(f'`{needed[name]}`' for name in missing)} to space `{space.name}`",
            )
        sometimes = [v.name for v in space.variables if v.name in needed and v.active is not None]
        if sometimes:
            message = (
                f"`{sometimes[0]}` is not always active in space `{space.name}`, so nobody might be called"
            )
            help = "declare it outside of every `when` group"
            diagnostics.report("MLS0602", node.span, message, labels=labels, help=help)
    outcomes = {*OUTCOMES, *(metric.name for metric in node.metrics)}
    for variable in space.variables:
        check_standard(variable, origins, diagnostics, node.span, outcomes)
    for composite in space.composites:
        _check_composite(composite, origins, diagnostics, node.span)


def check_standard(
    variable: model.Variable,
    origins: Origins,
    diagnostics: Diagnostics,
    elsewhere: Span | None = None,
    outcomes: Collection[str] = OUTCOMES,
) -> None:
    """Report a variable that has the name of a standard one, and a kind or values that it cannot have.

    Report one as well that has the name of an outcome, which is measured. What is written in another file is
    reported `elsewhere`, at the program whose space has it.
    """
    if variable.name in outcomes:
        span = variable.span if origins.knows(variable) or elsewhere is None else elsewhere
        message = f"`{variable.name}` is an outcome, which is measured: it cannot be chosen"
        help = f"a program says `maximize {variable.name}` or `minimize`; a variable needs another name"
        diagnostics.report("MLS0514", span, message, help=help)
        return
    wanted = STANDARD.get(variable.name)
    if wanted is None:
        return
    if origins.knows(variable):
        origin: syntax.Variable = origins.of(variable)
        span = origin.type.span
    else:
        span = elsewhere or variable.span
    if variable.kind != wanted:
        diagnostics.report(
            "MLS0514",
            span,
            f"`{variable.name}` sets a parameter of the call, so it must be of the kind `{wanted}`",
            help="give it another name if the model should only be told about it",
        )
        return
    if isinstance(variable.domain, model.OptionsDomain):
        known = OPTIONS.get(variable.name)
        for option in variable.domain.options:
            own = variable.kind == "module" and ":" in str(option)  # a class of the user's
            if known and option not in known and not own:
                help = suggestion(str(option), known) or f"there are {listed(known)}"
                message = f"`{variable.name}` cannot be `{option}`"
                diagnostics.report("MLS0514", span, message, help=help)
            elif variable.name == "instructions" and not isinstance(option, str):
                diagnostics.report("MLS0514", span, "instructions are strings")
        return
    low, high = LIMITS[variable.name]
    if variable.domain.low < low or variable.domain.high > high:
        shown = f"{low:g} or more" if high == 2**31 else f"from {low:g} to {high:g}"
        message = f"`{variable.name}` is a parameter of the call, {shown}"
        diagnostics.report("MLS0514", span, message)


def _check_composite(
    composite: model.Composite, origins: Origins, diagnostics: Diagnostics, elsewhere: Span
) -> None:
    """Report a composite that has the name of a parameter of the call, and cannot set it."""
    wanted = STANDARD.get(composite.name)
    if wanted is None or composite.type == ("str" if composite.name == "instructions" else wanted):
        return
    span = composite.span if origins.knows(composite) else elsewhere
    message = f"`{composite.name}` sets a parameter of the call, and cannot be a composite of the type"
    message = f"{message} `{composite.type}`"
    diagnostics.report("MLS0514", span, message, help="give it another name")


def check_field(field: model.Field, text: str, diagnostics: Diagnostics) -> None:
    """Report a field that varies and has the name of a parameter of the call, where it is written."""
    if field.variable and field.name in STANDARD and text[slice(*field.span)] == field.name:
        message = f"a field called `{field.name}` cannot be varied: that name sets a parameter of the call"
        diagnostics.report("MLS0514", field.span, message, help="give the field another name")


def _check_objectives(node: model.Program | model.Pipeline, broken: bool, diagnostics: Diagnostics) -> None:
    kind = type(node).__name__.lower()
    metrics = [metric.name for metric in node.metrics]
    first: dict[str, model.Objective] = {}
    for objective in node.objectives:
        known = (*metrics, *MEASURED)
        if objective.name not in known and not broken:
            more = f'add `metric {objective.name} = python("…")`'
            lead = correction(objective.name, objective.span, known, more)
            message = f"`{objective.name}` is neither a metric of this {kind} nor `cost` or `latency`"
            diagnostics.report("MLS0603", objective.span, message, **lead)
        earlier = first.setdefault(objective.name, objective)
        if earlier is not objective:
            labels = (Label(earlier.span, "first declared here"),)
            diagnostics.report(
                "MLS0310", objective.span, f"objective `{objective.name}` is declared twice", labels=labels
            )
