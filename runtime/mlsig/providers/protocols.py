"""The wire formats by the names that `protocol:` has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlsig.providers import anthropic, google, openai, responses
from mlsig.providers.wire import Wire
from mlsig.structured import Variant

WIRES: Final[Mapping[str, Wire]] = {
    "openai": openai.WIRE,
    "openai_responses": responses.WIRE,
    "anthropic": anthropic.WIRE,
    "google": google.WIRE,
}


def variant_of(protocol: str) -> Variant:
    """Return how a protocol wants the JSON Schema of an answer; OpenAI's way where it is not known."""
    wire = WIRES.get(protocol)
    return wire.variant if wire else "openai"
