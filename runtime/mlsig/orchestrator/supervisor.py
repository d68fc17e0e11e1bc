"""A supervisor: children started in order, stopped in reverse, started again when they fail.

    async with Supervisor([Child("store", store), Child("clients", clients)], strategy="rest_for_one") as top:
        await top.wait()

What it does and in which order is what OTP's `supervisor` does; the executable model of that is
`tests/reference/otp.py`. The differences are those of a task, which can be asked to end but not killed.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar, cast

from mlsig.orchestrator.children import Child, Exit, Shutdown, Started, exit_of
from mlsig.orchestrator.intensity import Intensity, Restarts
from mlsig.orchestrator.status import Counts, State, Status
from mlsig.orchestrator.stopping import Zombies, stop

log = logging.getLogger("mlsig.orchestrator")

Strategy: TypeAlias = Literal["one_for_one", "one_for_all", "rest_for_one"]
"""Which children are started again with one that failed: none, all, those started after it."""

STRATEGIES: Final = ("one_for_one", "one_for_all", "rest_for_one")
Result = TypeVar("Result")
Down: TypeAlias = Callable[[str, Exit], None]


class SupervisionError(Exception):
    """Something was asked of a supervisor that it cannot do."""


class NotRunning(SupervisionError):
    """The supervisor, or the child, does not run."""


class UnknownChild(SupervisionError):
    """No child has the name."""


class AlreadyThere(SupervisionError):
    """There is a child of the name."""


class NotStopped(SupervisionError):
    """The child runs, or is being started again."""


class StartFailed(SupervisionError):
    """A child ended before it was initialised."""

    def __init__(self, id: str, why: Exit) -> None:
        super().__init__(f"child {id!r} did not start: {why}")
        self.id = id
        self.exit = why


class Run:
    """One run of a child: its task, whether it was asked to end, and who wants to hear of its end."""

    __slots__ = ("asked", "ready", "task", "watchers")

    def __init__(self, task: asyncio.Task[Any], ready: asyncio.Future[bool]) -> None:
        self.task = task
        self.ready = ready
        self.asked = False
        self.watchers: list[Down] = []


class Kept:
    """A child as its supervisor knows it."""

    __slots__ = ("last", "restarts", "run", "spec", "state")

    def __init__(self, spec: Child) -> None:
        self.spec = spec
        self.run: Run | None = None
        self.state: State = "stopped"
        self.restarts = 0
        self.last: Exit | None = None


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
        self._mail: deque[Callable[[], Coroutine[Any, Any, None]]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._accepts = False
        self._restarts = Restarts(self.intensity)
        self._count = 0
        self._zombies = Zombies()
        self._context = contextvars.copy_context()
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
        """
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[bool] = loop.create_future()
        self._task = loop.create_task(self.run(Started(ready)), name=self.name)
        self._task.add_done_callback(lambda _: _settle(ready))
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
        self._context = contextvars.copy_context()
        self._accepts = True
        try:
            for kept in list(self._kept.values()):
                await self._start(kept)
                self._drop_idle(kept)
            started()
            while True:
                await self._next()
        finally:
            self._accepts = False
            try:
                await self._stop_all()
            finally:
                self._refuse()

    async def _next(self) -> None:
        if not self._mail:
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        while self._mail:
            await self._mail.popleft()()

    def _post(self, letter: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._mail.append(letter)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _refuse(self) -> None:
        """Answer whoever asked too late."""
        while self._mail:
            letter = self._mail.popleft()
            if isinstance(letter, Asked):
                letter.refuse(NotRunning(f"{self.name} has stopped"))

    # Starting and stopping one child.

    async def _start(self, kept: Kept) -> None:
        """Start a child and wait until it is initialised.

        Raises:
            StartFailed: It ended before that, by itself or because it took too long.
        """
        loop = asyncio.get_running_loop()
        spec = kept.spec
        ready: asyncio.Future[bool] = loop.create_future()
        task = loop.create_task(
            spec.start(Started(ready)), name=f"{self.name}/{spec.id}", context=self._context.copy()
        )
        run = kept.run = Run(task, ready)
        kept.state = "starting"
        task.add_done_callback(lambda _: self._done(kept, run))
        try:
            if spec.start_timeout is None:
                initialised = await ready
            else:
                async with asyncio.timeout(spec.start_timeout):
                    initialised = await ready
        except TimeoutError:
            await self._end(kept)
            late = TimeoutError(f"not initialised after {spec.start_timeout} s")
            raise StartFailed(spec.id, Exit("crash", late)) from None
        if initialised:
            kept.state = "running"
            return
        kept.run, kept.state = None, "stopped"
        kept.last = exit_of(task)
        if kept.last.kind != "normal":
            raise StartFailed(spec.id, kept.last)

    def _drop_idle(self, kept: Kept) -> None:
        """Forget a temporary child that did not want to run."""
        if kept.state == "stopped" and kept.spec.restart == "temporary":
            del self._kept[kept.spec.id]

    def _done(self, kept: Kept, run: Run) -> None:
        """Hear of the end of a task: the news go to the queue, unless somebody waits for them."""
        why = exit_of(run.task, asked=run.asked)
        for watcher in run.watchers:
            self._tell(watcher, kept.spec.id, why)
        if _settle(run.ready):
            return
        if not run.asked:
            self._post(lambda: self._ended(kept, run))

    def _tell(self, watcher: Down, id: str, why: Exit) -> None:
        try:
            watcher(id, why)
        except Exception:
            log.exception("%s: a monitor of %s failed", self.name, id)

    async def _end(self, kept: Kept) -> None:
        """Stop a child, if it runs."""
        run = kept.run
        if run is None:
            kept.state = "stopped"
            return
        run.asked = True
        try:
            await stop([run.task], kept.spec.shutdown, self._zombies)
        finally:
            self._forget(kept, run)

    def _forget(self, kept: Kept, run: Run) -> None:
        kept.run, kept.state = None, "stopped"
        if run.task.done():
            kept.last = exit_of(run.task, asked=True)
            if kept.last.kind == "crash":
                log.warning("%s: child %s ended with %s", self.name, kept.spec.id, kept.last)

    async def _stop_all(self) -> None:
        for kept in reversed(self._kept.values()):
            await self._end(kept)

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
                await self._end(each)
                if each.spec.restart == "temporary":
                    del self._kept[each.spec.id]
        for each in tied:
            if each.spec.id not in self._kept:
                continue
            try:
                await self._start(each)
            except StartFailed as failed:
                log.warning("%s: %s", self.name, failed)
                each.state = "restarting"
                self._post(lambda id=each.spec.id: self._again(id))  # type: ignore[misc]
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
        asked = Asked(ask)
        self._post(asked)
        return cast("Result", await asked.answer)

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
                await self._start(kept)
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
            await self._end(kept)
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
            await self._start(self._stopped(id))

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
        if kept.run is None or kept.run.task.done():
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
            children=tuple(map(_status, self._kept.values())),
        )

    def zombies(self) -> list[str]:
        """Return the names of tasks that did not end when they were asked to, in the whole tree from here."""
        found = self._zombies.names()
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
            active=sum(each.run is not None and not each.run.task.done() for each in kept),
            supervisors=supervisors,
            workers=len(kept) - supervisors,
            restarts=self._count,
            zombies=len(self._zombies),
        )


class Asked:
    """A question in the queue, and its answer."""

    __slots__ = ("_ask", "answer")

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._ask = ask
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        """Answer it; errors are the asker's."""
        try:
            answer = await self._ask()
        except asyncio.CancelledError:
            self.refuse(NotRunning("the supervisor was stopped"))
            raise
        except Exception as error:
            self.refuse(error)
        else:
            if not self.answer.done():
                self.answer.set_result(answer)

    def refuse(self, error: Exception) -> None:
        """Answer with an error, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)


def _status(kept: Kept) -> Status:
    own = () if kept.spec.supervisor is None else kept.spec.supervisor.status().children
    last = None if kept.last is None else str(kept.last)
    return Status(kept.spec.id, kept.spec.kind, kept.state, kept.restarts, last, own)


def _settle(ready: asyncio.Future[bool]) -> bool:
    """Tell whoever waits for a child to be initialised that it has ended; say whether somebody does."""
    if ready.done():
        return False
    ready.set_result(False)
    return True
