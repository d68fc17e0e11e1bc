"""Programs as supervised children: each with its own line of calls, its candidate and its figures.

    programs = ProgramSupervisor()
    async with Supervisor([programs.child()]):
        await programs.start(Review)
        answer = await programs.call(Review, review="…")       # typed, as the program itself
        programs.configure("Review", {"temperature": 0.2, …})
        print(programs.stats()["Review"].work.succeeded)

A call is a child of its program's supervisor. Its errors are the caller's; what a program did, and what it
runs with, is known outside of these tasks and outlives them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from mlsig.errors import ParseError
from mlsig.orchestrator.asking import Asking, Costs, of
from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components.bounded import Bounded, needed
from mlsig.orchestrator.components.lasting import Lasting
from mlsig.orchestrator.components.running_programs import ProgramStats, Ran, Running
from mlsig.orchestrator.quotas import Quotas
from mlsig.orchestrator.supervisor import AlreadyThere, UnknownChild

if TYPE_CHECKING:
    from mlsig.orchestrator.components.tool_registry import ToolRegistry
    from mlsig.programs.candidates import Candidate
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.providers.messages import LM
    from mlsig.records import Record

__all__ = ["ProgramStats", "ProgramSupervisor", "Ran", "successful"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Result = TypeVar("Result")

CONCURRENCY: Final = 100
WAITING: Final = 1_000
DEADLINE: Final = 60.0
RECENT: Final = 100


def _declared(program: Program) -> LM:
    if program.lm is not None:
        return program.lm
    from mlsig.providers.sync import SharedClient  # noqa: PLC0415  (only where models are called)

    return SharedClient(program.providers)


class ProgramSupervisor:
    """Programs by name. Belongs to one event loop.

    Args:
        concurrency: How many calls of one program run at a time.
        waiting: How many more wait for their turn.
        deadline: Seconds for a call, its waiting included; None: no limit.
        recent: How many runs of each program are remembered.
        shutdown: Seconds that the calls of a program have to end when it is stopped.
        models: Who answers the calls of a program; by default whom it was given by `using`, or the providers
            that it declares.
        resources: What calls may need of, beside a turn: a `ResourceManager`.
        tools: Runs those tools of programs that are registered there.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        concurrency: int = CONCURRENCY,
        waiting: int = WAITING,
        deadline: float | None = DEADLINE,
        recent: int = RECENT,
        shutdown: float = 5.0,
        models: Callable[[Program], LM] = _declared,
        resources: Quotas | None = None,
        tools: ToolRegistry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._concurrency = concurrency
        self._waiting = waiting
        self._deadline = deadline
        self._recent = recent
        self._shutdown = shutdown
        self._clock = clock
        self._top = Lasting("program_supervisor")
        self._running: dict[str, Running] = {}
        self._models = models
        self._resources = resources
        self._tools = tools
        self._costs = Costs()

    async def start(
        self,
        program: Program,
        *,
        name: str | None = None,
        concurrency: int | None = None,
        waiting: int | None = None,
        needs: Mapping[str, int] | None = None,
    ) -> None:
        """Start a program: from here on it can be called.

        Args:
            program: Which.
            name: What it is called here, if another name than its own.
            concurrency: How many of its calls run at a time, if another number than for all.
            waiting: How many more wait, the same.
            needs: What each call has to have of the resources, such as `{"gpus": 1}`.

        Raises:
            AlreadyThere: There is one of the name.
            ValueError: There will never be what it needs.
            NotRunning: The supervisor does not run.
        """
        name = name or program.name
        if name in self._running:
            raise AlreadyThere(f"there is a program {name}: give another `name`, or `stop` it")
        if needs:
            needed(self._resources, name, needs)
        line = Bounded(
            name,
            concurrency=self._concurrency if concurrency is None else concurrency,
            waiting=self._waiting if waiting is None else waiting,
            deadline=self._deadline,
            shutdown=self._shutdown,
            resources=self._resources,
            clock=self._clock,
        )
        await self._top.add(line.tasks.child(name))
        running = self._running[name] = Running(program, line, self._recent, dict(needs or {}))
        running.ready = self._ready(program)

    async def stop(self, name: str) -> ProgramStats:
        """Stop a program and the calls that it has, forget it, and return how it did.

        Raises:
            UnknownChild: There is none of the name.
            NotRunning: The supervisor does not run.
        """
        self._known(name)
        await self._top.remove(name)
        return self._running.pop(name).stats()

    def programs(self) -> dict[str, Program]:
        """Return the programs by name, as they run now."""
        return {name: running.program for name, running in self._running.items()}

    def configure(self, name: str, values: Mapping[str, Any]) -> Candidate:
        """Have a program run with another configuration from its next call on, and return its candidate.

        Raises:
            ValidationError: The values are not a configuration of its space, or of its `variables()`.
            UnknownChild: There is none of the name.
        """
        from mlsig.programs.candidates import Candidate  # noqa: PLC0415  (is there when a program is)

        running = self._known(name)
        data = {**running.program.candidate.to_dict(), "config": dict(values)}
        running.program = running.program.with_candidate(Candidate.from_dict(running.program, data))
        running.ready = self._ready(running.program)
        return running.program.candidate

    def replace(self, name: str, program: Program) -> None:
        """Put another program in the place of one, from the next call on: a better one, say.

        Raises:
            UnknownChild: There is none of the name.
        """
        running = self._known(name)
        running.program, running.ready = program, self._ready(program)

    async def call(
        self, program: Callable[Arguments, Answer], /, *args: Arguments.args, **inputs: Arguments.kwargs
    ) -> Answer:
        """Call a program under its own name, as it runs now, and return its typed answer.

        Raises:
            ValidationError: The inputs do not fit.
            UnknownChild: It was not started.
            Full: As many calls as are allowed wait.
            DeadlinePassed: It took too long.
            NotRunning: It was stopped meanwhile.
            ParseError: The answer could not be read.
            ProviderError: A request failed.
        """
        if args:
            raise TypeError("a program takes its inputs by name, such as `call(program, question=…)`")
        return cast("Answer", await self.run(cast("Program", program).name, dict(inputs)))

    async def run(
        self, name: str, inputs: Mapping[str, Any], *, deadline: float | None = None, seed: int | None = None
    ) -> Any:
        """Call a program by name, and return its answer.

        Raises:
            ValidationError: As `call`, and so are the others.
        """
        program = self._known(name).program
        given = program.signature.Input.validate(inputs)
        output: Any = (await self.execute(name, given, deadline=deadline, seed=seed)).output
        return output.result if getattr(program, "wrapped", False) else output  # that of some pipelines

    async def execute(
        self, name: str, inputs: Record, *, deadline: float | None = None, seed: int | None = None
    ) -> Execution:
        """Run a program with inputs that are valid already; what is returned has an output.

        Raises:
            UnknownChild: As `call`, and so are the others.
        """

        async def work(program: Program, model: Asking) -> Execution:
            return successful(await program.execute(inputs, model, seed=seed), model)

        return await self.turn(name, work, deadline=deadline)

    async def turn(
        self,
        name: str,
        work: Callable[[Program, Asking], Coroutine[Any, Any, Result]],
        *,
        program: Program | None = None,
        deadline: float | None = None,
    ) -> Result:
        """Do something with a program in its turn, and return what it returns; it is counted as a call.

        Args:
            name: Of the program that was started.
            work: Is given the program as it runs now, and who answers it.
            program: A copy of the program to do it with, if not as it runs now.
            deadline: Seconds, if they are fewer than those of all calls.

        Raises:
            UnknownChild: It was not started.
            Full: As many calls as are allowed wait.
            DeadlinePassed: It took too long.
            NotRunning: It was stopped meanwhile.
            Exception: What the work raised.
        """
        running = self._known(name)
        does = running.ready if program is None or program is running.given else self._ready(program)

        async def counted() -> Result:
            model = of(self._models(does), self._costs, program=name)
            failed: BaseException | None = None
            try:
                return await work(does, model)
            except BaseException as error:
                failed = error
                raise
            finally:
                running.count(model.took, self._clock(), failed)

        return await running.line.run(name, counted, deadline=deadline, needs=running.needs)

    def stats(self) -> dict[str, ProgramStats]:
        """Return how each program did."""
        return {name: running.stats() for name, running in self._running.items()}

    def child(self, id: str = "program_supervisor") -> Child:
        """Return it as a child of a supervisor. Programs are there again after a restart of it."""
        return self._top.child(id)

    def _ready(self, program: Program) -> Program:
        """Return a program whose tools are run by the registry that has them."""
        if self._tools is None or not program.uses_tools:
            return program
        return program.with_tools_run_by(self._tools.runner)

    def _known(self, name: str) -> Running:
        found = self._running.get(name)
        if found is None:
            there = ", ".join(self._running) or "none"
            raise UnknownChild(f"there is no program {name}; started are {there}")
        return found


def successful(execution: Execution, model: Asking) -> Execution:
    """Return an execution that has an output.

    Raises:
        ProviderError: A request failed: the error of the last one.
        ParseError: The answer could not be read.
    """
    if execution.output is not None:
        return execution
    if execution.error_kind == "provider" and model.error is not None:
        raise model.error
    raise ParseError(execution.error or "there is no answer", (), execution.text)
