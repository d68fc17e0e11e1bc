"""What a pipeline means, without a graph, a task or a clock: its steps one after the other, over plain data.

Nothing is shared with the compiler or the runtime but the classes of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlsig_compiler import model

from reference.meaning import NoValue, meaning

Function = Callable[..., Any]


class Broken(Exception):
    """A step failed."""


@dataclass
class Meaning:
    """What a run means: the values of steps by path, the paths of those that fail, and what comes out."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    failing: set[str] = field(default_factory=set[str])
    forgiven: set[str] = field(default_factory=set[str])
    result: Any = None


def run(
    pipeline: model.Pipeline,
    given: Mapping[str, Any],
    tools: Mapping[str, Function],
    pipelines: Mapping[str, model.Pipeline],
    path: str,
) -> Meaning:
    """Return what a pipeline means; a step that reads one which failed is not run."""
    found = Meaning()
    names = dict(given)
    for step in pipeline.steps:
        name = step.name or "return"
        if all(read in names for read in step.depends):
            try:
                names[name] = _step(step, names, tools, pipelines, f"{path}.{name}", found)
            except Broken:
                continue
            found.values[f"{path}.{name}"] = names[name]
    found.result = names.get("return")
    return found


def _step(
    step: model.Step,
    names: dict[str, Any],
    tools: Mapping[str, Function],
    pipelines: Mapping[str, model.Pipeline],
    path: str,
    found: Meaning,
) -> Any:
    def once(known: dict[str, Any], at: str) -> Any:
        if step.callee is None:
            return _evaluated(step.value, known, at, found)
        try:
            arguments = {key: meaning(expr, known) for key, expr in step.arguments.items()}
            if step.callee in pipelines:
                inner = run(pipelines[step.callee], arguments, tools, pipelines, at)
                if inner.failing:
                    raise Broken(inner.failing)
                found.forgiven |= inner.forgiven
                return inner.result
            return tools[step.callee](**arguments)
        except Exception as error:
            deep = error.args[0] if isinstance(error, Broken) and error.args else {at}
            if step.on_error == "continue":
                found.forgiven.add(at)
                return None
            found.failing |= deep
            raise Broken from error

    if step.mapped is None:
        return once(names, path)
    mapped = step.mapped
    items = []
    for item in _evaluated(mapped.items, names, path, found):
        known = {**names, mapped.variable: item}
        if mapped.condition is None or _evaluated(mapped.condition, known, path, found):
            items.append(known)
    results = []
    broken = False
    for at, known in enumerate(items):
        try:
            results.append(once(known, path if step.callee is None else f"{path}[{at}]"))
        except Broken:
            broken = True
    if broken:
        raise Broken
    return results


def _evaluated(expr: model.Expr | None, names: dict[str, Any], path: str, found: Meaning) -> Any:
    assert expr is not None
    try:
        return meaning(expr, names)
    except NoValue as error:
        found.failing.add(path)
        raise Broken from error
