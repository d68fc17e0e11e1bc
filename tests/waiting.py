"""Waits for something to become true, and not for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds, on the slowest machine."""


def until(true: Callable[[], bool]) -> None:
    """Wait, and fail where it never comes."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
