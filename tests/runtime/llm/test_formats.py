"""Each wire format against the types of its provider's own SDK: what we send, and what they would send."""

from __future__ import annotations

import asyncio
import json
import warnings
from functools import cache
from typing import Any

import msgspec
import pytest
from anthropic import types as claude
from anthropic.types import message_create_params
from anthropic.types.output_tokens_details import OutputTokensDetails
from misbehaving import Misbehaving, body
from mlsig.errors import AnswerUnreadable
from mlsig.providers import anthropic, google, openai, responses
from mlsig.providers.client import Client
from mlsig.providers.declared import Env, Model, Provider
from mlsig.providers.messages import Attachment, Message, Reply, Request, Tool, ToolCall
from mlsig.providers.protocols import WIRES, variant_of
from mlsig.providers.wire import StreamFailed, read_error
from openai.types import CompletionUsage, chat, completion_usage
from openai.types import responses as theirs
from openai.types.chat import chat_completion, completion_create_params
from openai.types.chat.chat_completion_message_function_tool_call import Function
from openai.types.responses import response_create_params, response_usage
from openai.types.responses.response_reasoning_item import Summary
from pydantic import TypeAdapter, ValidationError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from google.genai import types as gemini

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"mood": {"type": "string"}},
    "required": ["mood"],
    "additionalProperties": False,
}
TOOL = Tool("search", "find pages", {"type": "object", "properties": {"q": {"type": "string"}}})
TURNS = (
    Message("system", "be brief"),
    Message("user", "hé"),
    Message("assistant", "I look", (ToolCall("c1", "search", '{"q": "x"}'),)),
    Message("tool", "found", (), "c1"),
    Message("assistant", "so"),
    Message("user", "and?"),
)
PLAIN = Request(provider="p", model="m", messages=TURNS[:2])
FULL = Request(
    provider="p",
    model="m",
    messages=TURNS,
    temperature=0.5,
    top_p=0.9,
    max_tokens=50,
    frequency_penalty=0.1,
    presence_penalty=0.2,
    seed=7,
    stop=("\nnext:", "\n"),
    schema=SCHEMA,
    tools=(TOOL,),
)
FILES = Request(
    provider="p",
    model="m",
    messages=(
        Message("system", "look"),
        Message(
            "user",
            "a [image 1], b [image 2], c [document 1][document 2]",
            media=(
                Attachment(kind="image", at=11, url="https://example.org/a.png"),
                Attachment(kind="image", at=24, data=b"x", media_type="image/png"),
                Attachment(kind="document", at=40, data=b"%PDF", media_type="application/pdf"),
                Attachment(kind="document", at=40, data=b"plain", media_type="text/plain; charset=utf-8"),
            ),
        ),
    ),
)
MODEL = Model(name="m", max_output=9000)
REASONS = Model(name="m", supports=frozenset({"reasoning"}))
OPENAI = "https://api.openai.com/v1"
LOCAL = "http://127.0.0.1:8080/v1"


def thorough(found: Any) -> Any:
    """Walk through everything: pydantic checks iterables of the SDKs' types only while they are read."""
    if isinstance(found, dict):
        return {key: thorough(value) for key, value in found.items()}
    if isinstance(found, str | bytes | int | float | None):
        return found
    return [thorough(item) for item in found]


@cache
def reader_of(protocol: str, *, stream: bool) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[protocol, stream])


def sent(
    protocol: str, request: Request, model: Model = MODEL, url: str = OPENAI, *, stream: bool = False
) -> Any:
    return json.loads(json.dumps(WIRES[protocol].body(request, model, url, stream)))


KINDS: dict[tuple[str, bool], Any] = {
    ("openai", False): completion_create_params.CompletionCreateParamsNonStreaming,
    ("openai", True): completion_create_params.CompletionCreateParamsStreaming,
    ("openai_responses", False): response_create_params.ResponseCreateParamsNonStreaming,
    ("openai_responses", True): response_create_params.ResponseCreateParamsStreaming,
    ("anthropic", False): message_create_params.MessageCreateParamsNonStreaming,
    ("anthropic", True): message_create_params.MessageCreateParamsStreaming,
}


@pytest.mark.parametrize("request_", [PLAIN, FULL, FILES], ids=["plain", "full", "files"])
@pytest.mark.parametrize("model", [MODEL, REASONS], ids=["model", "reasons"])
@pytest.mark.parametrize(("protocol", "stream"), KINDS)
def test_what_is_sent_is_of_the_type_of_the_sdk(
    protocol: str, stream: bool, request_: Request, model: Model
) -> None:
    body = sent(protocol, request_, model, stream=stream)
    if protocol == "anthropic":
        # The SDK of the newest models has dropped them; the models that we declare take them.
        body = {name: value for name, value in body.items() if name not in {"temperature", "top_p"}}
    reader = reader_of(protocol, stream=stream)
    assert thorough(reader.validate_python(body, extra="forbid"))
    for wrong in ({"model": None}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            reader.validate_python({**body, **wrong}, extra="forbid")


@pytest.mark.parametrize("request_", [PLAIN, FULL, FILES], ids=["plain", "full", "files"])
def test_what_google_gets_is_of_its_types(request_: Request) -> None:
    body = sent("google", request_)
    assert set(body) <= {"contents", "systemInstruction", "generationConfig", "tools"}
    for content in (*body["contents"], body["systemInstruction"]):
        gemini.Content.model_validate(content)
    gemini.GenerationConfig.model_validate(body.get("generationConfig", {}))
    for tool in body.get("tools", []):
        gemini.Tool.model_validate(tool)
    with pytest.raises(ValidationError):
        gemini.GenerationConfig.model_validate({"maxTokens": 5})


def test_sounds_where_they_are_known() -> None:
    sound = Attachment(kind="audio", at=1, data=b"RIFF", media_type="audio/x-wav")
    request = msgspec.structs.replace(PLAIN, messages=(Message("user", "xy", media=(sound,)),))
    assert thorough(
        reader_of("openai", stream=False).validate_python(sent("openai", request), extra="forbid")
    )
    content = sent("openai", request)["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "input_audio", "text"]
    assert content[1]["input_audio"] == {"data": "UklGRg==", "format": "wav"}
    at_url = msgspec.structs.replace(sound, data=b"", media_type="", url="https://example.org/a.wav")
    for one in (sound, at_url):
        [said] = sent(
            "google", msgspec.structs.replace(request, messages=(Message("user", "x", media=(one,)),))
        )["contents"]
        gemini.Content.model_validate(said)
        assert said["parts"][0] == {"text": "x"}
        assert len(said["parts"]) == 2
    pdf = Attachment(kind="document", at=0, url="https://example.org/a.pdf")
    at_end = msgspec.structs.replace(request, messages=(Message("user", "", media=(pdf,)),))
    for protocol in ("openai_responses", "anthropic"):
        found = reader_of(protocol, stream=False).validate_python(sent(protocol, at_end), extra="forbid")
        assert thorough(found)


def test_openai_in_full() -> None:
    body = sent("openai", FULL)
    assert (body["max_completion_tokens"], body["seed"], body["stop"]) == (50, 7, ["\nnext:", "\n"])
    assert "max_tokens" not in body
    assert body["response_format"]["json_schema"] == {"name": "output", "strict": True, "schema": SCHEMA}
    assert body["messages"][2]["tool_calls"][0]["function"] == {"name": "search", "arguments": '{"q": "x"}'}
    assert body["messages"][3] == {"role": "tool", "tool_call_id": "c1", "content": "found"}
    assert sent("openai", FULL, url=LOCAL)["max_tokens"] == 50
    assert sent("openai", FULL, url="https://api.groq.com/openai/v1")["max_tokens"] == 50


def test_models_that_reason_get_no_temperature() -> None:
    body = sent("openai", FULL, REASONS)
    assert not {"temperature", "top_p", "frequency_penalty", "presence_penalty", "stop"} & set(body)
    assert body["max_completion_tokens"] == 50
    assert sent("openai", FULL, REASONS, LOCAL)["temperature"] == 0.5  # elsewhere they take it
    assert "temperature" not in sent("openai_responses", FULL, REASONS)


def test_responses_in_full() -> None:
    body = sent("openai_responses", FULL)
    assert (body["max_output_tokens"], body["store"], body["temperature"]) == (50, False, 0.5)
    assert body["text"] == {
        "format": {"type": "json_schema", "name": "output", "strict": True, "schema": SCHEMA}
    }
    assert not {"seed", "stop", "frequency_penalty"} & set(body)
    assert body["input"][2:5] == [
        {"role": "assistant", "content": "I look"},
        {"type": "function_call", "call_id": "c1", "name": "search", "arguments": '{"q": "x"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "found"},
    ]


def test_anthropic_in_full() -> None:
    body = sent("anthropic", FULL)
    assert (body["system"], body["max_tokens"], body["stop_sequences"]) == ("be brief", 50, ["\nnext:"])
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert body["messages"][1]["content"][1] == {
        "type": "tool_use",
        "id": "c1",
        "name": "search",
        "input": {"q": "x"},
    }
    assert sent("anthropic", PLAIN)["max_tokens"] == anthropic.ENOUGH
    assert sent("anthropic", PLAIN, Model(name="m", max_output=8))["max_tokens"] == 8
    assert anthropic.headers("k") == {"anthropic-version": "2023-06-01", "x-api-key": "k"}
    assert anthropic.headers(None) == {"anthropic-version": "2023-06-01"}


def test_google_in_full() -> None:
    body = sent("google", FULL)
    assert body["generationConfig"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "maxOutputTokens": 50,
        "frequencyPenalty": 0.1,
        "presencePenalty": 0.2,
        "seed": 7,
        "stopSequences": ["\nnext:", "\n"],
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user", "model", "user"]
    assert google.path(FULL, False) == "/models/m:generateContent"
    odd = Request(provider="p", model="models/a/../b?key=1", messages=())
    assert google.path(odd, True) == "/models/a%2F..%2Fb%3Fkey%3D1:streamGenerateContent?alt=sse"
    assert google.headers("k") == {"x-goog-api-key": "k"}
    assert google.headers(None) == {}


def test_arguments_that_are_no_object_are_none() -> None:
    bad = Message("assistant", "", (ToolCall("c", "t", "no json"), ToolCall("d", "t", "[1]")))
    request = Request(provider="p", model="m", messages=(bad,))
    assert [block["input"] for block in sent("anthropic", request)["messages"][0]["content"]] == [{}, {}]
    assert len(sent("openai_responses", request)["input"]) == 2


def completion(**message: Any) -> dict[str, Any]:
    finish = message.pop("finish", "stop")
    said = chat.ChatCompletionMessage(role="assistant", **message)
    usage = CompletionUsage(
        prompt_tokens=10,
        completion_tokens=5,
        total_tokens=15,
        prompt_tokens_details=completion_usage.PromptTokensDetails(cached_tokens=8),
        completion_tokens_details=completion_usage.CompletionTokensDetails(reasoning_tokens=3),
    )
    choice = chat_completion.Choice(finish_reason=finish, index=0, message=said)
    made = chat.ChatCompletion(
        id="cc-1", choices=[choice], created=1, model="m", object="chat.completion", usage=usage
    )
    return made.model_dump(mode="json")


USED: dict[str, Any] = {
    "input_tokens": 10,
    "output_tokens": 5,
    "cached_tokens": 8,
    "reasoning_tokens": 3,
    "model": "m",
}


@pytest.mark.parametrize(
    ("theirs_", "ours"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tools"),
        ("function_call", "tools"),
        ("content_filter", "filtered"),
    ],
)
def test_openai_ends(theirs_: str, ours: Any) -> None:
    reply = openai.read_reply(completion(content="hi", finish=theirs_))
    assert reply == Reply(text="hi", finish=ours, id="cc-1", **USED)


def test_openai_refusals_and_calls() -> None:
    refused = openai.read_reply(completion(content=None, refusal="I will not"))
    assert (refused.text, refused.finish) == ("I will not", "refused")
    call = chat.ChatCompletionMessageFunctionToolCall(
        id="c1", type="function", function=Function(name="search", arguments="{}")
    )
    called = openai.read_reply(completion(content=None, tool_calls=[call], finish="tool_calls"))
    assert (called.calls, called.finish) == ((ToolCall("c1", "search", "{}"),), "tools")
    assert openai.read_reply({"choices": [{"message": {}, "finish_reason": "new"}]}).finish == "other"


def response(*output: Any, **changes: Any) -> dict[str, Any]:
    usage = theirs.ResponseUsage(
        input_tokens=10,
        output_tokens=5,
        total_tokens=15,
        input_tokens_details=response_usage.InputTokensDetails(cached_tokens=8, cache_write_tokens=0),
        output_tokens_details=response_usage.OutputTokensDetails(reasoning_tokens=3),
    )
    made = theirs.Response(
        id="r-1",
        created_at=1.0,
        model="m",
        object="response",
        output=list(output),
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        usage=usage,
        **({"status": "completed"} | changes),
    )
    return made.model_dump(mode="json")


def said(*content: Any) -> theirs.ResponseOutputMessage:
    return theirs.ResponseOutputMessage(
        id="m-1", role="assistant", status="completed", type="message", content=list(content)
    )


HELLO = theirs.ResponseOutputText(text="hi", type="output_text", annotations=[])
NO = theirs.ResponseOutputRefusal(refusal="I will not", type="refusal")
THOUGHT = theirs.ResponseReasoningItem(
    id="t", type="reasoning", summary=[Summary(text="hm", type="summary_text")]
)
CALL = theirs.ResponseFunctionToolCall(arguments="{}", call_id="c1", name="search", type="function_call")


def test_responses_are_read() -> None:
    assert responses.read_reply(response(THOUGHT, said(HELLO))) == Reply(text="hi", id="r-1", **USED)
    refused = responses.read_reply(response(said(NO)))
    assert (refused.text, refused.finish) == ("I will not", "refused")
    called = responses.read_reply(response(CALL))
    assert (called.calls, called.finish) == ((ToolCall("c1", "search", "{}"),), "tools")


def test_responses_are_shown_again_what_they_thought_before_a_call() -> None:
    sealed = THOUGHT.model_copy(update={"encrypted_content": "c2VhbGVk"})
    other = CALL.model_copy(update={"call_id": "c2"})
    reply = responses.read_reply(response(THOUGHT, sealed, CALL, other))  # the first is kept nowhere
    messages = (
        Message("user", "look"),
        Message("assistant", "", reply.calls),
        *(Message("tool", "found", (), call.id) for call in reply.calls),
    )
    again = Request(provider="p", model="m", messages=messages)
    for stream in (False, True):
        body = sent("openai_responses", again, REASONS, stream=stream)
        assert body["include"] == ["reasoning.encrypted_content"]
        assert thorough(reader_of("openai_responses", stream=stream).validate_python(body, extra="forbid"))
        assert [item.get("call_id", item["type"]) for item in body["input"][1:]] == [
            "reasoning",
            "c1",
            "c2",
            "c1",
            "c2",
        ]
        assert body["input"][1] == {
            "type": "reasoning",
            "id": "t",
            "summary": [{"text": "hm", "type": "summary_text"}],
            "encrypted_content": "c2VhbGVk",
        }
    assert "include" not in sent("openai_responses", again)
    # Of another provider's signature neither makes anything.
    contents = sent("google", again)["contents"]
    assert [part for turn in contents for part in turn["parts"] if "thoughtSignature" in part] == []
    foreign = Message("assistant", "", (ToolCall("c1", "search", "{}", "c2lnbmVk"),))
    asked = Request(provider="p", model="m", messages=(foreign,))
    assert [item["type"] for item in sent("openai_responses", asked)["input"]] == ["function_call"]


@pytest.mark.parametrize(
    ("reason", "ours"), [("max_output_tokens", "length"), ("content_filter", "filtered")]
)
def test_responses_that_are_cut(reason: str, ours: str) -> None:
    cut = response(said(HELLO), status="incomplete", incomplete_details={"reason": reason})
    assert responses.read_reply(cut).finish == ours


def test_responses_that_failed() -> None:
    failed = response(status="failed", error={"code": "server_error", "message": "out of order"})
    with pytest.raises(ValueError, match="out of order"):
        responses.read_reply(failed)
    with pytest.raises(ValueError, match="no reason"):
        responses.read_reply(response(status="failed"))
    with pytest.raises(ValueError, match="output"):
        responses.read_reply({"id": "x"})


def message(*content: Any, stop: Any = "end_turn") -> dict[str, Any]:
    usage = claude.Usage(
        input_tokens=1,
        output_tokens=5,
        cache_read_input_tokens=8,
        cache_creation_input_tokens=1,
        output_tokens_details=OutputTokensDetails(thinking_tokens=3),
    )
    made = claude.Message(
        id="m-1",
        content=list(content),
        model="m",
        role="assistant",
        stop_reason=stop,
        type="message",
        usage=usage,
    )
    return made.model_dump(mode="json")


TEXT = claude.TextBlock(text="hi", type="text")
USE = claude.ToolUseBlock(id="c1", name="search", input={"q": "x"}, type="tool_use")


@pytest.mark.parametrize(
    ("theirs_", "ours"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tools"),
        ("refusal", "refused"),
        ("pause_turn", "other"),
    ],
)
def test_anthropic_ends(theirs_: str, ours: Any) -> None:
    assert anthropic.read_reply(message(TEXT, stop=theirs_)) == Reply(
        text="hi", finish=ours, id="m-1", **USED
    )


def test_anthropic_thoughts_and_calls() -> None:
    thinking = claude.ThinkingBlock(thinking="hm", signature="s", type="thinking")
    reply = anthropic.read_reply(message(thinking, TEXT, USE, stop="tool_use"))
    assert (reply.text, reply.calls) == ("hi", (ToolCall("c1", "search", '{"q":"x"}'),))
    with pytest.raises(ValueError, match="content"):
        anthropic.read_reply({"id": "x"})


def content(*parts: Any, finish: Any = "STOP", **more: Any) -> dict[str, Any]:
    usage = gemini.GenerateContentResponseUsageMetadata(
        prompt_token_count=10,
        candidates_token_count=2,
        thoughts_token_count=3,
        cached_content_token_count=8,
        total_token_count=15,
    )
    candidate = gemini.Candidate(
        content=gemini.Content(role="model", parts=list(parts)), finish_reason=finish, index=0
    )
    made = gemini.GenerateContentResponse(
        candidates=[candidate], usage_metadata=usage, response_id="g-1", model_version="m", **more
    )
    return made.model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.parametrize(
    ("theirs_", "ours"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "filtered"), ("LANGUAGE", "other")],
)
def test_google_ends(theirs_: str, ours: Any) -> None:
    parts = gemini.Part(text="hm", thought=True), gemini.Part(text="h"), gemini.Part(text="i")
    assert google.read_reply(content(*parts, finish=theirs_)) == Reply(
        text="hi", finish=ours, id="g-1", **USED
    )


def test_google_calls_filters_and_errors() -> None:
    call = gemini.Part(function_call=gemini.FunctionCall(name="search", args={"q": "x"}))
    reply = google.read_reply(content(call))
    assert (reply.calls, reply.finish) == ((ToolCall("call-0", "search", '{"q":"x"}'),), "tools")
    feedback = gemini.GenerateContentResponsePromptFeedback(block_reason=gemini.BlockedReason.SAFETY)
    blocked = gemini.GenerateContentResponse(prompt_feedback=feedback)
    kept = google.read_reply(blocked.model_dump(mode="json", by_alias=True, exclude_none=True))
    assert (kept.text, kept.finish) == ("", "filtered")
    with pytest.raises(ValueError, match="no candidates"):
        google.read_reply({})
    with pytest.raises(StreamFailed):
        google.read_reply({"error": {"message": "x"}})
    assert google.read_reply({"candidates": [{"finishReason": "STOP"}]}).text == ""


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"error": {"message": "m", "type": "t", "code": "rate_limit_exceeded"}}, "rate_limit_exceeded"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, "overloaded_error"),
        (
            {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}},
            "RESOURCE_EXHAUSTED",
        ),
        ([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}], "INVALID_ARGUMENT"),
        ({"error": "m"}, ""),
    ],
    ids=str,
)
def test_the_words_of_errors(payload: Any, code: str) -> None:
    found = read_error(payload)
    assert (found.message, found.code) == ("m", code)


def test_variants() -> None:
    assert [variant_of(name) for name in (*WIRES, "telepathy")] == [
        "openai",
        "openai",
        "anthropic",
        "google",
        "openai",
    ]


def test_schemas_of_other_providers_lose_what_is_not_known() -> None:
    mood: dict[str, Any] = {"type": "string", "const": "good", "description": "pattern"}
    sizes = {"type": "array", "items": {"type": "string", "pattern": "^a$", "format": "uri"}, "minItems": 3}
    whole = {**SCHEMA, "properties": {"pattern": mood, "minItems": {"anyOf": [sizes, {"type": "null"}]}}}
    request = Request(provider="p", model="m", messages=(), schema={**whole, "propertyOrdering": ["pattern"]})

    def fields(schema: dict[str, Any]) -> tuple[Any, Any]:
        assert ("propertyOrdering" in schema) == ("generation" in kind)
        return schema["properties"]["pattern"], schema["properties"]["minItems"]["anyOf"][0]

    kind = "output"
    text = {"type": "string", "format": "uri"}
    config = sent("anthropic", request)["output_config"]["format"]["schema"]
    assert fields(config) == (mood, {"type": "array", "items": text})
    said_ = sent("openai", request)["response_format"]["json_schema"]["schema"]
    assert fields(said_)[1]["items"] == {"type": "string", "pattern": "^a$"}
    kind = "generation"
    config = sent("google", request)["generationConfig"]["responseJsonSchema"]
    fixed = {"type": "string", "enum": ["good"], "description": "pattern"}
    assert fields(config) == (fixed, {"type": "array", "items": {"type": "string"}, "minItems": 3})


ANSWERS = {
    "openai": (completion(content="hi"), "/v1/chat/completions"),
    "openai_responses": (response(said(HELLO)), "/v1/responses"),
    "anthropic": (message(TEXT), "/v1/messages"),
    "google": (content(gemini.Part(text="hi")), "/v1/models/m:generateContent"),
}


@pytest.mark.parametrize("protocol", ANSWERS)
def test_each_format_over_http(server: Misbehaving, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P_KEY", "sk-1")
    payload, path = ANSWERS[protocol]
    server.script(body(json.dumps(payload).encode()), body(b"{}"))
    provider = Provider(
        name="p",
        protocol=protocol,
        base_url=server.url,
        key=Env("P_KEY"),
        models=(Model(name="m", input_cost=1.0, output_cost=2.0),),
    )

    async def ask() -> Reply:
        async with Client({"p": provider}) as client:
            reply = await client.complete(FULL)
            with pytest.raises(AnswerUnreadable, match=f"is not {WIRES[protocol].answer}"):
                await client.complete(FULL)
            return reply

    reply = asyncio.run(ask())
    assert (reply.text, reply.finish) == ("hi", "stop")
    assert reply.cost == pytest.approx(20e-6)
    assert {name: getattr(reply, name) for name in USED} == USED
    assert server.requests[0].path == path
    assert server.requests[0].body == sent(protocol, FULL, provider.models[0], server.url)
    assert "sk-1" in str(server.requests[0].headers)
