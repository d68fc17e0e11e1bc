"""Two runs beside each other: what their best candidates did on the same held-out examples.

    paired(ours, theirs)    # of each objective: both means, the mean difference, and the interval around it

Differences of pairs say more than two means: what is hard in an example is hard for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from mlsig.simba.experiment import Findings
    from mlsig.store import Run, Store

Measured: TypeAlias = dict[tuple[str, int], dict[str, float]]
"""Measures by name, of each example and repetition."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One objective of two runs, over the examples that both were measured on.

    Attributes:
        difference: The mean of the second less the first, and `low` to `high` the 95 % interval around it.
        pairs: How many examples.
    """

    objective: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    pairs: int


def findings_of(run: Run) -> Findings | None:
    """Return what a run came to; None for one that has not ended, or of another kind."""
    from mlsig.simba.experiment import Findings  # noqa: PLC0415

    try:
        return None if run.outcome is None else msgspec.convert(run.outcome, Findings)
    except msgspec.ValidationError:
        return None


def measured(store: Store, run: Run, findings: Findings | None) -> Measured:
    """Return what the best candidate of a run did on each held-out example: measures by their names."""
    from mlsig.evaluation.ledger import HELD_OUT  # noqa: PLC0415
    from mlsig.store.tables import evaluations  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    if findings is None:
        return {}
    of = evaluations.c
    query = select(of.example, of.trial, of.metrics, of.cost, of.latency).where(
        of.run == run.id,
        of.split == HELD_OUT,
        of.candidate == findings.outcome.best,
        of.state == "done",
    )
    rows = store.read(lambda connection: connection.execute(query).all())
    return {
        (example, trial): {**msgspec.json.decode(metrics), "cost": cost, "latency": latency}
        for example, trial, metrics, cost, latency in rows
    }


def paired(ours: Measured, theirs: Measured) -> list[Pair]:
    """Compare two runs; nothing comes of those without an example in common."""
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        return []
    names = [name for name in ours[common[0]] if name in theirs[common[0]]]
    return [
        _pair(name, [ours[key][name] for key in common], [theirs[key][name] for key in common])
        for name in names
    ]


def differing(first: Findings | None, second: Findings | None) -> dict[str, tuple[Any, Any]]:
    """Return the variables that the best candidates have other values of, with both."""
    if first is None or second is None:
        return {}
    names = dict.fromkeys((*first.config, *second.config))
    values = {name: (first.config.get(name), second.config.get(name)) for name in names}
    return {name: (one, other) for name, (one, other) in values.items() if one != other}


def _pair(name: str, first: list[float], second: list[float]) -> Pair:
    from mlsig.evaluation.intervals import bootstrap  # noqa: PLC0415

    differences = [two - one for one, two in zip(first, second, strict=True)]
    low, high = bootstrap(differences, seed=0)
    count = len(first)
    return Pair(
        objective=name,
        first=sum(first) / count,
        second=sum(second) / count,
        difference=sum(differences) / count,
        low=low,
        high=high,
        pairs=count,
    )
