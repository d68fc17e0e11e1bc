"""What all calls to one provider share in an event loop: slots, rates, the circuit, a budget of retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Self

from mlsig.errors import CircuitOpen, ProviderError
from mlsig.providers.breaker import Breaker, Circuit
from mlsig.providers.calls import Call, is_outage
from mlsig.providers.clock import Clock
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Reply
from mlsig.providers.rates import Rates, Taken
from mlsig.providers.retries import Backoff, RetryBudget
from mlsig.providers.transport import Transport
from mlsig.telemetry.calls import log


class Lane:
    """The way to one provider. Who waits for a slot, or for a minute to pass, is served in order."""

    def __init__(self, provider: Provider, backoff: Backoff, circuit: Circuit, clock: Clock) -> None:
        self.name = provider.name
        self._slots = asyncio.Semaphore(provider.limits.concurrency or 1_000_000)
        self._rates = Rates(provider.limits, clock)
        self.breaker = Breaker(circuit, clock.now)
        self.retries = RetryBudget(backoff)

    async def once(self, call: Call, transport: Transport) -> Reply:
        """Make one attempt, when it may be made.

        Raises:
            CircuitOpen: The provider is left alone.
            ProviderError: The attempt failed.
        """
        await self._slots.acquire()
        with await self._admitted(call) as ticket:
            reply = await call.once(transport)
            ticket.answered(reply)
            return reply

    async def pieces(
        self, call: Call, transport: Transport, deadline: float
    ) -> AsyncGenerator[str | Reply, None]:
        """Make one attempt as a stream, when it may be made: yields text, and in the end the reply.

        Raises:
            CircuitOpen: The provider is left alone.
            ProviderError: The attempt failed.
            TimeoutError: The deadline, on the loop's clock, has passed.
        """
        async with asyncio.timeout_at(deadline):
            await self._slots.acquire()
            ticket = await self._admitted(call)
        with ticket:
            async with aclosing(call.pieces(transport, deadline)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        ticket.answered(piece)
                    yield piece

    async def _admitted(self, call: Call) -> Ticket:
        """Wait until whoever has a slot may make an attempt; the ticket is to be entered and left (`with`).

        Raises:
            CircuitOpen: The provider is left alone; the slot is free again.
        """
        try:
            taken = await self._rates.take(call.tokens) if self._rates.limited else None
            wait = self.breaker.enter()
            if wait > 0:
                self._rates.correct(taken, 0)
                message = f"failed so often in a row that it is left alone for another {wait:.3g} s"
                raise CircuitOpen(self.name, message, retryable=True, retry_after=wait)
        except BaseException:
            self._slots.release()
            raise
        return Ticket(self._slots, self._rates, self, taken)


class Ticket:
    """The right to make one attempt; how it ends is reported when it is left."""

    __slots__ = ("_breaker", "_name", "_rates", "_retries", "_slots", "_taken", "_used")

    def __init__(self, slots: asyncio.Semaphore, rates: Rates, lane: Lane, taken: Taken | None) -> None:
        self._slots = slots
        self._rates = rates
        self._name = lane.name
        self._breaker = lane.breaker
        self._retries = lane.retries
        self._taken = taken
        self._used: int | None = None

    def answered(self, reply: Reply) -> None:
        """Say that there is an answer."""
        self._used = reply.input_tokens + reply.output_tokens

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.release()
        if self._used is not None:
            self._breaker.succeeded()
            self._retries.earn()
            self._rates.correct(self._taken, self._used)
        elif isinstance(error, ProviderError):
            self._failed() if is_outage(error) else self._breaker.succeeded()
            self._rates.correct(self._taken, 0)
        elif isinstance(error, TimeoutError):
            self._failed()  # what was used is not known, so it counts as all, as below
        else:
            self._breaker.left()

    def _failed(self) -> None:
        before = self._breaker.state
        self._breaker.failed()
        if self._breaker.state == "open" != before:
            log.warning("%s: failed so often in a row that it is left alone for a while", self._name)
