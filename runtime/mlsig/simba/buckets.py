"""What the candidates did, example by example.

A bucket holds every run on one example. Where the scores lie far apart, there is something to learn: the same
question was answered well and badly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlsig.simba.batches import Item
from mlsig.simba.pool import Entry, Run


@dataclass(frozen=True, slots=True)
class Bucket:
    """The runs on one example, the best first; never empty."""

    item: Item
    runs: tuple[Run, ...]

    @property
    def best(self) -> Run:
        """The run with the highest score."""
        return self.runs[0]

    @property
    def worst(self) -> Run:
        """The run with the lowest score."""
        return self.runs[-1]

    @property
    def spread(self) -> tuple[float, float, float]:
        """How much there is to learn.

        The gap from best to worst, the best, and how far the best is above the mean.
        """
        best = self.best.score
        mean = sum(run.score for run in self.runs) / len(self.runs)
        return (best - self.worst.score, best, best - mean)


def buckets(entries: Iterable[Entry], items: Iterable[Item]) -> list[Bucket]:
    """Return a bucket for each example that has been run, the widest spread first.

    Ties in the order of the items.
    """
    found: dict[str, list[Run]] = {}
    for entry in entries:
        for run in entry.runs.values():
            found.setdefault(run.example, []).append(run)
    made = [
        Bucket(item, tuple(sorted(found[item.id], key=lambda run: -run.score)))
        for item in items
        if item.id in found
    ]
    return sorted(made, key=lambda bucket: bucket.spread, reverse=True)
