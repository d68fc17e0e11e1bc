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
from typing import Any, Generic, TypeVar

from mlsig.orchestrator.quotas import Quotas, Reservation
from mlsig.orchestrator.supervisor import NotRunning

log = logging.getLogger("mlsig.orchestrator")
Item = TypeVar("Item")


class Lent(Generic[Item]):
    """What was borrowed, until it is given back.

    Attributes:
        item: It.
        broken: Set it, and it is closed rather than lent again.
    """

    __slots__ = ("_back", "_place", "_task", "broken", "item")

    def __init__(self, item: Item, place: Reservation, back: Callable[[Lent[Item]], None]) -> None:
        self.item = item
        self.broken = False
        self._place = place
        self._back = back
        self._task = asyncio.current_task()
        if self._task is not None:
            self._task.add_done_callback(self._lost)

    def give_back(self) -> bool:
        """Give it back; say whether that was this call's doing."""
        if self._place.released:
            return False
        if self._task is not None:
            self._task.remove_done_callback(self._lost)
        self._back(self)
        self._place.release()
        return True

    def _lost(self, task: asyncio.Task[Any]) -> None:
        if self.give_back():
            log.warning("%s ended without giving back what it had borrowed", task.get_name())


@dataclass(frozen=True)
class PoolStats:
    """How a pool is, and what it did so far.

    Attributes:
        size: How many there may be.
        lent: How many are.
        idle: How many are made and not lent.
        waiting: How many borrowers wait.
        borrowed: How often one was lent.
        made: How many were made.
        closed: How many were closed.
    """

    size: int
    lent: int
    idle: int
    waiting: int
    borrowed: int
    made: int
    closed: int


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
        self._places = Quotas({name: size}, waiting=waiting, alert=lambda _: None)
        self._idle: list[Item] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False
        self._borrowed = self._made = self._ended = 0

    async def take(self) -> Lent[Item]:
        """Wait for one, which has to be given back; it is when the task that took it ends.

        Raises:
            Full: As many as are allowed wait.
            NotRunning: The pool is closed.
        """
        place = (await self._places.reserve(_name(), **{self.name: 1})).detach()
        try:
            if self._closed:
                raise NotRunning(f"{self.name} is closed")
            item = self._idle.pop() if self._idle else await self._another()
        except BaseException:
            place.release()
            raise
        self._borrowed += 1
        return Lent(item, place, self._back)

    @asynccontextmanager
    async def borrow(self) -> AsyncGenerator[Lent[Item], None]:
        """Wait for one, and give it back at the end of the block; one that is closed then is waited for.

        Raises:
            Full: As many as are allowed wait.
            NotRunning: The pool is closed.
        """
        lent = await self.take()
        try:
            yield lent
        finally:
            lent.give_back()
            await self._all_closed()

    async def close(self) -> None:
        """Close what is idle, and what is lent as it comes back; lend nothing more."""
        self._closed = True
        while self._idle:
            self._end(self._idle.pop())
        await self._all_closed()

    def stats(self) -> PoolStats:
        """Return the counts."""
        return PoolStats(
            self.size, self.lent, self.idle, self.waiting, self._borrowed, self._made, self._ended
        )

    @property
    def lent(self) -> int:
        """How many are lent, or just being made."""
        return self._places.usage()[self.name].used

    @property
    def idle(self) -> int:
        """How many are made and not lent."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many borrowers wait."""
        return self._places.waiting

    async def _another(self) -> Item:
        item = await self._make()
        self._made += 1
        return item

    def _back(self, lent: Lent[Item]) -> None:
        if lent.broken or self._closed:
            self._end(lent.item)
        else:
            self._idle.append(lent.item)

    def _end(self, item: Item) -> None:
        """Close one, in a task of its own: whoever gives it back may have no time, or be dead."""
        self._ended += 1
        if self._close is not None:
            task = asyncio.get_running_loop().create_task(self._closing_of(item, self._close))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _closing_of(self, item: Item, close: Callable[[Item], Awaitable[None]]) -> None:
        try:
            await close(item)
        except Exception as error:
            log.warning("%s: one could not be closed: %s: %s", self.name, type(error).__name__, error)

    async def _all_closed(self) -> None:
        if self._closing:
            await asyncio.wait(self._closing)


def _name() -> str:
    task = asyncio.current_task()
    return task.get_name() if task else ""
