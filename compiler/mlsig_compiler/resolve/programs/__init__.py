"""Programs: a signature, a space, tools, and what to judge candidates by.

program QA { signature: Answer  space: Tuning  tools: [search]  metric accuracy = python("qa:exact") }
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.resolve import annotated
from mlsig_compiler.resolve.python import python_ref
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

NEEDED: Final = ("signature", "space")
SETTINGS: Final = (*NEEDED, "tools")
PLACES: Final[dict[type, str]] = {
    syntax.Setting: "setting",
    syntax.Metric: "metric",
    syntax.Objective: "objective",
}


def read(node: syntax.Program, scope: Scope) -> model.Program | None:
    """Return a program, or None when its signature or space is not known."""
    annotated.read(node.annotations, "program", scope)
    name = node.head.name
    parts = _parts(node, scope)
    metrics, objectives = aims(node.members, scope)
    given = {member.name.text for member in node.members if isinstance(member, syntax.Setting)}
    missing = [part for part in NEEDED if part not in parts]
    # an unknown setting is probably one of these misspelt
    if missing and not node.broken and given <= set(SETTINGS):
        message = f"program `{name.text}` has no {' and no '.join(f'`{part}`' for part in missing)}"
        help = f"add {' and '.join(f'`{part}: …`' for part in missing)}"
        scope.report("MLS0601", name.span, message, help=help)
    tools = _tools(parts.pop("tools", None), scope)
    found = {part: _named(part, value, scope) for part, value in parts.items()}
    signature, space = found.get("signature"), found.get("space")
    if signature is None or space is None:
        return None
    made = model.Program(
        name=name.text,
        signature=signature,
        space=space,
        metrics=metrics,
        objectives=objectives,
        tools=tools,
        description=text(node.head.description),
        span=name.span,
    )
    scope.origins.put(made, node)
    return made


def aims(
    members: Iterable[syntax.Setting | syntax.Metric | syntax.Objective], scope: Scope
) -> tuple[tuple[model.Metric, ...], tuple[model.Objective, ...]]:
    """Return what a program or pipeline is judged by; settings are left to others."""
    metrics: list[model.Metric] = []
    objectives: list[model.Objective] = []
    for member in members:
        annotated.read(member.annotations, PLACES[type(member)], scope)
        if isinstance(member, syntax.Metric):
            metric = _metric(member, metrics, scope)
            if metric:
                metrics.append(metric)
        elif isinstance(member, syntax.Objective):
            objectives.append(_objective(member, scope))
    return tuple(metrics), tuple(objectives)


def _parts(node: syntax.Program, scope: Scope) -> dict[str, syntax.Value]:
    found: dict[str, syntax.Value] = {}
    first: dict[str, Span] = {}
    for member in node.members:
        if not isinstance(member, syntax.Setting):
            continue
        name, value = member.name, member.value
        if name.text not in SETTINGS:
            lead = correction(name.text, name.span, SETTINGS, f"it has {listed(SETTINGS)}")
            scope.report("MLS0306", name.span, f"a program has no setting `{name.text}`", **lead)
        elif name.text in found:
            scope.twice(name, first[name.text], f"`{name.text}`")
        else:
            found[name.text] = value
            first[name.text] = name.span
    return found


def _named(part: str, value: syntax.Value, scope: Scope) -> str | None:
    if not isinstance(value, syntax.Reference) or len(value.path) != 1:
        scope.report("MLS0304", value.span, f"the name of a {part} is needed here")
        return None
    if scope.kind(value.path[0]) != part:
        scope.wrong_kind(value.path[0], value.span, part)
        return None
    return value.path[0]


def _tools(value: syntax.Value | None, scope: Scope) -> tuple[str, ...]:
    """Return the names of the tools in a list, without those that are none."""
    if value is None:
        return ()
    if not isinstance(value, syntax.ListValue):
        listing = f"[{scope.written(value.span)}]" if isinstance(value, syntax.Reference) else ""
        scope.report(
            "MLS0304",
            value.span,
            "a list of the names of tools is needed here",
            help=f"write `{listing}`" if listing else "",
            fix=replacing(value.span, listing) if listing else None,
        )
        return ()
    first: dict[str, Span] = {}
    for item in value.items:
        name = _named("tool", item, scope)
        if name in first:
            labels = (Label(first[name], "first listed here"),)
            scope.report("MLS0407", item.span, f"tool `{name}` is listed twice", labels=labels)
        elif name is not None:
            first[name] = item.span
    return tuple(first)


def _metric(member: syntax.Metric, earlier: list[model.Metric], scope: Scope) -> model.Metric | None:
    name = member.name
    python = python_ref(member.value, scope)
    for other in earlier:
        if other.name == name.text:
            scope.twice(name, other.span, f"metric `{name.text}`")
            return None
    return model.Metric(name=name.text, python=python, description=text(member.description), span=name.span)


def _objective(member: syntax.Objective, scope: Scope) -> model.Objective:
    weight = member.weight.value if member.weight else 1.0
    number = float(weight) if isinstance(weight, int | float) else 0.0
    if member.weight and number <= 0:
        scope.report("MLS0604", member.weight.span, "a weight must be greater than 0")
    return model.Objective(
        name=member.name.text, direction=member.direction, weight=number, span=member.name.span
    )
