"""Who keeps the event loop from its work: while one function runs, nothing else does.

    async with Supervisor([Watchdog(threshold=1.0).child(), …]):
        …

A thread looks whether the loop still answers. When it does not for so long, what runs is told once, with the
task and the line, while it still runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from mlsig.orchestrator.children import Child, Started

log = logging.getLogger("mlsig.orchestrator")

LOOKS = 4
"""How often the thread looks within a threshold."""


@dataclass(frozen=True)
class Blocked:
    """What kept the loop.

    Attributes:
        task: The name of the task that runs; empty outside of any.
        where: The innermost line, such as `score (metrics.py:12)`.
        seconds: For how long, when it was noticed.
        stack: All lines from the task to the innermost, as Python shows them.
    """

    task: str
    where: str
    seconds: float
    stack: str

    def __str__(self) -> str:
        by = f"task {self.task}" if self.task else "a callback"
        return (
            f"the event loop has waited {self.seconds:.1f} s for {by} in {self.where}: "
            "give long work to `Workers`, or to a thread"
        )


def _tell(found: Blocked) -> None:
    log.warning("%s", found)


class Watchdog:
    """Looks after the loop that it is started in.

    Args:
        threshold: Seconds without an answer after which it tells.
        tell: Is called with what it found, in its own thread; the default logs a warning.
    """

    def __init__(self, threshold: float = 1.0, tell: Callable[[Blocked], None] = _tell) -> None:
        if not threshold > 0:
            raise ValueError(f"a threshold of {threshold} s: give more than 0")
        self.threshold = threshold
        self._tell = tell
        self._beat = 0.0
        self._told = False

    def child(self, id: str = "watchdog") -> Child:
        """Return it as a child of a supervisor."""
        return Child(id, self.run)

    async def run(self, started: Started) -> None:
        """Look until cancelled."""
        loop, thread = asyncio.get_running_loop(), threading.get_ident()
        over = threading.Event()
        self._heard()
        watcher = threading.Thread(
            target=self._watch, args=(loop, thread, over), name="mlsig-watchdog", daemon=True
        )
        watcher.start()
        started()
        try:
            while True:
                await asyncio.sleep(self.threshold / LOOKS)
                self._heard()
        finally:
            over.set()

    def _heard(self) -> None:
        self._beat, self._told = time.monotonic(), False

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int, over: threading.Event) -> None:
        while not over.wait(self.threshold / LOOKS):
            silent = time.monotonic() - self._beat
            if silent < self.threshold or self._told:
                continue
            frame = sys._current_frames().get(thread)  # pyright: ignore[reportPrivateUsage]  (documented)
            if frame is not None:
                self._told = True
                with contextlib.suppress(Exception):
                    self._tell(_blocked(loop, frame, silent))


def _blocked(loop: asyncio.AbstractEventLoop, frame: FrameType, seconds: float) -> Blocked:
    task = asyncio.current_task(loop)
    lines = traceback.extract_stack(frame)
    last = lines[-1]
    where = f"{last.name} ({last.filename.rpartition('/')[2]}:{last.lineno})"
    return Blocked(task.get_name() if task else "", where, seconds, "".join(traceback.format_list(lines)))
