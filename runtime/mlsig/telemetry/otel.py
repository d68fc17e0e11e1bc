"""Spans and metrics as OpenTelemetry has them; the one module that imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from opentelemetry import context, metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from mlsig.errors import BudgetExhausted, ProviderError
from mlsig.telemetry import names
from mlsig.telemetry.calls import failure
from mlsig.telemetry.spans import Event, Kind, Span, Value

if TYPE_CHECKING:
    from mlsig.providers.messages import Message

CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
ON_SPANS: Final = frozenset({"true", "1", "span_only", "span_and_event"})
SCHEMA: Final = "https://opentelemetry.io/schemas/1.37.0"
SECOND: Final = 1_000_000_000

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
LONG: Final = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)
FIRST: Final = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
COUNTS: Final = tuple(4**power for power in range(14))
"""Boundaries of buckets, by the conventions: of calls and tools, workflows, first chunks, and tokens."""

_KINDS: Final[Mapping[Kind, SpanKind]] = {"call": SpanKind.CLIENT}
_SHARED: Final = (
    names.OPERATION,
    names.PROVIDER,
    names.REQUEST_MODEL,
    names.RESPONSE_MODEL,
    names.SERVER_ADDRESS,
    names.SERVER_PORT,
)
"""What the metrics of a call have of its span: few values each."""


def provided() -> bool:
    """Say whether the process has a provider that is more than a placeholder."""
    empty = (trace.ProxyTracerProvider, trace.NoOpTracerProvider, metrics.NoOpMeterProvider)
    if not isinstance(trace.get_tracer_provider(), empty):
        return True
    found = metrics.get_meter_provider()
    return not isinstance(found, empty) and type(found).__name__ != "_ProxyMeterProvider"


class Exporter:
    """A listener that makes OpenTelemetry's spans and metrics of ours."""

    def __init__(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        *,
        content: bool | None = None,
    ) -> None:
        release = version("mlsig")
        self._tracer = trace.get_tracer("mlsig", release, tracer_provider, SCHEMA)
        self._content = os.environ.get(CONTENT, "").lower() in ON_SPANS if content is None else content
        meter = metrics.get_meter("mlsig", release, meter_provider, SCHEMA)

        def histogram(name: str, unit: str, description: str, edges: tuple[float, ...]) -> metrics.Histogram:
            return meter.create_histogram(
                name, unit, description, explicit_bucket_boundaries_advisory=list(edges)
            )

        self._durations: Final[Mapping[Kind, metrics.Histogram]] = {
            "call": histogram(names.DURATION, "s", "GenAI operation duration.", SECONDS),
            "program": histogram(names.WORKFLOW_DURATION, "s", "GenAI workflow duration.", LONG),
            "tool": histogram(names.TOOL_DURATION, "s", "Duration of a tool execution.", SECONDS),
        }
        self._tokens = histogram(names.TOKENS, "{token}", "Number of input and output tokens used.", COUNTS)
        self._first = histogram(names.TIME_TO_FIRST_CHUNK, "s", "Time to receive the first chunk.", FIRST)
        self._cost = meter.create_counter(names.COST, "USD", "Cost of calls, by the declared prices.")
        self._retries = meter.create_counter("mlsig.retries", "{retry}", "Attempts after the first.")

    def began(self, span: Span, current: bool) -> None:
        """Start a span; its parent is whatever is current, of ours or of anybody else."""
        # A parent that is never the current one, such as a program that streams, has to be named.
        above = span.parent.exported if span.parent is not None else None
        apart = None
        if above is not None and above[1] is None:
            apart = trace.set_span_in_context(above[0])
        made = self._tracer.start_span(
            span.name,
            context=apart,
            kind=_KINDS.get(span.kind, SpanKind.INTERNAL),
            attributes=span.attributes,
            start_time=span.began,
        )
        token = context.attach(trace.set_span_in_context(made)) if current else None
        span.exported = (made, token, len(span.attributes))

    def happened(self, span: Span, event: Event) -> None:
        """Add an event."""
        if event.name == names.RETRY:
            self._retries.add(1, _some(span.attributes, *_SHARED))
        if span.exported is not None:
            made, *_ = span.exported
            made.add_event(event.name, event.attributes, span.began + event.offset)

    def ended(self, span: Span) -> None:
        """End a span, and measure it."""
        failed = {} if span.error is None else failure(span.error)
        self._measure(span, failed)
        if span.exported is None:  # it began before anybody listened
            return
        made, token, known = span.exported
        if token is not None:
            context.detach(token)
        made.set_attributes(dict(islice(span.attributes.items(), known, None)) | failed)
        if self._content and made.is_recording():
            made.set_attributes(_content(span))
            if span.repairs:
                made.set_attribute("mlsig.repair.details", span.repairs)
        if span.error is not None:
            made.set_status(Status(StatusCode.ERROR, self._said(span.error)))
        made.end(span.began + (span.duration or 0))

    def _measure(self, span: Span, failed: Mapping[str, Value]) -> None:
        attributes = span.attributes
        if attributes.get(names.CACHE_HIT):
            return
        wrong = _some(failed, names.ERROR_TYPE)
        shared = _some(attributes, *_SHARED)
        own = {"program": _some(attributes, names.WORKFLOW), "tool": _some(attributes, names.TOOL_NAME)}
        duration = self._durations.get(span.kind)
        if duration is not None:
            duration.record((span.duration or 0) / SECOND, own.get(span.kind, shared) | wrong)
        if span.kind != "call" or span.reply is None:
            return
        for kind, name in (("input", names.INPUT_TOKENS), ("output", names.OUTPUT_TOKENS)):
            self._tokens.record(_number(attributes.get(name)), shared | {names.TOKEN_TYPE: kind})
        self._cost.add(_number(attributes.get(names.COST)), shared)
        if names.FIRST_CHUNK in attributes:
            self._first.record(_number(attributes[names.FIRST_CHUNK]), shared)

    def _said(self, error: BaseException) -> str | None:
        """Return an error's message, where it cannot hold what the model or a user wrote."""
        harmless = isinstance(error, ProviderError | BudgetExhausted)
        return str(error) if harmless or self._content else None


def _some(attributes: Mapping[str, Value], *wanted: str) -> dict[str, Value]:
    return {name: attributes[name] for name in wanted if name in attributes}


def _number(value: Any) -> float:
    return value or 0


def _content(span: Span) -> dict[str, str]:
    """Return what was asked and answered, as JSON in the form of the conventions."""
    found: dict[str, Any] = {}
    if span.request is not None:
        found[names.INPUT_MESSAGES] = [_message(message) for message in span.request.messages]
    if span.reply is not None:
        calls = [
            {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
            for call in span.reply.calls
        ]
        said = [{"type": "text", "content": span.reply.text}] if span.reply.text or not calls else []
        finish = names.FINISHES.get(span.reply.finish, span.reply.finish)
        found[names.OUTPUT_MESSAGES] = [
            {"role": "assistant", "parts": [*said, *calls], "finish_reason": finish}
        ]
    written = {name: msgspec.json.encode(value).decode() for name, value in found.items()}
    if span.arguments is not None:
        written[names.TOOL_ARGUMENTS] = span.arguments
    if span.result is not None:
        written[names.TOOL_RESULT] = span.result
    return written


def _message(message: Message) -> dict[str, Any]:
    if message.answers:
        parts = [{"type": "tool_call_response", "id": message.answers, "response": message.content}]
    else:
        parts = [{"type": "text", "content": message.content}] if message.content else []
    parts += [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
        for call in message.calls
    ]
    return {"role": message.role, "parts": parts}
