"""Workers that evaluate: so many at a time, each job alone in what happens to it.

    async with EvaluationWorkers(workers=200, timeout=60.0) as workers:
        outcomes = await workers.each([lambda: evaluate(example) for example in examples])

A worker is a task that takes one job after the other. One that dies with its job, is late, or does not heed
its cancellation, fails that job and no other, and another takes its place. Whatever happens, each job has
an outcome. Code that may hang or eat memory runs in processes (`call`), which can be killed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.components.jobs import Batch, Crashed, Outcome, Work
from mlsig.orchestrator.dynamic import Full
from mlsig.orchestrator.stopping import Zombies, stop
from mlsig.orchestrator.supervisor import NotRunning, Supervisor
from mlsig.orchestrator.workers import Workers

__all__ = ["Crashed", "EvaluationStats", "EvaluationWorkers", "Outcome"]

log = logging.getLogger("mlsig.orchestrator")
STARTS: Final = 100
"""How many jobs are begun in a turn of the loop: to begin one is work, and others wait for their turn too.

Where few begin at once, phases of many calls alternate, and so do the processor's caches: with 32, an
evaluation over HTTP costs a sixth more.
"""

Value = TypeVar("Value")


@dataclass(frozen=True)
class EvaluationStats:
    """What workers do, and did.

    Attributes:
        workers: How many may run.
        running: How many do.
        waiting: How many calls wait for their first worker.
        done: Jobs that returned.
        failed: Jobs that raised.
        late: Jobs that took too long.
        crashed: Jobs whose worker died.
        zombies: Late jobs that go on although they were asked to end.
        processes: How many processes there may be.
        in_processes: How many jobs run in them, or wait for one.
    """

    workers: int
    running: int
    waiting: int
    done: int
    failed: int
    late: int
    crashed: int
    zombies: int
    processes: int
    in_processes: int


class _Worker:
    """A task and what it does at the moment."""

    __slots__ = ("batch", "handle", "late", "place", "pool", "task")

    def __init__(self, pool: EvaluationWorkers, batch: Batch) -> None:
        self.pool = pool
        self.batch = batch
        self.place: int | None = None
        self.late = False
        self.handle: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None]

    def __call__(self, task: asyncio.Task[None]) -> None:
        """Tell of the end of the task."""
        self.pool._gone(self, task)  # pyright: ignore[reportPrivateUsage]


class EvaluationWorkers:
    """At most `workers` jobs at a time, first come, first served. Belongs to one event loop.

    Args:
        workers: How many jobs run at a time.
        waiting: How many calls may wait for their first worker.
        timeout: Seconds that a job may take; None: any number.
        grace: Seconds that a late job has to end; after that it is left alone, counted, and replaced.
        processes: How many processes there are for `call`; more than 0 need the extra `mlsig[workers]`.
        memory: Bytes of address space that a process may have.
        call_timeout: Seconds that a call in a process may take before that is killed.
    """

    def __init__(
        self,
        *,
        workers: int = 3,
        waiting: int = 10_000,
        timeout: float | None = None,
        grace: float = 5.0,
        processes: int = 0,
        memory: int | None = None,
        call_timeout: float | None = 60.0,
    ) -> None:
        if workers < 1 or waiting < 0 or processes < 0:
            raise ValueError(
                f"{workers} workers, {waiting} calls that wait, {processes} processes: give 1 or more, and "
                "0 or more of the others"
            )
        for seconds in (timeout, call_timeout):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"a timeout of {seconds} s: give more than 0, or None")
        self.workers = workers
        self.processes = processes
        self._waiting = waiting
        self._timeout = timeout
        self._grace = grace
        self._call_timeout = call_timeout
        self._apart = Workers(processes, waiting=waiting, memory=memory) if processes else None
        self._batches: deque[Batch] = deque()
        self._running: set[_Worker] = set()
        self._zombies = Zombies()
        self._accepts = False
        self._filling = False
        self._done = self._failed = self._late = self._crashed = 0
        self._own: Supervisor | None = None

    # Jobs.

    async def run(self, work: Work[Value], *, timeout: float | None = None) -> Value:
        """Do a job and return what it returns; `timeout` in seconds, if not that of the workers.

        Raises:
            Full: As many calls as are allowed wait.
            TimeoutError: It took too long.
            Crashed: Its worker died.
            NotRunning: The workers do not run, or were stopped.
            Exception: What the job raised.
        """
        [outcome] = await self.each([work], timeout=timeout)
        return outcome.result()

    async def each(
        self, works: Iterable[Work[Value]], *, most: int | None = None, timeout: float | None = None
    ) -> list[Outcome[Value]]:
        """Do jobs, and return the outcome of each in their order.

        Jobs are taken one by one as workers are free, so `works` may be a generator that stops early; what it
        raises ends the call once the jobs under way have ended. Whoever is cancelled cancels them.

        Args:
            works: Functions that make the coroutines.
            most: How many of them run at a time, if fewer than there are workers.
            timeout: Seconds for each job, if not that of the workers.

        Raises:
            Full: As many calls as are allowed wait.
            NotRunning: The workers do not run.
        """
        if not self._accepts:
            raise NotRunning("the evaluation workers do not run")
        if len(self._running) >= self.workers and self.waiting >= self._waiting:
            raise Full(f"{self.waiting} calls wait for a worker, and no more may")
        batch = Batch(iter(works), min(most or self.workers, self.workers), timeout or self._timeout)
        self._batches.append(batch)
        self._fill()
        try:
            await batch.ended
        except asyncio.CancelledError:
            await self._give_up(batch)
            raise
        return cast("list[Outcome[Value]]", batch.outcomes)

    async def call(self, function: Callable[..., Value], *args: Any, timeout: float | None = None) -> Value:
        """Run a function of a module in a process, which can be killed; as `Workers.run`.

        Raises:
            NotRunning: There are no processes.
            WorkerDied: The process ended: this call fails, and no other.
            TimeoutError: It took too long, and was killed.
            Full: As many jobs as are allowed wait.
            Exception: What the function raised.
        """
        if self._apart is None:
            raise NotRunning("there are no processes: make the workers with `processes=2`, say")
        return await self._apart.run(function, *args, timeout=timeout or self._call_timeout)

    @property
    def waiting(self) -> int:
        """How many calls wait for their first worker."""
        return sum(not batch.outcomes for batch in self._batches)

    def stats(self) -> EvaluationStats:
        """Return what they do, and did."""
        return EvaluationStats(
            workers=self.workers,
            running=sum(worker.place is not None for worker in self._running),
            waiting=self.waiting,
            done=self._done,
            failed=self._failed,
            late=self._late,
            crashed=self._crashed,
            zombies=len(self._zombies),
            processes=self.processes,
            in_processes=self._apart.open if self._apart is not None else 0,
        )

    # Under a supervisor, or alone.

    def child(self, id: str = "evaluators") -> Child:
        """Return them as a child of a supervisor: one itself, of the processes and of what gives work."""
        return self._tree(id).child(id)

    def _tree(self, name: str) -> Supervisor:
        apart = [self._apart.child("processes")] if self._apart is not None else []
        return Supervisor([*apart, Child("workers", self._serve, shutdown=None)], name=name)

    async def __aenter__(self) -> Self:
        """Start them.

        Raises:
            StartFailed: The extra for processes is not installed.
        """
        self._own = self._tree("evaluators")
        await self._own.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them: jobs are cancelled, and their callers told."""
        own, self._own = self._own, None
        if own is not None:
            await own.stop()

    async def _serve(self, started: Started) -> None:
        self._accepts = True
        started()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._accepts = False
            batches = {*self._batches, *(worker.batch for worker in self._running)}
            self._batches.clear()
            for batch in batches:
                batch.given_up = True
            try:
                await stop([worker.task for worker in self._running], self._grace, self._zombies)
            finally:
                for batch in batches:
                    if not batch.ended.done():
                        batch.ended.set_exception(NotRunning("the evaluation workers were stopped"))

    # Workers.

    def _fill(self) -> None:
        """Start workers while there are jobs for them, those of whoever came first before the others'."""
        started = 0
        for batch in list(self._batches):
            while batch.has_room and len(self._running) < self.workers:
                if started == STARTS:
                    self._fill_later()
                    return
                taken = batch.take()
                if taken is not None:
                    self._start(batch, *taken)
                    started += 1
            if batch.jobs is None:
                self._batches.remove(batch)

    def _fill_later(self) -> None:
        """Go on in the next turn of the loop: those who wait for a connection have theirs first."""
        if not self._filling:
            self._filling = True
            asyncio.get_running_loop().call_soon(self._fill_again)

    def _fill_again(self) -> None:
        self._filling = False
        if self._accepts:
            self._fill()

    def _start(self, batch: Batch, place: int, work: Work[Any]) -> None:
        worker = _Worker(self, batch)
        worker.place = place  # from now on: it may be cancelled before it has taken a step
        self._running.add(worker)
        worker.task = asyncio.get_running_loop().create_task(
            self._work(worker, (place, work)), name="evaluation", context=batch.context.copy()
        )
        batch.workers.add(worker.task)
        worker.task.add_done_callback(worker)

    async def _work(self, worker: _Worker, taken: tuple[int, Work[Any]] | None) -> None:
        """Do one job after the other while there is no earlier call that has room."""
        batch = worker.batch
        while taken is not None:
            if batch.timeout is not None:
                loop = asyncio.get_running_loop()
                worker.handle = loop.call_later(batch.timeout, self._too_late, worker)
            worker.place, work = taken
            taken = None  # ten thousand of these wait at once: each holds what it needs, and no more
            try:
                doing = work()
                del work
                outcome: Outcome[Any] = Outcome(await doing)
            except Exception as error:
                outcome = Outcome(error=error)
            if worker.late:
                return  # that was late
            if worker.handle is not None:
                worker.handle.cancel()
            if outcome.error is None:
                self._done += 1
            else:
                self._failed += 1
            self._tell(worker, outcome)
            if (self._batches and self._batches[0] is batch) or self._first() is batch:
                taken = batch.take()

    def _first(self) -> Batch | None:
        """Return whose job is next."""
        return next((batch for batch in self._batches if batch.has_room), None)

    def _tell(self, worker: _Worker, outcome: Outcome[Any]) -> None:
        """Write down what became of what a worker does, unless that has been done."""
        place, worker.place = worker.place, None
        if place is not None:
            worker.batch.tell(place, outcome)

    def _gone(self, worker: _Worker, task: asyncio.Task[None]) -> None:
        """Hear of the end of a worker: it has no more to do, or died with its job."""
        if worker.handle is not None:
            worker.handle.cancel()
        if worker.late:
            self._tell(worker, Outcome(error=_too_long(worker.batch)))
        elif worker.batch.given_up:
            self._tell(worker, Outcome(error=NotRunning("it was cancelled with its caller, or the workers")))
        elif worker.place is not None:
            self._crashed += 1
            log.warning("an evaluation was cancelled, and not by who asked for it; the others go on")
            self._tell(worker, Outcome(error=Crashed("its worker was cancelled in the middle of it")))
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a worker ended: %s: %s", type(error).__name__, error)
        self._leave(worker)

    def _leave(self, worker: _Worker) -> None:
        self._running.discard(worker)
        worker.batch.workers.discard(worker.task)
        if self._accepts:
            self._fill()

    def _too_late(self, worker: _Worker) -> None:
        self._late += 1
        worker.late = True
        worker.handle = asyncio.get_running_loop().call_later(self._grace, self._abandon, worker)
        worker.task.cancel()

    def _abandon(self, worker: _Worker) -> None:
        """Leave a job alone that does not end, and let another worker take its place."""
        self._zombies.add(worker.task)
        self._tell(worker, Outcome(error=_too_long(worker.batch)))
        self._leave(worker)

    async def _give_up(self, batch: Batch) -> None:
        """End the jobs of somebody who does not wait for them any longer."""
        batch.given_up, batch.jobs = True, None
        if batch in self._batches:
            self._batches.remove(batch)
        await stop(list(batch.workers), self._grace, self._zombies)


def _too_long(batch: Batch) -> TimeoutError:
    return TimeoutError(f"took more than {batch.timeout:g} s")
