"""Signals that ask a process to end, heard in the event loop rather than wherever the process stands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


def listening(asked: Callable[[], None]) -> Callable[[], None]:
    """Call `asked` in the running loop for each of these signals, from now until what is returned is called.

    Raises:
        ValueError: This is not the main thread, which alone may say what signals mean.
    """
    loop = asyncio.get_running_loop()

    def hear(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(asked)

    before = {number: signal.signal(number, hear) for number in ENDING}

    def over() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return over
