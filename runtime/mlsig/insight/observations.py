"""What is known of each candidate: how it was set, and what it came to.

A configuration says how many demonstrations a prompt shows at most, and nothing of rules; both are counted
here as if they were variables, so that what they did is not put down to others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from mlsig.simba.outcome import Outcome
    from mlsig.store import Store

SCORE: Final = "score"
"""The composite score, in [0, 1]."""

RULES: Final = "(rules)"
DEMOS: Final = "(demonstrations)"


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate.

    Attributes:
        values: Its variables, those that are active.
        outcomes: The mean of each objective, and of the score.
        weight: On how many examples.
    """

    key: str
    values: dict[str, Any]
    outcomes: dict[str, float]
    weight: float


def of_outcome(
    outcome: Outcome, outcomes: Mapping[str, Mapping[str, float]] | None = None
) -> list[Observation]:
    """Return the candidates of a run that were measured, oldest first.

    Args:
        outcome: The run's.
        outcomes: The means of the raw objectives by candidate, where they are known (`of_store`).
    """
    more = outcomes or {}
    return [
        Observation(
            key=member.key,
            values=settings(member.body),
            outcomes={SCORE: member.mean, **more.get(member.key, {})},
            weight=float(member.count),
        )
        for member in outcome.pool
        if member.count
    ]


def of_store(store: Store, run: str) -> dict[str, dict[str, float]]:
    """Return the mean of each raw objective of each candidate of a run, over all examples of the search."""
    from sqlalchemy import select  # noqa: PLC0415  (slow to import)

    from mlsig.store import tables  # noqa: PLC0415

    of = tables.evaluations.c
    query = select(of.candidate, of.metrics, of.cost, of.latency).where(
        of.run == run, of.state == "done", of.split == "search"
    )
    sums: dict[str, dict[str, float]] = {}
    counts: dict[str, int] = {}
    for key, metrics, cost, latency in store.read(lambda connection: connection.execute(query).all()):
        row = {**msgspec.json.decode(metrics or "{}"), "cost": cost or 0.0, "latency": latency or 0.0}
        total = sums.setdefault(key, {})
        for name, value in row.items():
            total[name] = total.get(name, 0.0) + value
        counts[key] = counts.get(key, 0) + 1
    return {key: {name: value / counts[key] for name, value in total.items()} for key, total in sums.items()}


def settings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a candidate is set: its configuration, and how much it was taught."""
    values: dict[str, Any] = {name: value for name, value in body["config"].items() if _plain(value)}
    taught = {"": body, **body.get("steps", {})}
    for step, lessons in taught.items():
        before = f"{step} " if step else ""
        demos = len(lessons.get("demos", ()))
        if step or not isinstance(values.get("demos"), int):
            values[f"{before}{DEMOS}"] = demos
        else:
            # At most so many are shown; what is not there is not.
            values["demos"] = min(values["demos"], demos)
        values[f"{before}{RULES}"] = len(lessons.get("rules", ()))
    return values


def _plain(value: Any) -> bool:
    return value is not None and isinstance(value, str | int | float | bool)
