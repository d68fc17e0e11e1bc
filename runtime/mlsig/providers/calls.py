"""One request on its way to one provider: attempts, each with a reply, or an error that says what to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import msgspec

from mlsig.errors import ProviderError
from mlsig.providers.declared import Provider
from mlsig.providers.failures import Failures, decoded
from mlsig.providers.idempotency import key_for
from mlsig.providers.keys import check_address, key_of
from mlsig.providers.messages import Reply, Request
from mlsig.providers.sse import Events
from mlsig.providers.transport import Answer, Opened, Transport, TransportError
from mlsig.providers.wire import Pieces, StreamFailed, Wire

_MOST: Final = 2**31 - 1
"""Tokens that one call can have taken: no store holds the sums of what a server makes up beyond that."""
_TOKEN: Final = 3
"""Bytes of a prompt that make at least one token: a guess on the safe side for English, and for JSON."""


class Call:
    """A request, encoded once for all of its attempts, which have one idempotency key."""

    __slots__ = ("_body", "_headers", "_key", "_model", "_provider", "_request", "_stream", "_url", "_wire")

    def __init__(self, provider: Provider, wire: Wire, request: Request, *, stream: bool = False) -> None:
        self._wire = wire
        self._request = request
        self._stream = stream
        self._model = provider.model(request.model)
        self._key = key_of(provider)
        self._url = provider.url() + wire.path(request, stream)
        check_address(provider, self._url, has_key=self._key is not None)
        self._provider = provider
        self._headers: dict[str, str] = {}
        self._body = b""

    def _encode(self) -> None:
        """Write it down when it is its turn: many may wait for that."""
        if self._body:
            return
        self._headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if self._stream else "application/json",
            "user-agent": "mlsig",
        }
        body = self._wire.body(self._request, self._model, self._provider.url(), self._stream)
        self._body = msgspec.json.encode(body)
        self._headers["idempotency-key"] = key_for(self._body)
        self._headers.update(self._wire.headers(self._key))

    @property
    def _failures(self) -> Failures:
        return Failures(self._provider, self._wire, self._url, self._key)

    @property
    def tokens(self) -> int:
        """How many tokens the call is likely to take at most: a guess, put right once it is answered."""
        self._encode()
        return len(self._body) // _TOKEN + (self._request.max_tokens or 0)

    async def once(self, transport: Transport) -> Reply:
        """Make one attempt.

        Raises:
            ProviderError: It failed.
        """
        self._encode()
        started = time.perf_counter()
        try:
            answer = await transport.post(self._url, self._headers, self._body)
        except TransportError as failure:
            raise self._failures.no_answer(failure) from None
        if answer.status != 200:
            raise self._failures.refusal(answer)
        return self._finished(self._read(answer), started)

    async def pieces(self, transport: Transport, deadline: float) -> AsyncGenerator[str | Reply, None]:
        """Make one attempt as a stream: yields text as it comes, and in the end the reply.

        Raises:
            ProviderError: It failed; text may have come before.
            TimeoutError: The deadline, on the loop's clock, has passed.
        """
        self._encode()
        started = time.perf_counter()
        # No `timeout` may span a `yield`: it would cancel whoever happens to ask for the next piece.
        try:
            async with asyncio.timeout_at(deadline):
                opened = await transport.open(self._url, self._headers, self._body)
        except TransportError as failure:
            raise self._failures.no_answer(failure) from None
        try:
            if opened.status != 200:
                async with asyncio.timeout_at(deadline):
                    raise self._failures.refusal(await opened.whole())
            if "text/event-stream" not in opened.headers.get("content-type", ""):
                async with asyncio.timeout_at(deadline):
                    reply = self._read(await opened.whole())
                yield reply.text
                yield self._finished(reply, started)
                return
            pieces = self._wire.pieces()
            async with aclosing(self._texts(opened, pieces, deadline)) as texts:
                async for text in texts:
                    yield text
            if not pieces.complete:
                raise self._failures.truncated(opened.headers)
            yield self._finished(pieces.reply(), started)
        except TransportError as failure:
            raise self._failures.no_answer(failure) from None
        finally:
            await opened.close()

    async def _texts(self, opened: Opened, pieces: Pieces, deadline: float) -> AsyncGenerator[str, None]:
        events = Events()
        while True:
            async with asyncio.timeout_at(deadline):
                piece = await opened.read()
            if piece is None:
                return
            for data in events.feed(piece):
                if data == b"[DONE]":
                    return
                text = self._took(pieces, data, opened)
                if text:
                    yield text

    def _took(self, pieces: Pieces, data: bytes, opened: Opened) -> str:
        try:
            return pieces.take(msgspec.json.decode(data))
        except StreamFailed as failure:
            raise self._failures.broken(failure.said, opened.headers) from None
        except (ValueError, RecursionError, LookupError) as error:  # msgspec's errors are ValueErrors
            raise self._failures.unreadable(error, opened.headers) from None

    def _read(self, answer: Answer) -> Reply:
        try:
            return self._wire.read(decoded(answer.body))
        except (ValueError, StreamFailed) as error:
            raise self._failures.unreadable(error, answer.headers) from None

    def _finished(self, reply: Reply, started: float) -> Reply:
        text = reply.text
        if not self._wire.stops:
            ends = [found for stop in self._request.stop if (found := text.find(stop)) >= 0]
            text = text[: min(ends)] if ends else text
        reply = _counted(reply)
        cost = self._model.cost(reply.input_tokens, reply.output_tokens)
        latency = time.perf_counter() - started
        return msgspec.structs.replace(reply, text=text, cost=cost, latency=latency)


def _counted(reply: Reply) -> Reply:
    """Return the reply with counts that are counts: below 0 a call would give money back."""
    counts = (reply.input_tokens, reply.output_tokens, reply.cached_tokens, reply.reasoning_tokens)
    if min(counts) >= 0 and max(counts) <= _MOST:
        return reply
    given, written, cached, reasoned = (min(max(count, 0), _MOST) for count in counts)
    return msgspec.structs.replace(
        reply, input_tokens=given, output_tokens=written, cached_tokens=cached, reasoning_tokens=reasoned
    )


def is_outage(error: ProviderError) -> bool:
    """Say whether an error is of a provider that is down, and not of what it was asked, or how often."""
    return error.retryable and error.status not in {408, 409, 429}
