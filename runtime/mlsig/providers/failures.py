"""What went wrong with an attempt, as one of a small set of errors, none of which shows a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from mlsig.errors import (
    AnswerUnreadable,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnreachable,
    RequestRejected,
)
from mlsig.providers.declared import Provider
from mlsig.providers.keys import is_loopback, shown
from mlsig.providers.retries import retry_after, retryable
from mlsig.providers.transport import Answer, TransportError
from mlsig.providers.wire import Said, StreamFailed, Wire, read_error

LONGEST_MESSAGE: Final = 300
_BUSY: Final = frozenset({429, 503, 529})
_BUSY_WORDS: Final = frozenset(
    {"rate_limit_exceeded", "rate_limit_error", "overloaded_error", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}
)
_FOR_GOOD: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Words of a 429 that waiting does not mend: there is no money left."""
_IDS: Final = ("x-request-id", "request-id", "x-goog-request-id")


def decoded(body: bytes) -> Any:
    """Return the JSON of a body, or None where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


class Failures:
    """Makes the errors of one call; `key` is what no message may show."""

    def __init__(self, provider: Provider, wire: Wire, url: str, key: str | None) -> None:
        self._provider = provider
        self._wire = wire
        self._url = url
        self._key = key

    def no_answer(self, failure: TransportError) -> ProviderError:
        """Return the error of a request that got no answer, or not all of it."""
        name = self._provider.name
        if failure.kind == "unreachable":
            return ProviderUnreachable(
                name,
                f"nothing answers at {shown(self._url)} ({failure}); {_advice(self._url)}",
                retryable=True,
            )
        if failure.kind == "timeout":
            return ProviderTimeout(name, str(failure), retryable=True)
        return AnswerUnreadable(name, str(failure), retryable=failure.kind != "too_large")

    def refusal(self, answer: Answer) -> ProviderError:
        """Return the error of an answer with a status other than 200."""
        name, status, headers = self._provider.name, answer.status, answer.headers
        request_id = self._id(headers)
        if 300 <= status < 400:
            target = self._safe(headers.get("location", "nowhere"))
            return ProviderError(
                name,
                f"redirects to {target}; redirects are not followed",
                status=status,
                request_id=request_id,
            )
        said = read_error(decoded(answer.body))
        told = self._told(said, answer)
        if status in {401, 403}:
            key = self._provider.key
            advice = f"check the environment variable {key.name}" if key else "the provider declares no key"
            return ProviderRefused(
                name,
                f"refused with status {status}{told}; {advice}",
                status=status,
                code=self._safe(said.code),
                request_id=request_id,
            )
        kind = ProviderBusy if status in _BUSY else RequestRejected if status < 500 else ProviderError
        again = retryable(status) and said.code not in _FOR_GOOD and headers.get("x-should-retry") != "false"
        return kind(
            name,
            f"failed with status {status}{told}",
            status=status,
            retryable=again,
            code=self._safe(said.code),
            request_id=request_id,
            retry_after=retry_after(headers.get("retry-after")),
        )

    def unreadable(self, error: Exception, headers: Mapping[str, str]) -> ProviderError:
        """Return the error of an answer with status 200 that is none."""
        if isinstance(error, StreamFailed):
            return self.broken(error.said, headers)
        kind = headers.get("content-type", "no content type")
        problem = f"the answer is not {self._wire.answer} ({self._safe(str(error))}; {self._safe(kind)})"
        return AnswerUnreadable(self._provider.name, problem, status=200, request_id=self._id(headers))

    def broken(self, said: Said, headers: Mapping[str, str]) -> ProviderError:
        """Return the error that a provider reports inside of an answer with status 200."""
        busy = said.code in _BUSY_WORDS
        kind = ProviderBusy if busy else ProviderError
        told = f": {self._safe(said.message)}" if said.message else ""
        return kind(
            self._provider.name,
            f"failed while it answered{told}",
            status=200,
            retryable=busy or said.code in {"server_error", "api_error", "INTERNAL"},
            code=self._safe(said.code),
            request_id=self._id(headers),
        )

    def truncated(self, headers: Mapping[str, str]) -> ProviderError:
        """Return the error of a stream that ended before its end."""
        return AnswerUnreadable(
            self._provider.name,
            "the stream ended before the answer was complete",
            status=200,
            retryable=True,
            request_id=self._id(headers),
        )

    def _told(self, said: Said, answer: Answer) -> str:
        """Return what the server says about an error: short, printable, without the key."""
        if said.message:
            return f": {self._safe(said.message)}"
        if not answer.body:
            return ""
        kind = answer.headers.get("content-type", "no content type").partition(";")[0]
        return f" and a body of {self._safe(kind)} that is no error message" if kind != "text/plain" else ""

    def _id(self, headers: Mapping[str, str]) -> str:
        return self._safe(next((headers[name] for name in _IDS if headers.get(name)), ""))[:100]

    def _safe(self, text: str) -> str:
        if self._key:
            text = text.replace(self._key, "***")
        text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _advice(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return "is the server running? `mlsig local` starts one"
    return "check the provider's base_url and the network"
