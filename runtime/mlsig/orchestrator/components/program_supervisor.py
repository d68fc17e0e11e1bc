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
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from mlsig.errors import ParseError
from mlsig.orchestrator.children import Child
from mlsig.orchestrator.components.bounded import Bounded, Work
from mlsig.orchestrator.components.lasting import Lasting
from mlsig.orchestrator.supervisor import AlreadyThere, UnknownChild

if TYPE_CHECKING:
    from mlsig.programs.candidates import Candidate
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.providers.messages import LM, Reply, Request
    from mlsig.records import Record

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

CONCURRENCY: Final = 100
WAITING: Final = 1_000
DEADLINE: Final = 60.0
RECENT: Final = 100


def _declared(program: Program) -> LM:
    if program.lm is not None:
        return program.lm
    from mlsig.providers.sync import SharedClient  # noqa: PLC0415  (only where models are called)

    return SharedClient(program.providers)


@dataclass(frozen=True)
class Ran:
    """One run, as it is remembered.

    Attributes:
        at: When it ended, by the clock.
        cost: US dollars.
        latency: Seconds that its requests took.
        tokens: Read and written.
        error: Why there is no output, or None.
    """

    at: float
    cost: float
    latency: float
    tokens: int
    error: str | None


@dataclass(frozen=True)
class ProgramStats:
    """How a program did.

    Attributes:
        work: Its calls.
        requests: Answered by models.
        cost: US dollars of all its calls.
        tokens: Read and written by all its calls.
        recent: The last 100 runs, the oldest first.
        candidate: The key of what it runs with.
    """

    work: Work
    requests: int
    cost: float
    tokens: int
    recent: tuple[Ran, ...]
    candidate: str


class _Running:
    """A program, and what is known of it."""

    def __init__(self, program: Program, line: Bounded, recent: int) -> None:
        self.program = program
        self.line = line
        self.recent: deque[Ran] = deque(maxlen=recent)
        self.requests = self.tokens = 0
        self.cost = 0.0

    def count(self, execution: Execution, at: float) -> None:
        tokens = execution.input_tokens + execution.output_tokens
        self.requests += execution.calls
        self.tokens += tokens
        self.cost += execution.cost
        self.recent.append(Ran(at, execution.cost, execution.latency, tokens, execution.error))


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._concurrency = concurrency
        self._waiting = waiting
        self._deadline = deadline
        self._recent = recent
        self._shutdown = shutdown
        self._clock = clock
        self._top = Lasting("program_supervisor")
        self._running: dict[str, _Running] = {}
        self._models = models

    async def start(
        self,
        program: Program,
        *,
        name: str | None = None,
        concurrency: int | None = None,
        waiting: int | None = None,
    ) -> None:
        """Start a program: from here on it can be called.

        Args:
            program: Which.
            name: What it is called here, if another name than its own.
            concurrency: How many of its calls run at a time, if another number than for all.
            waiting: How many more wait, the same.

        Raises:
            AlreadyThere: There is one of the name.
            NotRunning: The supervisor does not run.
        """
        name = name or program.name
        if name in self._running:
            raise AlreadyThere(f"there is a program {name}: give another `name`, or `stop` it")
        line = Bounded(
            name,
            concurrency=self._concurrency if concurrency is None else concurrency,
            waiting=self._waiting if waiting is None else waiting,
            deadline=self._deadline,
            shutdown=self._shutdown,
            clock=self._clock,
        )
        await self._top.add(line.tasks.child(name))
        self._running[name] = _Running(program, line, self._recent)

    async def stop(self, name: str) -> ProgramStats:
        """Stop a program and the calls that it has, forget it, and return how it did.

        Raises:
            UnknownChild: There is none of the name.
            NotRunning: The supervisor does not run.
        """
        self._known(name)
        await self._top.remove(name)
        return self._stats(self._running.pop(name))

    def programs(self) -> dict[str, Program]:
        """Return the programs by name, as they run now."""
        return {name: running.program for name, running in self._running.items()}

    def configure(self, name: str, values: Mapping[str, Any]) -> Candidate:
        """Have a program run with another configuration from its next call on, and return its candidate.

        Raises:
            ValidationError: The values are not a legal configuration of its space.
            UnknownChild: There is none of the name.
        """
        from msgspec.structs import replace  # noqa: PLC0415  (few need it)

        running = self._known(name)
        config = running.program.space.validate(values)
        running.program = running.program.with_candidate(replace(running.program.candidate, config=config))
        return running.program.candidate

    def replace(self, name: str, program: Program) -> None:
        """Put another program in the place of one, from the next call on: a better one, say.

        Raises:
            UnknownChild: There is none of the name.
        """
        self._known(name).program = program

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
        running = self._known(name)
        program = running.program

        async def work() -> Execution:
            model = _Model(self._models(program))
            execution = await program.execute(inputs, model, seed=seed)
            running.count(execution, self._clock())
            if execution.output is None:
                raise _failure(execution, model.error)
            return execution

        return await running.line.run(name, work, deadline=deadline)

    def stats(self) -> dict[str, ProgramStats]:
        """Return how each program did."""
        return {name: self._stats(running) for name, running in self._running.items()}

    def child(self, id: str = "program_supervisor") -> Child:
        """Return it as a child of a supervisor. Programs are there again after a restart of it."""
        return self._top.child(id)

    def _known(self, name: str) -> _Running:
        found = self._running.get(name)
        if found is None:
            there = ", ".join(self._running) or "none"
            raise UnknownChild(f"there is no program {name}; started are {there}")
        return found

    def _stats(self, running: _Running) -> ProgramStats:
        return ProgramStats(
            work=running.line.work.get(running.line.name, Work()).copy(),
            requests=running.requests,
            cost=running.cost,
            tokens=running.tokens,
            recent=tuple(running.recent),
            candidate=running.program.candidate.key(),
        )


class _Model:
    """Who answers one call of a program, and the last error of that."""

    def __init__(self, lm: LM) -> None:
        self._lm = lm
        self.error: Exception | None = None

    async def complete(self, request: Request) -> Reply:
        try:
            return await self._lm.complete(request)
        except Exception as error:
            self.error = error
            raise


def _failure(execution: Execution, last: Exception | None) -> Exception:
    """Return why there is no output: the error of the last request, where it was that."""
    if execution.error_kind == "provider" and last is not None:
        return last
    return ParseError(execution.error or "there is no answer", (), execution.text)
