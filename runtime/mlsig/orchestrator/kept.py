"""One child as its supervisor knows it: how it is started, how it is stopped, and how it is."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from mlsig.orchestrator.children import Child, Exit, Started, exit_of
from mlsig.orchestrator.refusals import StartFailed
from mlsig.orchestrator.status import State, Status
from mlsig.orchestrator.stopping import Zombies, stop

log = logging.getLogger("mlsig.orchestrator")
Down: TypeAlias = Callable[[str, Exit], None]


class Run:
    """One run of a child: its task, whether it was asked to end, and who wants to hear of its end."""

    __slots__ = ("asked", "ready", "task", "watchers")

    def __init__(self, task: asyncio.Task[Any], ready: asyncio.Future[bool]) -> None:
        self.task = task
        self.ready = ready
        self.asked = False
        self.watchers: list[Down] = []


class Home:
    """What the children of a supervisor have in common.

    Args:
        name: Of the supervisor.
        ended: Hears of a run that ended without being asked to.

    Attributes:
        context: The context variables that children see.
        zombies: Those that did not end when they were asked to.
    """

    __slots__ = ("context", "ended", "name", "zombies")

    def __init__(self, name: str, ended: Callable[[Kept, Run], None]) -> None:
        self.name = name
        self.ended = ended
        self.context = contextvars.copy_context()
        self.zombies = Zombies()

    def renew(self) -> None:
        """Have the children of the next run see what its caller sees."""
        self.context = contextvars.copy_context()


class Kept:
    """A child, whether it runs or not."""

    __slots__ = ("last", "restarts", "run", "spec", "state")

    def __init__(self, spec: Child) -> None:
        self.spec = spec
        self.run: Run | None = None
        self.state: State = "stopped"
        self.restarts = 0
        self.last: Exit | None = None

    @property
    def runs(self) -> bool:
        """Whether its task goes on."""
        return self.run is not None and not self.run.task.done()

    async def start(self, home: Home) -> None:
        """Start it and wait until it is initialised.

        Raises:
            StartFailed: It ended before that, by itself or because it took too long.
        """
        loop = asyncio.get_running_loop()
        spec = self.spec
        ready: asyncio.Future[bool] = loop.create_future()
        task = loop.create_task(
            spec.start(Started(ready)), name=f"{home.name}/{spec.id}", context=home.context.copy()
        )
        run = self.run = Run(task, ready)
        self.state = "starting"
        task.add_done_callback(lambda _: self._done(run, home))
        try:
            if spec.start_timeout is None:
                initialised = await ready
            else:
                async with asyncio.timeout(spec.start_timeout):
                    initialised = await ready
        except TimeoutError:
            await self.end(home)
            late = TimeoutError(f"not initialised after {spec.start_timeout} s")
            raise StartFailed(spec.id, Exit("crash", late)) from None
        if initialised:
            self.state = "running"
            return
        self.run, self.state = None, "stopped"
        self.last = exit_of(task)
        if self.last.kind != "normal":
            raise StartFailed(spec.id, self.last)

    async def end(self, home: Home) -> None:
        """Stop it, if it runs."""
        run = self.run
        if run is None:
            self.state = "stopped"
            return
        run.asked = True
        try:
            await stop([run.task], self.spec.shutdown, home.zombies)
        finally:
            self.forget(run, home)

    def forget(self, run: Run, home: Home) -> None:
        """Note how a run ended that was asked to."""
        self.run, self.state = None, "stopped"
        if run.task.done():
            self.last = exit_of(run.task, asked=True)
            if self.last.kind == "crash":
                log.warning("%s: child %s ended with %s", home.name, self.spec.id, self.last)

    def status(self) -> Status:
        """Return how it is, and how those below it are."""
        own = () if self.spec.supervisor is None else self.spec.supervisor.status().children
        last = None if self.last is None else str(self.last)
        return Status(self.spec.id, self.spec.kind, self.state, self.restarts, last, own)

    def _done(self, run: Run, home: Home) -> None:
        """Hear of the end of a task: the news go to the supervisor, unless somebody waits for them."""
        why = exit_of(run.task, asked=run.asked)
        for watcher in run.watchers:
            try:
                watcher(self.spec.id, why)
            except Exception:
                log.exception("%s: a monitor of %s failed", home.name, self.spec.id)
        if settle(run.ready):
            return
        if not run.asked:
            home.ended(self, run)


def settle(ready: asyncio.Future[bool]) -> bool:
    """Tell whoever waits for a child to be initialised that it has ended; say whether somebody does."""
    if ready.done():
        return False
    ready.set_result(False)
    return True
