"""OpenAI's chat completions, which Groq, llama.cpp, vLLM, Ollama and others speak too; pure functions."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mlsig.providers.messages import Reply, Request
from mlsig.structured import problem
from mlsig.types.jsonlike import is_object

PATH: Final = "/chat/completions"
_PARAMETERS: Final = ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "seed")


class _Part(msgspec.Struct):
    text: str = ""


class _Answer(msgspec.Struct):
    content: str | list[_Part] | None = None


class _Choice(msgspec.Struct):
    message: _Answer
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


def request_body(request: Request) -> dict[str, Any]:
    """Return the JSON body of a request; what the request leaves open is left out."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
    }
    for name in _PARAMETERS:
        value = getattr(request, name)
        if value is not None:
            body[name] = value
    if request.stop:
        body["stop"] = list(request.stop)
    if request.schema is not None:
        strict = not problem(request.schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "output", "strict": strict, "schema": request.schema},
        }
    return body


def read_reply(payload: Any) -> Reply:
    """Read the JSON of a successful answer; cost and latency are for the caller to fill in.

    Raises:
        ValueError: It is not a chat completion; the message says where.
    """
    completion = msgspec.convert(payload, _Completion)
    if not completion.choices:
        raise ValueError("the list of choices is empty")
    choice = completion.choices[0]
    content = choice.message.content
    usage = completion.usage or _Usage()
    return Reply(
        text="".join(part.text for part in content) if isinstance(content, list) else content or "",
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        finish=choice.finish_reason or "stop",
    )


def read_error(payload: Any) -> str | None:
    """Return the message of an error answer, in any of the forms in use, or None when there is none."""
    found = payload
    for names in (("error",), ("message", "detail")):
        if is_object(found):
            found = next((found[name] for name in names if found.get(name)), found)
    return found if isinstance(found, str) and found.strip() else None
