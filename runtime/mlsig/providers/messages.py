"""What goes to a model and what comes back, in one form for every wire protocol."""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias

import msgspec

Role: TypeAlias = Literal["system", "user", "assistant"]


class Message(msgspec.Struct, frozen=True):
    """One message of a prompt."""

    role: Role
    content: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
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


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `latency` is in seconds, `cost` in US dollars; `finish` is the provider's own word."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0
    finish: str = "stop"


class LM(Protocol):
    """Anything that answers requests: the HTTP client, a cache, a budget around another one, a simulation."""

    async def complete(self, request: Request) -> Reply:
        """Answer one request, or raise `ProviderError` or `BudgetExhausted`."""
        ...
