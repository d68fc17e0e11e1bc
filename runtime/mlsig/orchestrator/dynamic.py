"""A supervisor of many children that come and go.

    async with DynamicSupervisor(max_children=200) as evaluations:
        task = evaluations.spawn(evaluate(example))
        outcome = await task

Children are independent of each other, and are stopped together.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

from mlsig.orchestrator.children import Child
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.kept import Kept
from mlsig.orchestrator.refusals import NotRunning, SupervisionError
from mlsig.orchestrator.status import Counts
from mlsig.orchestrator.stopping import stop
from mlsig.orchestrator.supervisor import Supervisor

log = logging.getLogger("mlsig.orchestrator")
Result = TypeVar("Result")


class Full(SupervisionError):
    """There are as many children as are allowed."""


class DynamicSupervisor(Supervisor):
    """Starts children when it is told to, and stops them together.

    Args:
        max_children: How many there may be at a time; None: any number.
        shutdown: Seconds that spawned ones have to end when the supervisor stops.
        intensity: How many restarts of children that are not temporary are too many.
        name: What logs call it.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        max_children: int | None = None,
        shutdown: float = 5.0,
        intensity: Intensity | None = None,
        name: str = "dynamic",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(intensity=intensity, name=name, clock=clock)
        if max_children is not None and max_children < 1:
            raise ValueError(f"{name}: max_children {max_children} leaves room for none")
        self.max_children = max_children
        self._shutdown = shutdown
        self._spawned: set[asyncio.Task[Any]] = set()

    def spawn(
        self, work: Coroutine[Any, Any, Result], *, context: Context | None = None
    ) -> asyncio.Task[Result]:
        """Run work as a temporary child that needs no time to be initialised, and return its task.

        Args:
            work: A coroutine.
            context: Whose context variables it sees; those of the supervisor by default.

        Raises:
            Full: There are as many children as are allowed.
            NotRunning: The supervisor does not run.
        """
        try:
            if not self._accepts:
                raise NotRunning(f"{self.name} does not run")
            if self.max_children is not None:
                self._room()
        except SupervisionError:
            work.close()
            raise
        task = asyncio.get_running_loop().create_task(work, context=context or self._home.context.copy())
        self._spawned.add(task)
        task.add_done_callback(self._gone)
        return task

    def _gone(self, task: asyncio.Task[Any]) -> None:
        self._spawned.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("%s: %s ended: %s: %s", self.name, task.get_name(), type(error).__name__, error)

    def _room(self) -> None:
        if len(self._kept) + len(self._spawned) >= (self.max_children or 0):
            raise Full(f"{self.name} has {self.max_children} children, and may have no more")

    async def start_child(self, spec: Child) -> None:
        """Start a child, as `Supervisor` does.

        Raises:
            Full: There are as many children as are allowed.
            AlreadyThere: There is one of the name.
            StartFailed: It did not start, and is not kept.
            NotRunning: The supervisor does not run.
        """
        if self.max_children is not None:
            self._room()
        await super().start_child(spec)

    async def _stop_all(self) -> None:
        """Ask all children to end at once; each has as long as it says."""
        groups: dict[float | None, list[Kept]] = {}
        for kept in self._kept.values():
            groups.setdefault(kept.spec.shutdown, []).append(kept)
        ends = [self._end_together(shutdown, group) for shutdown, group in groups.items()]
        await asyncio.gather(*ends, stop(list(self._spawned), self._shutdown, self._home.zombies))

    async def _end_together(self, shutdown: float | None, group: list[Kept]) -> None:
        runs = [(kept, kept.run) for kept in group if kept.run is not None]
        for _, run in runs:
            run.asked = True
        try:
            await stop([run.task for _, run in runs], shutdown, self._home.zombies)
        finally:
            for kept, run in runs:
                kept.forget(run, self._home)

    def stats(self) -> Counts:
        """Return how many children there are, spawned ones too."""
        found = super().stats()
        spawned = len(self._spawned)
        return Counts(
            specs=found.specs + spawned,
            active=found.active + spawned,
            supervisors=found.supervisors,
            workers=found.workers + spawned,
            restarts=found.restarts,
            zombies=found.zombies,
        )
