"""Streams: the events of each wire format over real HTTP, and what becomes of those that break off."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import Misbehaving, answer, body, drip, events, hang, reset, status, truncated
from mlsig.errors import AnswerUnreadable, ProviderBusy, ProviderError, ProviderTimeout, RequestRejected
from mlsig.providers import sync
from mlsig.providers.client import Client
from mlsig.providers.declared import Env, Limits, Model, Provider
from mlsig.providers.messages import Message, Reply, Request, ToolCall
from mlsig.providers.retries import Backoff
from mlsig.providers.sse import Events
from mlsig.providers.transport import Timeouts

ASK = Request(provider="p", model="m", messages=(Message("user", "hello"),))
QUICK = Backoff(first=0.001, longest=0.002)
CHAT: list[Any] = [
    {"id": "x", "choices": [{"delta": {"role": "assistant", "content": ""}}]},
    {"id": "x", "choices": [{"delta": {"content": "fi"}}]},
    {"id": "x", "choices": [{"delta": {"content": "né"}, "finish_reason": None}]},
    {"id": "x", "choices": [{"delta": {}, "finish_reason": "stop"}]},
    {
        "id": "x",
        "choices": [],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
    },
]
RESPONSE: dict[str, Any] = {
    "id": "x",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "finé"}]}],
    "usage": {
        "input_tokens": 10,
        "output_tokens": 5,
        "input_tokens_details": {"cached_tokens": 8},
        "output_tokens_details": {"reasoning_tokens": 3},
    },
}
RESPONSES: list[Any] = [
    {"type": "response.created", "response": {"id": "x", "output": []}},
    {"type": "response.output_text.delta", "delta": "fi"},
    {"type": "response.output_text.delta", "delta": "né"},
    {"type": "response.completed", "response": RESPONSE},
]
MESSAGES: list[Any] = [
    {
        "type": "message_start",
        "message": {
            "id": "x",
            "content": [],
            "usage": {"input_tokens": 2, "cache_read_input_tokens": 8, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "fi"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "né"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 5, "output_tokens_details": {"thinking_tokens": 3}},
    },
    {"type": "message_stop"},
]
CONTENT: list[Any] = [
    {"responseId": "x", "candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]},
    {"responseId": "x", "candidates": [{"content": {"parts": [{"text": "fi"}]}}]},
    {
        "responseId": "x",
        "candidates": [{"content": {"parts": [{"text": "né"}]}, "finishReason": "STOP"}],
        "usageMetadata": {
            "promptTokenCount": 10,
            "candidatesTokenCount": 2,
            "thoughtsTokenCount": 3,
            "cachedContentTokenCount": 8,
        },
    },
]
STREAMS = {
    "openai": (CHAT, "/v1/chat/completions", "authorization"),
    "openai_responses": (RESPONSES, "/v1/responses", "authorization"),
    "anthropic": (MESSAGES, "/v1/messages", "x-api-key"),
    "google": (CONTENT, "/v1/models/m:streamGenerateContent?alt=sse", "x-goog-api-key"),
}
LAST = {"openai": 2, "openai_responses": 1, "anthropic": 1, "google": 1}
"""How many events at the end have to be lacking for the stream to be incomplete."""


def declared(server: Misbehaving, protocol: str = "openai", **changes: Any) -> Provider:
    models = (Model(name="m", input_cost=1.0, output_cost=2.0),)
    return Provider(name="p", protocol=protocol, base_url=server.url, models=models, **changes)


def streamed(provider: Provider, request: Request = ASK, **options: Any) -> tuple[list[str], Reply]:
    async def collect() -> list[str | Reply]:
        async with Client({"p": provider}, **({"backoff": QUICK} | options)) as client:
            return [piece async for piece in client.stream(request)]

    *texts, reply = asyncio.run(collect())
    assert isinstance(reply, Reply)
    return [str(text) for text in texts], reply


@pytest.mark.parametrize("protocol", STREAMS)
def test_text_comes_in_pieces_and_then_the_reply(
    server: Misbehaving, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, path, header = STREAMS[protocol]
    monkeypatch.setenv("P_KEY", "sk-1")
    server.script(events(*data, done=protocol == "openai"))
    texts, reply = streamed(declared(server, protocol, key=Env("P_KEY")))
    assert texts == ["fi", "né"]
    assert (reply.text, reply.id, reply.finish) == ("finé", "x", "stop")
    assert (reply.input_tokens, reply.output_tokens, reply.cached_tokens, reply.reasoning_tokens) == (
        10,
        5,
        8,
        3,
    )
    assert reply.cost == pytest.approx(20e-6)
    [seen] = server.requests
    assert seen.path == path
    assert seen.headers[header].endswith("sk-1")
    assert ("stream" in seen.body) == (protocol != "google")


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "short"])
@pytest.mark.parametrize("protocol", STREAMS)
def test_streams_that_break_off_are_errors(server: Misbehaving, protocol: str, cut: bool) -> None:
    data = STREAMS[protocol][0][: -LAST[protocol]]
    server.script(events(*data, cut=cut, done=False))
    with pytest.raises(AnswerUnreadable) as caught:
        streamed(declared(server, protocol))
    assert caught.value.retryable
    assert len(server.requests) == 1  # some text was handed on already


def test_tools_are_called_in_pieces(server: Misbehaving) -> None:
    def part(**call: Any) -> dict[str, Any]:
        return {"choices": [{"delta": {"tool_calls": [{"index": 0, **call}]}}]}

    server.script(
        events(
            part(id="c1", function={"name": "search", "arguments": ""}),
            part(function={"arguments": '{"q":'}),
            part(function={"arguments": '"x"}'}),
            {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
        )
    )
    texts, reply = streamed(declared(server))
    assert (texts, reply.finish) == ([], "tools")
    assert reply.calls == (ToolCall("c1", "search", '{"q":"x"}'),)
    block = {"type": "tool_use", "id": "c1", "name": "search", "input": {}}
    server.script(
        events(
            {"type": "content_block_start", "index": 1, "content_block": block},
            {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"q":"x"}'}},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
            {"type": "message_stop"},
            done=False,
        )
    )
    _, reply = streamed(declared(server, "anthropic"))
    assert (reply.finish, reply.calls) == ("tools", (ToolCall("c1", "search", '{"q":"x"}'),))


def test_refusals_in_streams(server: Misbehaving) -> None:
    server.script(
        events(
            {"choices": [{"delta": {"refusal": "I will "}}]},
            {"choices": [{"delta": {"refusal": "not"}, "finish_reason": "stop"}]},
        )
    )
    _, reply = streamed(declared(server))
    assert (reply.text, reply.finish) == ("I will not", "refused")


@pytest.mark.parametrize(
    ("protocol", "data", "kind"),
    [
        ("openai", {"error": {"message": "too much", "code": "rate_limit_exceeded"}}, ProviderBusy),
        ("anthropic", {"type": "error", "error": {"type": "overloaded_error", "message": "o"}}, ProviderBusy),
        ("google", {"error": {"status": "RESOURCE_EXHAUSTED", "message": "o"}}, ProviderBusy),
        ("openai_responses", {"type": "error", "code": "server_error", "message": "o"}, ProviderError),
        (
            "openai_responses",
            {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "o"}}},
            ProviderError,
        ),
        ("openai_responses", {"type": "response.failed"}, ProviderError),
        ("anthropic", {"no": "type"}, AnswerUnreadable),
        ("anthropic", {"type": "content_block_delta", "delta": {"partial_json": "x"}}, AnswerUnreadable),
        ("openai", 5, AnswerUnreadable),
    ],
)
def test_errors_in_streams(server: Misbehaving, protocol: str, data: Any, kind: type[ProviderError]) -> None:
    server.script(events(data))
    with pytest.raises(kind) as caught:
        streamed(declared(server, protocol))
    assert caught.value.status == 200
    assert len(server.requests) == (3 if caught.value.retryable else 1)


@pytest.mark.parametrize("bad", [status(500), truncated, reset, status(529)])
def test_what_fails_before_any_text_is_tried_again(server: Misbehaving, bad: Any) -> None:
    server.script(bad, events(*CHAT))
    assert streamed(declared(server))[1].text == "finé"
    assert len(server.requests) == 2
    assert len({seen.headers["idempotency-key"] for seen in server.requests}) == 1


def test_errors_that_come_as_answers(server: Misbehaving) -> None:
    error = b'{"error": {"code": 503, "status": "UNAVAILABLE", "message": "try later"}}'
    server.script(body(error))
    with pytest.raises(ProviderBusy, match="failed while it answered: try later") as caught:
        streamed(declared(server, "google"))
    assert (caught.value.status, caught.value.code, caught.value.retryable) == (200, "UNAVAILABLE", True)
    server.script(body(b"", status=400))
    with pytest.raises(RequestRejected, match=r"failed with status 400$"):
        streamed(declared(server, "google"))


def test_servers_that_do_not_stream_answer_whole(server: Misbehaving) -> None:
    server.script(answer("fine"))
    texts, reply = streamed(declared(server))
    assert (texts, reply.text) == (["fine"], "fine")


@pytest.mark.parametrize("raw", [b"data: {oops\n\n", b"\xff\xfe"])
def test_streams_of_nonsense(server: Misbehaving, raw: bytes) -> None:
    server.script(body(raw, content_type="text/event-stream"))
    with pytest.raises(AnswerUnreadable):
        streamed(declared(server))


@pytest.mark.parametrize("behaviour", [hang, drip])
def test_streams_have_a_deadline(server: Misbehaving, behaviour: Any) -> None:
    server.script(behaviour)
    with pytest.raises(ProviderTimeout, match=r"no answer within 0\.1 s"):
        streamed(declared(server), timeouts=Timeouts(total=0.1))


def test_who_stops_listening_frees_the_slot(server: Misbehaving) -> None:
    server.script(events(*CHAT))

    async def impatient() -> list[str]:
        provider = declared(server, limits=Limits(concurrency=1))
        heard: list[str] = []
        async with Client({"p": provider}) as client:
            for _ in range(3):
                async with aclosing(client.stream(ASK)) as pieces:
                    heard.append(str(await anext(pieces)))
        return heard

    assert asyncio.run(impatient()) == ["fi"] * 3


def test_the_sync_face_streams_inside_of_a_running_loop(server: Misbehaving) -> None:
    server.script(events(*CHAT))
    client = Client({"p": declared(server)})

    async def notebook() -> list[str | Reply]:
        return list(sync.stream(client, ASK))

    texts = [piece for piece in asyncio.run(notebook()) if isinstance(piece, str)]
    assert texts == ["fi", "né"]
    assert next(sync.stream(client, ASK)) == "fi"
    sync.close()


def test_stop_texts_that_a_format_does_not_know_are_cut_here(server: Misbehaving) -> None:
    server.script(events(*RESPONSES, done=False))
    request = Request(provider="p", model="m", messages=ASK.messages, stop=("n", "é", "absent"))
    assert streamed(declared(server, "openai_responses"), request)[1].text == "fi"


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")), max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 9),
    st.booleans(),
)
def test_events_do_not_depend_on_how_they_are_cut(data: list[str], end: str, size: int, mark: bool) -> None:
    text = "".join(f"event: x{end}data: {item}{end}: comment{end}{end}" for item in data)
    raw = (b"\xef\xbb\xbf" if mark else b"") + text.encode() + b"\n"
    events_ = Events()
    found = [event for start in range(0, len(raw), size) for event in events_.feed(raw[start : start + size])]
    assert [event.decode() for event in found] == data


def test_events_of_several_lines() -> None:
    assert Events().feed(b"data: a\ndata\ndata:b\n\ndata: c\n") == [b"a\n\nb"]
