"""A model as one call of a program sees it: what it took is counted, for the call and for all of them.

costs = Costs()
asking = of(client, costs)
execution = await program.execute(inputs, asking)
asking.took.cost, costs.by[Target("groq", "llama-3.1-8b-instant")].cost
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from mlsig.providers.accounting import Tally
from mlsig.providers.messages import LM, Reply, Request
from mlsig.providers.routing import Target


class Costs:
    """What all calls took together, by provider and model. Belongs to one event loop.

    Attributes:
        by: Sums.
        in_flight: How many requests wait for an answer.
    """

    def __init__(self) -> None:
        self.by: dict[Target, Tally] = {}
        self.in_flight = 0

    def of(self, request: Request) -> Tally:
        """Return the sums of whom a request goes to."""
        return self.by.setdefault(Target(request.provider, request.model), Tally())


class Asking:
    """Answers for one call of a program.

    Attributes:
        took: What the call took so far.
        error: The last error of a request, or None.
    """

    def __init__(self, lm: LM, costs: Costs) -> None:
        self._lm: Any = lm
        self._costs = costs
        self.took = Tally()
        self.error: Exception | None = None

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            ProviderError: As the model behind.
        """
        self._costs.in_flight += 1
        try:
            reply: Reply = await self._lm.complete(request)
        except Exception as error:
            self._failed(request, error)
            raise
        finally:
            self._costs.in_flight -= 1
        self._answered(request, reply)
        return reply

    def _answered(self, request: Request, reply: Reply) -> None:
        self.took.count(reply)
        self._costs.of(request).count(reply)

    def _failed(self, request: Request, error: Exception) -> None:
        self.error = error
        self.took.errors += 1
        self._costs.of(request).errors += 1


class AskingBitByBit(Asking):
    """The same for models that can answer bit by bit: programs ask whether there is `stream`."""

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Yield pieces of text as they come, and the whole reply at the end.

        Raises:
            ProviderError: As the model behind.
        """
        self._costs.in_flight += 1
        try:
            async with aclosing(self._lm.stream(request)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        self._answered(request, piece)
                    yield piece
        except Exception as error:
            self._failed(request, error)
            raise
        finally:
            self._costs.in_flight -= 1


def of(lm: LM, costs: Costs) -> Asking:
    """Return a model for one call."""
    return AskingBitByBit(lm, costs) if hasattr(lm, "stream") else Asking(lm, costs)
