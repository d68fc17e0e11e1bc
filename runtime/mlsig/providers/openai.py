"""OpenAI's chat completions, which Groq, llama.cpp, vLLM, Ollama and others speak too; pure functions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from mlsig.providers import media
from mlsig.providers.declared import Model
from mlsig.providers.messages import Finish, Message, Reply, Request, ToolCall
from mlsig.providers.wire import StreamFailed, Wire, bearer, read_error
from mlsig.structured import fitted, problem
from mlsig.types.jsonlike import is_object

PATH: Final = "/chat/completions"
FINISHES: Final[dict[str, Finish]] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "tool_calls": "tools",
    "function_call": "tools",
    "content_filter": "filtered",
}
_OWN_HOSTS: Final = (".openai.com", ".openai.azure.com")
_TUNING: Final = tuple(
    (name, name) for name in ("temperature", "top_p", "frequency_penalty", "presence_penalty")
)
_SEED: Final = ("seed", "seed")
_OWN_LIMIT: Final = ("max_tokens", "max_completion_tokens")
_PARAMETERS: Final = {
    (False, False): (*_TUNING, ("max_tokens", "max_tokens"), _SEED),
    (True, False): (*_TUNING, _OWN_LIMIT, _SEED),
    (True, True): (_OWN_LIMIT, _SEED),
}
"""Parameters and what they are called: at OpenAI itself or elsewhere, by models that reason or do not."""


class _Part(msgspec.Struct):
    text: str = ""


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function = msgspec.field(default_factory=_Function)


class _Answer(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    message: _Answer
    finish_reason: str | None = None


class _Cached(msgspec.Struct):
    cached_tokens: int | None = None


class _Reasoned(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached | None = None
    completion_tokens_details: _Reasoned | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None
    id: str | None = None
    model: str | None = None


class _PieceOfChoice(msgspec.Struct):
    delta: _Answer = msgspec.field(default_factory=_Answer)
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_PieceOfChoice] = []
    usage: _Usage | None = None
    id: str | None = None
    model: str | None = None


def request_body(
    request: Request, model: Model | None = None, url: str = "", stream: bool = False
) -> dict[str, Any]:
    """Return the JSON body of a request; what the request leaves open is left out.

    OpenAI's own servers call the limit `max_completion_tokens`, which their reasoning models insist on; these
    take no `temperature` and the like either, so it is left out for them. Other servers know `max_tokens`.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message, request.provider) for message in request.messages],
    }
    own = _is_own(url)
    reasons = own and model is not None and "reasoning" in model.supports
    for ours, theirs in _PARAMETERS[own, reasons]:
        value = getattr(request, ours)
        if value is not None:
            body[theirs] = value
    if request.stop and not reasons:
        body["stop"] = list(request.stop)
    if request.schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": named_schema(request.schema)}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for tool in request.tools
        ]
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


@lru_cache(maxsize=256)
def _is_own(url: str) -> bool:
    """Say whether an address is one of OpenAI's."""
    return f".{urlsplit(url).hostname or ''}".endswith(_OWN_HOSTS)


def named_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its name, strict where it is one that can be."""
    schema = schema if "propertyOrdering" not in schema else fitted(schema, "openai")
    return {"name": "output", "strict": not problem(schema), "schema": schema}


def read_reply(payload: Any) -> Reply:
    """Read the JSON of a successful answer; cost and latency are for the caller to fill in.

    Raises:
        ValueError: It is not a chat completion; the message says where.
    """
    completion = msgspec.convert(payload, _Completion)
    if not completion.choices:
        raise ValueError("the list of choices is empty")
    choice = completion.choices[0]
    message = choice.message
    text = _text(message.content)
    calls = tuple(
        ToolCall(call.id or "", call.function.name or "", call.function.arguments or "")
        for call in message.tool_calls or ()
    )
    finish = _finish(choice.finish_reason, text, message.refusal)
    return _reply(text or message.refusal or "", calls, finish, completion.usage, completion)


class ChatPieces:
    """Puts the chunks of a streamed completion together."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, ToolCall] = {}
        self._finish: str | None = None
        self._usage: _Usage | None = None
        self._named = _Chunk()

    @property
    def complete(self) -> bool:
        """Say whether the reason why it ended is known: not every server sends `[DONE]` after it."""
        return self._finish is not None

    def take(self, data: Any) -> str:
        """Take a chunk, and return the text that it adds."""
        if is_object(data) and data.get("error"):
            raise StreamFailed(read_error(data))
        chunk = msgspec.convert(data, _Chunk)
        self._usage = chunk.usage or self._usage
        if chunk.id or chunk.model:
            self._named = chunk
        if not chunk.choices:
            return ""
        [choice, *_] = chunk.choices
        self._finish = choice.finish_reason or self._finish
        self._refusal.append(choice.delta.refusal or "")
        for call in choice.delta.tool_calls or ():
            so_far = self._calls.get(call.index, ToolCall("", "", ""))
            self._calls[call.index] = ToolCall(
                call.id or so_far.id,
                so_far.name + (call.function.name or ""),
                so_far.arguments + (call.function.arguments or ""),
            )
        text = _text(choice.delta.content)
        self._text.append(text)
        return text

    def reply(self) -> Reply:
        """Return the whole answer."""
        calls = tuple(self._calls[index] for index in sorted(self._calls))
        text, refusal = "".join(self._text), "".join(self._refusal)
        finish = _finish(self._finish, text, refusal)
        return _reply(text or refusal, calls, finish, self._usage, self._named)


def _message(message: Message, provider: str) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.answers, "content": message.content}
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.media:
        found["content"] = media.parts(message, _said, media.openai, provider)
    if message.calls:
        found["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.calls
        ]
    return found


def _said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _text(content: str | list[_Part] | None) -> str:
    return "".join(part.text for part in content) if isinstance(content, list) else content or ""


def _finish(finish: str | None, text: str, refusal: str | None) -> Finish:
    return "refused" if refusal and not text else FINISHES.get(finish or "stop", "other")


def _reply(
    text: str,
    calls: tuple[ToolCall, ...],
    finish: Finish,
    usage: _Usage | None,
    named: _Completion | _Chunk,
) -> Reply:
    usage = usage or _Usage()
    cached, reasoned = usage.prompt_tokens_details, usage.completion_tokens_details
    return Reply(
        text=text,
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_tokens=(cached.cached_tokens or 0) if cached else 0,
        reasoning_tokens=(reasoned.reasoning_tokens or 0) if reasoned else 0,
        finish=finish,
        calls=calls,
        id=named.id or "",
        model=named.model or "",
    )


WIRE: Final = Wire(
    answer="a chat completion",
    variant="openai",
    path=lambda request, stream: PATH,  # noqa: ARG005
    headers=bearer,
    body=request_body,
    read=read_reply,
    pieces=ChatPieces,
)
