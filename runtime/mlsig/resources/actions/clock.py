"""Times of rows."""

from __future__ import annotations

from datetime import UTC, datetime

from mlsig.resources.session import Session


def now(session: Session) -> datetime:
    """Return the time of the session's clock, in UTC."""
    return session.clock().astimezone(UTC)


def seconds(session: Session, started: datetime | None, completed: datetime | None) -> float:
    """Return how long something took, or has taken until now; 0 for what has not begun."""
    if started is None:
        return 0.0
    return max(0.0, ((completed or now(session)) - started).total_seconds())
