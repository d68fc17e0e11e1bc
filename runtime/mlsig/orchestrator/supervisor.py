"""A supervisor: children started in order, stopped in reverse, started again when they fail.

    async with Supervisor([Child("store", store), Child("clients", clients)], strategy="rest_for_one") as top:
        await top.wait()

What it does and in which order is what OTP's `supervisor` does; the executable model of that is
`tests/reference/otp.py`. The differences are those of a task, which can be asked to end but not killed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

from mlsig.orchestrator.children import Child, Shutdown, Started, exit_of
from mlsig.orchestrator.intensity import Intensity, Restarts
from mlsig.orchestrator.kept import Down, Home, Kept, Run, settle
from mlsig.orchestrator.mail import Mail
from mlsig.orchestrator.refusals import (
    AlreadyThere,
    NotRunning,
    NotStopped,
    StartFailed,
    SupervisionError,
    UnknownChild,
)
from mlsig.orchestrator.status import Counts, Status

__all__ = [
    "STRATEGIES",
    "AlreadyThere",
    "Down",
    "NotRunning",
    "NotStopped",
    "StartFailed",
    "Strategy",
    "SupervisionError",
    "Supervisor",
    "UnknownChild",
]

log = logging.getLogger("mlsig.orchestrator")

Strategy: TypeAlias = Literal["one_for_one", "one_for_all", "rest_for_one"]
"""Which children are started again with one that failed: none, all, those started after it."""

STRATEGIES: Final = ("one_for_one", "one_for_all", "rest_for_one")
Result = TypeVar("Result")


class Supervisor:
    """Runs children, and starts them again by its strategy.

    Args:
        children: In the order in which they start.
        strategy: Who is started again with a child that failed.
        intensity: How many restarts are too many: then it stops its children and ends itself, and who
            supervises it decides what that means.
        name: What logs call it.
        clock: Seconds that only grow; what restarts are counted by.
    """

    def __init__(
        self,
        children: Iterable[Child] = (),
        *,
        strategy: Strategy = "one_for_one",
        intensity: Intensity | None = None,
        name: str = "supervisor",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if strategy not in STRATEGIES:
            raise ValueError(f"strategy {strategy!r} is not one of {', '.join(STRATEGIES)}")
        self.name = name
        self.strategy: Strategy = strategy
        self.intensity = intensity or Intensity()
        self._specs = tuple(children)
        twice = {spec.id for spec in self._specs if sum(each.id == spec.id for each in self._specs) > 1}
        if twice:
            raise ValueError(f"{name}: two children are called {min(twice)!r}")
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._mail = Mail()
        self._home = Home(name, self._hear)
        self._accepts = False
        self._restarts = Restarts(self.intensity)
        self._count = 0
        self._task: asyncio.Task[Any] | None = None

    def child(
        self,
        id: str,
        restart: Literal["permanent", "transient", "temporary"] = "permanent",
        shutdown: float | None = None,
    ) -> Child:
        """Return this supervisor as a child of another."""
        return Child(id, self.run, restart=restart, shutdown=shutdown, supervisor=self)

    # As a task of its own.

    async def __aenter__(self) -> Self:
        """Start it and its children.

        Raises:
            StartFailed: A child did not start; those before it have been stopped again.
            Shutdown: One crashed again and again meanwhile, and it has given up already.
        """
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[bool] = loop.create_future()
        self._task = loop.create_task(self.run(Started(ready)), name=self.name)
        self._task.add_done_callback(lambda _: settle(ready))
        try:
            await ready
        except asyncio.CancelledError:
            await self.stop()
            raise
        if self._task.done():
            self._task.result()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        await self.stop()

    async def stop(self) -> None:
        """Stop the children in reverse order, and then itself; again is no matter.

        Whoever is cancelled meanwhile hears of it when all have stopped: nothing is left behind.
        """
        task = self._task
        if task is None or task.done():
            return
        task.cancel()
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def wait(self) -> None:
        """Wait until it has stopped.

        Raises:
            Shutdown: It gave up.
            NotRunning: It was never started.
        """
        if self._task is None:
            raise NotRunning(f"{self.name} was not started")
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    # As a child of another: each run begins with the children that were declared.

    async def run(self, started: Started) -> None:
        """Run until cancelled.

        Raises:
            StartFailed: A child did not start.
            Shutdown: There were too many restarts.
        """
        self._kept = {spec.id: Kept(spec) for spec in self._specs}
        self._mail.clear()
        self._restarts = Restarts(self.intensity)
        self._count = 0
        self._home.renew()
        self._accepts = True
        try:
            for kept in list(self._kept.values()):
                await kept.start(self._home)
                self._drop_idle(kept)
            started()
            while True:
                await self._mail.work()
        finally:
            self._accepts = False
            try:
                await self._stop_all()
            finally:
                self._mail.refuse(self.name)

    def _drop_idle(self, kept: Kept) -> None:
        """Forget a temporary child that did not want to run."""
        if kept.state == "stopped" and kept.spec.restart == "temporary":
            del self._kept[kept.spec.id]

    def _hear(self, kept: Kept, run: Run) -> None:
        self._mail.post(lambda: self._ended(kept, run))

    async def _stop_all(self) -> None:
        for kept in reversed(self._kept.values()):
            await kept.end(self._home)

    # What OTP calls restart/2.

    async def _ended(self, kept: Kept, run: Run) -> None:
        """Handle the end of a child that nobody asked for."""
        if kept.run is not run:
            return  # it was stopped meanwhile, or replaced
        why = kept.last = exit_of(run.task)
        kept.run, kept.state = None, "stopped"
        restart = kept.spec.restart
        if restart == "permanent" or why.abnormal:
            log.warning("%s: child %s ended: %s", self.name, kept.spec.id, why)
        if restart == "temporary":
            self._kept.pop(kept.spec.id, None)
        elif restart == "permanent" or why.abnormal:
            await self._restart(kept)

    async def _again(self, id: str) -> None:
        """Try once more to start a child whose start failed."""
        kept = self._kept.get(id)
        if kept is not None and kept.state == "restarting":
            await self._restart(kept)

    async def _restart(self, kept: Kept) -> None:
        """Start a child again, and those that its strategy ties to it.

        Raises:
            Shutdown: There were too many restarts.
        """
        if not self._restarts.add(self._clock()):
            self._kept.pop(kept.spec.id, None)
            allowed = self.intensity
            log.error(
                "%s gives up: more than %d restarts in %g s, the last of %s",
                self.name, allowed.restarts, allowed.period, kept.spec.id,
            )  # fmt: skip
            raise Shutdown(
                f"{self.name}: more than {allowed.restarts} restarts in {allowed.period:g} s, the last of "
                f"{kept.spec.id!r}, which ended with {kept.last}"
            )
        self._count += 1
        kept.restarts += 1
        tied = self._tied(kept)
        for each in reversed(tied):
            if each is not kept:
                await each.end(self._home)
                if each.spec.restart == "temporary":
                    del self._kept[each.spec.id]
        for each in tied:
            if each.spec.id not in self._kept:
                continue
            try:
                await each.start(self._home)
            except StartFailed as failed:
                log.warning("%s: %s", self.name, failed)
                each.state = "restarting"
                self._mail.post(lambda id=each.spec.id: self._again(id))  # type: ignore[misc]
                return

    def _tied(self, kept: Kept) -> Sequence[Kept]:
        """Return who is started again with a child, in the order of starting."""
        if self.strategy == "one_for_one":
            return (kept,)
        every = list(self._kept.values())
        return every if self.strategy == "one_for_all" else every[every.index(kept) :]

    # What others ask of it; each waits for its turn.

    async def _ask(self, ask: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        if not self._accepts:
            raise NotRunning(f"{self.name} does not run")
        return await self._mail.ask(ask)

    async def start_child(self, spec: Child) -> None:
        """Add a child after the others, and start it.

        Raises:
            AlreadyThere: There is one of the name.
            StartFailed: It did not start, and is not kept.
            NotRunning: The supervisor does not run.
        """

        async def start() -> None:
            if spec.id in self._kept:
                raise AlreadyThere(
                    f"{self.name} has a child {spec.id!r}, which is {self._kept[spec.id].state}: "
                    "`restart_child` starts it, `delete_child` forgets it"
                )
            kept = self._kept[spec.id] = Kept(spec)
            try:
                await kept.start(self._home)
            except StartFailed:
                del self._kept[spec.id]
                raise
            self._drop_idle(kept)

        await self._ask(start)

    async def terminate_child(self, id: str) -> None:
        """Stop a child; it stays known, stopped, unless it is temporary.

        Raises:
            UnknownChild: There is none of the name.
            NotRunning: The supervisor does not run.
        """

        async def terminate() -> None:
            kept = self._known(id)
            await kept.end(self._home)
            if kept.spec.restart == "temporary":
                del self._kept[id]

        await self._ask(terminate)

    async def restart_child(self, id: str) -> None:
        """Start a child that is stopped.

        Raises:
            UnknownChild: There is none of the name.
            NotStopped: It runs, or is being started again.
            StartFailed: It did not start; it stays stopped.
            NotRunning: The supervisor does not run.
        """

        async def restart() -> None:
            await self._stopped(id).start(self._home)

        await self._ask(restart)

    async def delete_child(self, id: str) -> None:
        """Forget a child that is stopped.

        Raises:
            UnknownChild: There is none of the name.
            NotStopped: It runs, or is being started again.
            NotRunning: The supervisor does not run.
        """

        async def delete() -> None:
            self._stopped(id)
            del self._kept[id]

        await self._ask(delete)

    def _known(self, id: str) -> Kept:
        kept = self._kept.get(id)
        if kept is None:
            raise UnknownChild(f"{self.name} has no child {id!r}; it has {', '.join(self._kept) or 'none'}")
        return kept

    def _stopped(self, id: str) -> Kept:
        kept = self._known(id)
        if kept.state != "stopped":
            raise NotStopped(f"child {id!r} of {self.name} is {kept.state}: `terminate_child` stops it")
        return kept

    # What can be known at any time.

    def monitor(self, id: str, down: Down) -> None:
        """Call `down` with the name and the exit once the child that runs now has ended.

        Raises:
            NotRunning: It does not run.
            UnknownChild: There is none of the name.
        """
        kept = self._known(id)
        if kept.run is None or not kept.runs:
            raise NotRunning(f"child {id!r} of {self.name} is {kept.state}")
        kept.run.watchers.append(down)

    def status(self, id: str | None = None) -> Status:
        """Return the tree from here, called `id` or by its own name."""
        return Status(
            id=id or self.name,
            kind="supervisor",
            state="running" if self._accepts else "stopped",
            restarts=0,
            last=None,
            children=tuple(kept.status() for kept in self._kept.values()),
        )

    def zombies(self) -> list[str]:
        """Return the names of tasks that did not end when they were asked to, in the whole tree from here."""
        found = self._home.zombies.names()
        for kept in self._kept.values():
            if kept.spec.supervisor is not None:
                found += kept.spec.supervisor.zombies()
        return found

    def stats(self) -> Counts:
        """Return how many children there are."""
        kept = list(self._kept.values())
        supervisors = sum(each.spec.supervisor is not None for each in kept)
        return Counts(
            specs=len(kept),
            active=sum(each.runs for each in kept),
            supervisors=supervisors,
            workers=len(kept) - supervisors,
            restarts=self._count,
            zombies=len(self._home.zombies),
        )
