"""Everything that runs, under one roof: programs are called, bounded, counted, and ended well.

    async with Orchestrator(Review, concurrency=100, deadline=30.0) as orchestrator:
        answer = await orchestrator.call(Review, review="…")

A call runs in a task of its own under the tree, so that stopping the tree ends it, and whoever is cancelled
while waiting for it cancels it too. One deadline is for all of it: its wait for a turn, its requests, their
retries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from mlsig.orchestrator.asking import Asking, Costs, of
from mlsig.orchestrator.children import Child, Exit
from mlsig.orchestrator.clients import Clients
from mlsig.orchestrator.components.client_pool import ClientPool
from mlsig.orchestrator.components.pipeline_pool import PipelinePool
from mlsig.orchestrator.components.program_supervisor import ProgramSupervisor, successful
from mlsig.orchestrator.figures import Figures, State, restarts
from mlsig.orchestrator.gate import Gate
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.parts import Tell, parts
from mlsig.orchestrator.signals import listening
from mlsig.orchestrator.status import Status
from mlsig.orchestrator.supervisor import AlreadyThere, NotRunning, Supervisor
from mlsig.orchestrator.tree import Components
from mlsig.orchestrator.watchdog import Watchdog
from mlsig.providers.accounting import Tally

if TYPE_CHECKING:
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.records import Record

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


class Orchestrator:
    """Runs programs under supervision. Belongs to one event loop, and is used once.

    Args:
        programs: Whose calls are expected; others may be called too.
        concurrency: How many calls of one program run at a time.
        pipelines: How many calls of pipelines run at a time.
        clients: How many requests to models are under way at a time, of all calls together.
        waiting: How many more calls wait for their turn, of each program, and of pipelines together; one
            beyond that is refused with `Full`.
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
        programs: The programs that run, with their candidates and figures.
        pipelines: The line of pipelines.
        clients: Who asks models has a turn here.
        components: The others.
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
        if concurrency < 1:
            raise ValueError(f"{concurrency} calls at a time: give 1 or more")
        if not drain >= 0:
            raise ValueError(f"{drain} s to drain: give 0 or more")
        self.name = name
        self.most = (len(programs) or 1) * (concurrency + waiting) + pipelines + waiting
        self._drain = drain
        self._signals = signals
        self._clock = clock
        self._costs = Costs()
        self._expected = programs
        self._flowing: dict[str, tuple[Program, Program]] = {}
        self._models = Clients(programs)
        self.clients = ClientPool(make=self._lent, close=_kept, size=clients)
        self.components = components or Components()
        self.components.register(programs)
        self.programs = ProgramSupervisor(
            concurrency=concurrency,
            waiting=waiting,
            deadline=deadline,
            models=self.model,
            resources=self.components.resource_manager,
            tools=self.components.tool_registry,
            clock=clock,
        )
        self.pipelines = PipelinePool(size=pipelines, waiting=waiting, deadline=deadline, clock=clock)
        lines = [self.programs.child(), self.pipelines.child()]
        services = Supervisor([*lines, *self.components.services()], intensity=intensity, name="services")
        self._top = Supervisor(
            [
                *self.components.foundations(),
                self.clients.child(),
                services.child("services"),
                *self.components.users(),
                Watchdog(threshold).child(),
                *children,
            ],
            strategy="rest_for_one",
            intensity=intensity,
            name=name,
        )
        self._gate = Gate(name)
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
            NotRunning: It was started before.
        """
        if self._gate.state != "starting":
            raise NotRunning(f"{self.name} is {self._gate.state}: make another one to start again")
        await self._top.__aenter__()
        try:
            for program in self._expected:
                self._models.of(program)  # loads the HTTP libraries before there is anything to hold up
                await self._know(program)
            if self._signals:
                self._silence = listening(self._gate.close_or_hurry)
        except BaseException:
            await self.stop(drain=0.0)
            raise
        self._began = self._clock()
        self._gate.open()
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
                self._gate.state = "stopped"
                self._silence()
                await self._models.aclose()

    async def drain(self, seconds: float | None = None) -> bool:
        """Refuse new calls, and wait for those that run; say whether all have ended in time."""
        return await self._gate.drained(self._drain if seconds is None else seconds)

    def ask_to_stop(self) -> None:
        """Refuse new calls from now on, and end `wait`: what SIGTERM does where `signals` is true."""
        self._gate.close()

    async def wait(self) -> None:
        """Wait until it is asked to stop.

        Raises:
            Shutdown: The tree gave up.
        """
        asked = asyncio.ensure_future(self._gate.closing.wait())
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

        async def work(program: Program, model: Asking) -> Execution:
            return successful(await program.execute(inputs, model, seed=seed), model)

        with self._gate.call():
            return await self._turn(program, work, deadline)

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
        taken = program.signature.Input
        taken.validate(inputs)
        names = {field.alias: field.name for field in taken.shape().fields if field.alias}
        given = {names.get(key, key): value for key, value in inputs.items()}  # it validates them itself

        def begun(told: Tell) -> Coroutine[Any, Any, None]:
            async def work(program: Program, model: Asking) -> None:
                async with aclosing(program.using(model).astream(**given)) as found:
                    async for part in found:
                        await told(part)

            return self._turn(program, work, deadline)

        with self._gate.call():
            async with aclosing(parts(begun)) as found:
                async for part in found:
                    yield part

    async def _turn(
        self,
        program: Program,
        work: Callable[[Program, Asking], Coroutine[Any, Any, Result]],
        deadline: float | None,
    ) -> Result:
        """Do something with a program in the line where it belongs."""
        await self._know(program)
        if _flows(program):
            begun = partial(work, self._using_tools(program), self.model(program))
            return await self.pipelines.run(program.name, begun, deadline=deadline)
        return await self.programs.turn(program.name, work, program=program, deadline=deadline)

    def _using_tools(self, pipeline: Program) -> Program:
        """Return a pipeline whose tools are run by the registry that has them."""
        if not pipeline.uses_tools:
            return pipeline
        given, ready = self._flowing.get(pipeline.name, (None, pipeline))
        if given is not pipeline:
            ready = pipeline.with_tools_run_by(self.components.tool_registry.runner)
            self._flowing[pipeline.name] = pipeline, ready
        return ready

    async def _know(self, program: Program) -> None:
        """Have a line for a program; copies of it share one, and so do pipelines."""
        if program.name in self._costs.of:
            return
        if not _flows(program):
            with suppress(AlreadyThere):
                await self.programs.start(program)
        self._costs.of[program.name] = Tally()

    def model(self, program: Program) -> Asking:
        """Return who answers a program here: requests wait for their turn with all others, and are counted.

        It is for evaluations and optimisations: `aevaluate(Review, data, lm=orchestrator.model(Review))`.
        """
        return of(self._models.of(program), self._costs, program=program.name, pool=self.clients)

    async def _lent(self) -> Any:
        """Lend a turn: the clients themselves serve any number at once."""
        return self._models

    # What can be known at any time.

    @property
    def state(self) -> State:
        """How it is as a whole."""
        return self._gate.state

    def status(self) -> Status:
        """Return the tree."""
        return self._top.status()

    def monitor(self, id: str, down: Callable[[str, Exit], None]) -> None:
        """Call `down` when the component or child that runs now has ended; as `Supervisor.monitor`."""
        self._top.monitor(id, down)

    def stats(self) -> Figures:
        """Return how programs did, what that took, and what the components say."""
        own: dict[str, Any] = {
            "program_supervisor": self.programs.stats(),
            "pipeline_pool": self.pipelines.stats(),
            "client_pool": self.clients.stats(),
        }
        work = {name: found.work for name, found in self.programs.stats().items()}
        work |= self.pipelines.stats().pipelines
        return Figures(
            state=self._gate.state,
            uptime=self._clock() - self._began,
            waiting=sum(each.waiting for each in work.values()),
            running=sum(each.running for each in work.values()),
            programs=work,
            spent=dict(self._costs.of),
            models=dict(self._costs.by),
            requests=self._costs.in_flight,
            restarts=restarts(self.status()),
            zombies=tuple(self._top.zombies()),
            components={**self.components.stats(), **own},
        )


def _flows(program: Program) -> bool:
    """Say whether it is a pipeline."""
    from mlsig.programs.pipeline import Pipeline  # noqa: PLC0415  (is there when a program is)

    return isinstance(program, Pipeline)


async def _kept(_: Any) -> None:
    """Close no client: connections outlive a restart of the pool."""


def _nothing() -> None:
    """Do nothing."""
