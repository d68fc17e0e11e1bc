"""The span of a model's call, and what is logged of it: never a header, a body, or a prompt.

A call is one span from its first attempt to its last; a retry is an event in it.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeVar

from mlsig.telemetry import names
from mlsig.telemetry.spans import Reported, Span, Value

if TYPE_CHECKING:
    from mlsig.errors import ProviderError
    from mlsig.providers.declared import Provider
    from mlsig.providers.messages import Reply, Request

ErrorT = TypeVar("ErrorT", bound=Exception)

log: Final = logging.getLogger("mlsig.providers")
logging.getLogger("mlsig").addHandler(logging.NullHandler())  # what is not asked for is not printed

asked: ContextVar[list[bool] | None] = ContextVar("mlsig.telemetry.asked", default=None)
"""Set by who asks a model, marked by who makes a span of the call: one of the two does."""


def opened(request: Request, provider: Provider | None, *, stream: bool = False) -> Span:
    """Return the span of a call that begins now; listeners do not know of it yet."""
    host, port = names.address(provider)
    operation = "generate_content" if provider is not None and provider.protocol == "google" else "chat"
    attributes: dict[str, Value] = {
        names.OPERATION: operation,
        names.PROVIDER: names.provider_name(request.provider, host),
        names.REQUEST_MODEL: request.model,
    }
    if host:
        attributes[names.SERVER_ADDRESS] = host
    if host and port:
        attributes[names.SERVER_PORT] = port
    for name in names.SETTINGS:
        value = getattr(request, name)
        if value is not None:
            attributes[f"gen_ai.request.{name}"] = value
    if request.stop:
        attributes[names.REQUEST_STOP] = request.stop
    if request.schema is not None:
        attributes[names.OUTPUT_TYPE] = "json"
    if stream:
        attributes[names.REQUEST_STREAM] = True
    span = Span("call", f"{operation} {request.model}", attributes)
    span.request = request
    return span


def claimed(request: Request, provider: Provider | None, *, stream: bool = False) -> Span:
    """Return the span of a call that the client makes, so that whoever asked makes none."""
    mark = asked.get()
    if mark is not None:
        mark[0] = True
    return opened(request, provider, stream=stream)


def answered(span: Span, reply: Reply) -> None:
    """Say what came back."""
    span.reply = reply
    attributes = span.attributes
    attributes[names.FINISH_REASONS] = (names.FINISHES.get(reply.finish, reply.finish),)
    attributes[names.INPUT_TOKENS] = 0 if reply.hit else reply.input_tokens
    attributes[names.OUTPUT_TOKENS] = 0 if reply.hit else reply.output_tokens
    attributes[names.COST] = reply.cost
    if reply.id:
        attributes[names.RESPONSE_ID] = reply.id
    if reply.model:
        attributes[names.RESPONSE_MODEL] = reply.model
    if reply.cached_tokens:
        attributes[names.CACHED_TOKENS] = reply.cached_tokens
    if reply.reasoning_tokens:
        attributes[names.REASONING_TOKENS] = reply.reasoning_tokens
    if reply.hit:
        attributes[names.CACHE_HIT] = True


def retrying(span: Span | None, request: Request, attempt: int, error: ProviderError, wait: float) -> None:
    """Say that an attempt failed and that there will be another one, after `wait` seconds."""
    log.info(
        "%s/%s: attempt %d failed (%s: %s); again in %.2f s",
        request.provider,
        request.model,
        attempt,
        type(error).__name__,
        error,
        wait,
    )
    if span is None:
        return
    attributes = failure(error)
    attributes["mlsig.retry.attempt"] = attempt
    attributes["mlsig.retry.wait"] = wait
    span.event(names.RETRY, attributes)


def logged(request: Request, reply: Reply) -> None:
    """Log an answer, at DEBUG."""
    log.debug(
        "%s/%s: answered in %.3f s, %d + %d tokens, $%.6f, %s",
        request.provider,
        request.model,
        reply.latency,
        reply.input_tokens,
        reply.output_tokens,
        reply.cost,
        reply.finish,
    )


def given_up(request: Request, error: ErrorT) -> ErrorT:
    """Log that a call failed for good, at DEBUG only, since its caller gets the error, which is returned."""
    log.debug("%s/%s: failed: %s: %s", request.provider, request.model, type(error).__name__, error)
    return error


def streamed(span: Span, piece: str | Reply) -> None:
    """Take note of a piece of an answer that comes bit by bit."""
    if not isinstance(piece, str):
        answered(span, piece)
    elif names.FIRST_CHUNK not in span.attributes:
        span.attributes[names.FIRST_CHUNK] = span.age()


def failure(error: BaseException) -> dict[str, Value]:
    """Return what the conventions say of an error: its class, and a provider's status and words for it."""
    name = str(error) if isinstance(error, Reported) else type(error).__name__
    found: dict[str, Value] = {names.ERROR_TYPE: name}
    status: int | None = getattr(error, "status", None)
    if status is not None:
        found[names.HTTP_STATUS] = status
    for ours, theirs in (("code", "mlsig.error.code"), ("request_id", "mlsig.error.request_id")):
        value = getattr(error, ours, "")
        if value and isinstance(value, str):
            found[theirs] = value
    return found
