"""The life of an execution."""

from __future__ import annotations

from typing import Any

from mlsig.resources.actions.clock import now
from mlsig.resources.session import Session
from mlsig.resources.std import Execution, ExecutionStatus


def start(session: Session, row: Execution) -> Execution:
    """Say that it runs."""
    return row.update(session, status=ExecutionStatus.running, started_at=now(session))


def complete(session: Session, row: Execution, *, outputs: Any, metrics: dict[str, float]) -> Execution:
    """Keep what came out."""
    return row.update(
        session, status=ExecutionStatus.completed, outputs=outputs, metrics=metrics, completed_at=now(session)
    )


def fail(session: Session, row: Execution, *, error: str) -> Execution:
    """Keep why nothing did."""
    return row.update(session, status=ExecutionStatus.failed, error=error, completed_at=now(session))
