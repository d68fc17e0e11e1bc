"""One run of a pipeline: its graph, who answers its calls, and what they took.

    async with Flow("Research", lm=lm) as flow:
        plan = flow.step("plan", lambda: flow.ask("plan", parts.plan, Plan.Input(question=q), Plan.Output))
        docs = flow.step("docs", lambda: search.acall(query=plan.value.query), needs=[plan], retry=2)
        return await docs

Everything that is noted here is the same in whatever order the steps end: sums are exact, and the latency is
that of the longest way through the graph, not of a clock on the wall. What tools take is measured where they
run, in whole tenths of a second, so that quick ones count for nothing, on a busy machine too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from math import fsum
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar, cast

import msgspec

from mlsig import telemetry
from mlsig.errors import ParseError, ProviderError
from mlsig.evaluation.chance import call_seed, digest
from mlsig.orchestrator.attempts import root
from mlsig.orchestrator.graph import ITEM, Graph
from mlsig.programs.events import StepEvent
from mlsig.programs.executions import ErrorKind, Execution, StepRun
from mlsig.providers.messages import LM, Reply
from mlsig.reasoning.steps import Trail
from mlsig.records import Record

if TYPE_CHECKING:
    from mlsig.programs.program import Program
    from mlsig.tools.use import Usable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
RecordT = TypeVar("RecordT", bound=Record)
OutputT = TypeVar("OutputT", bound=Record)
Value = TypeVar("Value")
Tell: TypeAlias = Callable[[StepEvent], Awaitable[None]]


class Asked:
    """One run of the program of a step, whether it ended well or not."""

    __slots__ = ("inputs", "output", "reasoning", "step", "trail")

    def __init__(self, step: str, inputs: Record) -> None:
        self.step = step
        self.inputs = inputs
        self.trail = Trail()
        self.output: Record | None = None
        self.reasoning: str | None = None

    @property
    def latency(self) -> float:
        """Seconds of its calls."""
        return fsum(reply.latency for reply in self.trail.replies)


class Flow(Graph):
    """A graph whose steps ask models.

    Args:
        name: What errors call it.
        lm: Who answers; None for each program's own providers.
        seed: What the sampling seeds of the calls come from; None for none.
        deadline: Seconds that all of it may take.
        rng: What waits between attempts are drawn by.
        run_by: Makes of a tool what runs it; by default it runs itself.
        tell: Is told what happens to the steps.
        within: The path of the step that this is the inside of, for what is told.
    """

    def __init__(
        self,
        name: str = "",
        *,
        lm: LM | None = None,
        seed: int | None = None,
        deadline: float | None = None,
        rng: random.Random | None = None,
        run_by: Callable[[Usable], Usable] | None = None,
        tell: Tell | None = None,
        within: str = "",
    ) -> None:
        super().__init__(name, deadline=deadline, rng=rng)
        self._lm = lm
        self._run_by = run_by
        self._tell = tell
        self._within = within
        self._seed = seed
        self._asked: list[Asked] = []
        self._inner: list[tuple[str, Flow]] = []
        self._times: dict[tuple[str, int], int] = {}
        self._used: list[tuple[str, float]] = []
        self._grown: set[str] = set()

    async def ask(
        self,
        step: str,
        program: Program,
        inputs: Record,
        output: type[OutputT],  # noqa: ARG002
    ) -> OutputT:
        """Run the program of a step; `output` is for type checkers.

        Raises:
            ValidationError: The inputs do not fit.
            ParseError: An answer could not be read.
            ProviderError: A call failed.
        """
        given = self.checked(inputs)
        lm = self._lm or program.lm
        if lm is None:
            from mlsig.providers import sync  # noqa: PLC0415  (threads only where they are used)

            lm = sync.SharedClient(program.providers)
        if self._tell is not None:
            return cast("OutputT", await self._growing(step, program.using(lm), given))
        asked = Asked(step, given)
        self._asked.append(asked)
        seed = self._sampling(step, given)
        if telemetry.on and telemetry.listening():
            from mlsig.telemetry.running import running  # noqa: PLC0415

            with running(program) as run:
                reading = await program.attempt(given, run.watched(lm), asked.trail, seed=seed)
        else:
            reading = await program.attempt(given, lm, asked.trail, seed=seed)
        asked.output, asked.reasoning = reading.output, reading.lead.get("reasoning")
        return cast("OutputT", reading.output)

    def use(
        self, step: str, tool: Callable[Arguments, Result]
    ) -> Callable[Arguments, Coroutine[Any, Any, Result]]:
        """Return what runs the tool of a step, as it is called: `flow.use("docs", search)(query="…")`.

        Raises:
            Exception: What the tool, or who runs it here, raises.
        """
        runs = tool if self._run_by is None else self._run_by(cast("Usable", tool))
        acall: Any = getattr(runs, "acall", None) or cast("Any", tool).acall  # some can only serve models

        async def called(*args: Arguments.args, **arguments: Arguments.kwargs) -> Result:
            start = time.perf_counter()
            try:
                return cast("Result", await acall(*args, **arguments))
            finally:
                self._used.append((step, int((time.perf_counter() - start) * 10) / 10))

        return called

    async def into(self, step: str, body: Callable[[Flow], Awaitable[Value]]) -> Value:
        """Run a pipeline inside of this one: with the same model, and under the same deadline.

        Raises:
            StepFailed: A step of it failed for good.
        """
        seed = None if self._seed is None else call_seed(self._seed, step, 0)
        inner = Flow(
            lm=self._lm,
            seed=seed,
            rng=self._rng,
            run_by=self._run_by,
            tell=self._tell,
            within=f"{self._within}{self._place(step)}.",
        )
        self._inner.append((step, inner))
        async with inner:
            value = await body(inner)
        before = self._path(step)
        self.errors |= {f"{before}.{path}": error for path, error in inner.errors.items()}
        return value

    def checked(self, inputs: RecordT) -> RecordT:
        """Return a record checked: the constructor of one looks at nothing.

        Raises:
            ValidationError: Its values are not what they are declared to be.
        """
        return type(inputs).validate(msgspec.structs.asdict(inputs))

    def execution(self, output: Record | None, failure: Exception | None = None) -> Execution:
        """Return what became of the run: its output, or why it failed."""
        runs = self.runs()
        replies = [reply for _, run in runs for reply in run.trail.replies]
        last = runs[-1][1] if runs else None
        error, kind = None, None
        if failure is not None:
            error, kind = str(failure), _kind(failure)
        return Execution(
            output=output,
            error=error,
            error_kind=kind,
            messages=last.trail.messages if last else (),
            text=last.trail.replies[-1].text if last and last.trail.replies else "",
            reasoning=last.reasoning if last else None,
            input_tokens=sum(reply.input_tokens for reply in replies),
            output_tokens=sum(reply.output_tokens for reply in replies),
            cost=fsum(reply.cost for reply in replies),
            latency=self.latency(),
            calls=len(replies),
            actions=tuple(act for _, run in runs for act in run.trail.acts),
            steps=tuple(_noted(path, run) for path, run in runs),
            failures={path: str(error) for path, error in self.errors.items()},
        )

    def runs(self) -> list[tuple[str, Asked]]:
        """Return every run of a program with its path, ordered by step and then by inputs."""
        places = {name: place for place, name in enumerate(self._steps)}
        found = [
            ((places.get(asked.step, -1), _key(asked.inputs)), [(asked.step, asked)]) for asked in self._asked
        ]
        for step, inner in self._inner:
            runs = [(f"{step}.{path}", run) for path, run in inner.runs()]
            content = b"".join(_key(run.inputs) for _, run in runs)
            found.append(((places.get(step, -1), content), runs))
        return [run for _, runs in sorted(found, key=lambda each: each[0]) for run in runs]

    def latency(self) -> float:
        """Return the seconds of calls and tools on the longest way through the graph."""
        ended: dict[str, float] = {}
        for name, step in self._steps.items():
            began = max((ended[need.name] for need in step.needs), default=0.0)
            parts = [asked.latency for asked in self._asked if asked.step == name]
            parts += [inner.latency() for at, inner in self._inner if at == name]
            parts += [seconds for at, seconds in self._used if at == name]
            # Side by side, as many as may; one after the other where one call was tried again.
            ended[name] = began + max([fsum(parts) / step.width, *(parts if step.width > 1 else ())])
        return max(ended.values(), default=0.0)

    async def _growing(self, step: str, program: Program, given: Record) -> Record:
        """Run the program of a step, and tell what is certain of its answer as it comes."""
        place = self._place(step)
        if place in self._grown:
            await self._told(place, "began")  # it is tried again
        self._grown.add(place)
        output = given
        async with aclosing(program._aparts(given)) as found:  # pyright: ignore[reportPrivateUsage]
            async for output in found:
                if not isinstance(output, program.signature.Output):
                    await self._told(place, "part", output)
        return output

    def _place(self, step: str) -> str:
        """Return the name of a step, with the number of the item that this task works on."""
        item = ITEM.get()
        here = item is not None and item[0] is self and item[1] == step
        return f"{step}[{item[2]}]" if item is not None and here else step

    async def _began(self, name: str) -> None:
        await self._told(name, "began")

    async def _ended(self, name: str, value: object) -> None:
        await self._told(name, "ended", value)

    async def _went_wrong(self, name: str, error: Exception) -> None:
        await self._told(name, "failed", error=error)

    async def _told(
        self,
        step: str,
        kind: Literal["began", "part", "ended", "failed"],
        value: object = None,
        error: Exception | None = None,
    ) -> None:
        if self._tell is not None:
            await self._tell(StepEvent(step=f"{self._within}{step}", kind=kind, value=value, error=error))

    def _sampling(self, step: str, inputs: Record) -> int | None:
        """Return the sampling seed of a call: another one for each step, its inputs, and each attempt."""
        if self._seed is None:
            return None
        content = digest(_key(inputs).decode())
        times = self._times[step, content] = self._times.get((step, content), -1) + 1
        return call_seed(self._seed, f"{step}:{content}", times)


def _key(inputs: Record) -> bytes:
    return msgspec.json.encode(inputs.to_dict(), order="sorted")


def _kind(failure: Exception) -> ErrorKind | None:
    cause = root(failure)
    if isinstance(cause, ParseError):
        return "parse"
    return "provider" if isinstance(cause, ProviderError) else None


def _noted(path: str, run: Asked) -> StepRun:
    replies: Iterable[Reply] = run.trail.replies
    texts = [reply.text for reply in replies]
    output: Mapping[str, Any] | None = None if run.output is None else run.output.to_dict()
    return StepRun(
        step=path,
        inputs=run.inputs.to_dict(),
        output=output,
        text=texts[-1] if texts else "",
        reasoning=run.reasoning,
    )
