"""The client against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import pytest
from misbehaving import (
    Misbehaving,
    answer,
    body,
    completion,
    drip,
    dropped,
    gather,
    hang,
    reset,
    status,
    truncated,
)
from mlsig.errors import ProviderError, ProviderRefused, ProviderTimeout, ProviderUnreachable
from mlsig.providers.client import Client
from mlsig.providers.declared import Env, Limits, Model, Provider
from mlsig.providers.messages import Message, Reply, Request
from mlsig.providers.retries import Backoff
from mlsig.providers.transport import Timeouts

T = TypeVar("T")
KEY = "sk-very-secret-0123456789"
QUICK = Backoff(first=0.001, longest=0.002)
ASK = Request(provider="local", model="small", messages=(Message("user", "hello"),))


def declared(url: str | Env, **changes: Any) -> Provider:
    model = Model(name="small", input_cost=2.0, output_cost=4.0)
    return Provider(**{"name": "local", "protocol": "openai", "base_url": url, "models": (model,)} | changes)


def call(provider: Provider, request: Request = ASK, **options: Any) -> Reply:
    async def once() -> Reply:
        async with Client({provider.name: provider}, **{"backoff": QUICK} | options) as client:
            return await client.complete(request)

    return asyncio.run(once())


def failing(provider: Provider, **options: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        call(provider, **options)
    return caught.value


def test_reads_text_tokens_cost_and_latency(server: Misbehaving) -> None:
    reply = call(declared(server.url))
    assert (reply.text, reply.input_tokens, reply.output_tokens, reply.finish) == ("fine", 1000, 500, "stop")
    assert reply.cost == pytest.approx((1000 * 2.0 + 500 * 4.0) / 1e6)
    assert 0 < reply.latency < 5
    assert server.requests[0].path == "/v1/chat/completions"
    assert server.requests[0].body == {"model": "small", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize(
    ("said", "counted"),
    [((-1_000_000, -5), (0, 0)), ((10**30, 2**31 - 1), (2**31 - 1, 2**31 - 1)), ((3, 4), (3, 4))],
)
def test_counts_that_a_server_makes_up_neither_pay_nor_overflow(
    server: Misbehaving, said: tuple[int, int], counted: tuple[int, int]
) -> None:
    usage = {"prompt_tokens": said[0], "completion_tokens": said[1], "total_tokens": 0}
    server.script(body(json.dumps(completion("fine") | {"usage": usage}).encode()))
    reply = call(declared(server.url))
    assert (reply.input_tokens, reply.output_tokens) == counted
    assert reply.cost == pytest.approx((counted[0] * 2.0 + counted[1] * 4.0) / 1e6)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("bad", [429, 408, 409, 500, 502, 503], ids=str)
def test_tries_again_when_the_server_may_recover(server: Misbehaving, bad: int) -> None:
    server.script(status(bad), status(bad), answer("at last"))
    assert call(declared(server.url)).text == "at last"
    assert len(server.requests) == 3


@pytest.mark.parametrize("behaviour", [truncated, reset, dropped], ids=lambda behaviour: behaviour.__name__)
def test_tries_again_when_the_connection_breaks(
    server: Misbehaving, behaviour: Callable[[Any], None]
) -> None:
    server.script(behaviour, answer("at last"))
    assert call(declared(server.url)).text == "at last"


@pytest.mark.parametrize("behaviour", [truncated, reset, dropped], ids=lambda behaviour: behaviour.__name__)
def test_gives_up_on_broken_connections(server: Misbehaving, behaviour: Callable[[Any], None]) -> None:
    server.script(behaviour)
    error = failing(declared(server.url))
    assert str(error) == "local: the connection broke off before the answer was complete"
    assert error.retryable
    assert not isinstance(error, ProviderUnreachable)
    assert len(server.requests) == 3


def test_gives_up_after_three_attempts(server: Misbehaving) -> None:
    server.script(status(500, "out of memory"))
    error = failing(declared(server.url))
    assert str(error) == "local: failed with status 500: out of memory"
    assert (error.status, error.retryable) == (500, True)
    assert len(server.requests) == 3


@pytest.mark.parametrize("bad", [400, 404, 422], ids=str)
def test_does_not_repeat_what_cannot_succeed(server: Misbehaving, bad: int) -> None:
    server.script(status(bad, "unknown model"))
    error = failing(declared(server.url))
    assert (error.status, error.retryable) == (bad, False)
    assert len(server.requests) == 1


def test_obeys_retry_after(server: Misbehaving) -> None:
    server.script(status(429, retry_after="0"), status(429, retry_after="0"), answer("fine"))
    # A jitter of a minute would be noticed: only the header can make this quick.
    slow = Backoff(first=60.0, longest=60.0, random=lambda: 1.0)
    assert call(declared(server.url), backoff=slow).text == "fine"


def test_does_not_wait_longer_than_its_patience(server: Misbehaving) -> None:
    server.script(status(429, "slow down", retry_after="3600"))
    error = failing(declared(server.url))
    assert (error.status, error.retryable) == (429, True)
    assert len(server.requests) == 1


def test_does_not_wait_past_its_deadline(server: Misbehaving) -> None:
    server.script(status(429, retry_after="30"))
    error = failing(declared(server.url), timeouts=Timeouts(total=5.0))
    assert error.status == 429
    assert len(server.requests) == 1


def test_times_out_on_a_server_that_says_nothing(server: Misbehaving) -> None:
    server.script(hang)
    error = failing(
        declared(server.url),
        timeouts=Timeouts(read=0.05),
        backoff=Backoff(attempts=2, first=0.001),
    )
    assert str(error) == "local: no answer in time"
    assert error.retryable
    assert len(server.requests) == 2


def test_times_out_on_a_server_that_drips(server: Misbehaving) -> None:
    server.script(drip)
    error = failing(declared(server.url), timeouts=Timeouts(total=0.1))
    assert str(error) == "local: no answer within 0.1 s"
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [401, 403])
def test_names_the_variable_of_a_refused_key(
    server: Misbehaving, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    server.script(status(code, f"Incorrect API key provided: {KEY}\n\tsee the manual"))
    error = failing(declared(server.url, key=Env("SOME_KEY")))
    assert isinstance(error, ProviderRefused)
    assert str(error) == (
        f"local: refused with status {code}: Incorrect API key provided: *** see the manual; "
        "check the environment variable SOME_KEY"
    )
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert len(server.requests) == 1


def test_refused_without_a_key(server: Misbehaving) -> None:
    server.script(status(401, "who are you?"))
    assert "the provider declares no key" in str(failing(declared(server.url)))


@pytest.mark.parametrize(("value", "problem"), [("", "set the environment"), ("a\nb", "no key has")])
def test_unusable_keys_are_refused_before_a_call(
    server: Misbehaving, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", value)
    error = failing(declared(server.url, key=Env("SOME_KEY")))
    assert isinstance(error, ProviderRefused)
    assert problem in str(error)
    assert "SOME_KEY" in str(error)
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["http://api.example.com/v1", "http://127.0.0.1.example.com/v1", "http://10.0.0.1/v1"]
)
def test_a_key_never_travels_in_the_clear(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    error = failing(declared(url, key=Env("SOME_KEY")))
    assert isinstance(error, ProviderRefused)
    assert "over https or to this machine only" in str(error)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://127.0.0.1/v1", ProviderError),
        ("nonsense", ProviderError),
        (f"https://user:{KEY}@127.0.0.1/v1", ProviderRefused),
        (Env("NO_SUCH_URL"), ProviderRefused),
    ],
)
def test_unusable_addresses(url: str | Env, kind: type[ProviderError]) -> None:
    error = failing(declared(url))
    assert type(error) is kind
    assert KEY not in str(error)


def test_an_unreachable_server_is_named_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failing(declared(f"http://127.0.0.1:{port}/v1"))
    assert isinstance(error, ProviderUnreachable)
    assert str(error) == (
        f"local: nothing answers at http://127.0.0.1:{port}/v1/chat/completions (connection refused); "
        "is the server running? `mlsig local` starts one"
    )


@contextmanager
def crowded() -> Iterator[int]:
    """A port at which somebody listens and nobody answers: the queue is full of others who wait."""
    with socket.socket() as listening, ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(8):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def test_a_server_that_takes_no_connection_has_the_time_to_connect_and_no_more() -> None:
    with crowded() as port:
        once = Backoff(attempts=1)
        timeouts = Timeouts(connect=0.2, read=300.0, total=600.0)
        error = failing(declared(f"http://127.0.0.1:{port}/v1"), timeouts=timeouts, backoff=once)
        assert isinstance(error, ProviderUnreachable)
        assert "(no connection in time)" in str(error)
        late = failing(
            declared(f"http://127.0.0.1:{port}/v1"), timeouts=Timeouts(connect=600.0, total=0.2), backoff=once
        )
        assert isinstance(late, ProviderTimeout)
        assert "no answer within 0.2 s" in str(late)


def test_localhost_may_have_a_key(server: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    url = server.url.replace("127.0.0.1", "localhost")
    assert call(declared(url, key=Env("SOME_KEY"))).text == "fine"


def test_an_unknown_host_is_unreachable() -> None:
    error = failing(declared("https://no-such-host.invalid/v1"))
    assert isinstance(error, ProviderUnreachable)
    assert "the host name is not known" in str(error)
    assert "check the provider's base_url" in str(error)


def test_a_server_without_tls_behind_https(server: Misbehaving) -> None:
    error = failing(declared(server.url.replace("http:", "https:")))
    assert isinstance(error, ProviderUnreachable)
    assert "no trusted TLS connection" in str(error)


def test_redirects_are_not_followed(server: Misbehaving) -> None:
    server.script(body(b"", status=307, location="http://elsewhere.example/v1"))
    error = failing(declared(server.url))
    assert str(error) == "local: redirects to http://elsewhere.example/v1; redirects are not followed"
    assert len(server.requests) == 1


def test_a_huge_body_is_cut_short(server: Misbehaving) -> None:
    server.script(body(b" " * 300_000))
    error = failing(declared(server.url), largest_body=100_000)
    assert str(error) == "local: the answer is larger than 100,000 bytes"
    assert not error.retryable
    assert len(server.requests) == 1


def test_an_html_page_is_no_answer(server: Misbehaving) -> None:
    server.script(body(b"<html>Log in to the hotel's network</html>", content_type="text/html"))
    error = failing(declared(server.url))
    assert "is not a chat completion" in str(error)
    assert "text/html" in str(error)
    assert error.status == 200


def test_an_html_error_page_is_not_quoted(server: Misbehaving) -> None:
    server.script(body(b"<html>" + b"x" * 5000, status=502, content_type="text/html; charset=utf-8"))
    error = failing(declared(server.url))
    assert str(error) == "local: failed with status 502 and a body of text/html that is no error message"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"choices": []}', b'{"choices": [{"message": 1}]}', b"[" * 100_000, b"\xff"],
    ids=lambda raw: repr(raw[:20]),
)
def test_malformed_answers(server: Misbehaving, raw: bytes) -> None:
    server.script(body(raw))
    error = failing(declared(server.url))
    assert "is not a chat completion" in str(error)
    assert not error.retryable


def test_long_messages_are_cut(server: Misbehaving) -> None:
    server.script(status(400, "x" * 5000))
    assert len(str(failing(declared(server.url)))) < 400


def test_sends_every_parameter_that_is_set(server: Misbehaving) -> None:
    request = Request(
        provider="local",
        model="small",
        messages=(Message("system", "be brief"), Message("user", "hé")),
        temperature=0.0,
        top_p=0.9,
        max_tokens=5,
        frequency_penalty=0.5,
        presence_penalty=-0.5,
        seed=0,
        stop=("\n\n",),
        schema={"type": "object", "properties": {}, "additionalProperties": False},
    )
    call(declared(server.url), request)
    assert server.requests[0].body == {
        "model": "small",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hé"}],
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 5,
        "frequency_penalty": 0.5,
        "presence_penalty": -0.5,
        "seed": 0,
        "stop": ["\n\n"],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "output", "strict": True, "schema": request.schema},
        },
    }


def test_unknown_providers_and_protocols() -> None:
    assert "did you mean local?" in str(failing_named("lokal"))
    assert "declared are local" in str(failing_named("zzz"))
    error = failing(declared("http://127.0.0.1:1", protocol="telepathy"))
    assert "`telepathy` is not supported; supported are: openai, openai_responses, anthropic, google" in str(
        error
    )


def failing_named(name: str) -> ProviderError:
    request = Request(provider=name, model="small", messages=())
    with pytest.raises(ProviderError) as caught:
        call(declared("http://127.0.0.1:1"), request)
    return caught.value


def test_respects_the_concurrency_limit(server: Misbehaving) -> None:
    server.script(gather(3))

    async def crowd() -> list[Reply]:
        provider = declared(server.url, limits=Limits(concurrency=3))
        async with Client({"local": provider}) as client:
            return await asyncio.gather(*(client.complete(ASK) for _ in range(12)))

    assert [reply.text for reply in asyncio.run(crowd())] == ["fine"] * 12
    assert server.most_at_once == 3


def test_a_cancelled_call_frees_its_slot(server: Misbehaving) -> None:
    server.script(hang, answer("next"))

    async def impatient() -> Reply:
        provider = declared(server.url, limits=Limits(concurrency=1))
        async with Client({"local": provider}) as client:
            task = asyncio.create_task(client.complete(ASK))
            while not server.requests:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.complete(ASK)

    assert asyncio.run(impatient()).text == "next"


def test_one_client_in_several_event_loops(server: Misbehaving) -> None:
    client = Client({"local": declared(server.url)})

    async def once() -> str:
        try:
            return (await client.complete(ASK)).text
        finally:
            await client.aclose()

    assert [asyncio.run(once()) for _ in range(3)] == ["fine"] * 3
    asyncio.run(client.aclose())  # nothing is open here


@pytest.mark.parametrize(
    "behaviour",
    [status(401), status(500), truncated, body(b"no"), body(b"", status=302), status(400, f"bad {KEY}")],
)
def test_the_key_appears_nowhere(
    server: Misbehaving,
    behaviour: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    server.script(behaviour)
    provider = declared(server.url, key=Env("SOME_KEY"))
    error = failing(provider)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    chain: list[BaseException] = [error]
    while link := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(link)
    told = "".join(
        [
            repr([(link, link.args, vars(link)) for link in chain]),
            "".join(traceback.format_exception(error)),
            repr(provider),
            repr(Client({"local": provider})),
            caplog.text,
            *capsys.readouterr(),
        ]
    )
    assert KEY not in told


async def together(*work: Awaitable[T]) -> list[T]:
    return list(await asyncio.gather(*work))


def test_every_call_ends_in_a_reply_or_an_error(server: Misbehaving) -> None:
    faults: list[Any] = [status(500), status(429, retry_after="0"), truncated, dropped, status(400)]
    plan = [faults[index // 5 % 5] if index % 5 == 0 else answer("fine") for index in range(400)]
    server.script(*plan, answer("fine"))

    async def crowd() -> list[Reply | BaseException]:
        provider = declared(server.url, limits=Limits(concurrency=8))
        async with Client({"local": provider}, backoff=QUICK) as client:
            calls = (client.complete(ASK) for _ in range(400))
            return await asyncio.gather(*calls, return_exceptions=True)

    ends = asyncio.run(crowd())
    refused = [end for end in ends if isinstance(end, ProviderError)]
    assert sum(isinstance(end, Reply) for end in ends) + len(refused) == 400
    assert all(error.status in {400, 429, 500, None} for error in refused)
    assert len(server.requests) <= 3 * 400


def test_null_content_is_empty_text(server: Misbehaving) -> None:
    server.script(body(json.dumps(completion(None, finish="length")).encode()))
    reply = call(declared(server.url))
    assert (reply.text, reply.finish) == ("", "length")
