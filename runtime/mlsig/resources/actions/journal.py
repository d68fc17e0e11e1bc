"""Where a search writes what happens, while it happens: each evaluation as a row, progress, and the best.

    journal = RowJournal(session, run, program)
    await aoptimize(program, train, lm=lm, settings=settings, journal=journal, stop=journal.stopped)

What is about to be paid for is in the run's row first (`results["under_way"]`), and a result is committed
before the search hears of it. A run that is taken up again recalls the results that its rows have, and pays
only for the others. What was under way when a process died is listed from then on (`results["lost"]`): it
counts as paid, and is made again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from mlsig.evaluation.budget import NOTHING, Spending
from mlsig.evaluation.evaluator import raw
from mlsig.evaluation.ledger import Key, MemoryLedger, Result
from mlsig.evaluation.objectives import Scoring
from mlsig.programs import Program
from mlsig.resources.actions.rows import as_list, as_object, settled
from mlsig.resources.session import Session
from mlsig.resources.std import Evaluation, OptimizationRun, RunStatus
from mlsig.store.redaction import Redactor

PAGE: Final = 1_000
UNDER_WAY: Final = "under_way"
"""In `results`: evaluations that were begun, and how many calls they have come to."""
LOST: Final = "lost"
"""In `results`: evaluations that were paid for, perhaps, and have no result."""


class RowLedger(MemoryLedger):
    """The memory of a run, and its rows."""

    def __init__(self, journal: RowJournal) -> None:
        """Recall what the rows of the run have, and count what was paid and has no result."""
        super().__init__(journal.scope)
        self._journal = journal
        for key, result in journal.recalled():
            self._next += 1
            self._calls[self._next] = (key.split, result.calls)
            self._results[key] = result
        for key, calls in journal.left_behind():
            self._next += 1
            self._calls[self._next] = (key.split, calls)

    async def claim(self, key: Key) -> int:
        """Commit that a call is about to be made."""
        claim = await super().claim(key)
        await asyncio.to_thread(self._journal.under_way, claim, key, 1)
        return claim

    async def calling(self, claim: int, calls: int, most: Spending = NOTHING) -> None:
        """Commit that a further call is about to be made."""
        await super().calling(claim, calls, most)
        await asyncio.to_thread(self._journal.under_way, claim, None, calls)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Commit the result without secrets, and return it so."""
        result = self._journal.redactor.result(result)
        await asyncio.to_thread(self._journal.evaluated, claim, key, result)
        return await super().complete(claim, key, result)

    async def abandon(self, claim: int, key: Key, *, paid: bool = True) -> None:
        """Forget a result that must not be recalled; its row stays, and what was paid is listed."""
        calls = self._calls[claim][1] if paid else 0
        await asyncio.to_thread(self._journal.forgotten, claim, key, calls)
        await super().abandon(claim, key, paid=paid)


class RowJournal:
    """The journal of one run of optimisation."""

    def __init__(self, session: Session, run: OptimizationRun, program: Program) -> None:
        """Read what the run has already."""
        self._session = session
        self._run = run.id
        self.scope = run.id.encode()
        self._wanted = True
        self._turn = threading.Lock()  # evaluations of one run end at the same time
        self._kept: dict[Key, Evaluation] = {}
        self.redactor = Redactor.of(program.providers)
        self._scoring = Scoring(program.objectives, program.metrics)
        self._bodies: dict[str, Any] = {program.candidate.key(): program.candidate.to_dict()}
        self._open: dict[int, tuple[Key, int]] = {}
        self.lost: Sequence[Key] = ()
        self.ledger = RowLedger(self)

    def stopped(self) -> bool:
        """Say whether nobody wants the run any more."""
        return not self._wanted

    def row(self) -> OptimizationRun:
        """Return the run as it is stored now."""
        return self._session.get(OptimizationRun, self._run)

    def recalled(self) -> list[tuple[Key, Result]]:
        """Return the results that its rows have."""
        found: list[tuple[Key, Result]] = []
        after = ""
        while True:
            page = self.row().evaluations(self._session, limit=PAGE, after=after)
            for one in page.items:
                data = as_object(one.recall)
                if data:
                    found.append((Key(*data["key"]), msgspec.convert(data["result"], Result)))
            after = page.next
            if not after:
                return found

    def left_behind(self) -> list[tuple[Key, int]]:
        """List what a process that died had under way as lost, and return all that is: with its calls."""
        found: list[tuple[Key, int]] = []

        def change(row: OptimizationRun) -> None:
            results = as_object(row.results)
            before, died = as_list(results.get(LOST)), as_list(results.get(UNDER_WAY))
            found[:] = [(Key(*one["key"]), one["calls"]) for one in (*before, *died)]
            self.lost = [Key(*one["key"]) for one in died]
            if died:
                kept = {name: value for name, value in results.items() if name != UNDER_WAY}
                row.update(self._session, results={**kept, LOST: [*before, *died]})

        self._change(change)
        return found

    def under_way(self, claim: int, key: Key | None, calls: int) -> None:
        """Keep that so many calls of an evaluation were made, or are about to be."""

        def change(row: OptimizationRun) -> None:
            self._open[claim] = (key or self._open[claim][0], calls)
            row.update(self._session, results={**as_object(row.results), UNDER_WAY: self._claims()})

        self._change(change)

    def _claims(self) -> list[Any]:
        return [{"key": list(key), "calls": calls} for key, calls in self._open.values()]

    def note(self, key: str, body: Mapping[str, Any]) -> None:
        """Remember what a candidate is, for the rows of its evaluations."""
        self._bodies[key] = body

    def evaluated(self, claim: int, key: Key, result: Result) -> None:
        """Keep an evaluation, and count it."""
        score = 0.0 if result.error is not None else self._scoring.score(raw(result))
        body = self._bodies.get(key.candidate, {})

        def change(row: OptimizationRun) -> None:
            made = Evaluation.create(
                self._session,
                number=row.iterations,
                score=score,
                configuration=body.get("config", {}),
                metrics={**result.metrics, "cost": result.cost, "latency": result.latency},
                recall={"key": list(key), "result": msgspec.to_builtins(result)},
                run=row,
            )
            self._open.pop(claim, None)
            results = {**as_object(row.results), UNDER_WAY: self._claims()}
            row.update(self._session, iterations=row.iterations + 1, results=results)
            self._wanted = row.status is RunStatus.running
            self._kept[key] = made

        self._change(change)

    def forgotten(self, claim: int, key: Key, calls: int) -> None:
        """Take from the row of an evaluation what would be recalled of it, and list what was paid."""
        made = self._kept.pop(key, None)

        def change(row: OptimizationRun) -> None:
            if made is not None:
                made.update(self._session, recall=None)
            self._open.pop(claim, None)
            results = {**as_object(row.results), UNDER_WAY: self._claims()}
            if calls:
                results[LOST] = [*as_list(results.get(LOST)), {"key": list(key), "calls": calls}]
            row.update(self._session, results=results)

        self._change(change)

    async def candidate(
        self, key: str, body: Mapping[str, Any], *, parent: str | None, strategy: str, step: int
    ) -> None:
        """Remember what a candidate is."""
        del parent, strategy, step
        self.note(key, body)

    async def progress(self, iterations: int, best_score: float, best_candidate: str) -> None:
        """Keep the best candidate so far, and what it is believed to score after so many steps."""
        await asyncio.to_thread(self.best, iterations, best_score, best_candidate)

    def best(self, step: int, score: float, candidate: str) -> None:
        """Keep the best candidate after a step, unless a run that is taken up goes through it again."""

        def change(row: OptimizationRun) -> None:
            history = as_list(as_object(row.results).get("history"))
            if len(history) < step:
                point = {"calls": row.iterations, "score": score}
                body = self._bodies.get(candidate, {})
                known = as_object(row.results)
                results = {**known, "best": candidate, "body": body, "history": [*history, point]}
                row.update(self._session, best_score=score, results=results)

        self._change(change)

    def _change(self, change: Callable[[OptimizationRun], None]) -> None:
        """Change the row as it is now."""
        with self._turn:
            settled(self._session, lambda: change(self.row()))
