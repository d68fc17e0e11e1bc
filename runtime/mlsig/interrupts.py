"""Ctrl-C, in two stages: the first asks the work to stop, the second drops what is still under way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final, Self

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While open, catches the signals for the task that opened it.

    Attributes:
        asked: Whether somebody has asked to stop.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked = False
        self._say = say
        self._task: asyncio.Task[object] | None = None

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._heard)
        return self

    def __exit__(self, *exception: object) -> None:
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def stop(self) -> bool:
        """Say whether to stop; what `evaluate` and `optimize` ask."""
        return self.asked

    def _heard(self) -> None:
        if self.asked and self._task is not None:
            self._task.cancel()
            return
        self.asked = True
        self._say("stopping: finishing the calls under way, Ctrl-C again drops them")
