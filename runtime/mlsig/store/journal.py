"""The journal of one run on disk: what makes it resumable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlsig.evaluation.ledger import Key
from mlsig.store.ledger import RunLedger

if TYPE_CHECKING:
    from mlsig.store.redaction import Redactor
    from mlsig.store.run import Run
    from mlsig.store.runs import Store


class StoreJournal:
    """Writes what a run does into its store.

    A resumed run goes through its earlier steps again; what is written about them already is left alone.
    """

    def __init__(self, store: Store, run: Run, ledger: RunLedger, redactor: Redactor) -> None:
        self._store = store
        self._redactor = redactor
        self._run = run
        self._ledger = ledger

    @property
    def ledger(self) -> RunLedger:
        """Claims and results."""
        return self._ledger

    @property
    def lost(self) -> Sequence[Key]:
        """Evaluations that an earlier process had under way when it died."""
        return self._ledger.lost

    async def candidate(
        self, key: str, body: Mapping[str, Any], *, parent: str | None, strategy: str, step: int
    ) -> None:
        """Write a candidate down before it is paid for, without secrets: its demonstrations may have some."""
        kept = self._redactor.value(body)
        await self._store.keep_candidate(
            self._run.id, key=key, parent=parent, strategy=strategy, step=step, body=kept
        )

    async def progress(self, iterations: int, best_score: float, best_candidate: str) -> None:
        """Write down how far the run has come."""
        if self._run.best_candidate is not None and iterations <= self._run.iterations:
            return
        await self._store.progress(
            self._run.id, iterations=iterations, best_score=best_score, best_candidate=best_candidate
        )
