"""Which constraints make something impossible: as few of them as can be found.

All sets of one and of two are tried where there are few constraints; else the set is one of which none can be
left out (Junker, "QuickXplain: preferred explanations and relaxations for over-constrained problems", 2004).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Final

from mlsig_compiler.proofs.components import Component
from mlsig_compiler.proofs.tries import MAYBE, TooWideError

_PAIRS: Final = 40  # constraints of which all pairs are tried
_WORK: Final = 4_000_000  # edges, for all that is tried


def conflict(component: Component, only: Mapping[str, Collection[int]] | None = None) -> list[int] | None:
    """Return constraints that no configuration meets together, with some variables held to some cells.

    The list is empty where the domains alone say so; None where the constraints together leave something, or
    too much would have to be tried.
    """
    every = sorted(k for k, root in component.roots.items() if root != MAYBE)
    try:
        whole = component.allowed(every, only)
        if whole.legal:
            return None
        if not component.allowed([], only).legal:
            return []
        size = component.diagram.edges if component.diagram else 0
        if max(size, len(component.order)) * (len(every) + 1) > _WORK:
            return None
        return _smallest(component, every, only)
    except TooWideError:
        return None


def _smallest(
    component: Component, every: Sequence[int], only: Mapping[str, Collection[int]] | None
) -> list[int]:
    def possible(constraints: Sequence[int]) -> bool:
        return component.allowed(constraints, only).legal

    for size in (1, 2) if len(every) <= _PAIRS else (1,):
        for chosen in combinations(every, size):
            if not possible(chosen):
                return list(chosen)

    def explained(given: list[int], changed: bool, rest: list[int]) -> list[int]:
        if changed and not possible(given):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        late = explained([*given, *first], True, second)
        return [*explained([*given, *late], bool(late), first), *late]

    return sorted(explained([], False, list(every)))
