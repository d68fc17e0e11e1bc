"""A model as one call of a program sees it: asked in its turn, and what it took is counted.

costs = Costs()
asking = of(client, costs, program="Review", pool=pool)
execution = await program.execute(inputs, asking)
costs.by[Target("groq", "llama-3.1-8b-instant")].cost, costs.of["Review"].output_tokens
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import TYPE_CHECKING, Any

from mlsig.providers.accounting import Tally
from mlsig.providers.messages import LM, Reply, Request
from mlsig.providers.routing import Target

if TYPE_CHECKING:
    from mlsig.orchestrator.components.client_pool import ClientPool


class Costs:
    """What all calls took together. Belongs to one event loop.

    Args:
        programs: Names that are known from the start.

    Attributes:
        by: Sums by provider and model.
        of: Sums by program.
        in_flight: How many requests wait for an answer.
    """

    def __init__(self, programs: Iterable[str] = ()) -> None:
        self.by: dict[Target, Tally] = {}
        self.of = {name: Tally() for name in programs}
        self.in_flight = 0

    def tallies(self, program: str, request: Request) -> tuple[Tally, Tally]:
        """Return the sums that a request of a program counts in."""
        target = Target(request.provider, request.model)
        return self.by.setdefault(target, Tally()), self.of.setdefault(program, Tally())


class Asking:
    """Answers for one call of a program.

    Attributes:
        took: What the call took so far.
        error: The last error of a request, or None.
    """

    def __init__(self, lm: LM, costs: Costs, program: str, pool: ClientPool | None) -> None:
        self._lm: Any = lm
        self._costs = costs
        self._program = program
        self._pool = pool
        self.took = Tally()
        self.error: Exception | None = None

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            ProviderError: As the model behind.
            Full: As many requests as are allowed wait for their turn.
        """
        async with self._turn():
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

    def _turn(self) -> AbstractAsyncContextManager[object]:
        return nullcontext() if self._pool is None else self._pool.borrow()

    def _answered(self, request: Request, reply: Reply) -> None:
        for tally in (self.took, *self._costs.tallies(self._program, request)):
            tally.count(reply)

    def _failed(self, request: Request, error: Exception) -> None:
        self.error = error
        for tally in (self.took, *self._costs.tallies(self._program, request)):
            tally.errors += 1


class AskingBitByBit(Asking):
    """The same for models that can answer bit by bit: programs look whether there is `stream`."""

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Yield pieces of text as they come, and the whole reply at the end.

        Raises:
            ProviderError: As the model behind.
            Full: As `complete`.
        """
        async with self._turn():
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


def of(lm: LM, costs: Costs, *, program: str = "", pool: ClientPool | None = None) -> Asking:
    """Return a model for one call.

    Args:
        lm: Who answers.
        costs: Where it is counted.
        program: Whose call it is.
        pool: Whose turns requests wait for.
    """
    kind = AskingBitByBit if hasattr(lm, "stream") else Asking
    return kind(lm, costs, program, pool)
