"""A program: a signature, a space of ways to run it, and what it is judged by.

Running one is a generator that yields requests and receives replies (`steps`). The three faces, sync, async
and the optimiser's, only differ in how they get a reply to a request.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar, cast

import msgspec

from mlsig import telemetry
from mlsig.adapters.wording import Wording
from mlsig.errors import ParseError, ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.parsing import Reading
from mlsig.parsing.repairs import Repair
from mlsig.programs.candidates import Candidate
from mlsig.programs.executions import ErrorKind, Execution
from mlsig.programs.prompt import Prompt
from mlsig.programs.prompting import Prompting
from mlsig.providers.declared import Provider
from mlsig.providers.messages import LM, Message, Reply, Request
from mlsig.reasoning.steps import Trail, Wanted
from mlsig.records import Record
from mlsig.settings import CallSettings, Direction, Knob, Metric, Objective
from mlsig.signatures import Signature
from mlsig.spaces import Space
from mlsig.tools.use import Usable

__all__ = [
    "CallSettings",
    "Candidate",
    "Direction",
    "ErrorKind",
    "Execution",
    "Knob",
    "Metric",
    "Objective",
    "Program",
]

ExpectedT = TypeVar("ExpectedT", bound=Record)
OutputT = TypeVar("OutputT", bound=Record)


class Program:
    """The base of generated programs. Instances never change: `with_candidate` and `using` return copies."""

    name: ClassVar[str]
    signature: ClassVar[type[Signature]]
    space: ClassVar[type[Space]]
    providers: ClassVar[Mapping[str, Provider]]
    objectives: ClassVar[tuple[Objective, ...]] = ()
    metrics: ClassVar[tuple[str, ...]] = ()
    tools: ClassVar[tuple[Usable, ...]] = ()

    __slots__ = ("_candidate", "_handed", "_lm", "_prompting", "_reasks", "_run_by", "_wording")
    _candidate: Candidate | None
    _handed: tuple[Usable, ...]
    _lm: LM | None
    _prompting: Prompting | None
    _reasks: int
    _run_by: Callable[[Usable], Usable] | None
    _wording: Wording

    def __init__(self, candidate: Candidate | None = None, lm: LM | None = None) -> None:
        # A generated module makes an instance when it is imported, so everything else waits until it is
        # needed.
        self._keep("_candidate", candidate)
        self._keep("_lm", lm)
        self._keep("_handed", ())
        self._keep("_prompting", None)
        self._keep("_reasks", 0)
        self._keep("_run_by", None)
        self._keep("_wording", Wording.NOTHING)

    @staticmethod
    def settings(config: Any) -> CallSettings:
        """Say what a configuration means for a call; generated programs override this."""
        raise NotImplementedError

    @staticmethod
    def given(inputs: Any, config: Any) -> Any:  # noqa: ARG004  (generated programs override this)
        """Return the inputs, those that vary and stand at their defaults as the configuration says."""
        return inputs

    @classmethod
    def variables(cls) -> type[Space]:
        """Return the space of everything that can be tuned; generated programs override this.

        It has the program's own space, what the signature brings, and the standard variables that fit. The
        program runs with configurations of either.
        """
        return cls.space

    @property
    def lm(self) -> LM | None:
        """Who answers its calls, as `using` said; None: the declared providers."""
        return self._lm

    def speaking(self, candidate: Candidate) -> CallSettings:
        """Return how to ask the model of a candidate something that is no example."""
        return self.settings(candidate.config)

    @classmethod
    def leaves(cls) -> Mapping[str, type[Signature]]:
        """Return the signatures of the programs inside a pipeline, by path; none of a program."""
        return {}

    @property
    def candidate(self) -> Candidate:
        """What the program runs with: by default the space's default and the signature's examples."""
        if self._candidate is None:
            self._keep("_candidate", Candidate(self.space.default(), (), self.signature.examples))
        return cast("Candidate", self._candidate)

    def with_candidate(self, candidate: Candidate) -> Self:
        """Return a copy that runs with `candidate`."""
        return self._copy(candidate=candidate)

    def using(self, lm: LM) -> Self:
        """Return a copy whose calls are answered by `lm` instead of the declared providers."""
        copy = self._copy(lm=lm)
        copy._keep("_prompting", self._prompting)
        return copy

    def with_tools(self, *tools: Usable) -> Self:
        """Return a copy whose model may use these tools, beside those that the program declares.

        They serve where the configuration chooses `ReAct`; see `mlsig.mcp_tools` for tools of MCP servers.

        Raises:
            ValueError: Two tools have one name.
        """
        names = [tool.name for tool in (*self.tools, *self._handed, *tools)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two tools are called {twice}: give one of them another name")
        copy = self._copy()
        copy._keep("_handed", (*self._handed, *tools))
        return copy

    @classmethod
    def declared_tools(cls) -> tuple[Usable, ...]:
        """Return the tools that are declared; of a pipeline those of its steps, and of their programs."""
        return cls.tools

    @property
    def uses_tools(self) -> bool:
        """Whether its model, or a step of it, may use any."""
        return bool(self.declared_tools() or self._handed)

    def with_tools_run_by(self, run_by: Callable[[Usable], Usable]) -> Self:
        """Return a copy that has its tools used by others: each is what `run_by` makes of it.

            programs = Review.with_tools_run_by(registry.runner)     # in turn, in processes, and counted

        A step of a pipeline needs the typed result: where what `run_by` returns has no `acall` for that, the
        tool itself is called.
        """
        copy = self._copy()
        copy._keep("_run_by", run_by)
        return copy

    def with_wording(self, wording: Wording | str | Path | None = None, /, **texts: str) -> Self:
        """Return a copy whose prompts have other words; what is not given stays as it is.

            program.with_wording(rule="* {rule}")          # for every layout
            program.with_wording("wording")                # a folder of files, see `mlsig.adapters.Wording`

        Raises:
            ValidationError: There is no such text, or a slot is unknown or missing.
        """
        if isinstance(wording, str | Path):
            wording = Wording.read(wording)
        copy = self._copy()
        copy._keep("_wording", self._wording | (wording or Wording.NOTHING) | Wording(**texts))
        return copy

    def with_reasks(self, times: int = 1) -> Self:
        """Return a copy that asks again, that often at most, when an answer cannot be used.

        The model is shown its answer and what was wrong with it. Each time is a call: it counts in usage and
        budgets.
        """
        copy = self._copy()
        copy._keep("_reasks", times)
        return copy

    def prompt(self, **inputs: Any) -> Prompt:
        """Return exactly what would be sent for these inputs; makes no call.

        Of a way of reasoning that makes several calls, this is the first one.

        Raises:
            ValidationError: The inputs do not fit.
        """
        given = self._given(self.signature.Input.validate(inputs))
        request = self._ready().first(given)
        return Prompt(request, self.providers.get(request.provider))

    def programs(self) -> Mapping[str, Program]:
        """Return the programs inside a pipeline, ready to run, by path; none of a program."""
        return {}

    def sketch(self, **inputs: Any) -> tuple[Message, ...]:
        """Return the messages that would be sent for these inputs, as far as that is known beforehand."""
        return self.prompt(**inputs)

    def steps(self, inputs: Record, *, seed: int | None = None) -> Generator[Wanted, Any, Record]:
        """Run without doing any input or output: yields requests, receives replies, returns the output.

        Programs that use tools, run code or take several samples yield more than requests: what is in
        `mlsig.reasoning.steps`.

        Raises:
            ParseError: An answer could not be read.
        """
        reading = yield from self._ready().run(self._given(inputs), seed)
        output: Record = reading.output
        return output

    def __call__(self, *args: Any, **inputs: Any) -> Any:
        """Run, and return the typed output; generated programs state the inputs by name and type."""
        self._no_positional(args)
        return self._call(self.signature.Input.validate(inputs), self.signature.Output)

    async def acall(self, *args: Any, **inputs: Any) -> Any:
        """Run, and return the typed output; generated programs state the inputs by name and type."""
        self._no_positional(args)
        return await self._acall(self.signature.Input.validate(inputs), self.signature.Output)

    def stream(self, *args: Any, **inputs: Any) -> Generator[Any, None, None]:
        """Run, and yield what is certain of the output as it comes; the whole output at the end.

        Parts are records of `signature.Expected`: a field is `msgspec.UNSET` until its value has ended; of
        a text there is what has come so far, of a list the items that have ended.

        Raises:
            ValidationError: The inputs do not fit.
            ParseError: The answer could not be read.
        """
        self._no_positional(args)
        signature = self.signature
        yield from self._stream(signature.Input.validate(inputs), signature.Expected, signature.Output)

    def astream(self, *args: Any, **inputs: Any) -> AsyncGenerator[Any, None]:
        """Do as `stream` does; close the generator (`contextlib.aclosing`) to give up early."""
        self._no_positional(args)
        signature = self.signature
        return self._astream(signature.Input.validate(inputs), signature.Expected, signature.Output)

    def _stream(
        self,
        inputs: Record,
        expected: type[ExpectedT],  # noqa: ARG002  (for type checkers, and so is the next)
        output: type[OutputT],  # noqa: ARG002
    ) -> Generator[ExpectedT | OutputT, None, None]:
        return cast("Generator[ExpectedT | OutputT, None, None]", self._parts(inputs))

    def _astream(
        self,
        inputs: Record,
        expected: type[ExpectedT],  # noqa: ARG002
        output: type[OutputT],  # noqa: ARG002
    ) -> AsyncGenerator[ExpectedT | OutputT, None]:
        return cast("AsyncGenerator[ExpectedT | OutputT, None]", self._aparts(inputs))

    def _parts(self, inputs: Record) -> Generator[Record, None, None]:
        from mlsig.programs.growing import parts  # noqa: PLC0415  (asyncio only where it is used)
        from mlsig.providers import sync  # noqa: PLC0415

        given = self._given(self._valid(inputs))
        ready = self._ready()
        lm: Any = self._lm or sync.client_of(self.providers)
        if not (telemetry.on and telemetry.listening()):
            yield from parts(ready.run(given, None), lm, ready.growing())
            return
        from mlsig.telemetry.running import watched  # noqa: PLC0415
        from mlsig.telemetry.streaming import streaming  # noqa: PLC0415

        lm = watched(lm, self.providers)
        yield from streaming(self, parts(ready.run(given, None), lm, ready.growing()))

    async def _aparts(self, inputs: Record) -> AsyncGenerator[Record, None]:
        from mlsig.programs.growing import aparts  # noqa: PLC0415
        from mlsig.providers import sync  # noqa: PLC0415

        given = self._given(self._valid(inputs))
        ready = self._ready()
        lm: Any = self._lm or sync.SharedClient(self.providers)
        telling = telemetry.on and telemetry.listening()
        if telling:
            from mlsig.telemetry.running import watched  # noqa: PLC0415

            lm = watched(lm, self.providers)
        found = aparts(ready.run(given, None), lm, ready.growing())
        if telling:
            from mlsig.telemetry.streaming import astreaming  # noqa: PLC0415

            found = astreaming(self, found)
        async with aclosing(found):
            async for part in found:
                yield part

    async def execute(self, inputs: Record, lm: LM, *, seed: int | None = None) -> Execution:
        """Run, and report what became of it; `inputs` are valid already.

        An answer that cannot be read and a call that fails are reported in the result.

        Raises:
            ProviderRefused: The key is missing or refused; a dead model must not look like a bad score.
            ProviderUnreachable: Nothing answers at the provider's address.
            BudgetExhausted: The next call would exceed the budget.
        """
        if telemetry.on and telemetry.listening():
            from mlsig.telemetry.running import running  # noqa: PLC0415

            with running(self) as run:
                return run.told(await self._execute(inputs, run.watched(lm), seed))
        return await self._execute(inputs, lm, seed)

    async def attempt(self, inputs: Record, lm: LM, trail: Trail, *, seed: int | None = None) -> Reading[Any]:
        """Run once, and return what was read, which has the output; `inputs` are valid already.

        Args:
            inputs: An `Input` of the signature.
            lm: Who answers.
            trail: Where what happens is noted, whether it ends well or not.
            seed: Sent to the model, where it takes one.

        Raises:
            ParseError: An answer could not be read.
            ProviderError: A call failed.
            BudgetExhausted: The next call would exceed the budget.
        """
        steps = self._ready().run(self._given(inputs), seed)
        try:
            wanted = next(steps)
            while True:
                if isinstance(wanted, Request):
                    trail.messages = wanted.messages
                    reply = await lm.complete(wanted)
                    trail.replies.append(reply)
                    wanted = steps.send(reply)
                else:
                    wanted = steps.send(await _otherwise(wanted, lm, trail))
        except StopIteration as done:
            reading: Reading[Any] = done.value
            return reading

    async def _execute(self, inputs: Record, lm: LM, seed: int | None) -> Execution:
        trail = Trail()
        try:
            reading = await self.attempt(inputs, lm, trail, seed=seed)
        except ParseError as error:
            return _execution(trail, error=str(error), error_kind="parse")
        except (ProviderRefused, ProviderUnreachable):
            raise
        except ProviderError as error:
            return _execution(trail, error=str(error), error_kind="provider")
        return _execution(
            trail, output=reading.output, reasoning=reading.lead.get("reasoning"), repairs=reading.repairs
        )

    def _call(self, inputs: Record, output: type[OutputT]) -> OutputT:  # noqa: ARG002  (for type checkers)
        lm = self._lm
        if lm is None:
            from mlsig.providers import sync  # noqa: PLC0415  (asyncio and threads only where they are used)

            lm = sync.client_of(self.providers)
        if telemetry.on and telemetry.listening():
            from mlsig.telemetry.running import running  # noqa: PLC0415

            with running(self) as run:
                return cast("OutputT", self._run(inputs, run.watched(lm)))
        return cast("OutputT", self._run(inputs, lm))

    def _run(self, inputs: Record, lm: LM) -> Record:
        # A model that needs no event loop is asked right here.
        ask: Callable[[Request], Reply] = getattr(lm, "complete_sync", None) or partial(_waited, lm)
        steps = self._ready().run(self._given(self._valid(inputs)), None)
        try:
            request = next(steps)
            while True:
                if isinstance(request, Request):
                    request = steps.send(ask(request))
                else:
                    request = steps.send(_in_place(request, lm))
        except StopIteration as done:
            output: Record = done.value.output
            return output

    async def _acall(self, inputs: Record, output: type[OutputT]) -> OutputT:  # noqa: ARG002
        lm = self._lm
        if lm is None:
            from mlsig.providers import sync  # noqa: PLC0415

            lm = sync.SharedClient(self.providers)
        if telemetry.on and telemetry.listening():
            from mlsig.telemetry.running import running  # noqa: PLC0415

            with running(self) as run:
                return cast("OutputT", await self._arun(inputs, run.watched(lm)))
        return cast("OutputT", await self._arun(inputs, lm))

    async def _arun(self, inputs: Record, lm: LM) -> Record:
        steps = self._ready().run(self._given(self._valid(inputs)), None)
        try:
            request = next(steps)
            while True:
                if isinstance(request, Request):
                    request = steps.send(await lm.complete(request))
                else:
                    request = steps.send(await _otherwise(request, lm, Trail()))
        except StopIteration as done:
            output: Record = done.value.output
            return output

    def _ready(self) -> Prompting:
        if self._prompting is None:
            candidate = self.candidate
            settings = self.settings(candidate.config)
            tools = (*self.tools, *self._handed)
            if self._run_by is not None:
                tools = tuple(map(self._run_by, tools))
            prompting = Prompting(
                self.signature,
                candidate,
                settings,
                self.providers,
                tools,
                wording=self._wording,
                reasks=self._reasks,
            )
            self._keep("_prompting", prompting)
        return cast("Prompting", self._prompting)

    def _copy(self, *, candidate: Candidate | None = None, lm: LM | None = None) -> Self:
        """Return a copy with nothing laid out yet."""
        copy = type(self)(candidate or self._candidate, lm or self._lm)
        copy._keep("_handed", self._handed)
        copy._keep("_reasks", self._reasks)
        copy._keep("_run_by", self._run_by)
        copy._keep("_wording", self._wording)
        return copy

    def _given(self, inputs: Record) -> Record:
        """Let the configuration say what the inputs leave at their defaults."""
        given: Record = self.given(inputs, self.candidate.config)
        return given

    def _valid(self, inputs: Record) -> Record:
        """Check what a caller handed over: the constructor of a record looks at nothing."""
        return self.signature.Input.validate(msgspec.structs.asdict(inputs))

    @staticmethod
    def _no_positional(args: tuple[Any, ...]) -> None:
        if args:
            raise TypeError("a program takes its inputs by name, such as `program(question=…)`")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"programs do not change: use with_candidate() or using() instead of setting {name}"
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"programs do not change: {name} cannot be deleted")

    def __repr__(self) -> str:
        return f"<{self.name}: a program of {self.signature.__name__}>"

    def _keep(self, name: str, value: object) -> None:
        """Set an attribute, past the guard that keeps programs from changing."""
        object.__setattr__(self, name, value)


def _waited(lm: LM, request: Request) -> Reply:
    """Return the answer of a model that needs an event loop."""
    from mlsig.providers import sync  # noqa: PLC0415  (asyncio and threads only where they are used)

    return sync.complete(lm, request)


def _execution(
    trail: Trail,
    *,
    output: Record | None = None,
    reasoning: str | None = None,
    repairs: tuple[Repair, ...] = (),
    error: str | None = None,
    error_kind: ErrorKind | None = None,
) -> Execution:
    replies = trail.replies
    asked, written, cost, latency = 0, 0, 0.0, 0.0
    for reply in replies:
        asked += reply.input_tokens
        written += reply.output_tokens
        cost += reply.cost
        latency += reply.latency
    return Execution(
        messages=trail.messages,
        output=output,
        error=error,
        error_kind=error_kind,
        text=replies[-1].text if replies else "",
        reasoning=reasoning,
        repairs=repairs,
        input_tokens=asked,
        output_tokens=written,
        cost=cost,
        latency=latency,
        calls=len(replies),
        actions=tuple(trail.acts),
    )


async def _otherwise(wanted: Wanted, lm: LM, trail: Trail) -> Any:
    """Do what a strategy wants besides a call."""
    from mlsig.reasoning.driving import result  # noqa: PLC0415  (few programs need it)

    return await result(wanted, lm, trail)


def _in_place(wanted: Wanted, lm: LM) -> Any:
    """Do what a strategy wants besides a call, for a caller that waits."""
    from mlsig.reasoning.driving import result_in_place  # noqa: PLC0415  (few programs need it)

    return result_in_place(wanted, lm, Trail())
