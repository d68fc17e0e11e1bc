"""What a report shows beyond the findings, where the store of the run is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from mlsig.insight import Insights, of_run, of_store
from mlsig.simba.experiment import Findings

if TYPE_CHECKING:
    from mlsig.store import Store


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What one part of the data cost: `search`, `validation`, `reflection` or `held-out`.

    Attributes:
        done: Evaluations, `failed` and `lost` ones of them; `cost` is in US dollars.
    """

    split: str
    done: int
    failed: int
    lost: int
    calls: int
    cost: float
    input_tokens: int
    output_tokens: int


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """More about a run.

    Attributes:
        insights: What it teaches; None where nobody looked.
        outcomes: The means of the raw objectives on the search part, by candidate.
    """

    insights: Insights | None = None
    spent: tuple[Spent, ...] = ()
    outcomes: Mapping[str, Mapping[str, float]] = {}


def details(findings: Findings, store: Store) -> Details:
    """Read what a store has of a run, and learn from it.

    Raises:
        InsightExtraMissing: scikit-learn is not installed.
        StoreError: The store cannot be read.
    """
    from mlsig.store import history  # noqa: PLC0415  (slow to import)

    outcomes = of_store(store, findings.run)
    spent = [msgspec.convert(msgspec.to_builtins(one), Spent) for one in history.totals(store, findings.run)]
    return Details(insights=of_run(findings, outcomes), spent=tuple(spent), outcomes=outcomes)
