"""The providers' own SDKs on the same wire: they and we read the same answers out of the same bytes.

Whole and streamed, a text and two calls of tools: every event is of the SDK's own type, goes over real HTTP,
and is read by both. Requests are ours, sent once by us and once by the SDK.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import RawMessageStreamEvent
from misbehaving import Misbehaving, body, events
from mlsig.providers.client import Client
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import Message, Reply, Request, Tool, ToolCall
from mlsig.providers.protocols import WIRES
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from google import genai
    from google.genai import types as gemini

CALLS = (ToolCall("c1", "search", '{"q": "x"}'), ToolCall("c2", "open", '{"page": 2}'))
TEXT = "I lóok"
ASK = Request(
    provider="p",
    model="m",
    messages=(
        Message("system", "be brief"),
        Message("user", "hé"),
        Message("assistant", "wait", CALLS),
        Message("tool", "nothing", (), "c1"),
        Message("tool", "a page", (), "c2"),
    ),
    max_tokens=50,
    tools=(
        Tool("search", "find pages", {"type": "object", "properties": {"q": {"type": "string"}}}),
        Tool("open", "read one", {"type": "object", "properties": {"page": {"type": "integer"}}}),
    ),
)
MODEL = Model(name="m")


def chat_message() -> dict[str, Any]:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in CALLS
    ]
    return {"role": "assistant", "content": TEXT, "refusal": None, "tool_calls": calls}


CHAT_USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
CHAT = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": chat_message(), "finish_reason": "tool_calls", "logprobs": None}],
    "usage": CHAT_USAGE,
}


def chunk(delta: dict[str, Any] | None, finish: str | None = None, usage: Any = None) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": choices, "usage": usage}


def chat_call(index: int, arguments: str, call: ToolCall | None = None) -> dict[str, Any]:
    begun = {"id": call.id, "type": "function"} if call else {}
    function = {"name": call.name, "arguments": arguments} if call else {"arguments": arguments}
    return chunk({"tool_calls": [{"index": index, **begun, "function": function}]})


CHAT_EVENTS = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "I ló"}),
    chunk({"content": "ok"}),
    chat_call(0, "", CALLS[0]),
    chat_call(0, '{"q":'),
    chat_call(0, ' "x"}'),
    chat_call(1, '{"pa', CALLS[1]),
    chat_call(1, 'ge": 2}'),
    chunk({}, "tool_calls"),
    chunk(None, usage=CHAT_USAGE),
]

ITEMS: list[dict[str, Any]] = [
    {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": TEXT, "annotations": []}],
    },
    *(
        {
            "id": f"f-{call.id}",
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
            "status": "completed",
        }
        for call in CALLS
    ),
]


def response(status: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "response",
        "created_at": 1.0,
        "model": "m",
        "status": status,
        "output": items,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "usage": {
            "input_tokens": 10,
            "output_tokens": 5,
            "total_tokens": 15,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def numbered(*data: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**event, "sequence_number": number} for number, event in enumerate(data)]


def text_delta(delta: str) -> dict[str, Any]:
    where = {"item_id": "m1", "output_index": 0, "content_index": 0}
    return {"type": "response.output_text.delta", **where, "delta": delta, "logprobs": []}


PART = {"type": "output_text", "text": "", "annotations": []}
RESPONSE_EVENTS = numbered(
    {"type": "response.created", "response": response("in_progress", [])},
    {"type": "response.output_item.added", "output_index": 0, "item": {**ITEMS[0], "content": []}},
    {
        "type": "response.content_part.added",
        "item_id": "m1",
        "output_index": 0,
        "content_index": 0,
        "part": PART,
    },
    text_delta("I ló"),
    text_delta("ok"),
    {"type": "response.output_item.done", "output_index": 0, "item": ITEMS[0]},
    {"type": "response.output_item.added", "output_index": 1, "item": {**ITEMS[1], "arguments": ""}},
    {
        "type": "response.function_call_arguments.delta",
        "item_id": "f-c1",
        "output_index": 1,
        "delta": CALLS[0].arguments,
    },
    {"type": "response.output_item.done", "output_index": 1, "item": ITEMS[1]},
    {"type": "response.output_item.added", "output_index": 2, "item": ITEMS[2]},
    {"type": "response.output_item.done", "output_index": 2, "item": ITEMS[2]},
    {"type": "response.completed", "response": response("completed", ITEMS)},
)

MESSAGE: dict[str, Any] = {
    "id": "x",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "text", "text": TEXT},
        *(
            {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)}
            for call in CALLS
        ),
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 5},
}


def block(index: int, begun: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def use_block(index: int, call: ToolCall) -> list[dict[str, Any]]:
    begun = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
    pieces = (call.arguments[:4], call.arguments[4:])
    return block(index, begun, *({"type": "input_json_delta", "partial_json": piece} for piece in pieces))


MESSAGE_EVENTS = [
    {
        "type": "message_start",
        "message": {
            **MESSAGE,
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": 10, "output_tokens": 1},
        },
    },
    *block(
        0,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "I ló"},
        {"type": "text_delta", "text": "ok"},
    ),
    *use_block(1, CALLS[0]),
    *use_block(2, CALLS[1]),
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
]


def gemini_answer(*parts: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish is None:
        return {"responseId": "x", "candidates": [candidate]}
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    return {
        "responseId": "x",
        "candidates": [{**candidate, "finishReason": finish}],
        "usageMetadata": usage,
    }


GEMINI_CALLS = [
    {"functionCall": {"id": call.id, "name": call.name, "args": json.loads(call.arguments)}} for call in CALLS
]
GEMINI = gemini_answer({"text": TEXT}, *GEMINI_CALLS, finish="STOP")
GEMINI_EVENTS = [
    gemini_answer({"text": "I ló"}),
    gemini_answer({"text": "ok"}),
    gemini_answer(GEMINI_CALLS[0]),
    gemini_answer(GEMINI_CALLS[1], finish="STOP"),
]

WHOLE: dict[str, Any] = {
    "openai": CHAT,
    "openai_responses": response("completed", ITEMS),
    "anthropic": MESSAGE,
    "google": GEMINI,
}
STREAMED: dict[str, Any] = {
    "openai": CHAT_EVENTS,
    "openai_responses": RESPONSE_EVENTS,
    "anthropic": MESSAGE_EVENTS,
    "google": GEMINI_EVENTS,
}
KINDS: dict[str, tuple[Any, Any]] = {
    "openai": (ChatCompletion, ChatCompletionChunk),
    "openai_responses": (Response, ResponseStreamEvent),
    "anthropic": (anthropic.types.Message, RawMessageStreamEvent),
    "google": (gemini.GenerateContentResponse, gemini.GenerateContentResponse),
}


def ours(server: Misbehaving, protocol: str, *, stream: bool) -> tuple[list[str], Reply]:
    provider = Provider(name="p", protocol=protocol, base_url=server.url, models=(MODEL,))

    async def ask() -> list[Any]:
        async with Client({"p": provider}) as client:
            if stream:
                return [piece async for piece in client.stream(ASK)]
            return [await client.complete(ASK)]

    *texts, reply = asyncio.run(ask())
    return texts, reply


Told = tuple[str, list[tuple[str, Any]], int, int]
"""The text, names and arguments of calls, tokens of the prompt and of the answer."""


def told(reply: Reply) -> Told:
    calls = [(call.name, json.loads(call.arguments)) for call in reply.calls]
    return reply.text, calls, reply.input_tokens, reply.output_tokens


def of_chat(made: ChatCompletion) -> Told:
    said, usage = made.choices[0].message, made.usage
    assert usage is not None
    calls: Any = said.tool_calls
    found = [(call.function.name, json.loads(call.function.arguments)) for call in calls]
    return said.content or "", found, usage.prompt_tokens, usage.completion_tokens


def by_openai(server: Misbehaving, sent: Any, *, stream: bool) -> Told:
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as sdk:
        if not stream:
            return of_chat(sdk.chat.completions.create(**sent))
        sent = {name: value for name, value in sent.items() if name != "stream"}
        with sdk.chat.completions.stream(**sent) as pieces:
            made: Any = pieces.get_final_completion()
        return of_chat(made)


def by_openai_responses(server: Misbehaving, sent: Any, *, stream: bool) -> Told:
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as sdk:
        if stream:
            sent = {name: value for name, value in sent.items() if name != "stream"}
            with sdk.responses.stream(**sent) as pieces:
                made: Any = pieces.get_final_response()
        else:
            made = sdk.responses.create(**sent)
    calls = [item for item in made.output if item.type == "function_call"]
    found = [(call.name, json.loads(call.arguments)) for call in calls]
    return made.output_text, found, made.usage.input_tokens, made.usage.output_tokens


def by_anthropic(server: Misbehaving, sent: Any, *, stream: bool) -> Told:
    root = server.url.removesuffix("/v1")
    with anthropic.Anthropic(base_url=root, api_key="none", max_retries=0) as sdk:
        if stream:
            sent = {name: value for name, value in sent.items() if name != "stream"}
            with sdk.messages.stream(**sent) as pieces:
                made: Any = pieces.get_final_message()
        else:
            made = sdk.messages.create(**sent)
    text = "".join(part.text for part in made.content if part.type == "text")
    calls = [(part.name, part.input) for part in made.content if part.type == "tool_use"]
    return text, calls, made.usage.input_tokens, made.usage.output_tokens


def by_google(server: Misbehaving, sent: Any, *, stream: bool) -> Told:
    options = gemini.HttpOptions(base_url=server.url.removesuffix("/v1"), api_version="v1")
    config = gemini.GenerateContentConfig(
        system_instruction=gemini.Content.model_validate(sent["systemInstruction"]),
        tools=[gemini.Tool.model_validate(tool) for tool in sent["tools"]],
        max_output_tokens=sent["generationConfig"]["maxOutputTokens"],
        automatic_function_calling=gemini.AutomaticFunctionCallingConfig(disable=True),
    )
    contents: Any = [gemini.Content.model_validate(one) for one in sent["contents"]]
    sdk = genai.Client(api_key="none", http_options=options)
    try:
        ask = sdk.models.generate_content_stream if stream else sdk.models.generate_content
        answers: Any = ask(model="m", contents=contents, config=config)
        pieces = list(answers) if stream else [answers]
    finally:
        sdk.close()
    parts = [part for piece in pieces for part in piece.candidates[0].content.parts]
    used = pieces[-1].usage_metadata
    calls = [(part.function_call.name, part.function_call.args) for part in parts if part.function_call]
    text = "".join(part.text for part in parts if part.text)
    return text, calls, used.prompt_token_count, used.candidates_token_count


SDKS: dict[str, Callable[..., Told]] = {
    "openai": by_openai,
    "openai_responses": by_openai_responses,
    "anthropic": by_anthropic,
    "google": by_google,
}


@pytest.mark.parametrize(("protocol", "place"), [("anthropic", "messages"), ("google", "contents")])
def test_all_results_of_tools_stand_in_one_turn(protocol: str, place: str) -> None:
    turns = WIRES[protocol].body(ASK, MODEL, "http://h", False)[place]
    assert [turn["role"] for turn in turns] == [
        "user",
        "assistant" if place == "messages" else "model",
        "user",
    ]
    assert len(turns[2].get("content") or turns[2]["parts"]) == 2


def test_results_go_by_the_name_of_the_call_before_them() -> None:
    # Without ids of its own, each answer of Google's numbers its calls from 0.
    messages = (
        Message("assistant", "", (ToolCall("call-0", "search", "{}"),)),
        Message("tool", "nothing", (), "call-0"),
        Message("assistant", "", (ToolCall("call-0", "open", "{}"),)),
        Message("tool", "a page", (), "call-0"),
    )
    turns = WIRES["google"].body(
        Request(provider="p", model="m", messages=messages), MODEL, "http://h", False
    )
    results = [part["functionResponse"]["name"] for turn in turns["contents"][1::2] for part in turn["parts"]]
    assert results == ["search", "open"]


def test_google_sees_the_signatures_of_calls_again(server: Misbehaving) -> None:
    signed = {**GEMINI_CALLS[0], "thoughtSignature": "c2lnbmVk"}
    for stream in (False, True):
        data = gemini_answer(signed, GEMINI_CALLS[1], finish="STOP")
        gemini.GenerateContentResponse.model_validate(data)
        server.script(events(data, done=False) if stream else body(json.dumps(data).encode()))
        _, reply = ours(server, "google", stream=stream)
        assert [call.signature for call in reply.calls] == ["c2lnbmVk", ""]
        again = Request(provider="p", model="m", messages=(Message("assistant", "", reply.calls),))
        [turn] = WIRES["google"].body(again, MODEL, "http://h", stream)["contents"]
        gemini.Content.model_validate(turn)
        assert [part.get("thoughtSignature") for part in turn["parts"]] == ["c2lnbmVk", None]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("protocol", WIRES)
def test_the_sdk_and_we_send_and_read_the_same(server: Misbehaving, protocol: str, stream: bool) -> None:
    whole, event = map(TypeAdapter[Any], KINDS[protocol])
    whole.validate_python(WHOLE[protocol])
    for data in STREAMED[protocol]:
        event.validate_python(data)
    server.script(
        events(*STREAMED[protocol], done=protocol == "openai", comment=False)
        if stream
        else body(json.dumps(WHOLE[protocol]).encode())
    )
    texts, reply = ours(server, protocol, stream=stream)
    assert texts == (["I ló", "ok"] if stream else [])
    assert (reply.finish, reply.id) == ("tools", "x")
    assert [call.id for call in reply.calls] == ["c1", "c2"]
    sent = server.requests[0].body
    assert sent == json.loads(json.dumps(WIRES[protocol].body(ASK, MODEL, server.url, stream)))
    # What we send is what the SDK sends when it is called with the same, and it reads what we read.
    assert SDKS[protocol](server, sent, stream=stream) == told(reply)
    first, second = server.requests
    assert second.path == first.path
    # Google's servers take either spelling; its SDK leaves this one name as Python has it.
    theirs = json.dumps(second.body).replace("parameters_json_schema", "parametersJsonSchema")
    assert json.loads(theirs) == first.body
