"""Runs of optimisation: their life, their progress, and whether they still get better."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from mlsig import store
from mlsig.resources.actions.clock import now, seconds
from mlsig.resources.actions.rows import as_list, as_object, settled
from mlsig.resources.errors import ResourceError
from mlsig.resources.session import Session
from mlsig.resources.std import (
    Convergence,
    Evaluation,
    Execution,
    OptimizationRun,
    Program,
    ProgramStatus,
    RunStatus,
    Strategy,
)

PATIENCE = 10
"""Evaluations without a gain after which a run stalls; after twice as many it has converged."""
MIN_DELTA = 0.001
"""The smallest gain that counts."""
PAGE = 1_000
"""So many evaluations are read at a time."""


def start(session: Session, row: OptimizationRun) -> OptimizationRun:
    """Say that it runs."""
    return row.update(
        session,
        status=RunStatus.running,
        started_at=row.started_at or now(session),
        completed_at=None,
        error=None,
    )


def update_progress(
    session: Session, row: OptimizationRun, *, score: float, configuration: Any, metrics: dict[str, float]
) -> OptimizationRun:
    """Keep an evaluation, and count it."""
    if row.status is not RunStatus.running:
        raise ResourceError(f"run {row.name} is {row.status.value}: only a running one makes progress")
    with session.transaction():
        Evaluation.create(
            session, number=row.iterations, score=score, configuration=configuration, metrics=metrics, run=row
        )
        best = score if row.best_score is None else max(row.best_score, score)
        return row.update(session, iterations=row.iterations + 1, best_score=best)


def complete(session: Session, row: OptimizationRun, *, results: Any) -> OptimizationRun:
    """Keep what came out, and say that it is complete."""
    return _end(session, row, RunStatus.completed, results=results)


def fail(session: Session, row: OptimizationRun, *, error: str) -> OptimizationRun:
    """Keep why it failed."""
    return _end(session, row, RunStatus.failed, error=error)


def cancel(session: Session, row: OptimizationRun) -> OptimizationRun:
    """Say that nobody wants it any more."""
    return _end(session, row, RunStatus.cancelled)


def _end(session: Session, row: OptimizationRun, status: RunStatus, **values: Any) -> OptimizationRun:
    """End a run as it is now: whoever works on it counts its evaluations all the time."""

    def change() -> OptimizationRun:
        found = session.get(OptimizationRun, row.id)
        ended = session.update(found, {"status": status, "completed_at": now(session), **values})
        program = ended.program(session)
        if program.status is ProgramStatus.optimizing:
            program.update(session, status=ProgramStatus.active)
        return ended

    return settled(session, change)


def duration_seconds(session: Session, row: OptimizationRun | Execution) -> float:
    """Return how long it took, or has taken until now."""
    return seconds(session, row.started_at, row.completed_at)


def convergence_status(session: Session, row: OptimizationRun) -> Convergence:
    """Say whether it still gets better, by what its best was believed to score after each step.

    A run that says nothing of steps is judged by the scores of its evaluations, in their order.
    """
    idle, best = 0, None
    latest: deque[float] = deque(maxlen=PATIENCE)
    for score in _believed(row) or _scored(session, row):
        latest.append(score)
        if best is None or score > best + MIN_DELTA:
            best, idle = score, 0
        else:
            idle += 1
    if row.status is RunStatus.completed or idle >= 2 * PATIENCE:
        return Convergence.converged
    if _falling(list(latest)):
        return Convergence.diverging
    return Convergence.stalled if idle >= PATIENCE else Convergence.converging


def _believed(row: OptimizationRun) -> list[float]:
    """Return what the best candidate was believed to score, as a search has noted it."""
    return [float(point["score"]) for point in as_list(as_object(row.results).get("history"))]


def _scored(session: Session, row: OptimizationRun) -> Iterator[float]:
    """Yield the scores of all its evaluations, a page at a time."""
    after = ""
    while True:
        page = row.evaluations(session, order=Evaluation.Fields.number.asc(), limit=PAGE, after=after)
        yield from (one.score for one in page.items)
        after = page.next
        if not after:
            return


def _falling(scores: list[float]) -> bool:
    """Say whether the last half of a stretch scored worse, by more than a gain, than the half before it."""
    recent, before = scores[-PATIENCE // 2 :], scores[-PATIENCE : -PATIENCE // 2]
    if len(before) < PATIENCE // 2:
        return False
    return max(recent) < min(before) - MIN_DELTA


# Runs of the store of runs


def keep(session: Session, run: store.Run, program: Program) -> OptimizationRun:
    """Store what the store of runs has of a run, without loss; `run_of` gives it back."""
    data = msgspec.to_builtins(run)
    return OptimizationRun.create(
        session,
        name=run.id,
        strategy=Strategy.simba,
        status=RunStatus(run.status),
        configuration={"run": data},
        results=run.outcome,
        iterations=run.iterations,
        max_iterations=max(run.iterations, 100),
        best_score=run.best_score,
        error=run.error,
        started_at=run.started_at,
        completed_at=run.completed_at,
        program=program,
        space=program.space(session),
    )


def run_of(row: OptimizationRun) -> store.Run:
    """Return the run of the store that a row was made of.

    Raises:
        ResourceError: It was made of none.
    """
    configuration: Any = row.configuration
    if not isinstance(configuration, dict) or "run" not in configuration:
        raise ResourceError(f"run {row.name} was not taken from a store of runs")
    return msgspec.convert(row.configuration["run"], store.Run)
