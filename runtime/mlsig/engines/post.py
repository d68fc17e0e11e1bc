"""Orders on their way to an engine and back: gathered in shares, and handed out again one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Final

import msgspec

from mlsig.engines import shares
from mlsig.engines.engine import Engine
from mlsig.engines.shares import Answer, Order, Share

GATHER: Final = 0.005
"""Seconds that an order waits for others to travel with."""


class Lost(Exception):
    """A worker was lost with this evaluation; nobody knows what of it was paid for."""


class Post:
    """Sends orders, for one event loop.

    Attributes:
        engine: Where to.
        lost: How many orders were lost with their worker.
    """

    def __init__(self, engine: Engine, program: str, folders: Sequence[Path], lm: str, size: int) -> None:
        self.engine = engine
        self.lost = 0
        self._program = program
        self._folders = tuple(str(folder.resolve()) for folder in folders)
        self._lm = lm
        self._size = size
        self._waiting: deque[tuple[Order, asyncio.Future[Answer]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def sent(self, order: Order) -> Answer:
        """Return what became of an order.

        Raises:
            Lost: Its worker is gone.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((order, answer))
        if len(self._waiting) >= self._size:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(GATHER, self._send)
        return await answer

    def _send(self) -> None:
        """Send all that waits, in one share."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        share = list(self._waiting)
        self._waiting.clear()
        task = asyncio.get_running_loop().create_task(self._share(share))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _share(self, share: list[tuple[Order, asyncio.Future[Answer]]]) -> None:
        orders = tuple(order for order, _ in share)
        sent = msgspec.json.encode(Share(self._program, self._folders, self._lm, orders))
        answers = [answer for _, answer in share]
        lost: tuple[type[BaseException], ...] = (*self.engine.lost, CancelledError)
        try:
            under_way = self.engine.executor.submit(shares.run, sent)
            # Not awaited itself: a future that an engine cancelled is no wish of anybody here.
            ended = asyncio.wrap_future(under_way)
            await asyncio.wait([ended])
            if not ended.cancelled():
                ended.exception()
            found = msgspec.json.decode(under_way.result(timeout=0), type=list[Answer])
        except lost as error:
            self.lost += len(share)
            _refuse(answers, Lost(f"a worker of the engine {self.engine.name} is gone: {error}"))
        except Exception as error:
            _refuse(answers, error)
        else:
            for answer, one in zip(answers, found, strict=True):
                if not answer.done():
                    answer.set_result(one)


def _refuse(answers: Sequence[asyncio.Future[Answer]], error: Exception) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)
