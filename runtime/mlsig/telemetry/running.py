"""The spans of a program's call: the program, its step, and the model's calls that nobody else tells of.

with running(program) as run:
    return run.told(await program._execute(inputs, run.watched(lm), seed))
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from mlsig.errors import BudgetExhausted
from mlsig.telemetry import names
from mlsig.telemetry.calls import answered, asked, opened, streamed
from mlsig.telemetry.spans import Reported, Span, Value, current

if TYPE_CHECKING:
    from mlsig.parsing.repairs import Repair
    from mlsig.programs.executions import Execution
    from mlsig.programs.program import Program
    from mlsig.providers.declared import Provider
    from mlsig.providers.messages import LM, Reply, Request
    from mlsig.providers.sync import Immediate, Streaming

KINDS: Final[Mapping[str, str]] = {"parse": "ParseError", "provider": "ProviderError"}
"""What an execution that failed says of its error, as the class of it."""


def spans_of(program: Program) -> tuple[Span, Span]:
    """Return the spans of a program's call and of its one step, which begin now and nobody knows of yet."""
    settings = program.settings(program.candidate.config)
    whole = Span(
        "program",
        f"invoke_workflow {program.name}",
        {names.OPERATION: "invoke_workflow", names.WORKFLOW: program.name},
    )
    name = program.signature.__qualname__
    attributes: dict[str, Value] = {
        "mlsig.step.name": name,
        "mlsig.reasoning": settings.reasoning,
        "mlsig.adapter": settings.adapter,
    }
    return whole, Span("step", f"step {name}", attributes, whole)


def whole(name: str) -> Span:
    """Return the span of a pipeline's call, whose steps have spans of their own."""
    return Span(
        "program",
        f"invoke_workflow {name}",
        {names.OPERATION: "invoke_workflow", names.WORKFLOW: name},
    )


class running:  # noqa: N801  (a context manager, used like a function)
    """The span of a program's call and of its step, current until the context ends."""

    def __init__(self, program: Program) -> None:
        self._providers = program.providers
        self._program, self._step = spans_of(program)
        self._watched: list[Watched] = []

    def __enter__(self) -> Self:
        self._program.__enter__()
        self._step.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.__exit__(kind, error, trace)
        self._program.__exit__(kind, error, trace)

    def watched(self, lm: LM | Immediate) -> Watched:
        """Return the model, with a span for each call that has none of its own."""
        found = Watched(lm, self._providers)
        self._watched.append(found)
        return found

    def told(self, execution: Execution) -> Execution:
        """Take note of how a run ended whose errors are reported, not raised."""
        if execution.error is not None:
            error = next((one.error for one in self._watched if one.error is not None), None)
            if error is None or execution.error_kind == "parse":
                error = Reported(KINDS.get(execution.error_kind or "", "Error"))
            self._step.error = self._program.error = error
        return execution


def read(repairs: tuple[Repair, ...]) -> None:
    """Say on the step under way how much had to be mended in the answer."""
    step = current.get()
    if step is not None and step.kind == "step":
        step.set(repairs=len(repairs))
        if repairs:
            step.attributes["mlsig.repair.codes"] = sorted({repair.code for repair in repairs})
            step.repairs = tuple(map(str, repairs))


class Watched:
    """A model as a program sees it: what makes no span of its own, such as a stub or a cache, gets one here.

    Attributes:
        error: The last error of a call, or None.
    """

    def __init__(self, lm: LM | Immediate, providers: Mapping[str, Provider]) -> None:
        self._lm = lm
        self._providers = providers
        self.error: BaseException | None = None

    async def complete(self, request: Request) -> Reply:
        """Answer one request, and tell of it."""
        lm: LM = self._lm  # type: ignore[assignment]
        span = opened(request, self._providers.get(request.provider))
        token = asked.set(mine := [False])
        try:
            reply = await lm.complete(request)
        except BaseException as error:
            self._failed(span, error, told=mine[0])
            raise
        finally:
            asked.reset(token)
        return self._answered(span, reply, told=mine[0])

    def complete_sync(self, request: Request) -> Reply:
        """Answer one request on this thread, or wait for the loop that does, and tell of it."""
        from mlsig.providers import sync  # noqa: PLC0415

        span = opened(request, self._providers.get(request.provider))
        token = asked.set(mine := [False])
        try:
            reply = sync.complete(self._lm, request)
        except BaseException as error:
            self._failed(span, error, told=mine[0])
            raise
        finally:
            asked.reset(token)
        return self._answered(span, reply, told=mine[0])

    def _failed(self, span: Span, error: BaseException, *, told: bool) -> None:
        self.error = error
        if not told and not isinstance(error, BudgetExhausted):  # no call was made for that
            span.begin()
            span.finish(error)

    def _answered(self, span: Span, reply: Reply, *, told: bool) -> Reply:
        if not told:
            span.begin()
            answered(span, reply)
            span.finish()
        return reply


class WatchedStream(Watched):
    """The same of a model that can answer bit by bit."""

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Answer one request bit by bit, and tell of it where the model itself does not."""
        lm: Streaming = self._lm  # type: ignore[assignment]
        span = opened(request, self._providers.get(request.provider), stream=True)
        mine = [False]
        error: BaseException | None = None
        try:
            async with aclosing(lm.stream(request)) as pieces:
                while True:
                    token = asked.set(mine)  # whoever reads may do so from another context each time
                    try:
                        piece = await anext(pieces, None)
                    finally:
                        asked.reset(token)
                    if piece is None:
                        break
                    streamed(span, piece)
                    yield piece
        except BaseException as raised:
            error = raised
            raise
        finally:
            if not mine[0] and not isinstance(error, BudgetExhausted):
                span.begin()
                span.finish(None if isinstance(error, GeneratorExit) else error)


def watched(lm: LM | Immediate, providers: Mapping[str, Provider]) -> Watched:
    """Return a model whose calls are told of, and its streams, where it has any."""
    return (WatchedStream if hasattr(lm, "stream") else Watched)(lm, providers)
