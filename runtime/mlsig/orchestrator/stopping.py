"""Ending tasks: they are asked, waited for, and told of where they do not end.

A task cannot be killed, only cancelled. One that goes on is a zombie: it is left alone, held so that it can
still end, counted and named.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any

log = logging.getLogger("mlsig.orchestrator")

INSISTENCE = 10
"""How often a task that swallowed its cancellation is cancelled again, one turn of the loop apart."""


class Zombies:
    """The tasks that did not end when they were asked to."""

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def names(self) -> list[str]:
        """Return what they are called."""
        return sorted(task.get_name() for task in self._tasks)

    def add(self, task: asyncio.Task[Any]) -> None:
        """Remember a task until it ends."""
        log.error("%s does not end: it goes on without a supervisor", task.get_name())
        self._tasks.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("%s ended late: %s: %s", task.get_name(), type(error).__name__, error)


async def stop(
    tasks: Collection[asyncio.Task[Any]],
    shutdown: float | None,
    zombies: Zombies,
) -> None:
    """End tasks together, and wait for it, at most `shutdown` seconds and the last attempts.

    Raises:
        CancelledError: The caller has to end at once. The tasks have been cancelled; those that go on are
            zombies.
    """
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    try:
        if left and shutdown != 0:
            await asyncio.wait(left, timeout=shutdown)
        for _ in range(INSISTENCE):
            left = [task for task in left if not task.done()]
            if not left:
                return
            await asyncio.sleep(0)
            for task in left:
                task.cancel()
    finally:
        for task in left:
            if not task.done():
                zombies.add(task)
