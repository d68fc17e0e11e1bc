"""Spans and metrics, as OpenTelemetry's own SDK receives them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from misbehaving import Misbehaving, answer, body, events, hang, status
from mlsig import telemetry
from mlsig.errors import (
    BudgetExhausted,
    ParseError,
    ProviderBusy,
    ProviderError,
    RequestRejected,
    ValidationError,
)
from mlsig.evaluation import aevaluate
from mlsig.providers.cache import CachedLM, Memory
from mlsig.providers.declared import Env
from mlsig.providers.messages import Message, Reply, ToolCall
from mlsig.providers.routing import Fallback, Hedged, Target
from mlsig.telemetry import names
from mlsig.telemetry.calls import claimed
from mlsig.telemetry.running import read
from mlsig.telemetry.tools import tool
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes
from opentelemetry.trace import SpanKind, StatusCode
from toy import Review, reviews

from telemetry.asking import ASK, INPUTS, KEY, client, declared, program
from telemetry.conftest import Collected
from telemetry.stub import GOOD, Stub

LINE = ["chat small", "step Classify", "invoke_workflow Review"]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def port(server: Misbehaving) -> int:
    return int(server.url.rpartition(":")[2].partition("/")[0])


def complete(url: str, request: Any = ASK, **changes: Any) -> Reply:
    async def once() -> Reply:
        async with client(declared(url, **changes)) as lm:
            return await lm.complete(request)

    return asyncio.run(once())


def test_our_names_are_those_of_the_conventions() -> None:
    theirs = {
        value
        for module in (
            gen_ai_attributes,
            gen_ai_metrics,
            error_attributes,
            http_attributes,
            server_attributes,
        )
        for name, value in vars(module).items()
        if name.isupper()
    }
    ours = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    ours |= {f"gen_ai.request.{setting}" for setting in names.SETTINGS}
    newer = {names.WORKFLOW_DURATION, names.TOOL_DURATION}  # their home is the conventions' own repository
    assert {name for name in ours if not name.startswith("mlsig.")} - newer <= theirs


def test_a_call_of_a_client(otel: Collected, server: Misbehaving) -> None:
    server.script(answer("fine"))
    complete(server.url)
    (span,) = otel.spans
    assert (span.name, span.kind, span.status.status_code) == (
        "chat small",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert attributes(span) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "local",
        "gen_ai.request.model": "small",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.seed": 7,
        "gen_ai.request.max_tokens": 20,
        "gen_ai.request.stop_sequences": ("\n",),
        "gen_ai.output.type": "json",
        "gen_ai.response.id": "1",
        "gen_ai.response.model": "small-2026",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        "mlsig.cost": pytest.approx(0.004),
        "server.address": "127.0.0.1",
        "server.port": port(server),
    }
    assert span.start_time is not None
    assert span.end_time is not None
    assert 0 < span.end_time - span.start_time < 5e9
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "mlsig"


def test_metrics_of_a_call(otel: Collected, server: Misbehaving) -> None:
    complete(server.url)
    (duration,) = otel.points("gen_ai.client.operation.duration")
    shared = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "local",
        "gen_ai.request.model": "small",
        "gen_ai.response.model": "small-2026",
        "server.address": "127.0.0.1",
        "server.port": port(server),
    }
    assert dict(duration.attributes) == shared
    assert duration.count == 1
    assert 0 < duration.sum < 5
    assert list(duration.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    tokens = {
        point.attributes["gen_ai.token.type"]: point for point in otel.points("gen_ai.client.token.usage")
    }
    assert {kind: point.sum for kind, point in tokens.items()} == {"input": 1000, "output": 500}
    assert dict(tokens["input"].attributes) == shared | {"gen_ai.token.type": "input"}
    assert list(tokens["input"].explicit_bounds)[-1] == 67108864
    (cost,) = otel.points("mlsig.cost")
    assert cost.value == pytest.approx(0.004)


def test_retries_are_events_of_one_span(otel: Collected, server: Misbehaving) -> None:
    server.script(status(429, "slow down", x_request_id="req-9"), status(500), answer("at last"))
    complete(server.url)
    (span,) = otel.spans
    assert span.status.status_code is StatusCode.UNSET
    first, second = span.events
    assert (first.name, second.name) == ("mlsig.retry", "mlsig.retry")
    told = dict(first.attributes or {})
    assert told.pop("mlsig.retry.wait") <= 0.002
    assert told == {
        "error.type": "ProviderBusy",
        "http.response.status_code": 429,
        "mlsig.retry.attempt": 1,
        "mlsig.error.request_id": "req-9",
    }
    assert (second.attributes or {})["error.type"] == "ProviderError"
    assert span.start_time is not None
    assert span.start_time < first.timestamp < second.timestamp
    (retries,) = otel.points("mlsig.retries")
    assert retries.value == 2
    (duration,) = otel.points("gen_ai.client.operation.duration")
    assert duration.count == 1


def test_an_error_is_typed(otel: Collected, server: Misbehaving) -> None:
    server.script(body(b'{"error": {"message": "too long", "code": "context_length_exceeded"}}', status=400))
    with pytest.raises(RequestRejected):
        complete(server.url)
    (span,) = otel.spans
    found = attributes(span)
    assert found["error.type"] == "RequestRejected"
    assert found["http.response.status_code"] == 400
    assert found["mlsig.error.code"] == "context_length_exceeded"
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "local: failed with status 400: too long"
    (duration,) = otel.points("gen_ai.client.operation.duration")
    assert duration.attributes["error.type"] == "RequestRejected"
    assert otel.points("gen_ai.client.token.usage") == []


def test_an_address_that_is_none_is_an_error_of_the_call(otel: Collected) -> None:
    with pytest.raises(ProviderError):
        complete("", base_url=Env("NO_SUCH_VARIABLE"))
    assert attributes(otel.one("chat"))["error.type"] == "ProviderRefused"
    assert "server.address" not in attributes(otel.one("chat"))


def test_a_cancelled_call_ends_its_span(otel: Collected, server: Misbehaving) -> None:
    server.script(hang)

    async def give_up() -> None:
        async with client(declared(server.url)) as lm:
            task = asyncio.create_task(lm.complete(ASK))
            while not server.requests:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(give_up())
    assert attributes(otel.one("chat"))["error.type"] == "CancelledError"


@pytest.mark.parametrize(
    ("declared_name", "host", "name"),
    [
        ("mine", "api.openai.com", "openai"),
        ("mine", "acme.openai.azure.com", "azure.ai.openai"),
        ("mine", "europe-west1-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("mine", "generativelanguage.googleapis.com", "gcp.gemini"),
        ("mine", "notapi.openai.com.example", "mine"),
        ("groq", "127.0.0.1", "groq"),
    ],
)
def test_known_hosts_have_their_well_known_names(declared_name: str, host: str, name: str) -> None:
    assert names.provider_name(declared_name, host) == name


def test_google_generates_content() -> None:
    span = claimed(ASK, declared("https://generativelanguage.googleapis.com/v1beta", protocol="google"))
    assert span.name == "generate_content small"
    assert span.attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert span.attributes["server.port"] == 443


def test_a_provider_that_nobody_declared(otel: Collected) -> None:
    with pytest.raises(ProviderError, match="no such provider"):
        complete("http://127.0.0.1:9", msgspec.structs.replace(ASK, provider="nobody"))
    found = attributes(otel.one("chat"))
    assert (found["gen_ai.provider.name"], found["error.type"]) == ("nobody", "ProviderError")


def test_a_program_that_asks_nothing(otel: Collected) -> None:
    with telemetry.recording(), tool("search") as span:
        read(())
    assert "mlsig.repairs" not in span.attributes


def test_an_address_that_no_one_can_read_is_left_out() -> None:
    assert names.address(declared("http://[::1")) == ("", None)


# Programs, steps and what they call.


def test_a_program_its_step_and_its_call(otel: Collected, server: Misbehaving) -> None:
    server.script(answer(GOOD))
    program(server.url)(review="private words")
    chat = otel.one("chat")
    assert otel.line(chat) == LINE
    assert attributes(otel.one("step")) == {
        "mlsig.step.name": "Classify",
        "mlsig.reasoning": "Predict",
        "mlsig.adapter": "Chat",
        "mlsig.repairs": 0,
    }
    whole = otel.one("invoke_workflow")
    assert (whole.kind, whole.parent) == (SpanKind.INTERNAL, None)
    assert attributes(whole) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Review",
    }
    (duration,) = otel.points("gen_ai.workflow.duration")
    assert dict(duration.attributes) == {"gen_ai.workflow.name": "Review"}


def test_a_model_without_spans_of_its_own_gets_one(otel: Collected) -> None:
    Review.using(Stub(GOOD))(review="private words")
    chat = otel.one("chat")
    assert otel.line(chat) == LINE
    assert attributes(chat)["gen_ai.usage.input_tokens"] == 11


def test_the_async_face_has_the_same_spans(otel: Collected, server: Misbehaving) -> None:
    server.script(answer(GOOD))
    asyncio.run(program(server.url).acall(review="private words"))
    assert otel.line(otel.one("chat")) == LINE
    asyncio.run(Review.using(Stub(GOOD)).acall(review="private words"))
    assert [otel.line(span) for span in otel.named("chat")] == [LINE, LINE]


def test_tasks_side_by_side_keep_their_own_parents(otel: Collected, server: Misbehaving) -> None:
    server.script(answer(GOOD))
    served = program(server.url)
    tracer = otel.tracers.get_tracer("mine")

    async def all_at_once() -> None:
        with tracer.start_as_current_span("my request"):
            await asyncio.gather(*(served.acall(review=f"number {n}") for n in range(8)))

    asyncio.run(all_at_once())
    chats = otel.named("chat")
    assert [otel.line(chat) for chat in chats] == [[*LINE, "my request"]] * 8
    assert len({chat.parent.span_id for chat in chats if chat.parent}) == 8
    assert len({chat.context.trace_id for chat in chats if chat.context}) == 1


def test_threads_side_by_side_keep_their_own_parents(otel: Collected, server: Misbehaving) -> None:
    """The calls themselves are all made by one loop in a thread of ours."""
    server.script(answer(GOOD))
    served = program(server.url)
    tracer = otel.tracers.get_tracer("mine")

    def work(number: int) -> None:
        with tracer.start_as_current_span(f"thread {number}"):
            served(review=f"number {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert sorted(otel.line(chat)[-1] for chat in otel.named("chat")) == [f"thread {n}" for n in range(8)]
    assert all(otel.line(chat)[:-1] == LINE for chat in otel.named("chat"))


def test_a_thread_that_a_task_starts_is_part_of_it(otel: Collected) -> None:
    tracer = otel.tracers.get_tracer("mine")

    async def once() -> None:
        with tracer.start_as_current_span("my task"):
            await asyncio.to_thread(Review.using(Stub(GOOD)), review="private words")

    asyncio.run(once())
    assert otel.line(otel.one("chat")) == [*LINE, "my task"]


def test_evaluations_have_a_trace_for_each_example(otel: Collected) -> None:
    examples = reviews(6)
    texts = [GOOD, GOOD, "gibberish", ProviderBusy("toy", "busy", status=429), GOOD, GOOD]
    asyncio.run(aevaluate(Review, examples, lm=Stub(*texts), concurrency=1))
    programs = otel.named("invoke_workflow")
    assert len({span.context.trace_id for span in programs if span.context}) == 6
    kinds = [attributes(span).get("error.type") for span in programs]
    assert kinds == [None, None, "ParseError", "ProviderBusy", None, None]
    steps = [attributes(span).get("error.type") for span in otel.named("step")]
    assert steps == kinds
    assert [attributes(span).get("error.type") for span in otel.named("chat")].count("ProviderBusy") == 1


def test_answers_that_do_not_fit_are_errors_of_the_step(otel: Collected) -> None:
    with pytest.raises(ParseError):
        Review.using(Stub("private gibberish"))(review="private words")
    assert attributes(otel.one("step"))["error.type"] == "ParseError"
    assert otel.one("chat").status.status_code is StatusCode.UNSET
    (duration,) = otel.points("gen_ai.workflow.duration")
    assert duration.attributes["error.type"] == "ParseError"


def test_inputs_that_do_not_fit_make_no_call(otel: Collected) -> None:
    with pytest.raises(ValidationError):
        Review._call(msgspec.structs.replace(INPUTS, review=""), Review.signature.Output)
    assert otel.named("chat") == []
    assert attributes(otel.one("invoke_workflow"))["error.type"] == "ValidationError"


@pytest.mark.parametrize("face", ["sync", "async"])
def test_a_budget_that_is_used_up_made_no_call(otel: Collected, face: str) -> None:
    spent = Review.using(Stub(BudgetExhausted("3 of 3 calls are made")))
    with pytest.raises(BudgetExhausted):
        asyncio.run(spent.acall(review="words")) if face == "async" else spent(review="words")
    assert otel.named("chat") == []
    assert otel.one("step").status.description == "3 of 3 calls are made"


@pytest.mark.parametrize("face", ["sync", "async"])
def test_a_model_that_raises_has_a_span_of_its_failure(otel: Collected, face: str) -> None:
    broken = Review.using(Stub(KeyError("private")))
    with pytest.raises(KeyError):
        asyncio.run(broken.acall(review="words")) if face == "async" else broken(review="words")
    assert {attributes(span)["error.type"] for span in otel.spans} == {"KeyError"}
    assert {span.status.description for span in otel.spans} == {None}


def test_a_hit_of_the_cache_is_told_and_not_counted(otel: Collected) -> None:
    cached = Review.using(CachedLM(Stub(GOOD), Memory()))
    cached(review="private words")
    cached(review="private words")
    first, second = otel.named("chat")
    assert "mlsig.cache.hit" not in attributes(first)
    assert attributes(second)["mlsig.cache.hit"] is True
    assert attributes(second)["gen_ai.usage.input_tokens"] == 0
    assert sum(point.count for point in otel.points("gen_ai.client.operation.duration")) == 1
    assert {point.sum for point in otel.points("gen_ai.client.token.usage")} == {11, 3}


def test_a_fallback_is_two_calls_of_one_step(otel: Collected, server: Misbehaving) -> None:
    server.script(status(404), answer(GOOD))
    provider = declared(server.url, name="toy")
    lm = Fallback(client(provider), Target("toy", "other"))
    program(server.url, lm)(review="private words")
    first, second = otel.named("chat")
    assert (first.name, second.name) == ("chat small", "chat other")
    assert attributes(first)["error.type"] == "RequestRejected"
    assert first.parent == second.parent
    assert otel.line(second) == ["chat other", "step Classify", "invoke_workflow Review"]


def test_a_hedged_call_has_two_spans(otel: Collected, server: Misbehaving) -> None:
    server.script(hang, answer(GOOD))
    provider = declared(server.url, name="toy")

    async def once() -> None:
        async with client(provider) as lm:
            await program(server.url, Hedged(lm, 0.05)).acall(review="private words")

    asyncio.run(once())
    assert sorted(str(attributes(span).get("error.type")) for span in otel.named("chat")) == [
        "CancelledError",
        "None",
    ]


# Streams.

PIECES = [
    {"choices": [{"index": 0, "delta": {"content": "fi"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "ne"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
]


async def streamed(url: str, *, most: int = 100) -> list[str | Reply]:
    found: list[str | Reply] = []
    async with client(declared(url)) as lm:
        pieces = lm.stream(ASK)
        async for piece in pieces:
            found.append(piece)
            if len(found) == most:
                await pieces.aclose()
                break
    return found


def test_a_stream(otel: Collected, server: Misbehaving) -> None:
    server.script(status(500), events(*PIECES))
    asyncio.run(streamed(server.url))
    (span,) = otel.spans
    found = attributes(span)
    assert found["gen_ai.request.stream"] is True
    assert 0 < found["gen_ai.response.time_to_first_chunk"] < 5
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (5, 2)
    assert [event.name for event in span.events] == ["mlsig.retry"]
    (first,) = otel.points("gen_ai.client.operation.time_to_first_chunk")
    assert first.count == 1


def test_a_stream_that_breaks_off_and_one_that_nobody_reads_on(otel: Collected, server: Misbehaving) -> None:
    server.script(events(*PIECES[:1], cut=True), events(*PIECES))
    with pytest.raises(ProviderError):
        asyncio.run(streamed(server.url))
    asyncio.run(streamed(server.url, most=1))
    first, second = otel.spans
    assert attributes(first)["error.type"] == "AnswerUnreadable"
    assert second.status.status_code is StatusCode.UNSET
    assert "gen_ai.response.finish_reasons" not in attributes(second)


# Tools.


def test_a_tool(otel: Collected) -> None:
    with tool("search", call_id="c1", description="Searches.", arguments='{"q": "private"}') as span:
        span.result = "private result"
    with pytest.raises(KeyError), tool("search"):
        raise KeyError("private")
    first, second = otel.spans
    assert (first.name, first.kind) == ("execute_tool search", SpanKind.INTERNAL)
    assert attributes(first) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "c1",
        "gen_ai.tool.description": "Searches.",
    }
    assert attributes(second)["error.type"] == "KeyError"
    good, bad = otel.points("gen_ai.execute_tool.duration")
    assert dict(good.attributes) == {"gen_ai.tool.name": "search"}
    assert bad.attributes["error.type"] == "KeyError"


# Content.


def test_no_content_by_default(otel: Collected, server: Misbehaving) -> None:
    server.script(answer("Sentiment: Positive\nprivate afterthought"), answer("private gibberish"))
    program(server.url)(review="private words")
    repaired = attributes(otel.one("step"))
    assert repaired["mlsig.repairs"] == len(repaired["mlsig.repair.codes"]) == 2
    with pytest.raises(ParseError):
        program(server.url)(review="private words")
    with tool("search", arguments='{"q": "private"}') as span:
        span.result = "private"
    said = "".join(span.to_json() for span in otel.spans)
    assert "private" not in said
    assert "Positive" not in said


def test_content_where_it_is_asked_for(providers: Collected, server: Misbehaving) -> None:
    telemetry.enable(providers.tracers, providers.meters, content=True)
    calls = (ToolCall(id="c1", name="search", arguments="{}"),)
    history = (
        *ASK.messages,
        Message("assistant", "", calls=calls),
        Message("tool", "found", answers="c1"),
    )
    server.script(answer("fine"))
    complete(server.url, msgspec.structs.replace(ASK, messages=history))
    found = attributes(providers.one("chat"))
    asked = [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "private words"}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "search", "arguments": "{}"}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]},
    ]
    assert json.loads(found["gen_ai.input.messages"]) == asked
    said = {"role": "assistant", "parts": [{"type": "text", "content": "fine"}], "finish_reason": "stop"}
    assert json.loads(found["gen_ai.output.messages"]) == [said]
    with tool("search", arguments='{"q": 1}') as span:
        span.result = "found"
    found = attributes(providers.one("execute_tool"))
    assert (found["gen_ai.tool.call.arguments"], found["gen_ai.tool.call.result"]) == ('{"q": 1}', "found")
    Review.using(Stub("Sentiment: Positive"))(review="words")
    assert "Positive" in str(attributes(providers.one("step"))["mlsig.repair.details"])
    with pytest.raises(ParseError):
        Review.using(Stub("private gibberish"))(review="words")
    assert "private gibberish" in str(providers.named("chat")[-1].attributes)
    assert providers.named("step")[-1].status.description


def test_tools_that_a_model_asks_for_are_content(providers: Collected) -> None:
    telemetry.enable(providers.tracers, providers.meters, content=True)

    class Caller:
        async def complete(self, request: Any) -> Reply:
            calls = (ToolCall(id="c1", name="search", arguments="{}"),)
            return Reply(text="", calls=calls, finish="tools", reasoning_tokens=2, cached_tokens=3)

    with pytest.raises(ParseError):
        asyncio.run(Review.using(Caller()).acall(review="words"))
    found = attributes(providers.one("chat"))
    (said,) = json.loads(found["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "tool_call", "id": "c1", "name": "search", "arguments": "{}"}]
    assert found["gen_ai.response.finish_reasons"] == ("tool_call",)
    assert found["gen_ai.usage.reasoning.output_tokens"] == 2
    assert found["gen_ai.usage.cache_read.input_tokens"] == 3


@pytest.mark.parametrize(("said", "shown"), [("true", True), ("SPAN_ONLY", True), ("no_content", False)])
def test_the_variable_that_instrumentations_share(
    providers: Collected, monkeypatch: pytest.MonkeyPatch, said: str, shown: bool
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", said)
    telemetry.enable(providers.tracers, providers.meters)
    Review.using(Stub(GOOD))(review="private words")
    assert ("gen_ai.input.messages" in attributes(providers.one("chat"))) is shown


def test_keys_are_in_no_span(otel: Collected, server: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    server.script(status(429, f"your key {KEY} is busy"), status(401, f"wrong key {KEY}"))
    with pytest.raises(ProviderError):
        complete(server.url, key=Env("SOME_KEY"))
    assert KEY in str(server.requests[0].headers)
    (span,) = otel.spans
    assert KEY not in span.to_json()
    assert "wrong key ***" in span.to_json()


# Who listens.


def test_a_listener_that_fails_costs_no_answer(providers: Collected) -> None:
    class Broken(type(providers.tracers)):  # type: ignore[misc]
        def get_tracer(self, *args: Any, **options: Any) -> Any:
            return None

    telemetry.enable(Broken(), providers.meters)
    output = Review.using(Stub(GOOD))(review="private words")
    assert output.sentiment == "positive"
    assert providers.points("gen_ai.workflow.duration")[0].count == 1


def test_nothing_is_exported_after_disable(otel: Collected) -> None:
    telemetry.disable()
    Review.using(Stub(GOOD))(review="private words")
    assert otel.spans == ()
    assert telemetry.on is False


def test_enabling_twice_exports_once(otel: Collected) -> None:
    telemetry.enable(otel.tracers, otel.meters)
    Review.using(Stub(GOOD))(review="private words")
    assert len(otel.spans) == 3


def run(code: str) -> str:
    """Run code in a process of its own, where providers are still to be set, and return what it prints."""
    before = f"import sys; sys.path[:0] = {sys.path!r}; from telemetry.stub import *\nfrom toy import *\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", before + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TRACERS = """\
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
"""
CALL = "Review.using(Stub(GOOD))(review='words')\n"
PRINT = "print(*(span.name for span in exporter.get_finished_spans()), sep=', ')"
ALL = "chat small, step Classify, invoke_workflow Review\n"


def test_a_global_provider_is_found_by_the_first_call() -> None:
    assert run(TRACERS + CALL + PRINT) == ALL


def test_one_that_comes_late_needs_enable() -> None:
    late = CALL + TRACERS + CALL + PRINT + "\nfrom mlsig import telemetry; telemetry.enable()\n"
    assert run(late + CALL + PRINT) == "\n" + ALL


def test_a_provider_of_metrics_alone_is_found() -> None:
    code = """\
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
"""
    count = "print('gen_ai.workflow.duration' in reader.get_metrics_data().to_json())"
    assert run(code + CALL + count) == "True\n"


def test_whoever_disables_it_is_not_overruled() -> None:
    off = "from mlsig import telemetry; telemetry.disable()\n"
    assert run(off + TRACERS + CALL + PRINT) == "\n"


def test_nothing_of_opentelemetry_is_imported_while_nobody_listens() -> None:
    modules = (
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'mlsig.telemetry.'))])\n"
    )
    assert run(CALL + modules) == "[]\n"


def test_the_api_alone_is_nobody() -> None:
    api = "import opentelemetry.trace, opentelemetry.metrics\n"
    assert run(api + CALL + "from mlsig import telemetry; print(telemetry.on)") == "False\n"


def test_without_the_api_calls_work_and_enable_says_what_is_missing() -> None:
    code = """\
import sys
sys.modules["opentelemetry"] = sys.modules["opentelemetry.trace"] = None
print(Review.using(Stub(GOOD))(review="words").sentiment)
from mlsig import telemetry
with telemetry.recording() as kept:
    Review.using(Stub(GOOD))(review="words")
print(len(list(kept.all())))
try:
    telemetry.enable()
except ImportError as error:
    print("mlsig[otel]" in str(error))
"""
    assert run(code) == "positive\n3\nTrue\n"
