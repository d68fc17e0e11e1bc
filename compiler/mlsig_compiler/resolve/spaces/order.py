"""The order of variables and composites: each after those that it reads.

    a reads b, c reads nothing   ->   b, a, c if they were written a, b, c

What does not depend on anything keeps its place in the source. Those that read each other in a circle are
reported as the circle.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

MOST_CYCLES: Final = 10
MOST_NAMES: Final = 12

Item: TypeAlias = model.Variable | model.Composite


class Entry(NamedTuple):
    """A variable or composite of a space, and the place in this file that stands for it.

    One that is `taken` from another space is written there, and here is only what includes it.
    """

    item: Item
    where: Span
    taken: bool = False


def reading(item: Item) -> Iterable[model.Expr | None]:
    """Return the expressions that decide what a variable or composite can be, and whether it exists."""
    if isinstance(item, model.Composite):
        return (item.active, item.value)
    return (item.active, *(branch.condition for branch in item.branches))


def in_order(entries: list[Entry], scope: Scope) -> tuple[Item, ...]:
    """Sort items so that each stands after those that it reads; otherwise in the order of the source."""
    found, left = _sorted(entries)
    waiting = left
    for _ in range(MOST_CYCLES):
        if not waiting:
            break
        cycle = _cycle(waiting)
        _report(cycle, scope)
        names = {entry.item.name for entry in cycle}
        _, waiting = _sorted([entry for entry in waiting if entry.item.name not in names])
    return tuple(entry.item for entry in (*found, *left))


def _sorted(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return items in order, and those that wait for each other in a circle or for one that does."""
    position = {entry.item.name: index for index, entry in enumerate(entries)}
    waiting = {e.item.name: {name for name in e.item.depends if name in position} for e in entries}
    readers: dict[str, list[str]] = {name: [] for name in position}
    for name, needs in waiting.items():
        for need in needs:
            readers[need].append(name)
    ready = [position[name] for name, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    found: list[Entry] = []
    while ready:
        entry = entries[heapq.heappop(ready)]
        found.append(entry)
        for reader in readers[entry.item.name]:
            waiting[reader].discard(entry.item.name)
            if not waiting[reader]:
                heapq.heappush(ready, position[reader])
    done = {entry.item.name for entry in found}
    return found, [entry for entry in entries if entry.item.name not in done]


def _cycle(waiting: list[Entry]) -> list[Entry]:
    """Return one circle among items that wait for each other, from the one that is written first."""
    by_name = {entry.item.name: entry for entry in waiting}
    path: dict[str, Entry] = {}
    entry = waiting[0]
    while entry.item.name not in path:
        path[entry.item.name] = entry
        entry = next(by_name[name] for name in entry.item.depends if name in by_name)
    names = list(path)
    cycle = [path[name] for name in names[names.index(entry.item.name) :]]
    turn = min(range(len(cycle)), key=lambda index: (cycle[index].taken, cycle[index].where))
    return [*cycle[turn:], *cycle[:turn]]


def _report(cycle: list[Entry], scope: Scope) -> None:
    first = cycle[0]
    name = first.item.name
    names = [entry.item.name for entry in cycle[:MOST_NAMES]]
    shown = " -> ".join([*names, *(["…"] if len(cycle) > MOST_NAMES else []), name])
    message = f"`{name}` depends on itself" if len(cycle) == 1 else "these variables depend on each other"
    following = [*cycle[1:], first]
    labels = tuple(
        _read_at(one, other.item.name) for one, other in zip(cycle[:MOST_NAMES], following, strict=False)
    )
    scope.report("MLS0508", first.where, message, label=shown, labels=labels)


def _read_at(entry: Entry, other: str) -> Label:
    if entry.taken:
        return Label(entry.where, f"`{entry.item.name}`, included here, reads `{other}`")
    found = next(
        (
            reference.span
            for expr in reading(entry.item)
            for name, reference in expressions.variables_in(expr).items()
            if name == other
        ),
        entry.where,
    )
    return Label(found, f"`{entry.item.name}` reads `{other}` here")
