"""Where a run is written down while it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mlsig.evaluation.ledger import Key, Ledger, MemoryLedger


class Journal(Protocol):
    """What the loop writes to. A journal on disk (`mlsig.store`) makes a run resumable."""

    @property
    def ledger(self) -> Ledger:
        """Claims and results."""
        ...

    @property
    def lost(self) -> Sequence[Key]:
        """Evaluations that an earlier process had under way when it died."""
        ...

    async def candidate(
        self, key: str, body: Mapping[str, Any], *, parent: str | None, strategy: str, step: int
    ) -> None:
        """Write a candidate down before it is paid for."""
        ...

    async def progress(self, iterations: int, best_score: float, best_candidate: str) -> None:
        """Write down how far the run has come."""
        ...


class MemoryJournal:
    """A journal for one process's lifetime."""

    def __init__(self) -> None:
        self.ledger: Ledger = MemoryLedger()
        self.lost: Sequence[Key] = ()

    async def candidate(
        self, key: str, body: Mapping[str, Any], *, parent: str | None, strategy: str, step: int
    ) -> None:
        """The pool holds the candidate already."""

    async def progress(self, iterations: int, best_score: float, best_candidate: str) -> None:
        """Whoever listens to the events knows already."""
