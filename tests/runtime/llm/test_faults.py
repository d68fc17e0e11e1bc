"""Every fault that a provider can show, against a real server on loopback, with every face of a program.

A call ends in a typed result or in one of mlsig's errors, in bounded time and memory, and a key goes nowhere
but where it was meant to go.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import time
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import steps
from misbehaving import (
    Misbehaving,
    answer,
    body,
    completion,
    drip,
    dropped,
    events,
    hang,
    huge,
    reset,
    reset_midway,
    status,
    truncated,
)
from mlsig.errors import (
    AnswerUnreadable,
    MlsigError,
    ParseError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    RequestRejected,
)
from mlsig.evaluation.budget import Budget, BudgetedLM
from mlsig.providers import sync
from mlsig.providers.accounting import Meter
from mlsig.providers.breaker import Circuit
from mlsig.providers.client import Client
from mlsig.providers.declared import Env, Limits, Model, Provider
from mlsig.providers.messages import Message, Request
from mlsig.providers.retries import Backoff
from mlsig.providers.transport import Timeouts

MOOD = steps.Feel.Output
ONCE = Backoff(attempts=1)
QUICK = Backoff(first=0.001, longest=0.002)
IMPATIENT = Timeouts(connect=2.0, read=0.1, total=0.3)
ASK = Request(provider="local", model="small", messages=(Message("user", "hello"),))
STREAM = [
    {"choices": [{"delta": {"content": "po"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
]


def declared(server: Misbehaving, **changes: Any) -> dict[str, Provider]:
    provider = {
        "name": "local",
        "protocol": "openai",
        "base_url": server.url,
        "models": (Model(name="small"),),
    }
    return {"local": Provider(**(provider | changes))}


def asked(server: Misbehaving, **options: Any) -> Any:
    """Run a program of one output, `mood`, with a client of these options."""
    client = Client(declared(server), **({"timeouts": IMPATIENT} | options))
    try:
        return steps.FeelProgram().using(client)(review="fine film")
    finally:
        sync.run(client.aclose())


ONE_OF_EACH: list[tuple[str, Any, type[MlsigError], str]] = [
    ("429 with Retry-After", status(429, retry_after="7"), ProviderBusy, "status 429"),
    ("429 without", status(429), ProviderBusy, "status 429"),
    ("500", status(500), ProviderError, "status 500"),
    ("reset before the answer", reset, AnswerUnreadable, "broke off"),
    ("reset mid-body", reset_midway, AnswerUnreadable, "broke off|could not be read"),
    ("cut mid-body", truncated, AnswerUnreadable, "broke off|could not be read"),
    ("slow drip", drip, ProviderTimeout, "no answer within 0.3 s"),
    ("hang", hang, ProviderTimeout, "no answer in time"),
    ("wrong content type", body(b"ok", content_type="text/plain"), AnswerUnreadable, "text/plain"),
    ("invalid JSON", body(b'{"choices": [}'), AnswerUnreadable, "is not a chat completion"),
    ("JSON of something else", body(b'{"fine": true}'), AnswerUnreadable, "is not a chat completion"),
    ("HTML with 200", body(b"<html>hi", content_type="text/html"), AnswerUnreadable, "text/html"),
    ("HTML error page", body(b"<html>", status=502, content_type="text/html"), ProviderError, "status 502"),
    ("broken gzip", body(b"\x1f\x8bno", content_encoding="gzip"), AnswerUnreadable, "broke off"),
    ("redirect", body(b"", status=308, location="https://evil.example/"), ProviderError, "not followed"),
    ("400", status(400), RequestRejected, "status 400"),
    ("an answer that fits nothing", answer("whatever"), ParseError, "mood"),
]


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"), [row[1:] for row in ONE_OF_EACH], ids=[row[0] for row in ONE_OF_EACH]
)
def test_each_fault_is_one_typed_error(
    server: Misbehaving, behaviour: Any, kind: type[MlsigError], said: str
) -> None:
    server.script(behaviour)
    started = time.monotonic()
    with pytest.raises(kind, match=said) as caught:
        asked(server, backoff=ONCE)
    assert type(caught.value) is kind
    assert time.monotonic() - started < 5  # and not for ever
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "behaviour", [row[1] for row in ONE_OF_EACH[:8]], ids=[row[0] for row in ONE_OF_EACH[:8]]
)
def test_what_may_pass_is_tried_again_within_the_deadline(server: Misbehaving, behaviour: Any) -> None:
    server.script(behaviour, answer("good"))
    try:
        mood = asked(server, backoff=Backoff(first=0.001, patience=0.1)).mood
    except ProviderError as error:
        # Whoever asks for 7 s, or uses up the time of the whole call, is not asked again.
        assert isinstance(error, ProviderBusy | ProviderTimeout)
        assert len(server.requests) == 1
        assert behaviour in (ONE_OF_EACH[0][1], drip)
    else:
        assert mood == "good"
        assert len(server.requests) == 2


def test_retry_after_is_waited_for(server: Misbehaving) -> None:
    server.script(status(429, retry_after="0.05"), answer("good"))
    started = time.monotonic()
    assert asked(server, backoff=Backoff(first=0.0), timeouts=Timeouts(total=10.0)).mood == "good"
    assert time.monotonic() - started >= 0.05


def test_bodies_may_be_packed(server: Misbehaving) -> None:
    packed = gzip.compress(json.dumps(completion("good")).encode())
    server.script(body(packed, content_encoding="gzip"))
    assert asked(server).mood == "good"
    assert "gzip" in server.requests[0].headers["accept-encoding"]


def test_connections_live_from_call_to_call_and_end_with_what_breaks_them(server: Misbehaving) -> None:
    program = type("Here", (steps.FeelProgram,), {"providers": declared(server)})()
    server.script(answer("good"))
    for number in range(5):
        assert program(review=f"film {number}").mood == "good"
        assert asyncio.run(program.acall(review="other loop")).mood == "good"
    assert (len(server.requests), server.connections) == (10, 1)
    server.script(status(429, retry_after="0"), status(500), answer("good"))
    assert program(review="an error is an answer, too").mood == "good"
    assert server.connections == 1
    server.script(truncated, answer("good"))
    assert program(review="a broken one is not used again").mood == "good"
    assert server.connections == 2
    server.script(events(*STREAM), events(*STREAM))
    for _ in range(2):
        first, *_ = sync.stream(sync.client_of(program.providers), ASK)
        assert first == "po"
    assert server.connections == 2
    sync.close()


@pytest.mark.parametrize("packed", [False, True])
def test_a_hundred_megabytes_are_bounded(server: Misbehaving, packed: bool) -> None:
    size = 100 * 1024 * 1024
    bomb = body(gzip.compress(b" " * size, 9), content_encoding="gzip")
    server.script(bomb if packed else huge(size))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerUnreadable, match="larger than 1,000,000 bytes"):
            asked(server, backoff=ONCE, largest_body=1_000_000, timeouts=Timeouts(total=20.0))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The limit, one unpacked piece, and what the libraries load for a first call.
    assert most < size / 2


@pytest.mark.parametrize("stream", [False, True])
def test_a_redirect_gets_neither_request_nor_key(
    server: Misbehaving, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KEY", "sk-secret-0123456789")
    with Misbehaving() as other:
        server.script(body(b"", status=307, location=f"{other.url}/chat/completions"))
        with pytest.raises(ProviderError, match="redirects are not followed"):
            asyncio.run(_ask_once(declared(server, key=Env("LOCAL_KEY")), stream=stream))
        assert other.requests == []
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret-0123456789"


async def _ask_once(providers: dict[str, Provider], *, stream: bool = False, **options: Any) -> list[Any]:
    async with Client(providers, backoff=ONCE, **options) as client:
        if stream:
            return [piece async for piece in client.stream(ASK)]
        return [await client.complete(ASK)]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/v1", "http://example.com/v1", "http://127.0.0.1.evil.example"]
)
def test_without_tls_a_key_is_not_sent_but_to_this_machine(
    url: str, stream: bool, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KEY", "sk-secret-0123456789")
    with pytest.raises(ProviderRefused, match="a key is sent over https or to this machine only"):
        asyncio.run(_ask_once(declared(server, key=Env("LOCAL_KEY"), base_url=url), stream=stream))
    assert asyncio.run(_ask_once(declared(server, key=Env("LOCAL_KEY"))))[0].text == "fine"


FAULTS: list[Any] = [
    status(429, retry_after="0"),
    status(429),
    status(500),
    status(529, "overloaded"),
    truncated,
    reset,
    reset_midway,
    dropped,
    body(b"{oops"),
    body(b"<html>", status=502, content_type="text/html"),
    body(b"<html>", content_type="text/html"),
    body(b"", status=307, location="http://elsewhere.example/"),
    status(400),
    huge(3_000_000),
    answer("neither nor"),
    drip,
]
"""All but `hang`, which differs from `drip` by its timeout alone, and whose wait would be the test's."""


def test_a_thousand_calls_of_programs_with_a_fifth_of_faults(server: Misbehaving) -> None:
    """Half of them from threads, half of them from tasks; one client, one budget, one meter for all."""
    draw = random.Random(11)
    plan = [draw.choice(FAULTS) if draw.random() < 0.2 else answer("good") for _ in range(1600)]
    server.script(*plan, answer("good"))
    backoff = Backoff(attempts=3, first=0.001, longest=0.002, ratio=0.1, reserve=30.0)
    client = Client(
        declared(server, limits=Limits(concurrency=32)),
        backoff=backoff,
        timeouts=Timeouts(total=1.5),
        circuit=Circuit(failures=50),
        largest_body=1_000_000,
    )
    budget = Budget(1000)
    meter = Meter(BudgetedLM(client, budget))
    program = steps.FeelProgram().using(meter)

    def from_a_thread(number: int) -> Any:
        try:
            return program(review=f"film {number}")
        except MlsigError as error:
            return error

    async def from_tasks() -> list[Any]:
        slots = asyncio.Semaphore(16)

        async def one(number: int) -> Any:
            async with slots:
                return await program.acall(review=f"film {number}")

        return await asyncio.gather(*(one(number) for number in range(500)), return_exceptions=True)

    with ThreadPoolExecutor(16) as pool:
        found = [*pool.map(from_a_thread, range(500)), *sync.run(from_tasks())]
    sync.run(client.aclose())
    kinds = Counter(type(one).__name__ for one in found)
    assert len(found) == 1000
    assert all(isinstance(one, MOOD | ProviderError | ParseError) for one in found), kinds
    assert all(one.mood == "good" for one in found if isinstance(one, MOOD))
    assert kinds["MoodOut"] > 800, kinds
    assert {"AnswerUnreadable", "RequestRejected", "ParseError"} <= set(kinds)
    # None is lost, and each is counted once.
    assert budget.used == 1000
    assert meter.total.calls + meter.total.errors == 1000
    assert meter.total.calls == kinds["MoodOut"] + kinds["ParseError"]
    # None is tried more than three times, and all retries together stay within their budget.
    tries = Counter(seen.headers["idempotency-key"] for seen in server.requests)
    assert len(tries) == 1000
    assert max(tries.values()) <= 3
    assert 1000 < len(server.requests) <= 1000 + 30 + 1000 * 0.1
