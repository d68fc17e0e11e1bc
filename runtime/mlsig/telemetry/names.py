"""What OpenTelemetry calls things: its semantic conventions for generative AI, and our own names beside them.

The conventions are in development, at github.com/open-telemetry/semantic-conventions-genai; the package
opentelemetry-semantic-conventions has their names too, and a test holds ours against it. Nothing is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from mlsig.errors import MlsigError
from mlsig.providers.declared import Provider

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
WORKFLOW: Final = "gen_ai.workflow.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_STOP: Final = "gen_ai.request.stop_sequences"
OUTPUT_TYPE: Final = "gen_ai.output.type"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL: Final = "gen_ai.tool.call.id"
TOOL_DESCRIPTION: Final = "gen_ai.tool.description"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"
HTTP_STATUS: Final = "http.response.status_code"

COST: Final = "mlsig.cost"
"""US dollars, by the declared prices; the conventions have no word for it."""
RETRY: Final = "mlsig.retry"
"""An event: an attempt failed and the call is tried again."""
CACHE_HIT: Final = "mlsig.cache.hit"

SETTINGS: Final = (
    "temperature",
    "top_p",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
)
"""Parameters of a request that are `gen_ai.request.…` by the same name."""

DURATION: Final = "gen_ai.client.operation.duration"
TOKENS: Final = "gen_ai.client.token.usage"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"
WORKFLOW_DURATION: Final = "gen_ai.workflow.duration"
TOOL_DURATION: Final = "gen_ai.execute_tool.duration"

FINISHES: Final[Mapping[str, str]] = {
    "tools": "tool_call",
    "refused": "content_filter",
    "filtered": "content_filter",
}
"""Our words for why an answer ended where the conventions have others."""

_HOSTS: Final[Mapping[str, str]] = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "x_ai",
    "api.perplexity.ai": "perplexity",
    "api.cohere.com": "cohere",
    "api.moonshot.ai": "moonshot_ai",
}
_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


def provider_name(declared: str, host: str) -> str:
    """Return the well-known name of whoever serves a host; the declared name of any other."""
    found = [
        name for known, name in _HOSTS.items() if host == known or host.endswith((f".{known}", f"-{known}"))
    ]
    return found[0] if found else declared


def address(provider: Provider | None) -> tuple[str, int | None]:
    """Return host and port of a provider; an empty host where it has no address, as its call will say."""
    if provider is None:
        return "", None
    try:
        parts = urlsplit(provider.url())
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except (MlsigError, ValueError):
        return "", None
