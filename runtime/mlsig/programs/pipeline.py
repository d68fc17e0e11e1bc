"""Pipelines: programs whose steps are programs, signatures, tools and other pipelines.

    answer = await Research.acall(question="Who wrote it?")     # a typed Answer.Output
    Research.parts.plan.prompt(question="Who wrote it?")        # what the step `plan` would send
    best = Research.with_candidate(candidate)                   # each step has its share of the candidate

A generated pipeline writes its graph (`flow`) and what a configuration means for its steps (`apply`) as
ordinary typed code; everything that all pipelines have in common is here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Self, TypeAlias, TypeVar, cast

import msgspec

from mlsig import telemetry
from mlsig.errors import BudgetExhausted, ProviderRefused, ProviderUnreachable, StoreError
from mlsig.programs.candidates import Candidate
from mlsig.programs.events import StepEvent
from mlsig.programs.executions import Execution
from mlsig.programs.program import Program
from mlsig.programs.prompt import Prompt
from mlsig.providers.messages import LM, Message
from mlsig.records import Record
from mlsig.settings import CallSettings
from mlsig.signatures import Signature
from mlsig.spaces import Config
from mlsig.tools.use import Usable

if TYPE_CHECKING:  # asyncio only where it is used
    from mlsig.orchestrator.parts import Tell
    from mlsig.programs import flow as flows

__all__ = ["FATAL", "Pipeline", "Stage", "StepEvent", "Task"]

InputT = TypeVar("InputT", bound=Record)
ExpectedT = TypeVar("ExpectedT", bound=Record)
PartsT = TypeVar("PartsT")
ProgramT = TypeVar("ProgramT", bound=Program)
Value = TypeVar("Value")

FATAL: Final = (ProviderUnreachable, ProviderRefused, BudgetExhausted, StoreError)
"""What is no trouble of one run: it would meet every other one too."""


_END: Final = object()


class Task(Signature):
    """The base of what generated pipelines take and return.

    Its output may be that of a signature, as another name of that class.
    """

    Output: type[Any]
    Expected: type[Any]


class Stage(msgspec.Struct, frozen=True):
    """A step that asks models: its name, that of its attribute in `parts`, and its class."""

    name: str
    attribute: str
    program: type[Program]


class Pipeline(Program):
    """The base of generated pipelines. Instances never change: `with_candidate` and `using` return copies.

    Attributes:
        stages: The steps that ask models, in the order of the source.
        wrapped: Whether the output has one field, `result`, whose value is what a call returns.
    """

    stages: ClassVar[tuple[Stage, ...]] = ()
    wrapped: ClassVar[bool] = False

    if TYPE_CHECKING:
        Flow: TypeAlias = flows.Flow

    __slots__ = ("_deadline", "_parts")
    _deadline: float | None
    _parts: Any

    def __init__(self, candidate: Candidate | None = None, lm: LM | None = None) -> None:
        super().__init__(candidate, lm)
        self._keep("_deadline", None)
        self._keep("_parts", None)

    async def flow(self, given: Any, flow: flows.Flow) -> Any:
        """Run the steps; generated pipelines override this."""
        raise NotImplementedError

    def apply(self, config: Any) -> Any:
        """Return the programs of the steps, each with its share of a configuration; overridden as well."""
        raise NotImplementedError

    @classmethod
    def declared_tools(cls) -> tuple[Usable, ...]:
        """Return the tools of its steps, and of the programs and pipelines that they call, each once."""
        found = list(cls.tools)
        for stage in cls.stages:
            found += [tool for tool in stage.program.declared_tools() if tool not in found]
        return tuple(found)

    @classmethod
    def leaves(cls) -> Mapping[str, type[Signature]]:
        """Return the signatures of the programs that ask models, by path: `plan`, `inner.plan`."""
        found: dict[str, type[Signature]] = {}
        for stage in cls.stages:
            inner = stage.program.leaves()
            found |= {f"{stage.name}.{path}": signature for path, signature in inner.items()}
            if not issubclass(stage.program, Pipeline):
                found[stage.name] = stage.program.signature
        return found

    @property
    def candidate(self) -> Candidate:
        """What the pipeline runs with: by default all defaults, and the examples of the signatures."""
        if self._candidate is None:
            self._keep("_candidate", Candidate(self.space.default()))
        return cast("Candidate", self._candidate)

    def using(self, lm: LM) -> Self:
        """Return a copy all of whose calls are answered by `lm` instead of the declared providers."""
        copy = super().using(lm)
        copy._keep("_parts", self._parts)
        return copy

    def with_deadline(self, seconds: float | None) -> Self:
        """Return a copy whose runs end after so many seconds, with everything that is under way then.

        Raises:
            ValueError: It is no time.
        """
        if seconds is not None and not seconds > 0:
            raise ValueError(f"a deadline of {seconds} s: give more than 0, or None for none")
        copy = self._copy()
        copy._keep("_deadline", seconds)
        return copy

    def programs(self) -> dict[str, Program]:
        """Return the programs that ask models, ready to run, by path: `plan`, `inner.plan`."""
        found: dict[str, Program] = {}
        parts = self._applied(self.apply)
        for stage in self.stages:
            part: Program = getattr(parts, stage.attribute)
            inner = part.programs() if isinstance(part, Pipeline) else None
            if inner is None:
                found[stage.name] = part
            else:
                found |= {f"{stage.name}.{path}": program for path, program in inner.items()}
        return found

    def speaking(self, candidate: Candidate) -> CallSettings:
        """Return how to ask a model something that is no example: as the last step is asked."""
        programs = list(self.with_candidate(candidate).programs().values())
        if not programs:
            raise TypeError(f"no step of {self.name} asks a model")
        last = programs[-1]
        return last.speaking(last.candidate)

    async def execute(self, inputs: Record, lm: LM | None = None, *, seed: int | None = None) -> Execution:
        """Run, and report what became of it, step by step; `inputs` are valid already.

        Args:
            inputs: An `Input` of the signature.
            lm: Who answers; the declared providers where nobody is named.
            seed: What the sampling seeds of all calls come from.

        Raises:
            ProviderRefused: The key is missing or refused; a dead model must not look like a bad score.
            ProviderUnreachable: Nothing answers at the provider's address.
            BudgetExhausted: The next call would exceed the budget.
            StepFailed: A step failed, and not because of a model.
            DeadlinePassed: There was no time.
        """
        from mlsig.orchestrator.attempts import StepFailed  # noqa: PLC0415  (asyncio only where it is used)
        from mlsig.programs.flow import Flow  # noqa: PLC0415

        flow = Flow(self.name, lm=lm or self._lm, seed=seed, deadline=self._deadline, run_by=self._run_by)
        try:
            value = await self._flown(inputs, flow, self.flow)
        except StepFailed as failed:
            _refuse_fatal(failed)
            execution = flow.execution(None, failed)
            if execution.error_kind is None:
                raise
            return execution
        for error in flow.errors.values():
            _refuse_fatal(error)
        output = self.signature.Output.validate({"result": value}) if self.wrapped else value
        return flow.execution(output)

    def prompts(self, **inputs: Any) -> dict[str, Prompt]:
        """Return what would be sent by the steps that read nothing but these inputs, by path; makes no call.

        Raises:
            ValidationError: The inputs do not fit.
        """
        from mlsig.programs.preview import prompts  # noqa: PLC0415  (asyncio only where it is used)

        return prompts(self.flow, self.signature.Input.validate(inputs))

    def prompt(self, **inputs: Any) -> Prompt:
        """Return what the first step would send; `prompts` has those of all steps that can be known.

        Raises:
            ValidationError: The inputs do not fit.
            TypeError: No step that asks a model reads the inputs alone; `parts` has the programs of them.
        """
        found = self.prompts(**inputs)
        for prompt in found.values():
            return prompt
        shown = ", ".join(f"{self.name}.parts.{stage.attribute}.prompt(…)" for stage in self.stages[:3])
        raise TypeError(
            f"what {self.name} sends depends on what its steps return: {shown or 'none asks a model'}"
        )

    def sketch(self, **inputs: Any) -> tuple[Message, ...]:
        """Return the messages of all prompts that can be known."""
        return tuple(message for prompt in self.prompts(**inputs).values() for message in prompt)

    def steps(self, inputs: Record, *, seed: int | None = None) -> NoReturn:
        """Refuse: steps run side by side, so nobody can drive them one after the other.

        Raises:
            TypeError: Always.
        """
        del inputs, seed
        raise TypeError(f"{self.name} is a pipeline: run it with `acall`, or with `execute`")

    def stream(self, *args: Any, **inputs: Any) -> Generator[Any, None, None]:
        """Run, and yield what happens as it does: `StepEvent`s, and the output at the end.

        What is certain of the answer of the last step comes as it is, a record of `signature.Expected`; that
        of other steps in events. Generated pipelines state the inputs, and what comes, by name and type.

        Raises:
            ValidationError: The inputs do not fit.
            StepFailed: A step failed for good.
            DeadlinePassed: There was no time.
        """
        self._no_positional(args)
        return self._streamed(self.signature.Input.validate(inputs), self.flow)

    def astream(self, *args: Any, **inputs: Any) -> AsyncGenerator[Any, None]:
        """Do as `stream` does; close the generator (`contextlib.aclosing`) to give up early."""
        self._no_positional(args)
        return self._astreamed(self.signature.Input.validate(inputs), self.flow)

    def with_tools(self, *tools: Usable) -> NoReturn:
        """Refuse: tools are those of a program.

        Raises:
            TypeError: Always.
        """
        del tools
        raise TypeError(f"{self.name} is a pipeline: declare tools in the programs that its steps call")

    def _applied(self, make: Callable[[Any], PartsT]) -> PartsT:
        """Return the programs of the steps, made once."""
        if self._parts is None:
            self._keep("_parts", make(self.candidate.config))
        return cast("PartsT", self._parts)

    def _part(self, step: str, program: ProgramT, config: Config) -> ProgramT:
        """Return the program of a step with its share of the candidate, and of what holds for all steps."""
        examples = () if isinstance(program, Pipeline) else program.signature.examples
        made = program.with_candidate(self.candidate.within(step, config, examples))
        if self._reasks:
            made = made.with_reasks(self._reasks)
        if self._run_by is not None and made.uses_tools:
            made = made.with_tools_run_by(self._run_by)
        return made.with_wording(self._wording) if self._wording else made

    def _ran(self, given: InputT, body: Callable[[InputT, flows.Flow], Awaitable[Value]]) -> Value:
        """Run and wait, wherever the caller stands."""
        from mlsig.providers import sync  # noqa: PLC0415  (asyncio and threads only where they are used)

        return sync.run(self._arun_flow(given, body))

    async def _arun_flow(
        self, given: InputT, body: Callable[[InputT, flows.Flow], Awaitable[Value]]
    ) -> Value:
        from mlsig.programs.flow import Flow  # noqa: PLC0415  (asyncio only where it is used)

        flow = Flow(self.name, lm=self._lm, deadline=self._deadline, run_by=self._run_by)
        return await self._flown(flow.checked(given), flow, body)

    def _streamed(
        self, given: InputT, body: Callable[[InputT, flows.Flow], Awaitable[Value]]
    ) -> Generator[StepEvent | Value, None, None]:
        from mlsig.providers import sync  # noqa: PLC0415  (asyncio and threads only where they are used)

        found = self._astreamed(given, body)
        try:
            while (more := sync.run(_more(found))) is not _END:
                yield cast("StepEvent | Value", more)
        finally:
            sync.run(found.aclose())

    def _streamed_parts(
        self,
        given: InputT,
        body: Callable[[InputT, flows.Flow], Awaitable[Value]],
        expected: type[ExpectedT],  # noqa: ARG002  (for type checkers)
    ) -> Generator[StepEvent | ExpectedT | Value, None, None]:
        return cast("Generator[StepEvent | ExpectedT | Value, None, None]", self._streamed(given, body))

    def _astreamed_parts(
        self,
        given: InputT,
        body: Callable[[InputT, flows.Flow], Awaitable[Value]],
        expected: type[ExpectedT],  # noqa: ARG002  (for type checkers)
    ) -> AsyncGenerator[StepEvent | ExpectedT | Value, None]:
        return cast("AsyncGenerator[StepEvent | ExpectedT | Value, None]", self._astreamed(given, body))

    async def _astreamed(
        self, given: InputT, body: Callable[[InputT, flows.Flow], Awaitable[Value]]
    ) -> AsyncGenerator[StepEvent | Value, None]:
        from mlsig.orchestrator.parts import parts  # noqa: PLC0415  (asyncio only where it is used)
        from mlsig.programs.flow import Flow  # noqa: PLC0415

        async def run(told: Tell) -> None:
            async def tell(event: StepEvent) -> None:
                own = event.kind == "part" and not self.wrapped and _answers(event.step)
                await told(event.value if own else event)

            flow = Flow(self.name, lm=self._lm, deadline=self._deadline, run_by=self._run_by, tell=tell)
            await told(await self._flown(flow.checked(given), flow, body))

        async with aclosing(parts(run)) as found:
            async for each in found:
                yield each

    async def _flown(
        self, given: InputT, flow: flows.Flow, body: Callable[[InputT, flows.Flow], Awaitable[Value]]
    ) -> Value:
        if telemetry.on and telemetry.listening():
            from mlsig.telemetry.running import whole  # noqa: PLC0415

            with whole(self.name):
                async with flow:
                    return await body(given, flow)
        async with flow:
            return await body(given, flow)

    def _copy(self, *, candidate: Candidate | None = None, lm: LM | None = None) -> Self:
        copy = super()._copy(candidate=candidate, lm=lm)
        copy._keep("_deadline", self._deadline)
        return copy

    def __repr__(self) -> str:
        return f"<{self.name}: a pipeline of {len(self.stages)} programs>"


async def _more(found: AsyncGenerator[Value, None]) -> Value | object:
    return await anext(found, _END)


def _answers(step: str) -> bool:
    """Say whether the answer of a step is that of the whole: it is what is returned, there and around it."""
    return all(name == "return" for name in step.split("."))


def _refuse_fatal(error: Exception) -> None:
    from mlsig.orchestrator.attempts import root  # noqa: PLC0415  (asyncio only where it is used)

    cause = root(error)
    if isinstance(cause, FATAL):
        raise cause from error
