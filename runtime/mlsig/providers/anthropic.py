"""Anthropic's messages; pure functions. It has no word for seeds and penalties."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mlsig.providers import media
from mlsig.providers.declared import Model
from mlsig.providers.messages import Finish, Message, Reply, Request, ToolCall
from mlsig.providers.wire import StreamFailed, Wire, given, in_turns, parsed, read_error
from mlsig.structured import fitted

PATH: Final = "/messages"
VERSION: Final = "2023-06-01"
ENOUGH: Final = 4096
"""The limit of tokens where neither the request nor the declared model has one: the format needs a limit."""

FINISHES: Final[dict[str, Finish]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tools",
    "refusal": "refused",
}


class _Block(msgspec.Struct):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: Any = None


class _Thought(msgspec.Struct):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _Thought | None = None


class _Answer(msgspec.Struct):
    content: list[_Block]
    usage: _Usage
    id: str = ""
    model: str = ""
    stop_reason: str | None = None


class _Delta(msgspec.Struct):
    text: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _Event(msgspec.Struct):
    type: str
    index: int = 0
    message: _Answer | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None


def headers(key: str | None) -> dict[str, str]:
    """Return the version of the format, and the key."""
    return {"anthropic-version": VERSION} | ({} if key is None else {"x-api-key": key})


def request_body(request: Request, model: Model, url: str, stream: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return the JSON body of a request. Messages of the system's go to a place of their own."""
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    said = (message for message in request.messages if message.role != "system")
    turns = [_turn(turn, request.provider) for turn in in_turns(said)]
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens or min(model.max_output or ENOUGH, ENOUGH),
        "messages": turns,
        **given(request, temperature="temperature", top_p="top_p"),
    }
    if system:
        body["system"] = system
    # The format refuses stop texts of nothing but white space.
    stops = [text for text in request.stop if text.strip()]
    if stops:
        body["stop_sequences"] = stops
    if request.schema is not None:
        body["output_config"] = {
            "format": {"type": "json_schema", "schema": fitted(request.schema, "anthropic")}
        }
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if stream:
        body["stream"] = True
    return body


def read_reply(payload: Any) -> Reply:
    """Read the JSON of a successful answer; cost and latency are for the caller to fill in.

    Raises:
        ValueError: It is not a message; the message says where.
    """
    answer = msgspec.convert(payload, _Answer)
    text = "".join(block.text for block in answer.content if block.type == "text")
    calls = tuple(
        ToolCall(block.id, block.name, msgspec.json.encode(block.input).decode())
        for block in answer.content
        if block.type == "tool_use"
    )
    return _reply(text, calls, answer.stop_reason, answer.usage, answer)


class MessagePieces:
    """Puts the events of a streamed message together."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._calls: dict[int, ToolCall] = {}
        self._stop: str | None = None
        self._usage = _Usage()
        self._begun = _Answer([], self._usage)
        self.complete = False

    def take(self, data: Any) -> str:
        """Take an event, and return the text that it adds."""
        event = msgspec.convert(data, _Event)
        if event.type == "error":
            raise StreamFailed(read_error(data))
        if event.message is not None:
            self._begun = event.message
            self._usage = event.message.usage
        if event.usage is not None:
            self._usage = _newer(self._usage, event.usage)
        self.complete = self.complete or event.type == "message_stop"
        block, delta = event.content_block, event.delta
        if block is not None and block.type == "tool_use":
            self._calls[event.index] = ToolCall(block.id, block.name, "")
        if delta is None:
            return ""
        self._stop = delta.stop_reason or self._stop
        if delta.partial_json:
            so_far = self._calls[event.index]
            self._calls[event.index] = ToolCall(so_far.id, so_far.name, so_far.arguments + delta.partial_json)
        self._text.append(delta.text)
        return delta.text

    def reply(self) -> Reply:
        """Return the whole answer."""
        calls = tuple(self._calls[index] for index in sorted(self._calls))
        return _reply("".join(self._text), calls, self._stop, self._usage, self._begun)


def _turn(turn: list[Message], provider: str) -> dict[str, Any]:
    [message, *_] = turn
    if message.role == "tool":
        return {"role": "user", "content": [_result(one) for one in turn]}
    if message.media:
        return {
            "role": message.role,
            "content": media.parts(message, _said, media.anthropic, provider),
        }
    if not message.calls:
        return {"role": message.role, "content": message.content}
    said = [{"type": "text", "text": message.content}] if message.content else []
    asked = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": parsed(call.arguments)}
        for call in message.calls
    ]
    return {"role": "assistant", "content": [*said, *asked]}


def _result(message: Message) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": message.answers, "content": message.content}


def _said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _newer(first: _Usage, later: _Usage) -> _Usage:
    """Return the counts of the later event; what it leaves out is as before."""
    found = msgspec.structs.asdict(first)
    found |= {name: value for name, value in msgspec.structs.asdict(later).items() if value is not None}
    return _Usage(**found)


def _reply(text: str, calls: tuple[ToolCall, ...], stop: str | None, usage: _Usage, begun: _Answer) -> Reply:
    cached = usage.cache_read_input_tokens or 0
    thought = usage.output_tokens_details
    return Reply(
        text=text,
        # Theirs leaves out what was read from, or written to, the cache.
        input_tokens=(usage.input_tokens or 0) + cached + (usage.cache_creation_input_tokens or 0),
        output_tokens=usage.output_tokens or 0,
        cached_tokens=cached,
        reasoning_tokens=(thought.thinking_tokens or 0) if thought else 0,
        finish=FINISHES.get(stop or "end_turn", "other"),
        calls=calls,
        id=begun.id,
        model=begun.model,
    )


WIRE: Final = Wire(
    answer="a message",
    variant="anthropic",
    path=lambda request, stream: PATH,  # noqa: ARG005
    headers=headers,
    body=request_body,
    read=read_reply,
    pieces=MessagePieces,
)
