"""Spans of programs that stream, whoever reads them, and from wherever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import Context
from typing import Any

import msgspec
import pytest
from misbehaving import Misbehaving, events
from mlsig.errors import BudgetExhausted, MlsigError, RequestRejected
from mlsig.providers.client import Client
from mlsig.providers.messages import Reply, Request
from toy import Review

from telemetry.asking import program
from telemetry.conftest import Collected
from telemetry.stub import GOOD, Stub

LINE = ["chat small", "step Classify", "invoke_workflow Review"]


def pieces(*texts: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts
    ]
    found.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return found


async def read(served: Any, *, most: int = 1_000) -> Any:
    """Return the last part, or the one after which nobody reads on; on connections of this loop's own."""
    found: list[Any] = []
    async with (
        Client(served.providers) as lm,
        aclosing(served.using(lm).astream(review="private words")) as parts,
    ):
        async for part in parts:
            found.append(part)
            if len(found) == most:
                break
    return found[-1]


@pytest.fixture
def streamed(otel: Collected, server: Misbehaving) -> Any:
    server.script(events(*pieces("sentiment", ": posi", "tive")))
    return program(server.url)


def test_a_sync_stream(otel: Collected, streamed: Any) -> None:
    tracer = otel.tracers.get_tracer("mine")
    with tracer.start_as_current_span("my request"):
        *_, last = streamed.stream(review="private words")
    assert last.sentiment == "positive"
    assert otel.line(otel.one("chat")) == [*LINE, "my request"]
    step = dict(otel.one("step").attributes or {})
    assert step["mlsig.repairs"] == 0
    assert dict(otel.one("chat").attributes or {})["gen_ai.request.stream"] is True


def test_an_async_stream(otel: Collected, streamed: Any) -> None:
    assert asyncio.run(read(streamed)).sentiment == "positive"
    assert otel.line(otel.one("chat")) == LINE


def test_an_async_stream_on_the_shared_connections(otel: Collected, streamed: Any) -> None:
    async def all_parts() -> list[Any]:
        return [part async for part in streamed.astream(review="private words")]

    assert [part.sentiment for part in asyncio.run(all_parts())] == ["positive"]
    assert otel.line(otel.one("chat")) == LINE
    assert dict(otel.one("chat").attributes or {})["gen_ai.request.stream"] is True


class Own(Stub):
    """A model of a user's own that answers bit by bit, and fails after its last piece where it is told to."""

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        reply = self.complete_sync(request)
        for piece in ("sentiment: ", "positive"):
            yield piece
        if self.broken is not None:
            raise self.broken
        yield msgspec.structs.replace(reply, model="own-2026")

    broken: BaseException | None = None


def test_models_of_users_own_have_spans_too(otel: Collected) -> None:
    served = Review.using(Own(GOOD))
    assert [part.sentiment for part in served.stream(review="x")][-1] == "positive"
    assert asyncio.run(_last(served)).sentiment == "positive"
    for span in otel.named("chat"):
        told = dict(span.attributes or {})
        assert otel.line(span) == LINE
        assert told["gen_ai.request.stream"] is True
        assert told["gen_ai.response.model"] == "own-2026"
        assert told["gen_ai.usage.input_tokens"] == 11
        assert "gen_ai.response.time_to_first_chunk" in told
    assert len(otel.named("chat")) == 2


async def _last(served: Any) -> Any:
    return [part async for part in served.astream(review="x")][-1]


@pytest.mark.parametrize(
    ("error", "told"),
    [(RequestRejected("toy", "no"), ["RequestRejected"]), (BudgetExhausted("calls", 1, 1), [])],
    ids=["a call that fails", "no call"],
)
def test_streams_of_users_own_that_fail(otel: Collected, error: BaseException, told: list[str]) -> None:
    lm = Own(GOOD)
    lm.broken = error
    with pytest.raises(MlsigError):
        list(Review.using(lm).stream(review="x"))
    assert [dict(span.attributes or {})["error.type"] for span in otel.named("chat")] == told


def test_a_model_that_cannot_stream_has_the_span_of_its_call(otel: Collected) -> None:
    [part] = Review.using(Stub(GOOD)).stream(review="x")
    assert part.sentiment == "positive"
    assert otel.line(otel.one("chat")) == LINE


def test_each_part_from_another_context(otel: Collected, streamed: Any) -> None:
    parts = streamed.stream(review="private words")
    with ThreadPoolExecutor(1) as pool:
        while (part := pool.submit(Context().run, next, parts, None).result()) is not None:
            last = part
    assert last.sentiment == "positive"
    assert otel.line(otel.one("chat")) == LINE


def test_whoever_stops_reading_ends_the_spans_without_an_error(otel: Collected, server: Misbehaving) -> None:
    server.script(events(*pieces(*"sentiment: positive\n", *["more"] * 50)))
    served = program(server.url)
    parts = served.stream(review="private words")
    next(parts)
    parts.close()

    asyncio.run(read(served, most=1))
    assert sorted(span.name for span in otel.spans) == sorted(LINE * 2)
    assert [dict(span.attributes or {}).get("error.type") for span in otel.spans] == [None] * 6


@pytest.mark.parametrize("face", ["sync", "async"])
def test_what_fails_is_typed(otel: Collected, server: Misbehaving, face: str) -> None:
    server.script(events(*pieces("gibb", "erish")))
    served = program(server.url)

    with pytest.raises(MlsigError):
        asyncio.run(read(served)) if face == "async" else list(served.stream(review="private words"))
    failed = [dict(otel.one(name).attributes or {})["error.type"] for name in ("step", "invoke_workflow")]
    assert failed == ["ParseError"] * 2
