"""The order of variables: each after those that its conditions read.

    a reads b, c reads nothing   ->   b, a, c if they were written a, b, c

What does not depend on anything keeps its place in the source.
"""

from __future__ import annotations

import heapq
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope

MOST_CYCLES: Final = 10
MOST_NAMES: Final = 12


def in_order(variables: list[model.Variable], scope: Scope) -> tuple[model.Variable, ...]:
    """Sort variables so that each stands after those that it reads; otherwise in the order of the source."""
    found, left = _sorted(variables)
    waiting = left
    for _ in range(MOST_CYCLES):
        if not waiting:
            break
        cycle = _cycle(waiting)
        _report(cycle, scope)
        names = {variable.name for variable in cycle}
        _, waiting = _sorted([variable for variable in waiting if variable.name not in names])
    return (*found, *left)


def _sorted(variables: list[model.Variable]) -> tuple[list[model.Variable], list[model.Variable]]:
    """Return variables in order, and those that wait for each other in a circle or for one that does."""
    position = {variable.name: index for index, variable in enumerate(variables)}
    waiting = {v.name: {name for name in v.depends if name in position} for v in variables}
    readers: dict[str, list[str]] = {name: [] for name in position}
    for name, needs in waiting.items():
        for need in needs:
            readers[need].append(name)
    ready = [position[name] for name, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    found: list[model.Variable] = []
    while ready:
        variable = variables[heapq.heappop(ready)]
        found.append(variable)
        for reader in readers[variable.name]:
            waiting[reader].discard(variable.name)
            if not waiting[reader]:
                heapq.heappush(ready, position[reader])
    done = {variable.name for variable in found}
    return found, [variable for variable in variables if variable.name not in done]


def _cycle(waiting: list[model.Variable]) -> list[model.Variable]:
    """Return one circle among variables that wait for each other, from the one that is written first."""
    by_name = {variable.name: variable for variable in waiting}
    path: dict[str, model.Variable] = {}
    variable = waiting[0]
    while variable.name not in path:
        path[variable.name] = variable
        variable = next(by_name[name] for name in variable.depends if name in by_name)
    names = list(path)
    cycle = [path[name] for name in names[names.index(variable.name) :]]
    turn = cycle.index(min(cycle, key=lambda member: member.span))
    return [*cycle[turn:], *cycle[:turn]]


def _report(cycle: list[model.Variable], scope: Scope) -> None:
    first = cycle[0]
    names = [variable.name for variable in cycle[:MOST_NAMES]]
    shown = " -> ".join([*names, *(["…"] if len(cycle) > MOST_NAMES else []), first.name])
    message = (
        f"`{first.name}` depends on itself" if len(cycle) == 1 else "these variables depend on each other"
    )
    labels = tuple(
        _read_at(one, other.name) for one, other in zip(cycle[:MOST_NAMES], [*cycle[1:], first], strict=False)
    )
    scope.report("MLS0508", first.span, message, label=shown, labels=labels)


def _read_at(variable: model.Variable, other: str) -> Label:
    found = next(
        (
            reference.span
            for branch in variable.branches
            for name, reference in expressions.variables_in(branch.condition).items()
            if name == other
        ),
        variable.span,
    )
    return Label(found, f"`{variable.name}` reads `{other}` here")
