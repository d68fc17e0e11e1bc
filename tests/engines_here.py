"""An engine that is this process, and loses what it is told to lose."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import msgspec
from mlsig.engines import Afar, Engine

TESTS = Path(__file__).resolve().parent


class Gone(Exception):
    """A worker is gone."""


class Here(Executor):
    """Runs shares where it stands, or says that their worker is gone: before it began, or after its work.

    Attributes:
        shares: How many orders each had.
    """

    def __init__(
        self, lose: Callable[[int], bool] = lambda number: False, *, late: Callable[[int], bool] | None = None
    ) -> None:
        self.shares: list[int] = []
        self._lose = lose
        self._lose_late = late or (lambda number: False)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.shares.append(len(msgspec.json.decode(args[0])["orders"]))
        if self._lose(len(self.shares)):
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        made = fn(*args)
        if self._lose_late(len(self.shares)):
            future.set_exception(Gone("killed"))
        else:
            future.set_result(made)
        return future


def near(
    executor: Here, lm: str = "simulated:SimulatedLM", program: str = "toy:Review", **options: Any
) -> Afar:
    """Return what sends evaluations to it."""
    return Afar(Engine("here", executor, (Gone,), 1), program, [TESTS], lm=lm, **options)
