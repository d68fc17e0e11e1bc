"""Everything that runs, under one roof: programs are called, bounded, counted, and ended well.

    async with Orchestrator(Review, concurrency=100, deadline=30.0) as orchestrator:
        answer = await orchestrator.call(Review, review="…")

A call runs in a task of its own under the tree, so that stopping the tree ends it, and whoever is cancelled
while waiting for it cancels it too. One deadline is for all of it: its wait for a turn, its requests, their
retries.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, Self, TypeVar, cast

from mlsig.errors import ParseError, ProviderError
from mlsig.orchestrator.asking import Asking, Costs, of
from mlsig.orchestrator.children import Child, Exit
from mlsig.orchestrator.clients import Clients
from mlsig.orchestrator.dynamic import DynamicSupervisor, Full
from mlsig.orchestrator.figures import Figures, Flow, Outcome, restarts
from mlsig.orchestrator.graph import DeadlinePassed
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.quotas import Quotas
from mlsig.orchestrator.signals import listening
from mlsig.orchestrator.status import Counts, Status
from mlsig.orchestrator.supervisor import NotRunning, Supervisor
from mlsig.orchestrator.watchdog import Watchdog

if TYPE_CHECKING:
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.records import Record

log = logging.getLogger("mlsig.orchestrator")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Result = TypeVar("Result")

AHEAD: Final = 16
"""How many parts of a stream may wait for whoever reads it; then the model is read no further."""


class Draining(NotRunning):
    """It is being stopped: calls that run are ended, new ones are refused."""


class Orchestrator:
    """Runs programs under supervision. Belongs to one event loop, and is used once.

    Args:
        programs: Whose calls are expected; others may be called too.
        concurrency: How many calls run at a time.
        waiting: How many more wait for their turn; one beyond that is refused with `Full`.
        deadline: Seconds for a call, its waiting included; None: no limit.
        drain: Seconds that calls have to end when it is stopped.
        children: Of your own, which run beside its components: they start last and stop first.
        signals: Whether SIGTERM and SIGINT drain it and end `wait`, for a process that does nothing else.
        threshold: Seconds of a blocked event loop after which that is told.
        intensity: How many restarts are too many.
        name: What logs call it.
        clock: Seconds that only grow.

    Attributes:
        most: How many calls it holds at most, waiting ones included.
    """

    def __init__(
        self,
        *programs: Program,
        concurrency: int = 100,
        waiting: int = 1_000,
        deadline: float | None = 60.0,
        drain: float = 10.0,
        children: Iterable[Child] = (),
        signals: bool = False,
        threshold: float = 1.0,
        intensity: Intensity | None = None,
        name: str = "mlsig",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if concurrency < 1 or waiting < 0:
            raise ValueError(f"{concurrency} calls and {waiting} that wait: give 1 or more, and 0 or more")
        if deadline is not None and not deadline > 0:
            raise ValueError(f"a deadline of {deadline} s: give more than 0, or None")
        if not drain >= 0:
            raise ValueError(f"{drain} s to drain: give 0 or more")
        self.name = name
        self.deadline = deadline
        self.concurrency = concurrency
        self.most = concurrency + waiting
        self._drain = drain
        self._signals = signals
        self._clock = clock
        self._flows = {program.name: Flow() for program in programs}
        self._costs = Costs()
        self._clients = Clients(programs)
        self._turns = Quotas({"calls": concurrency}, waiting=waiting, alert=lambda _: None)
        self._calls = DynamicSupervisor(name="programs")
        self._top = Supervisor(
            [self._calls.child("programs"), Watchdog(threshold).child(), *children],
            strategy="rest_for_one",
            intensity=intensity,
            name=name,
        )
        self._open = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._asked = asyncio.Event()
        self._state: Literal["starting", "running", "draining", "stopped"] = "starting"
        self._began = clock()
        self._silence: Callable[[], None] = _nothing

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
                self._asked.set()
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

    def hurry(self) -> None:
        """Wait for no call any longer; what a second SIGTERM does."""
        self.ask_to_stop()
        self._quiet.set()

    def _signalled(self) -> None:
        if self._asked.is_set():
            self.hurry()
        self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """Refuse new calls from now on, and end `wait`; what SIGTERM does where `signals` is true."""
        if self._state in ("starting", "running"):
            self._state = "draining"
        self._asked.set()

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
        """Run a program, and return its typed answer; the inputs are those of the program itself.

        Raises:
            ValidationError: The inputs do not fit.
            Full: As many calls as are allowed wait.
            Draining: It is being stopped.
            DeadlinePassed: It took too long.
            ParseError: The answer could not be read.
            ProviderError: A request failed.
        """
        if args:
            raise TypeError("a program takes its inputs by name, such as `call(program, question=…)`")
        called = cast("Program", program)
        given = called.signature.Input.validate(dict(inputs))
        execution = await self.execute(called, given)
        output: Any = execution.output
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

        async def work(asking: Asking) -> Execution:
            execution = await program.execute(inputs, asking, seed=seed)
            if execution.output is None:
                raise _failure(execution, asking)
            return execution

        return await self._settled(self._spawn(self._run(program, work, deadline)))

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

        async def work(asking: Asking) -> None:
            async with aclosing(program.using(asking).astream(**inputs)) as found:
                async for part in found:
                    await parts.put(part)

        task: asyncio.Task[Any] = self._spawn(self._run(program, work, deadline))
        try:
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
                await self._settled(task)
                return
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])

    def _spawn(self, work: Coroutine[Any, Any, _Settled[Result]]) -> asyncio.Task[_Settled[Result]]:
        if self._state != "running":
            work.close()
            if self._state == "starting":
                raise NotRunning(f"{self.name} is not started: use it as `async with Orchestrator(…)`")
            raise Draining(f"{self.name} is {self._state}, and takes no more calls")
        task = self._calls.spawn(work, context=contextvars.copy_context())
        self._open += 1
        self._quiet.clear()
        task.add_done_callback(self._closed)
        return task

    def _closed(self, _: asyncio.Task[Any]) -> None:
        self._open -= 1
        if not self._open:
            self._quiet.set()

    async def _settled(self, task: asyncio.Task[_Settled[Result]]) -> Result:
        """Wait for a call; errors are its caller's, no crash of the tree's child."""
        try:
            value, error = await task
        except asyncio.CancelledError:
            here = asyncio.current_task()
            if here is not None and here.cancelling():
                raise
            raise Draining(f"{self.name} was stopped before the call had ended") from None
        if error is not None:
            raise error
        return cast("Result", value)

    async def _run(
        self, program: Program, work: Callable[[Asking], Coroutine[Any, Any, Result]], deadline: float | None
    ) -> _Settled[Result]:
        """Wait for a turn, do it, and count it."""
        flow = self._flows.setdefault(program.name, Flow())
        asking = of(self._clients.of(program), self._costs)
        began = self._clock()
        outcome: Outcome = "cancelled"
        found: Exception | None = None
        limit = asyncio.timeout(_fewer(self.deadline, deadline))
        try:
            async with limit:
                flow.waiting += 1
                try:
                    turn = await self._turns.reserve(program.name, calls=1)
                finally:
                    flow.waiting -= 1
                async with turn:
                    flow.running += 1
                    try:
                        value = await work(asking)
                    finally:
                        flow.running -= 1
            outcome = "succeeded"
            return value, None
        except Full as error:
            outcome, found = "refused", error
        except Exception as error:
            outcome, found = "failed", error
            if limit.expired():
                outcome, found = "late", DeadlinePassed(f"{program.name} was not done in time")
        finally:
            flow.end(outcome, self._clock() - began, found)
            flow.cost += asking.took.cost
            flow.tokens += asking.took.input_tokens + asking.took.output_tokens
        return None, found

    # What can be known at any time.

    @property
    def state(self) -> Literal["starting", "running", "draining", "stopped"]:
        """How it is as a whole."""
        return self._state

    def status(self) -> Status:
        """Return the tree."""
        return self._top.status()

    def monitor(self, id: str, down: Callable[[str, Exit], None]) -> None:
        """Call `down` when the component or child that runs now has ended; as `Supervisor.monitor`."""
        self._top.monitor(id, down)

    def stats(self) -> Figures:
        """Return how programs did and what that took."""
        top = self._top.stats()
        return Figures(
            state=self._state,
            uptime=self._clock() - self._began,
            waiting=self._turns.waiting,
            running=sum(flow.running for flow in self._flows.values()),
            concurrency=self.concurrency,
            programs=dict(self._flows),
            models=dict(self._costs.by),
            requests=self._costs.in_flight,
            supervision=Counts(
                specs=top.specs,
                active=top.active,
                supervisors=top.supervisors,
                workers=top.workers,
                restarts=restarts(self.status()),
                zombies=top.zombies + self._calls.stats().zombies,
            ),
            components={},
        )


_Settled = tuple[Result | None, Exception | None]


def _fewer(own: float | None, asked: float | None) -> float | None:
    if own is None or asked is None:
        return asked if own is None else own
    return min(own, asked)


def _failure(execution: Execution, asking: Asking) -> Exception:
    """Return why there is no output, as the error that it was."""
    if isinstance(asking.error, ProviderError) and execution.error_kind == "provider":
        return asking.error
    return ParseError(execution.error or "there is no answer", (), execution.text)


def _nothing() -> None:
    """Do nothing."""
