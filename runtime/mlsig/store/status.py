"""The life of a run: pending, running, then completed, failed or cancelled.

A failed or cancelled run may be taken up again; a completed one never changes.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Status: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]

BEFORE: Final[dict[Status, tuple[Status, ...]]] = {
    "pending": (),
    "running": ("pending", "failed", "cancelled"),
    "completed": ("running",),
    "failed": ("pending", "running"),
    "cancelled": ("pending", "running"),
}
"""From which statuses each one may be reached."""

ENDS: Final[tuple[Status, ...]] = ("completed", "failed", "cancelled")
