"""Worker processes of this machine, as an executor."""

from __future__ import annotations

import multiprocessing
import os
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
        # Its server may have been started long ago, with the environment of then.
        environment = dict(os.environ)
        self._pool: Any = pebble.ProcessPool(
            count, initializer=_prepare, initargs=(environment,), context=context
        )

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


def _prepare(environment: dict[str, str]) -> None:
    """Set up a process: its environment is that of its parent now, and Ctrl-C is for that."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
