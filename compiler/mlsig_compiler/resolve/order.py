"""The order of variables: each after those that its conditions read.

    a reads b, c reads nothing   ->   b, a, c if they were written a, b, c

What does not depend on anything keeps its place in the source.
"""

from __future__ import annotations

import heapq

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope


def in_order(variables: list[model.Variable], scope: Scope) -> tuple[model.Variable, ...]:
    """Sort variables so that each stands after those that it reads; otherwise in the order of the source."""
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
    if len(found) == len(variables):
        return tuple(found)
    done = {variable.name for variable in found}
    left = [variable for variable in variables if variable.name not in done]
    _report_cycle(left, scope)
    return (*found, *left)


def _report_cycle(left: list[model.Variable], scope: Scope) -> None:
    """Report one cycle among variables that wait for each other, as a path back to its start."""
    needs = {variable.name: list(variable.depends) for variable in left}
    path = [left[0].name]
    while True:
        onward = next(name for name in needs[path[-1]] if name in needs)
        if onward in path:
            break
        path.append(onward)
    cycle = path[path.index(onward) :]
    by_name = {variable.name: variable for variable in left}
    first = min(cycle, key=lambda name: by_name[name].span)
    turn = cycle.index(first)
    cycle = [*cycle[turn:], *cycle[:turn]]
    shown = " -> ".join([*cycle, cycle[0]])
    message = f"`{first}` depends on itself" if len(cycle) == 1 else "these variables depend on each other"
    labels = tuple(
        _read_at(by_name[one], other) for one, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    )
    scope.report("MLS0508", by_name[first].span, message, label=shown, labels=labels)


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
