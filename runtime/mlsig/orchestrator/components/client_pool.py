"""Clients of models, lent to one borrower each.

    pool = ClientPool(providers=Review.providers)
    async with pool.borrow() as lent:
        reply = await lent.item.complete(request)
    answer = await Review.using(pool).acall(review="…")      # the pool is a model itself

A client of `mlsig` serves any number of calls at once, and a provider's limits hold whatever is borrowed; a
pool is for what must not be shared, and for a bound on how much is under way at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.pool import Pool

if TYPE_CHECKING:
    from mlsig.providers.declared import Provider
    from mlsig.providers.messages import LM, Reply, Request

SIZE: Final = 10
WAITING: Final = 1_000


class ClientPool(Pool[Any]):
    """At most `size` clients, first come, first served. Belongs to one event loop.

    Args:
        providers: What clients are made for, by the names that requests use.
        make: Makes a client, where it is another than `mlsig.Client` of those providers.
        close: Closes one; by default its `aclose` does, where it has one.
        size: How many there may be.
        waiting: How many borrowers may wait.
        name: What logs call it.
    """

    def __init__(
        self,
        *,
        providers: Mapping[str, Provider] | None = None,
        make: Callable[[], Awaitable[LM]] | None = None,
        close: Callable[[Any], Awaitable[None]] | None = None,
        size: int = SIZE,
        waiting: int = WAITING,
        name: str = "client_pool",
    ) -> None:
        self._providers = dict(providers or {})
        super().__init__(make or self._client, size, waiting=waiting, close=close or _closed, name=name)

    async def complete(self, request: Request) -> Reply:
        """Answer one request by a borrowed client.

        Raises:
            Full: As many as are allowed wait.
            NotRunning: The pool is closed.
            ProviderError: As the client.
        """
        async with self.borrow() as lent:
            reply: Reply = await lent.item.complete(request)
            return reply

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Answer one request bit by bit, the client borrowed for as long; whole where it cannot do that.

        Raises:
            Full: As `complete`, and so are the others.
        """
        async with self.borrow() as lent:
            if not hasattr(lent.item, "stream"):
                yield await lent.item.complete(request)
                return
            async with aclosing(lent.item.stream(request)) as pieces:
                async for piece in pieces:
                    yield piece

    def child(self, id: str = "client_pool") -> Child:
        """Return it as a child of a supervisor; when it ends, it closes its clients."""
        return Child(id, self.run)

    async def run(self, started: Started) -> None:
        """Be open until cancelled."""
        self._closed = False
        started()
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def _client(self) -> LM:
        from mlsig.providers.client import Client  # noqa: PLC0415  (loads the HTTP libraries)

        return Client(self._providers)


async def _closed(client: Any) -> None:
    close = getattr(client, "aclose", None)
    if close is not None:
        await close()
