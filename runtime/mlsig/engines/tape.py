"""The replies that an evaluation has had, by what was asked.

With them it goes on in another place, and pays for nothing twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from mlsig.providers.messages import LM, Reply, Request


class Take(msgspec.Struct, frozen=True):
    """A reply, and the hash of its request."""

    asked: str
    reply: Reply


class Taped:
    """A model that answers what is on the tape from there, and tapes what it has to ask for.

    A call that was begun is ended, and taped, also where nobody waits for it any more: it is paid for.

    Attributes:
        takes: All replies until now.
    """

    def __init__(self, lm: LM, takes: Sequence[Take] = ()) -> None:
        self._lm = lm
        self._known: defaultdict[str, deque[Reply]] = defaultdict(deque)
        for take in takes:
            self._known[take.asked].append(take.reply)
        self._under_way: set[asyncio.Task[Reply]] = set()
        self.takes: list[Take] = list(takes)

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            ProviderError, BudgetExhausted: As the model behind.
        """
        asked = blake2b(msgspec.json.encode(request, order="sorted"), digest_size=16).hexdigest()
        if self._known[asked]:
            return self._known[asked].popleft()
        call = asyncio.get_running_loop().create_task(self._ask(request, asked))
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        return await asyncio.shield(call)

    async def ended(self) -> None:
        """Wait for the calls that are under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _ask(self, request: Request, asked: str) -> Reply:
        reply = await self._lm.complete(request)
        self.takes.append(Take(asked, reply))
        return reply
