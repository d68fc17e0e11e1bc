"""Google's generateContent, for the Gemini models; pure functions."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from mlsig.providers import media
from mlsig.providers.declared import Model
from mlsig.providers.messages import Finish, Message, Reply, Request, ToolCall
from mlsig.providers.wire import StreamFailed, Wire, given, in_turns, parsed, read_error
from mlsig.structured import fitted
from mlsig.types.jsonlike import is_object

MOST_STOPS: Final = 5
"""Stop texts that the format takes; it refuses a request with more."""

FINISHES: Final[dict[str, Finish]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "filtered",
    "RECITATION": "filtered",
    "BLOCKLIST": "filtered",
    "PROHIBITED_CONTENT": "filtered",
    "SPII": "filtered",
    "MODEL_ARMOR": "filtered",
}


class _FunctionCall(msgspec.Struct):
    name: str = ""
    id: str | None = None
    args: dict[str, Any] | None = None


class _Part(msgspec.Struct, rename="camel"):
    text: str = ""
    thought: bool | None = None
    function_call: _FunctionCall | None = None
    thought_signature: str | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str | None = None


class _Answer(msgspec.Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    prompt_feedback: _Feedback | None = None
    response_id: str | None = None
    model_version: str | None = None


def path(request: Request, stream: bool) -> str:
    """Return the path, which names the model."""
    model = quote(request.model.removeprefix("models/"), safe="")
    return f"/models/{model}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"


def headers(key: str | None) -> dict[str, str]:
    """Return the key in a header: in the address it would be seen."""
    return {} if key is None else {"x-goog-api-key": key}


def request_body(request: Request, model: Model, url: str, stream: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return the JSON body of a request. Messages of the system's go to a place of their own."""
    system = [{"text": message.content} for message in request.messages if message.role == "system"]
    names: dict[str, str] = {}
    contents: list[dict[str, Any]] = []
    for turn in in_turns(message for message in request.messages if message.role != "system"):
        names |= {call.id: call.name for call in turn[0].calls}  # an id may come again in a later answer
        contents.append(_content(turn, names, request.provider))
    body: dict[str, Any] = {"contents": contents}
    if system:
        body["systemInstruction"] = {"parts": system}
    config = given(
        request,
        temperature="temperature",
        top_p="topP",
        max_tokens="maxOutputTokens",
        frequency_penalty="frequencyPenalty",
        presence_penalty="presencePenalty",
        seed="seed",
    )
    if request.stop:
        config["stopSequences"] = list(request.stop[:MOST_STOPS])
    if request.schema is not None:
        config |= {
            "responseMimeType": "application/json",
            "responseJsonSchema": fitted(request.schema, "google"),
        }
    if config:
        body["generationConfig"] = config
    if request.tools:
        declared = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
    return body


def read_reply(payload: Any) -> Reply:
    """Read the JSON of a successful answer; cost and latency are for the caller to fill in.

    A prompt that a filter kept back has no answer: its reply is empty, and `filtered`.

    Raises:
        ValueError: It is not such an answer; the message says where.
    """
    pieces = ContentPieces()
    pieces.take(payload)
    if not pieces.answered:
        raise ValueError("it has no candidates")
    return pieces.reply()


class ContentPieces:
    """Puts the answers of a stream together, each of which has the form of a whole one."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._calls: list[ToolCall] = []
        self._finish: Finish | None = None
        self._usage = _Usage()
        self._id = self._model = ""
        self.answered = False

    @property
    def complete(self) -> bool:
        """Say whether the reason why it ended is known."""
        return self._finish is not None

    def take(self, data: Any) -> str:
        """Take an answer, and return the text that it adds."""
        if is_object(data) and data.get("error"):
            raise StreamFailed(read_error(data))
        answer = msgspec.convert(data, _Answer)
        self._id = answer.response_id or self._id
        self._model = answer.model_version or self._model
        self._usage = answer.usage_metadata or self._usage
        if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason:
            self.answered, self._finish = True, "filtered"
        if not answer.candidates:
            return ""
        self.answered = True
        [candidate, *_] = answer.candidates
        if candidate.finish_reason:
            self._finish = FINISHES.get(candidate.finish_reason, "other")
        parts = (candidate.content.parts if candidate.content else None) or []
        for part in parts:
            if part.function_call is not None:
                self._calls.append(_call(part.function_call, len(self._calls), part.thought_signature))
        text = "".join(part.text for part in parts if not part.thought)
        self._text.append(text)
        return text

    def reply(self) -> Reply:
        """Return the whole answer."""
        usage = self._usage
        thought = usage.thoughts_token_count or 0
        finish = self._finish or "stop"
        return Reply(
            text="".join(self._text),
            input_tokens=usage.prompt_token_count or 0,
            output_tokens=(usage.candidates_token_count or 0) + thought,  # theirs leaves thoughts out
            cached_tokens=usage.cached_content_token_count or 0,
            reasoning_tokens=thought,
            finish="tools" if self._calls and finish == "stop" else finish,
            calls=tuple(self._calls),
            id=self._id,
            model=self._model,
        )


def _call(call: _FunctionCall, number: int, signature: str | None) -> ToolCall:
    """Return a call; the format has ids for some models only, and its results go by name."""
    arguments = msgspec.json.encode(call.args or {}).decode()
    return ToolCall(call.id or f"call-{number}", call.name, arguments, signature or "")


def _content(turn: list[Message], names: dict[str, str], provider: str) -> dict[str, Any]:
    [message, *_] = turn
    if message.role == "tool":
        return {"role": "user", "parts": [{"functionResponse": _result(one, names)} for one in turn]}
    said = [{"text": message.content}] if message.content or not message.calls else []
    if message.media:
        said = media.parts(message, _said, media.google, provider)
    asked = [_asked(call) for call in message.calls]
    return {"role": "model" if message.role == "assistant" else "user", "parts": [*said, *asked]}


def _result(message: Message, names: dict[str, str]) -> dict[str, Any]:
    return {"name": names.get(message.answers, ""), "response": {"output": message.content}}


def _asked(call: ToolCall) -> dict[str, Any]:
    part: dict[str, Any] = {"functionCall": {"name": call.name, "args": parsed(call.arguments)}}
    # What OpenAI's Responses want to see again is JSON, and a signature of Google's is base64.
    ours = call.signature and not call.signature.startswith("[")
    return {**part, "thoughtSignature": call.signature} if ours else part


def _said(text: str) -> dict[str, Any]:
    return {"text": text}


WIRE: Final = Wire(
    answer="an answer of generateContent",
    variant="google",
    path=path,
    headers=headers,
    body=request_body,
    read=read_reply,
    pieces=ContentPieces,
)
