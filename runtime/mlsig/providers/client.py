"""Calls declared providers, again and again within reason."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from logging import DEBUG
from typing import Any, Self

from mlsig import telemetry
from mlsig.errors import CircuitOpen, ProviderError, ProviderTimeout
from mlsig.providers.breaker import Circuit, State
from mlsig.providers.calls import Call
from mlsig.providers.clock import Clock
from mlsig.providers.declared import Provider
from mlsig.providers.lanes import Lane
from mlsig.providers.messages import Reply, Request
from mlsig.providers.protocols import WIRES
from mlsig.providers.retries import Backoff
from mlsig.providers.transport import LARGEST_BODY, HttpClient, Timeouts, Transport
from mlsig.providers.wire import Wire
from mlsig.spelling import nearest
from mlsig.telemetry.calls import answered, claimed, given_up, log, logged, retrying, streamed
from mlsig.telemetry.spans import Span

_open: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Transport]] = weakref.WeakKeyDictionary()


class Client:
    """An `LM` over HTTP for a set of declared providers.

    One client serves any number of tasks and event loops; each loop has its own connections, limits are per
    loop. Use it as an async context manager, or call `aclose`.

    Args:
        providers: By the names that requests use.
        timeouts: For steps of a request, and for a call with all its attempts and waits.
        backoff: How often, and when, to try again.
        circuit: When to leave a provider alone that fails every time.
        largest_body: Of an answer, in bytes.
        http: An `httpx.AsyncClient` of your own, with a proxy or certificates of yours. It belongs to one
            event loop, stays yours to close, and redirects are not followed whatever it says.
        clock: What limits and waits tell the time by.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        timeouts: Timeouts | None = None,
        backoff: Backoff | None = None,
        circuit: Circuit | None = None,
        largest_body: int = LARGEST_BODY,
        http: HttpClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._providers = dict(providers)
        self._timeouts = timeouts or Timeouts()
        self._backoff = backoff or Backoff()
        self._circuit = circuit or Circuit()
        self._largest = largest_body
        self._http = http
        self._clock = clock or Clock()
        self._lines: dict[asyncio.AbstractEventLoop, _Lines] = {}

    def complete(self, request: Request) -> Coroutine[Any, Any, Reply]:
        """Answer one request.

        The latency of the reply is that of the attempt that succeeded: waiting for a free slot, or for a busy
        server to take the call, says nothing about the request.

        Raises:
            ProviderRefused: The key is missing, may not be sent to this address, or is refused (401, 403).
            ProviderUnreachable: Nothing answers at the address.
            ProviderError: The call failed otherwise, after all attempts; `retryable` says whether later may
                be better.
        """
        # It is no coroutine around another: ten thousand of them may wait at once.
        if telemetry.on and telemetry.listening():
            return self._traced(request)
        return self._complete(request, None)

    async def _traced(self, request: Request) -> Reply:
        with claimed(request, self._providers.get(request.provider)) as span:
            reply = await self._complete(request, span)
            answered(span, reply)
            return reply

    async def _complete(self, request: Request, span: Span | None) -> Reply:
        provider, wire = self._provider(request.provider)
        call = Call(provider, wire, request)
        lines = self._here()
        lane = lines.lane(provider)
        deadline = asyncio.get_running_loop().time() + self._timeouts.total
        attempt = 0
        while True:
            attempt += 1
            try:
                async with asyncio.timeout_at(deadline):
                    reply = await lane.once(call, lines.transport)
            except TimeoutError:
                raise given_up(request, self._late(provider)) from None
            except ProviderError as error:
                wait = self._again(lane, attempt, error, deadline)
                if wait is None:
                    given_up(request, error)
                    raise
                retrying(span, request, attempt, error, wait)
            else:
                if log.isEnabledFor(DEBUG):
                    logged(request, reply)
                return reply
            await self._clock.sleep(wait)

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Answer one request bit by bit: yields pieces of text as they come, and the whole reply at the end.

        It is tried again only while nothing has come. Close the generator (`contextlib.aclosing`) to give up
        early: that frees its slot and its connection.

        Raises:
            ProviderError: As `complete`; `AnswerUnreadable` for a stream that breaks off in the middle.
        """
        span: Span | None = None
        if telemetry.on and telemetry.listening():
            span = claimed(request, self._providers.get(request.provider), stream=True)
            span.begin()
        error: BaseException | None = None
        try:
            async with aclosing(self._stream(request, span)) as pieces:
                async for piece in pieces:
                    if span is not None:
                        streamed(span, piece)
                    yield piece
        except BaseException as raised:
            error = raised
            raise
        finally:
            if span is not None:
                span.finish(None if isinstance(error, GeneratorExit) else error)

    async def _stream(self, request: Request, span: Span | None) -> AsyncGenerator[str | Reply, None]:
        provider, wire = self._provider(request.provider)
        call = Call(provider, wire, request, stream=True)
        lines = self._here()
        lane = lines.lane(provider)
        deadline = asyncio.get_running_loop().time() + self._timeouts.total
        attempt = 0
        while True:
            attempt += 1
            begun = False
            try:
                async with aclosing(lane.pieces(call, lines.transport, deadline)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                        if isinstance(piece, Reply) and log.isEnabledFor(DEBUG):
                            logged(request, piece)
                return
            except TimeoutError:
                raise given_up(request, self._late(provider)) from None
            except ProviderError as error:
                wait = None if begun else self._again(lane, attempt, error, deadline)
                if wait is None:
                    given_up(request, error)
                    raise
                retrying(span, request, attempt, error, wait)
            await self._clock.sleep(wait)

    def circuit(self, provider: str) -> State:
        """Return how the circuit of a provider is, in this event loop."""
        found, _ = self._provider(provider)
        return self._here().lane(found).breaker.state

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        loop = asyncio.get_running_loop()
        lines = self._lines.pop(loop, None)
        if lines:
            _open[loop] = [other for other in _open.get(loop, []) if other is not lines.transport]
            await lines.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _provider(self, name: str) -> tuple[Provider, Wire]:
        provider = self._providers.get(name)
        if provider is None:
            near = nearest(name, self._providers)
            hint = f"did you mean {near}?" if near else f"declared are {', '.join(self._providers) or 'none'}"
            raise ProviderError(name, f"no such provider; {hint}")
        wire = WIRES.get(provider.protocol)
        if wire is None:
            spoken = ", ".join(WIRES)
            raise ProviderError(
                name, f"the protocol `{provider.protocol}` is not supported; supported are: {spoken}"
            )
        return provider, wire

    def _again(self, lane: Lane, attempt: int, error: ProviderError, deadline: float) -> float | None:
        """Return how long to wait before the next attempt, or None where there is none."""
        if not error.retryable or isinstance(error, CircuitOpen):
            return None
        wait = self._backoff.wait(attempt, error.retry_after)
        if wait is None or asyncio.get_running_loop().time() + wait > deadline:
            return None
        if not lane.retries.spend():
            error.add_note("it was not tried again: too many calls to this provider fail")
            return None
        return wait

    def _late(self, provider: Provider) -> ProviderError:
        message = f"no answer within {self._timeouts.total:g} s"
        return ProviderTimeout(provider.name, message, retryable=True)

    def _here(self) -> _Lines:
        loop = asyncio.get_running_loop()
        lines = self._lines.get(loop)
        if lines is None:
            self._lines = {other: kept for other, kept in self._lines.items() if not other.is_closed()}
            transport = Transport(self._timeouts, largest_body=self._largest, http=self._http)
            lines = self._lines[loop] = _Lines(transport, self._backoff, self._circuit, self._clock)
            _open.setdefault(loop, []).append(transport)
        return lines


async def close_all() -> None:
    """Close all connections of this event loop, of forgotten clients too, when the loop itself is to end."""
    for transport in _open.pop(asyncio.get_running_loop(), []):
        await transport.aclose()


class _Lines:
    """What belongs to one event loop: connections, and the lane of each provider."""

    def __init__(self, transport: Transport, backoff: Backoff, circuit: Circuit, clock: Clock) -> None:
        self.transport = transport
        self._backoff = backoff
        self._circuit = circuit
        self._clock = clock
        self._lanes: dict[str, Lane] = {}

    def lane(self, provider: Provider) -> Lane:
        lane = self._lanes.get(provider.name)
        if lane is None:
            lane = self._lanes[provider.name] = Lane(provider, self._backoff, self._circuit, self._clock)
        return lane
