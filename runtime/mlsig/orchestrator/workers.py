"""Processes for work that may hang, crash or eat memory: metrics, code of users, tools.

    async with Workers(2, memory=512 * 2**20) as workers:
        score = await workers.run(metric, example, prediction, timeout=10.0)

A task can only be asked to end; a process can be killed. Work is a function of a module, and it, what it is
given and what it returns travel between our own processes by pickle, so only trusted functions may run here:
a process protects from accidents, not from malice (for that, see the sandbox of ProgramOfThought).

Needs the extra `mlsig[workers]`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.dynamic import Full
from mlsig.orchestrator.supervisor import NotRunning

log = logging.getLogger("mlsig.orchestrator")
Result = TypeVar("Result")

LOOK: float = 0.5
"""Seconds between looks at whether the pool itself still works."""


class WorkerDied(Exception):
    """A process ended while it worked: it was killed, ran out of memory, or called `exit`."""

    def __init__(self, what: str, code: int) -> None:
        how = f"signal {signal.Signals(-code).name}" if -code in _SIGNALS else f"exit code {code}"
        super().__init__(f"the process that ran {what} ended with {how}; its other work goes on")
        self.code = code


class Pool(Protocol):
    """What we ask of pebble's `ProcessPool`."""

    @property
    def active(self) -> bool:
        """Whether it takes work."""
        ...

    def schedule(
        self, function: Callable[..., Result], args: tuple[Any, ...], timeout: float | None = None
    ) -> Future[Result]:
        """Return the future of some work; cancelling it kills the process that does it."""
        ...

    def stop(self) -> None:
        """Kill all that runs."""

    def join(self) -> None:
        """Wait until all is gone."""


def _pebble() -> Any:
    try:
        return import_module("pebble")
    except ImportError as error:
        raise ImportError(
            'worker processes need pebble: install it with `pip install "mlsig[workers]"`'
        ) from error


_SIGNALS = frozenset(map(int, signal.Signals))


class Workers:
    """Processes that run functions, at most one each at a time.

    A process that dies fails what it ran, and nothing else; another takes its place.

    Args:
        count: How many processes.
        waiting: How many jobs may wait for one beside those that run.
        memory: Bytes of address space that a process may have; more of it raises `MemoryError` there.
        jobs: After how many jobs a process is replaced, against leaks; 0: never.
    """

    def __init__(
        self, count: int = 2, *, waiting: int = 1_000, memory: int | None = None, jobs: int = 0
    ) -> None:
        if count < 1 or waiting < 0:
            raise ValueError(f"{count} processes and {waiting} jobs that wait: give 1 or more, and 0 or more")
        self.count = count
        self.waiting = waiting
        self._memory = memory
        self._jobs = jobs
        self._pool: Pool | None = None
        self._running: set[Future[Any]] = set()

    async def run(self, function: Callable[..., Result], *args: Any, timeout: float | None = None) -> Result:
        """Run a function in a process and return what it returns; `timeout` in seconds of running.

        Whoever is cancelled while waiting kills the work too.

        Raises:
            Full: As many jobs as are allowed wait.
            WorkerDied: The process ended.
            TimeoutError: It took too long, and was killed.
            NotRunning: There are no processes.
            Exception: What the function raised.
        """
        pool = self._pool
        if pool is None:
            raise NotRunning("the workers do not run")
        if self.open >= self.count + self.waiting:
            raise Full(f"{self.open} jobs run or wait, and no more may")
        what = f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', function)}"
        try:
            job = pool.schedule(function, args=args, timeout=timeout)
        except RuntimeError as error:
            raise NotRunning(f"the workers have stopped: {error}") from None
        self._running.add(job)
        try:
            return await asyncio.wrap_future(job)
        except _pebble().ProcessExpired as died:
            raise WorkerDied(what, cast("int", died.exitcode)) from None
        except TimeoutError:
            if timeout is None:
                raise  # the function's own
            raise TimeoutError(f"{what} took more than {timeout} s, and was killed") from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise NotRunning(f"the workers stopped while {what} ran or waited") from None
        finally:
            self._running.discard(job)

    @property
    def open(self) -> int:
        """How many jobs run or wait."""
        return len(self._running)

    def child(self, id: str = "workers") -> Child:
        """Return them as a child of a supervisor, which replaces the whole pool if that breaks."""
        return Child(id, self._serve, shutdown=10.0)

    async def _serve(self, started: Started) -> None:
        async with self:
            started()
            pool = self._pool
            while pool is not None and pool.active:
                await asyncio.sleep(LOOK)
        raise NotRunning("the pool of processes broke")

    async def __aenter__(self) -> Self:
        """Make the processes; they start with the first work.

        Raises:
            ImportError: The extra is not installed.
        """
        # Never fork: this process has threads and an event loop.
        self._pool = _pebble().ProcessPool(
            self.count,
            max_tasks=self._jobs,
            initializer=functools.partial(_prepare, self._memory),
            context=multiprocessing.get_context("forkserver"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the processes, and whatever they do."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for job in list(self._running):
                job.cancel()  # a pool forgets what still waits
            pool.stop()
            await asyncio.to_thread(pool.join)


def _prepare(memory: int | None) -> None:
    """Set up a process: Ctrl-C is for its parent, and memory has an end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory is not None:
        import resource  # noqa: PLC0415  (not on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
