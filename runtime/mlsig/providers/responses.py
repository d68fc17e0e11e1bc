"""OpenAI's Responses; pure functions. It has no word for stop texts, seeds and penalties.

Nothing is kept at the provider, so a model that reasons gets what it thought before it called tools from us,
as it came: encrypted, before the calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from mlsig.providers import media
from mlsig.providers.declared import Model
from mlsig.providers.messages import Finish, Message, Reply, Request, ToolCall
from mlsig.providers.openai import named_schema
from mlsig.providers.wire import Said, StreamFailed, Wire, bearer, given, read_error
from mlsig.types.jsonlike import is_object

PATH: Final = "/responses"
_CUT: Final[dict[str, Finish]] = {"max_output_tokens": "length", "content_filter": "filtered"}
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed")
_THOUGHTS: Final = "reasoning.encrypted_content"


class _Part(msgspec.Struct):
    type: str = ""
    text: str = ""
    refusal: str = ""


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Part] | None = None
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    id: str | None = None
    summary: list[Any] | None = None
    encrypted_content: str | None = None


class _Cached(msgspec.Struct):
    cached_tokens: int = 0


class _Reasoned(msgspec.Struct):
    reasoning_tokens: int = 0


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Cached | None = None
    output_tokens_details: _Reasoned | None = None


class _Why(msgspec.Struct):
    reason: str | None = None


class _Failure(msgspec.Struct):
    message: str = ""
    code: str = ""


class _Response(msgspec.Struct):
    output: list[_Item]
    id: str = ""
    model: str | None = None
    status: str | None = None
    incomplete_details: _Why | None = None
    error: _Failure | None = None
    usage: _Usage | None = None


class _Event(msgspec.Struct):
    type: str
    delta: str | None = None
    response: Any = None


def request_body(request: Request, model: Model, url: str, stream: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return the JSON body of a request; nothing of it is kept at the provider (`store`).

    Models that reason take no temperature, so none is sent to them.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message, request.provider)],
        "store": False,
        **given(request, max_tokens="max_output_tokens"),
    }
    if "reasoning" in model.supports:
        body["include"] = [_THOUGHTS]
    else:
        body |= given(request, temperature="temperature", top_p="top_p")
    if request.schema is not None:
        body["text"] = {"format": {"type": "json_schema", **named_schema(request.schema)}}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": False,
            }
            for tool in request.tools
        ]
    if stream:
        body["stream"] = True
    return body


def read_reply(payload: Any) -> Reply:
    """Read the JSON of a successful answer; cost and latency are for the caller to fill in.

    Raises:
        ValueError: It is not a response, or one that failed; the message says why.
    """
    response = msgspec.convert(payload, _Response)
    if response.status == "failed" or response.error is not None:
        raise ValueError(response.error.message if response.error else "it failed, and no reason is given")
    parts = [
        part for item in response.output if item.type == "message" for part in item.content or () if part
    ]
    text = "".join(part.text for part in parts if part.type == "output_text")
    refusal = "".join(part.refusal for part in parts if part.type == "refusal")
    calls = tuple(_calls(response.output))
    usage = response.usage or _Usage()
    cached, reasoned = usage.input_tokens_details, usage.output_tokens_details
    return Reply(
        text=text or refusal,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=cached.cached_tokens if cached else 0,
        reasoning_tokens=reasoned.reasoning_tokens if reasoned else 0,
        finish=_finish(response, refused=bool(refusal and not text), calls=bool(calls)),
        calls=calls,
        id=response.id,
        model=response.model or "",
    )


class ResponsePieces:
    """Reads the events of a streamed response; the last one has the response whole."""

    def __init__(self) -> None:
        self._response: Any = None

    @property
    def complete(self) -> bool:
        """Say whether the last event has come."""
        return self._response is not None

    def take(self, data: Any) -> str:
        """Take an event, and return the text that it adds."""
        event = msgspec.convert(data, _Event)
        if event.type == "error":
            raise StreamFailed(Said(str(data.get("message") or ""), str(data.get("code") or "")))
        if event.type in _ENDS:
            if event.type == "response.failed":
                raise StreamFailed(read_error(event.response) if is_object(event.response) else Said())
            self._response = event.response
        return event.delta or "" if event.type == "response.output_text.delta" else ""

    def reply(self) -> Reply:
        """Return the whole answer."""
        return read_reply(self._response)


def _items(message: Message, provider: str) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.answers, "output": message.content}]
    content = media.parts(message, _said, media.responses, provider) if message.media else message.content
    said = [{"role": message.role, "content": content}] if message.content or not message.calls else []
    for call in message.calls:
        said += thoughts(call.signature)
        said.append(
            {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        )
    return said


def _calls(items: list[_Item]) -> Iterator[ToolCall]:
    """Yield the calls, each with what the model thought since the one before it."""
    thought: list[dict[str, Any]] = []
    for item in items:
        if item.type == "reasoning" and item.encrypted_content:  # without that, it means nothing to anybody
            thought.append(
                {
                    "type": "reasoning",
                    "id": item.id or "",
                    "summary": item.summary or [],
                    "encrypted_content": item.encrypted_content,
                }
            )
        if item.type == "function_call":
            signature = msgspec.json.encode(thought).decode() if thought else ""
            yield ToolCall(item.call_id, item.name, item.arguments, signature)
            thought = []


def thoughts(signature: str) -> list[dict[str, Any]]:
    """Return what a model thought before a call; nothing of another provider's signature."""
    return msgspec.json.decode(signature, type=list[dict[str, Any]]) if signature.startswith("[") else []


def _said(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


def _finish(response: _Response, *, refused: bool, calls: bool) -> Finish:
    if response.incomplete_details is not None and response.incomplete_details.reason:
        return _CUT.get(response.incomplete_details.reason, "other")
    if refused:
        return "refused"
    return "tools" if calls else "stop"


WIRE: Final = Wire(
    answer="a response",
    variant="openai",
    path=lambda request, stream: PATH,  # noqa: ARG005
    headers=bearer,
    body=request_body,
    read=read_reply,
    pieces=ResponsePieces,
    stops=False,
)
