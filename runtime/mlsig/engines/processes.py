"""Worker processes of this machine, as an executor."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Value = TypeVar("Value")


class Pool(Executor):
    """pebble's pool: unlike that of the standard library, it survives the death of a process."""

    def __init__(self, pebble: Any, count: int) -> None:
        # Never fork: this process has threads and an event loop.
        context = multiprocessing.get_context("forkserver")
        self._pool: Any = pebble.ProcessPool(count, initializer=_prepare, context=context)

    def submit(self, fn: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Future[Value]:
        """Run a function of a module in one of the processes."""
        future: Future[Value] = self._pool.schedule(fn, args=args, kwargs=kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill the processes; what they do is of no use to anybody any longer."""
        del cancel_futures
        self._pool.stop()
        if wait:
            self._pool.join()


def _prepare() -> None:
    """Set up a process: Ctrl-C is for its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
