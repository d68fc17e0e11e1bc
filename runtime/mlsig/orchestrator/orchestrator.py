"""Everything that runs, under one roof: programs are called, bounded, counted, and ended well.

    async with Orchestrator(Review, concurrency=100, deadline=30.0) as orchestrator:
        answer = await orchestrator.call(Review, review="…")

A call runs in a task of its own under the tree, so that stopping the tree ends it, and whoever is cancelled
while waiting for it cancels it too. One deadline is for all of it: its wait for a turn, its requests, their
retries.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar, cast

from mlsig.errors import ParseError, ProviderError
from mlsig.orchestrator.asking import Asking, Costs, of
from mlsig.orchestrator.children import Child, Exit
from mlsig.orchestrator.clients import Clients
from mlsig.orchestrator.components.bounded import Bounded
from mlsig.orchestrator.components.client_pool import ClientPool
from mlsig.orchestrator.figures import Figures, State, restarts
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.signals import listening
from mlsig.orchestrator.status import Status
from mlsig.orchestrator.supervisor import NotRunning, Supervisor
from mlsig.orchestrator.tree import Components
from mlsig.orchestrator.watchdog import Watchdog

if TYPE_CHECKING:
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.records import Record

log = logging.getLogger("mlsig.orchestrator")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

AHEAD: Final = 16
"""How many parts of a stream may wait for whoever reads it; then the model is read no further."""


class Draining(NotRunning):
    """It is being stopped: calls that run are ended, new ones are refused."""


class Orchestrator:
    """Runs programs under supervision. Belongs to one event loop, and is used once.

    Args:
        programs: Whose calls are expected; others may be called too.
        concurrency: How many calls of programs run at a time.
        pipelines: How many calls of pipelines run at a time.
        clients: How many requests to models are under way at a time, of all calls together.
        waiting: How many calls of either kind wait for their turn; one beyond that is refused with `Full`.
        deadline: Seconds for a call, its waiting included; None: no limit.
        drain: Seconds that calls have to end when it is stopped.
        components: The others of its tree, where they are not to be as they are by default.
        children: Of your own, which run beside its components: they start last and stop first.
        signals: Whether SIGTERM and SIGINT drain it and end `wait`, for a process that does nothing else.
        threshold: Seconds of a blocked event loop after which that is told.
        intensity: How many restarts are too many.
        name: What logs call it.
        clock: Seconds that only grow.

    Attributes:
        components: Registries, pools and supervisors, each with its `stats()`.
        most: How many calls it holds at most, waiting ones included.
    """

    def __init__(
        self,
        *programs: Program,
        concurrency: int = 100,
        pipelines: int = 5,
        clients: int = 10,
        waiting: int = 1_000,
        deadline: float | None = 60.0,
        drain: float = 10.0,
        components: Components | None = None,
        children: Iterable[Child] = (),
        signals: bool = False,
        threshold: float = 1.0,
        intensity: Intensity | None = None,
        name: str = "mlsig",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not drain >= 0:
            raise ValueError(f"{drain} s to drain: give 0 or more")
        self.name = name
        self.most = concurrency + pipelines + 2 * waiting
        self._drain = drain
        self._signals = signals
        self._clock = clock
        self._costs = Costs(program.name for program in programs)
        self._clients = Clients(programs)
        self._pool = ClientPool(make=self._lent, close=_kept, size=clients)
        self.components = components or Components()
        self.components.register(programs)
        self._programs = Bounded(
            "programs", concurrency=concurrency, waiting=waiting, deadline=deadline, clock=clock
        )
        self._pipelines = Bounded(
            "pipelines", concurrency=pipelines, waiting=waiting, deadline=deadline, clock=clock
        )
        lines = [line.tasks.child(line.name) for line in (self._programs, self._pipelines)]
        services = Supervisor([*lines, *self.components.services()], intensity=intensity, name="services")
        self._top = Supervisor(
            [
                *self.components.foundations(),
                self._pool.child(),
                services.child("services"),
                Watchdog(threshold).child(),
                *children,
            ],
            strategy="rest_for_one",
            intensity=intensity,
            name=name,
        )
        self._open = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._asked = asyncio.Event()
        self._state: State = "starting"
        self._began = clock()
        self._silence: Callable[[], None] = _nothing

    # From the start to the end.

    async def __aenter__(self) -> Self:
        """Start it; as `start`."""
        return await self.start()

    async def start(self) -> Self:
        """Start the tree. Where no `async with` fits, as in a notebook, `stop` ends it.

        Raises:
            StartFailed: A child did not start.
        """
        await self._top.__aenter__()
        if self._signals:
            self._silence = listening(self._signalled)
        self._began = self._clock()
        if self._state == "starting":
            self._state = "running"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drain and stop; whoever leaves by an exception does not wait for calls."""
        await self.stop(drain=self._drain if error is None else 0.0)

    async def stop(self, drain: float | None = None) -> None:
        """Refuse new calls, let those that run end within `drain` seconds, and stop the tree."""
        try:
            await self.drain(drain)
        finally:
            try:
                await self._top.stop()
            finally:
                self._state = "stopped"
                self._silence()
                await self._clients.aclose()

    async def drain(self, seconds: float | None = None) -> bool:
        """Refuse new calls, and wait for those that run; say whether all have ended in time."""
        self.ask_to_stop()
        seconds = self._drain if seconds is None else seconds
        try:
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        except TimeoutError:
            log.warning("%s: %d calls have not ended within %g s", self.name, self._open, seconds)
        return not self._open

    def ask_to_stop(self) -> None:
        """Refuse new calls from now on, and end `wait`; what SIGTERM does where `signals` is true."""
        if self._state in ("starting", "running"):
            self._state = "draining"
        self._asked.set()

    def hurry(self) -> None:
        """Wait for no call any longer; what a second SIGTERM does."""
        self.ask_to_stop()
        self._quiet.set()

    def _signalled(self) -> None:
        if self._asked.is_set():
            self.hurry()
        self.ask_to_stop()

    async def wait(self) -> None:
        """Wait until it is asked to stop.

        Raises:
            Shutdown: The tree gave up.
        """
        asked = asyncio.ensure_future(self._asked.wait())
        gone = asyncio.ensure_future(self._top.wait())
        try:
            await asyncio.wait([asked, gone], return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                gone.result()
        finally:
            asked.cancel()
            gone.cancel()

    # Calls.

    async def call(
        self, program: Callable[Arguments, Answer], /, *args: Arguments.args, **inputs: Arguments.kwargs
    ) -> Answer:
        """Run a program or a pipeline, and return its typed answer; the inputs are the program's own.

        Raises:
            ValidationError: The inputs do not fit.
            Full: As many calls as are allowed wait.
            Draining: It is being stopped.
            DeadlinePassed: It took too long.
            ParseError: The answer could not be read.
            ProviderError: A request failed.
            StepFailed: A step of a pipeline failed, and not because of a model.
        """
        if args:
            raise TypeError("a program takes its inputs by name, such as `call(program, question=…)`")
        called = cast("Program", program)
        given = called.signature.Input.validate(dict(inputs))
        output: Any = (await self.execute(called, given)).output
        return cast("Answer", output.result if getattr(program, "wrapped", False) else output)

    async def execute(
        self, program: Program, inputs: Record, *, deadline: float | None = None, seed: int | None = None
    ) -> Execution:
        """Run a program with inputs that are valid already, and return its answer and what it took.

        Args:
            program: Which.
            inputs: A record of its signature's inputs.
            deadline: Seconds, if they are fewer than the orchestrator's own.
            seed: Sent to models that take one.

        Raises:
            Full: As `call`, and so are the others; an execution that is returned has an output.
        """

        async def work() -> Execution:
            lm = self._asking(program)
            execution = await program.execute(inputs, lm, seed=seed)
            if execution.output is None:
                raise _failure(execution, lm)
            return execution

        with self._call():
            return await self._line(program).run(program.name, work, deadline=deadline)

    async def stream(
        self, program: Program, inputs: Mapping[str, Any], *, deadline: float | None = None
    ) -> AsyncGenerator[Any, None]:
        """Run a program, and yield what is certain of its answer as it comes; the whole answer at the end.

        The parts are those of `Program.astream`. Close the generator (`contextlib.aclosing`) to give up
        early: that ends the call.

        Raises:
            ValidationError: The inputs do not fit.
            Full: As `call`, and so are the others.
        """
        program.signature.Input.validate(inputs)
        parts: asyncio.Queue[Any] = asyncio.Queue(AHEAD)

        async def work() -> None:
            async with aclosing(program.using(self._asking(program)).astream(**inputs)) as found:
                async for part in found:
                    await parts.put(part)

        with self._call():
            line = self._line(program)
            task = asyncio.ensure_future(line.run(program.name, work, deadline=deadline))
            try:
                async for part in _until(parts, task):
                    yield part
            finally:
                task.cancel()
                await asyncio.wait([task])

    @contextmanager
    def _call(self) -> Generator[None]:
        """Count a call that may begin.

        Raises:
            Draining: No call may.
        """
        if self._state == "starting":
            raise NotRunning(f"{self.name} is not started: use it as `async with Orchestrator(…)`")
        if self._state != "running":
            raise Draining(f"{self.name} is {self._state}, and takes no more calls")
        self._open += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._quiet.set()

    def _asking(self, program: Program) -> Asking:
        return of(self._clients.of(program), self._costs, program=program.name, pool=self._pool)

    async def _lent(self) -> Any:
        """Lend a turn: the clients themselves serve any number at once."""
        return self._clients

    def _line(self, program: Program) -> Bounded:
        from mlsig.programs.pipeline import Pipeline  # noqa: PLC0415  (is there when a program is)

        return self._pipelines if isinstance(program, Pipeline) else self._programs

    # What can be known at any time.

    @property
    def state(self) -> State:
        """How it is as a whole."""
        return self._state

    def status(self) -> Status:
        """Return the tree."""
        return self._top.status()

    def monitor(self, id: str, down: Callable[[str, Exit], None]) -> None:
        """Call `down` when the component or child that runs now has ended; as `Supervisor.monitor`."""
        self._top.monitor(id, down)

    def stats(self) -> Figures:
        """Return how programs did, what that took, and what the components say."""
        lines = (self._programs, self._pipelines)
        zombies = sum(line.tasks.stats().zombies for line in lines)
        return Figures(
            state=self._state,
            uptime=self._clock() - self._began,
            waiting=sum(line.waiting for line in lines),
            running=sum(line.running for line in lines),
            concurrency=sum(line.concurrency for line in lines),
            programs={name: work.copy() for line in lines for name, work in line.work.items()},
            spent=dict(self._costs.of),
            models=dict(self._costs.by),
            requests=self._costs.in_flight,
            restarts=restarts(self.status()),
            zombies=self._top.stats().zombies + zombies,
            components={**self.components.stats(), "client_pool": self._pool.stats()},
        )


async def _until(parts: asyncio.Queue[Any], task: asyncio.Future[None]) -> AsyncGenerator[Any, None]:
    """Yield what comes until the task has ended; what it raised is raised then."""
    while True:
        more = asyncio.ensure_future(parts.get())
        try:
            await asyncio.wait([more, task], return_when=asyncio.FIRST_COMPLETED)
            if more.done():
                yield more.result()
                continue
        finally:
            more.cancel()
        while not parts.empty():
            yield parts.get_nowait()
        task.result()
        return


def _failure(execution: Execution, lm: Asking) -> Exception:
    """Return why there is no output, as the error that it was."""
    if isinstance(lm.error, ProviderError) and execution.error_kind == "provider":
        return lm.error
    return ParseError(execution.error or "there is no answer", (), execution.text)


async def _kept(_: Any) -> None:
    """Close no client: connections outlive a restart of the pool."""


def _nothing() -> None:
    """Do nothing."""
