"""Circles in what waits for what, one for each knot, for messages that show them.

circles({"a": ["b"], "b": ["c"], "c": ["b"]})   ->   [["b", "c"]]
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

MOST_CIRCLES: Final = 10
MOST_NAMES: Final = 12


def circles(edges: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return circles that have no name in common, at most ten, each from the name that comes first."""
    order = {name: index for index, name in enumerate(edges)}
    found: list[list[str]] = []
    left = _waiting({name: {other for other in others if other in order} for name, others in edges.items()})
    while left and len(found) < MOST_CIRCLES:
        circle = _circle(left, edges)
        turn = circle.index(min(circle, key=order.__getitem__))
        found.append([*circle[turn:], *circle[:turn]])
        gone = set(circle)
        left = _waiting({name: others - gone for name, others in left.items() if name not in gone})
    return found


def _waiting(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left when all that waits for nothing is taken out, again and again."""
    left = {name: set(others) for name, others in edges.items()}
    readers: dict[str, list[str]] = {name: [] for name in left}
    for name, others in left.items():
        for other in others:
            readers[other].append(name)
    ready = [name for name, others in left.items() if not others]
    while ready:
        name = ready.pop()
        del left[name]
        for reader in readers[name]:
            left[reader].discard(name)
            if not left[reader]:
                ready.append(reader)
    return left


def _circle(left: dict[str, set[str]], edges: Mapping[str, Collection[str]]) -> list[str]:
    """Follow what waits for what until a name comes back."""
    path: dict[str, None] = {}
    name = next(iter(left))
    while name not in path:
        path[name] = None
        name = next(other for other in edges[name] if other in left[name])
    names = list(path)
    return names[names.index(name) :]
