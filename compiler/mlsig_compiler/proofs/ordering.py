"""In which order a diagram decides the variables of a component: so that little has to be remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log2


def ordered(
    names: Sequence[str], scopes: Iterable[Iterable[str]], sizes: Mapping[str, int], last: Iterable[str] = ()
) -> list[str]:
    """Return the names in an order of decision, those of `last` after all others.

    Each step takes the variable after which the fewest combinations are open: variables that share a
    condition with one that is not decided yet.
    """
    beside: dict[str, set[str]] = {name: set() for name in names}
    for scope in scopes:
        together = set(scope)
        for name in together:
            beside[name] |= together
    for name in names:
        beside[name].discard(name)
    late = set(last)
    left = {name: len(beside[name]) for name in names}  # neighbours that are not decided
    weight = {name: log2(max(2, sizes[name])) for name in names}
    place = {name: k for k, name in enumerate(names)}
    found: list[str] = []
    decided: set[str] = set()

    def grows(name: str) -> tuple[float, int, int]:
        closed = sum(weight[other] for other in beside[name] if left[other] == 1 and other in decided)
        return (weight[name] if left[name] else 0.0) - closed, left[name], place[name]

    for group in (set(names) - late, late):
        waiting = group
        while waiting:
            near = {other for other in waiting if beside[other] & decided} or waiting
            name = min(near, key=grows)
            found.append(name)
            decided.add(name)
            waiting.discard(name)
            for other in beside[name]:
                left[other] -= 1
    return found
