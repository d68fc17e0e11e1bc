"""How much of the variance of scores each variable explains by itself.

    shares([({"style": "terse", "depth": 1}, 0.5), …])  ->  {"style": 0.8, "depth": 0.2}

The correlation ratio: scores are grouped by the values of a variable (numbers in up to four parts of equal
count); the variance between the groups, less what chance alone would give, is its share. Shares sum to 1, or
are all 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

PARTS = 4


def shares(found: Sequence[tuple[dict[str, Any], float]]) -> dict[str, float]:
    """Return each variable's share."""
    names = dict.fromkeys(name for configuration, _ in found for name in configuration)
    explained = {name: _explained([(one.get(name), score) for one, score in found]) for name in names}
    total = sum(explained.values())
    return {name: value / total if total else 0.0 for name, value in explained.items()}


def _explained(pairs: Sequence[tuple[Any, float]]) -> float:
    groups: dict[Hashable, list[float]] = {}
    cuts = _cuts([value for value, _ in pairs])
    for value, score in pairs:
        groups.setdefault(_group(value, cuts), []).append(score)
    count = len(pairs)
    if len(groups) < 2 or count <= len(groups):
        return 0.0
    mean = sum(score for _, score in pairs) / count
    within = sum(sum((score - sum(one) / len(one)) ** 2 for score in one) for one in groups.values())
    between = sum(len(one) * (sum(one) / len(one) - mean) ** 2 for one in groups.values())
    if not within + between:
        return 0.0
    by_chance = (len(groups) - 1) * within / (count - len(groups))
    return max(0.0, (between - by_chance) / (within + between))


def _cuts(values: Sequence[Any]) -> list[float]:
    numbers = sorted(float(value) for value in values if _is_number(value))
    if len(set(numbers)) <= PARTS:
        return []
    return [numbers[len(numbers) * part // PARTS] for part in range(1, PARTS)]


def _group(value: Any, cuts: Sequence[float]) -> Hashable:
    if cuts and _is_number(value):
        part: int = sum(value >= cut for cut in cuts)
        return part
    return repr(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
