"""What went wrong, as a problem document (RFC 9457): its kind, its status, and where.

    {"type": "urn:mlsig:problem:invalid-input", "title": "The inputs do not fit", "status": 422, …,
     "issues": [{"path": "review", "code": "too_short", "message": "must have at least 1 character"}]}

What a model or its provider said stays here: it may hold what is nobody else's business. The log has it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from mlsig.errors import (
    BudgetExhausted,
    CircuitOpen,
    ParseError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnreachable,
    RequestRejected,
    ValidationError,
)
from mlsig.orchestrator.attempts import StepFailed, root
from mlsig.orchestrator.dynamic import Full
from mlsig.orchestrator.supervisor import NotRunning

MEDIA_TYPE: Final = "application/problem+json"
SOON: Final = 1
LATER: Final = 5
"""Seconds after which to come back, where nobody knows better."""


Told: TypeAlias = tuple[int, str, str, float | None]
"""The status, the kind, the title, and after how many seconds to come back."""

KINDS: Final[Mapping[type[Exception], Told]] = {
    Full: (429, "busy", "Too many calls wait already", SOON),
    NotRunning: (503, "stopping", "The server is being stopped", LATER),
    TimeoutError: (504, "deadline", "The call was not done in time", None),
    ParseError: (502, "unreadable-answer", "The model's answer could not be read as the output", None),
    BudgetExhausted: (503, "budget", "The budget is used up", None),
}
PROVIDERS: Final[Mapping[type[ProviderError], Told]] = {
    ProviderBusy: (503, "provider-busy", "The provider has too much to do", LATER),
    CircuitOpen: (503, "provider-busy", "The provider has too much to do", LATER),
    ProviderTimeout: (504, "provider-timeout", "The provider did not answer in time", None),
    ProviderRefused: (502, "provider-refused", "The provider refused the server's key", None),
    ProviderUnreachable: (502, "provider-unreachable", "The provider cannot be reached", None),
    RequestRejected: (502, "provider-rejected", "The provider rejected the request", None),
    ProviderError: (502, "provider-failed", "The call to the provider failed", None),
}


@dataclass(eq=False)
class Problem(Exception):
    """One thing that went wrong, as it is told.

    Attributes:
        status: Of the response.
        kind: A stable word.
        title: The same for all of a kind.
        detail: What is special about this one.
        retry_after: Seconds after which the same request may do better.
        more: Further members of the document.
        headers: Further headers of the response.
    """

    status: int
    kind: str
    title: str
    detail: str = ""
    retry_after: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def document(self, request_id: str) -> bytes:
        """Return the document."""
        found = {
            "type": f"urn:mlsig:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            **({"detail": self.detail} if self.detail else {}),
            "request_id": request_id,
            **self.more,
        }
        return json.dumps(found, ensure_ascii=True).encode()

    def all_headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        again = {} if self.retry_after is None else {"retry-after": str(max(1, math.ceil(self.retry_after)))}
        return {"content-type": MEDIA_TYPE, **again, **self.headers}


def invalid(error: ValidationError) -> Problem:
    """Return what is wrong with the inputs: all of it, each with its path."""
    issues = [{"path": one.path, "code": one.code, "message": one.message} for one in error.issues]
    if [one["code"] for one in issues] == ["invalid_json"]:
        return Problem(400, "invalid-json", "The body is not JSON", issues[0]["message"])
    count = f"{len(issues)} issue{'s' if len(issues) != 1 else ''}"
    return Problem(422, "invalid-input", "The inputs do not fit", count, more={"issues": issues})


def of(error: Exception) -> Problem:
    """Return what to tell a caller of an error of a call; one that nobody expected says nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StepFailed):
        return _of_step(error)
    for kind, (status, word, title, again) in KINDS.items():
        if isinstance(error, kind):
            return Problem(status, word, title, retry_after=again)
    if not isinstance(error, ProviderError):
        return Problem(500, "internal", "The server failed; its log says how")
    found = next(told for kind, told in PROVIDERS.items() if isinstance(error, kind))
    status, word, title, again = found
    more = {"provider": error.provider, "provider_status": error.status, "retryable": error.retryable}
    asked = again if error.retry_after is None or again is None else error.retry_after
    return Problem(status, word, title, retry_after=asked, more=more)


def _of_step(error: StepFailed) -> Problem:
    """Return what a step failed of, with its path."""
    cause = root(error)
    found = of(cause) if isinstance(cause, Exception) else None
    if found is None or found.kind == "internal":
        found = Problem(500, "step-failed", "A step of the pipeline failed; the server's log says how")
    return replace(found, more={**found.more, "step": error.path})
