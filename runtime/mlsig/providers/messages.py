"""What goes to a model and what comes back, in one form for every wire protocol."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Finish: TypeAlias = Literal["stop", "length", "tools", "refused", "filtered", "other"]
"""Why an answer ended: by itself or at a stop text, at a limit of tokens, to have tools called, because the
model would not, because a filter cut in, or for a reason of the provider's own."""


class ToolCall(msgspec.Struct, frozen=True):
    """A tool that the model wants called; `arguments` is the JSON text that it wrote, whatever that is.

    Attributes:
        signature: What the provider wants to see again beside the call (Google's newer models refuse the
            conversation without it, OpenAI's reason anew); empty for nothing.
    """

    id: str
    name: str
    arguments: str
    signature: str = ""


class Tool(msgspec.Struct, frozen=True):
    """A tool that the model may ask for; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file in a message: its `url`, or its `data` with their `media_type`.

    Attributes:
        at: Before which character of the text it stands.
    """

    kind: Literal["image", "audio", "document"]
    at: int
    url: str = ""
    data: bytes = b""
    media_type: str = ""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a prompt.

    Attributes:
        content: The text; it names each file where it stands, such as `[image 1]`.
        calls: The tools that an assistant's message asked for.
        answers: The id of the call whose result a tool's message is.
        media: Files, in the order in which they stand.
    """

    role: Role
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""
    media: tuple[Attachment, ...] = ()


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call: None leaves a parameter to the provider. `schema` asks for output that fits a JSON Schema."""

    provider: str
    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    tools: tuple[Tool, ...] = ()


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer.

    Attributes:
        text: What the model wrote; for a refusal, what it said instead.
        input_tokens: All tokens of the prompt, cached ones included.
        output_tokens: All tokens that were written, those of hidden reasoning included.
        cached_tokens: Tokens of the prompt that the provider had in its cache.
        reasoning_tokens: Tokens of hidden reasoning.
        cost: US dollars, by the declared prices.
        latency: Seconds.
        finish: Why the answer ended.
        calls: The tools that the model wants called.
        id: The provider's name of the answer, to ask its support about.
        model: The model that answered, as the provider calls it, such as one with a date for a name without.
        hit: It came from a response cache, and cost nothing.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0
    finish: Finish = "stop"
    calls: tuple[ToolCall, ...] = ()
    id: str = ""
    model: str = ""
    hit: bool = False


class LM(Protocol):
    """Anything that answers requests: the HTTP client, a cache, a budget around another one, a simulation."""

    def complete(self, request: Request) -> Coroutine[Any, Any, Reply]:
        """Answer one request, or raise `ProviderError` or `BudgetExhausted`; mostly an `async def`."""
        ...
