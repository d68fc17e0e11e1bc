"""A few of something that many want: connections, clients, pipelines.

    clients = Pool(connect, size=10, close=disconnect)
    async with clients.borrow() as client:
        ...

Who asks first gets first. What is lent comes back when the block is left, and when the task that borrowed it
ends otherwise. One that broke is closed, and made anew when somebody wants it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from mlsig.orchestrator.quotas import Quotas
from mlsig.orchestrator.supervisor import NotRunning

log = logging.getLogger("mlsig.orchestrator")
Item = TypeVar("Item")


@dataclass
class Lent(Generic[Item]):
    """What was borrowed.

    Attributes:
        item: It.
        broken: Set it, and it is closed rather than lent again.
    """

    item: Item
    broken: bool = False


class Pool(Generic[Item]):
    """At most `size` items, each lent to one borrower at a time. Belongs to one event loop.

    Args:
        make: Makes one; what it raises is the borrower's.
        size: How many there may be.
        waiting: How many borrowers may wait.
        close: Closes one; what it raises is logged.
        name: What logs call it.
    """

    def __init__(
        self,
        make: Callable[[], Awaitable[Item]],
        size: int,
        *,
        waiting: int = 10_000,
        close: Callable[[Item], Awaitable[None]] | None = None,
        name: str = "pool",
    ) -> None:
        if size < 1:
            raise ValueError(f"{name}: a pool of {size} lends nothing")
        self.name = name
        self.size = size
        self._make = make
        self._close = close
        self._quotas = Quotas({name: size}, waiting=waiting, alert=lambda _: None)
        self._idle: list[Item] = []
        self._closed = False

    @asynccontextmanager
    async def borrow(self) -> AsyncGenerator[Lent[Item], None]:
        """Wait for one, and give it back at the end of the block.

        Raises:
            Full: As many as are allowed wait.
            NotRunning: The pool is closed.
        """
        async with await self._quotas.reserve(_name(), **{self.name: 1}):
            if self._closed:
                raise NotRunning(f"{self.name} is closed")
            lent = Lent(self._idle.pop() if self._idle else await self._make())
            try:
                yield lent
            finally:
                if lent.broken or self._closed:
                    await self._end(lent.item)
                else:
                    self._idle.append(lent.item)

    async def close(self) -> None:
        """Close what is idle, and what is lent as it comes back; lend nothing more."""
        self._closed = True
        while self._idle:
            await self._end(self._idle.pop())

    @property
    def lent(self) -> int:
        """How many are lent."""
        return self._quotas.usage()[self.name].used

    @property
    def idle(self) -> int:
        """How many are made and not lent."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many borrowers wait."""
        return self._quotas.waiting

    async def _end(self, item: Item) -> None:
        if self._close is None:
            return
        try:
            await self._close(item)
        except Exception as error:
            log.warning("%s: one could not be closed: %s: %s", self.name, type(error).__name__, error)


def _name() -> str:
    task = asyncio.current_task()
    return task.get_name() if task else ""
