"""In which order a diagram decides the variables of a component: so that little has to be remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import log2
from typing import Final, TypeAlias

WIDE: Final = 64
"""Variables of one condition that are looked at as neighbours of each other; more are not told apart."""

Rank: TypeAlias = tuple[float, int, int]


def ordered(
    names: Sequence[str], scopes: Iterable[Iterable[str]], sizes: Mapping[str, int], last: Iterable[str] = ()
) -> list[str]:
    """Return the names in an order of decision, those of `last` after all others.

    Each step takes the variable after which the fewest combinations are open: variables that share a
    condition with one that is not decided yet. It takes no more than a few steps for each pair of neighbours.
    """
    late = set(last)
    plan = _Plan(names, scopes, sizes)
    found: list[str] = []
    for group in ([name for name in names if name not in late], [name for name in names if name in late]):
        found += plan.take(group)
    return found


class _Plan:
    """What is decided, and what each variable would close.

    Attributes:
        beside: The neighbours of each variable, in an order that is always the same.
        left: How many of them are not decided.
        closed: For each variable the weight of those decided ones of which it is the last open neighbour.
    """

    def __init__(
        self, names: Sequence[str], scopes: Iterable[Iterable[str]], sizes: Mapping[str, int]
    ) -> None:
        self.beside = _neighbours(names, scopes)
        self.left = {name: len(found) for name, found in self.beside.items()}
        self.closed = dict.fromkeys(names, 0.0)
        self._weight = {name: log2(max(2, sizes[name])) for name in names}
        self._place = {name: k for k, name in enumerate(names)}
        self._names = tuple(names)
        self._decided: set[str] = set()

    def take(self, group: Sequence[str]) -> list[str]:
        """Return a group of variables in order; they are decided then."""
        waiting = set(group)
        near = [self._rank(name) for name in group if not self._decided.isdisjoint(self.beside[name])]
        far = [self._rank(name) for name in group]
        heapify(near)
        heapify(far)
        found: list[str] = []
        while waiting:
            name = self._best(near, waiting) or self._best(far, waiting)
            found.append(name)
            waiting.discard(name)
            for changed in self._decide(name):
                if changed in waiting:
                    heappush(near, self._rank(changed))
        return found

    def _best(self, heap: list[Rank], waiting: set[str]) -> str:
        """Take what comes first; what has another rank by now is put back with that one."""
        while heap:
            rank = heappop(heap)
            name = self._names[rank[2]]
            if name in waiting:
                now = self._rank(name)
                if rank == now:
                    return name
                heappush(heap, now)
        return ""

    def _decide(self, name: str) -> list[str]:
        """Note that a variable is decided; return those whose rank that changes, and its open neighbours."""
        self._decided.add(name)
        changed: list[str] = []
        closing = [name] if self.left[name] == 1 else []
        for other in self.beside[name]:
            self.left[other] -= 1
            if other not in self._decided:
                changed.append(other)
            elif self.left[other] == 1:
                closing.append(other)
        for other in closing:
            open_ = next(one for one in self.beside[other] if one not in self._decided)
            self.closed[open_] += self._weight[other]
            changed.append(open_)
        return changed

    def _rank(self, name: str) -> Rank:
        grows = self._weight[name] if self.left[name] else 0.0
        return grows - self.closed[name], self.left[name], self._place[name]


def _neighbours(names: Sequence[str], scopes: Iterable[Iterable[str]]) -> dict[str, dict[str, None]]:
    beside: dict[str, dict[str, None]] = {name: {} for name in names}
    for scope in scopes:
        together = dict.fromkeys(scope)
        if len(together) > WIDE:
            together = dict.fromkeys(list(together)[:WIDE])
        for name in together:
            beside[name].update(together)
    for name in names:
        beside[name].pop(name, None)
    return beside
