"""A candidate made ready to run: everything that no call changes is laid out once."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from mlsig import telemetry
from mlsig.adapters import Adapter, Demo, Layout, Task, Wording
from mlsig.adapters.describing import checks_of, described
from mlsig.errors import MlsigError
from mlsig.parsing import Reading
from mlsig.parsing.outputs import unfit
from mlsig.programs.candidates import Candidate
from mlsig.programs.modules import load
from mlsig.programs.reasking import reasked
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Reply, Request
from mlsig.providers.protocols import variant_of
from mlsig.reasoning import Asking, Predict, Reasoning, Wanted
from mlsig.reasoning.steps import Together
from mlsig.records import Record
from mlsig.settings import CallSettings
from mlsig.signatures import Example, Signature
from mlsig.tools.use import Usable
from mlsig.types.presenting import refuse_files, refuse_keys

if TYPE_CHECKING:
    from mlsig.programs.growing import Growing


class Prompting:
    """How one candidate of one program talks to its model."""

    __slots__ = (
        "_adapter",
        "_has_checks",
        "_native",
        "_reasks",
        "_reasoning",
        "_settings",
        "_signature",
        "_task",
        "_tools",
        "_unseeded",
        "layout",
    )

    def __init__(
        self,
        signature: type[Signature],
        candidate: Candidate,
        settings: CallSettings,
        providers: Mapping[str, Provider],
        tools: tuple[Usable, ...] = (),
        *,
        wording: Wording = Wording.NOTHING,
        reasks: int = 0,
    ) -> None:
        self._settings = settings
        self._reasks = reasks
        self._signature = signature
        self._reasoning: type[Reasoning] = load("reasoning", settings.reasoning)
        self._tools = tools
        self._native = "tools" in _supports(settings, providers)
        self._task = _task(signature, candidate, settings, self._reasoning, providers, wording=wording)
        self._adapter: Adapter = load("adapter", settings.adapter)
        self.layout: Layout = self._adapter(self._task)
        self._has_checks = bool(signature.checked())
        self._unseeded = self._asking_anew(None)

    def first(self, inputs: Record) -> Request:
        """Return the first request that a run makes.

        Raises:
            MlsigError: A way of reasoning of the user's does something else first.
        """
        steps = self._reasoning.run(self.layout, self._asking(None), inputs)
        wanted: Any = next(steps, None)
        while isinstance(wanted, Together):
            wanted = next(wanted.branches[0], None) if wanted.branches else None
        steps.close()
        if isinstance(wanted, Request):
            return wanted
        name = self._settings.reasoning
        raise MlsigError(f"`{name}` does not begin with a call, so it has no prompt to show")

    def run(self, inputs: Record, seed: int | None) -> Generator[Wanted, Any, Reading[Any]]:
        """Yield requests and receive replies until there is an answer, or raise `ParseError`.

        An answer that fits alone, and not together with the inputs, is one that does not fit.
        """
        steps = (self._checked if self._has_checks else self._plainly)(inputs, seed)
        if self._reasks:
            words = self._task.wording.words(getattr(self.layout, "named", "Chat"))
            steps = reasked(steps, partial(self._read, inputs), self._reasks, words)
        reading = yield from steps
        if telemetry.on:
            from mlsig.telemetry.running import read  # noqa: PLC0415

            read(reading.repairs)
        return reading

    def growing(self) -> Growing | None:
        """Return what reads answers while they come; None where answers are not outputs alone."""
        if not issubclass(self._reasoning, Predict):
            return None
        from mlsig.programs.growing import Growing  # noqa: PLC0415  (asyncio only where it is used)

        return Growing(self._signature.Expected, self._reasoning.lead)

    def _read(self, inputs: Record, text: str) -> Reading[Any]:
        reading = self.layout.read(text)
        issues = self._signature.disagreements(inputs, reading.output)
        if issues:
            raise unfit(issues, text)
        return reading

    def _plainly(self, inputs: Record, seed: int | None) -> Generator[Wanted, Any, Reading[Any]]:
        return self._reasoning.run(self.layout, self._asking(seed), inputs)

    def _checked(self, inputs: Record, seed: int | None) -> Generator[Wanted, Any, Reading[Any]]:
        steps = self._plainly(inputs, seed)
        text = ""
        try:
            request = next(steps)
            while True:
                came = yield request
                if isinstance(came, Reply):
                    text = came.text
                request = steps.send(came)
        except StopIteration as done:
            reading: Reading[Any] = done.value
        issues = self._signature.disagreements(inputs, reading.output)
        if issues:
            raise unfit(issues, text)
        return reading

    def _asking(self, seed: int | None) -> Asking:
        return self._unseeded if seed is None else self._asking_anew(seed)

    def _asking_anew(self, seed: int | None) -> Asking:
        settings = self._settings
        layout = self.layout
        request = Request(
            provider=settings.provider,
            model=settings.model,
            messages=(),
            temperature=settings.temperature,
            top_p=settings.top_p,
            max_tokens=settings.max_tokens,
            frequency_penalty=settings.frequency_penalty,
            presence_penalty=settings.presence_penalty,
            seed=seed,
            stop=layout.stop,
            schema=layout.schema,
        )
        return Asking(
            request,
            self._adapter,
            self._task,
            settings=settings,
            signature=self._signature,
            tools=self._tools,
            native=self._native,
        )


def _task(
    signature: type[Signature],
    candidate: Candidate,
    settings: CallSettings,
    reasoning: type[Reasoning],
    providers: Mapping[str, Provider],
    *,
    wording: Wording,
) -> Task:
    refuse_keys(signature.Input.shape().fields)
    refuse_files(signature.Output.shape().fields)
    provider = providers.get(settings.provider)
    supports = _supports(settings, providers)
    demos = candidate.demos if settings.demos is None else candidate.demos[: settings.demos]
    return Task(
        instructions=candidate.instructions or settings.instructions or signature.instructions,
        rules=candidate.rules,
        knobs=settings.knobs,
        inputs=described(signature.Input.shape().fields, candidate.descriptions),
        lead=reasoning.lead,
        output=signature.Output,
        demos=tuple(_demo(demo, reasoning) for demo in demos),
        demo_layout=settings.demo_layout,
        structured=settings.structured and "json_schema" in supports,
        variant=variant_of(provider.protocol) if provider else "openai",
        checks=(*checks_of(signature.Output.shape()), *signature.checked()),
        wording=wording,
        descriptions=candidate.descriptions,
    )


def _supports(settings: CallSettings, providers: Mapping[str, Provider]) -> frozenset[str]:
    provider = providers.get(settings.provider)
    return provider.model(settings.model).supports if provider else frozenset()


def _demo(example: Example[Any, Any], reasoning: type[Reasoning]) -> Demo:
    thought = {field.name: example.reasoning for field in reasoning.lead if example.reasoning}
    stated = _values(example.expected)
    return Demo(inputs=_values(example.inputs), outputs=thought | stated if stated else {})


def _values(record: Record) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}
