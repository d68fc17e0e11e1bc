"""A gate that lets calls in until it is closed, and knows when the last one has left.

with gate.call():
    …
await gate.drained(10.0)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

from mlsig.orchestrator.figures import State
from mlsig.orchestrator.supervisor import NotRunning

log = logging.getLogger("mlsig.orchestrator")


class Draining(NotRunning):
    """It is being stopped: calls that run are ended, new ones are refused."""


class Gate:
    """It is shut before it is opened, and after it is closed. Belongs to one event loop.

    Args:
        name: What errors call what is behind it.

    Attributes:
        state: How what is behind it is.
        inside: How many calls are.
        closing: Is set when it is closed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.state: State = "starting"
        self.inside = 0
        self.closing = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def open(self) -> None:
        """Let calls in, unless it was closed meanwhile."""
        if self.state == "starting":
            self.state = "running"

    def close(self) -> None:
        """Let no call in any more."""
        if self.state != "stopped":
            self.state = "draining"
        self.closing.set()

    def close_or_hurry(self) -> None:
        """Close it; where it is closed already, wait for no call any longer."""
        if self.closing.is_set():
            self._empty.set()
        self.close()

    @contextmanager
    def call(self) -> Generator[None]:
        """Be inside.

        Raises:
            Draining: It is closed.
            NotRunning: It was not opened yet.
        """
        if self.state == "starting":
            raise NotRunning(f"{self.name} is not started: use it as `async with Orchestrator(…)`")
        if self.state != "running":
            raise Draining(f"{self.name} is {self.state}, and takes no more calls")
        self.inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self.inside -= 1
            if not self.inside:
                self._empty.set()

    async def drained(self, seconds: float) -> bool:
        """Close it, and wait until nobody is inside; say whether that is so in time."""
        self.close()
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            log.warning("%s: %d calls have not ended within %g s", self.name, self.inside, seconds)
        return not self.inside
