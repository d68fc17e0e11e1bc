"""Runs of the optimiser as supervised children: one that crashes goes on where its store says it was.

    optimizers = OptimizerSupervisor(store="runs.db")
    async with Supervisor([optimizers.child()]):
        run = await optimizers.start(experiment, client)
        findings = await optimizers.result(run)

What a run has paid for is in the store before anybody hears of it, so a run that is started again pays for
nothing twice and takes the same course. What would fail again ends it: a model that is not there, a broken
metric, a store that cannot write. One that crashes too often ends with `RunCrashed`, and no other with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.errors import MlsigError
from mlsig.orchestrator.children import Child, Shutdown, Started
from mlsig.orchestrator.components.active_runs import ActiveRun, Run
from mlsig.orchestrator.dynamic import DynamicSupervisor, Full
from mlsig.orchestrator.intensity import Intensity
from mlsig.orchestrator.supervisor import AlreadyThere, NotRunning, Supervisor

if TYPE_CHECKING:
    from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers
    from mlsig.orchestrator.components.variable_registry import VariableRegistry
    from mlsig.providers.messages import LM
    from mlsig.simba.events import Event
    from mlsig.simba.experiment import Experiment, Findings, Measuring, Mode
    from mlsig.store import Store

__all__ = ["ActiveRun", "OptimizerStats", "OptimizerSupervisor", "RunCrashed"]

log = logging.getLogger("mlsig.orchestrator")
STORE: Final = "mlsig-runs.db"


class RunCrashed(MlsigError):
    """A run crashed more often than is allowed; what it paid for is in its store, from which it can go on."""


@dataclass(frozen=True)
class OptimizerStats:
    """What an optimiser supervisor runs, and ran.

    Attributes:
        active: Runs under way.
        most: How many there may be.
        completed: Runs with findings.
        failed: Runs that ended with an error, those that crashed too often included.
        cancelled: Runs that were asked to stop, or stopped with the supervisor.
        restarts: How often a run was started again.
    """

    active: int
    most: int
    completed: int
    failed: int
    cancelled: int
    restarts: int


class OptimizerSupervisor:
    """Runs of the optimiser, each a supervised child of its own. Belongs to one event loop.

    Args:
        store: Where runs are kept: a file, which is opened with the first run and closed with the supervisor,
            or an open store, which stays yours to close.
        most: How many runs there may be at a time.
        intensity: How often a run may crash: with one more, it has failed.
        grace: Seconds that the calls of a run have to end when it is stopped.
        workers: Run the examples of all runs.
        variables: Know which runs are under way, and what configurations they have found.
        kept: How many results are kept of runs that have ended.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        store: Store | str | Path = STORE,
        most: int = 10,
        intensity: Intensity | None = None,
        grace: float = 30.0,
        workers: EvaluationWorkers | None = None,
        variables: VariableRegistry | None = None,
        kept: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1 or not grace >= 0 or kept < 0:
            raise ValueError(
                f"{most} runs, {grace} s, {kept} results: give 1 or more, and 0 or more of the others"
            )
        self.most = most
        self._given = store
        self._store: Store | None = None
        self._intensity = intensity or Intensity()
        self._grace = grace
        self._workers = workers
        self._variables = variables
        self._keep = kept
        self._clock = clock
        self._starting = asyncio.Lock()
        self._runs = DynamicSupervisor(name="optimizers", clock=clock)
        self._accepts = False
        self._active: dict[str, Run] = {}
        self._ended: OrderedDict[str, asyncio.Future[Findings]] = OrderedDict()
        self._completed = self._failed = self._cancelled = self._restarts = 0

    async def start(self, experiment: Experiment, lm: LM, *, mode: Mode = "new") -> str:
        """Start a run, or take one up, and return its name.

        Args:
            experiment: What to improve, and how.
            lm: Answers its calls; it has to be there as long as the run.
            mode: As of `mlsig optimize`: `new` refuses what the store holds already, `resume` goes on with
                it, `fresh` starts another.

        Raises:
            RunExists: The store holds this very run, and the mode is `new`.
            AlreadyThere: This very run is under way.
            Full: As many as are allowed are.
            StoreError: The store cannot be used, or has nothing to resume.
            ValueError: There are no examples.
            NotRunning: The supervisor does not run.
        """
        from mlsig.simba.experiment import find_run  # noqa: PLC0415  (with all that optimises)

        if not (experiment.train and experiment.test):
            raise ValueError("a run needs examples to learn from, and others that are held out")
        async with self._starting:
            self._check()
            if len(self._active) >= self.most:
                raise Full(f"{self.most} runs are under way, and no more may be")
            store = await self._opened()
            self._check()
            identity = _identity_of(experiment)
            same = next((run.id for run in self._active.values() if run.identity == identity), None)
            if same is not None:
                raise AlreadyThere(f"this very run is under way: {same}")
            found = find_run(experiment, store, mode)
            run = Run(found.id, identity, experiment, lm, self._clock())
            if self._variables is not None:
                space = experiment.program.variables()
                run.known = self._variables.optimizing(run.id, space).detach()
            self._active[run.id] = run
            self._ended.pop(run.id, None)
            inner = Supervisor(
                [Child("run", lambda started: self._work(run, store, started), "transient", self._grace)],
                intensity=self._intensity,
                name=run.id,
                clock=self._clock,
            )
            await self._runs.start_child(
                Child(
                    run.id, lambda started: self._watch(run, inner, started), "temporary", shutdown=None,
                    supervisor=inner,
                )
            )  # fmt: skip
        return run.id

    async def result(self, run: str) -> Findings:
        """Wait for a run, and return its findings.

        Raises:
            KeyError: There is no such run, or its result is not kept any more; the store has it.
            Stopped: It was asked to stop.
            RunCrashed: It crashed too often.
            NotRunning: The supervisor was stopped meanwhile.
            MlsigError: What ended it.
        """
        found = self._active[run].ended if run in self._active else self._ended.get(run)
        if found is None:
            raise KeyError(f"there is no run {run!r}; under way are {', '.join(self._active) or 'none'}")
        return await asyncio.shield(found)

    async def cancel(self, run: str) -> bool:
        """Ask a run to stop, and wait for that; say whether it was under way.

        Calls under way are finished and recorded, for `grace` seconds; then they are dropped. It can be
        resumed.
        """
        found = self._active.get(run)
        if found is None:
            return False
        found.asked = True
        await asyncio.wait([found.ended], timeout=self._grace)
        if not found.ended.done():
            await self._runs.terminate_child(run)
        return True

    def active(self) -> tuple[ActiveRun, ...]:
        """Return the runs under way, in the order of starting."""
        now = self._clock()
        return tuple(run.now(now) for run in self._active.values())

    def stats(self) -> OptimizerStats:
        """Return how many runs there are, and were."""
        return OptimizerStats(
            active=len(self._active),
            most=self.most,
            completed=self._completed,
            failed=self._failed,
            cancelled=self._cancelled,
            restarts=self._restarts,
        )

    def child(self, id: str = "optimizers") -> Child:
        """Return it as a child of a supervisor; its runs are its own children."""
        return Child(id, self._serve, shutdown=None, supervisor=self._runs)

    async def _serve(self, started: Started) -> None:
        self._accepts = True
        try:
            await self._runs.run(started)
        finally:
            self._accepts = False
            store, self._store = self._store, None
            if store is not None and store is not self._given:
                await asyncio.to_thread(store.close)

    def _check(self) -> None:
        if not self._accepts:
            raise NotRunning("the optimiser supervisor does not run")

    async def _opened(self) -> Store:
        if self._store is None:
            if isinstance(self._given, str | Path):
                self._store = await asyncio.to_thread(_open, self._given)
            else:
                self._store = self._given
        return self._store

    async def _watch(self, run: Run, inner: Supervisor, started: Started) -> None:
        """Look after a run until it has ended, or has crashed too often."""
        try:
            async with inner:
                started()
                over = asyncio.ensure_future(inner.wait())
                try:
                    either: list[asyncio.Future[Any]] = [run.ended, over]
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                    if not run.ended.done():
                        over.result()
                finally:
                    over.cancel()
        except Shutdown:
            times, last = len(run.crashes), run.crashes[-1]
            crashed = RunCrashed(
                f"run {run.id} crashed {times} times, the last time with {last}; what it "
                'paid for is in its store: start it with `mode="resume"`'
            )
            self._over(run, crashed)
        finally:
            self._over(run, NotRunning(f'run {run.id} was stopped; start it with `mode="resume"`'))

    async def _work(self, run: Run, store: Store, started: Started) -> None:
        """Do a run, or go on with it."""
        from mlsig.simba.experiment import conduct  # noqa: PLC0415

        started()
        if run.crashes:
            self._restarts += 1
            log.warning("run %s goes on where it was, after %s", run.id, run.crashes[-1])
        run.evaluated = 0

        def hear(event: Event | Measuring) -> None:
            run.hear(event)
            run.experiment.listener(event)

        watched = replace(
            run.experiment,
            listener=hear,
            stop=run.stop,
            workers=run.experiment.workers or self._workers,
        )
        try:
            findings = await conduct(watched, run.lm, store, "resume")
        except MlsigError as error:
            self._over(run, error)
        except BaseException as error:
            run.crashes.append(f"{type(error).__name__}: {error}".rstrip(": "))
            raise
        else:
            self._over(run, findings)

    def _over(self, run: Run, outcome: Findings | Exception) -> None:
        """Write down how a run ended; once."""
        from mlsig.evaluation.evaluator import Stopped  # noqa: PLC0415

        if run.ended.done():
            return
        del self._active[run.id]
        if not isinstance(outcome, Exception):
            self._completed += 1
            self._remember(run, outcome)
            run.ended.set_result(outcome)
        else:
            wished = isinstance(outcome, Stopped | NotRunning)
            if run.known is not None:
                run.known.end("cancelled" if wished else "failed", outcome)
            self._cancelled += wished
            self._failed += not wished
            if not wished:
                log.warning("run %s has failed: %s", run.id, outcome)
            run.ended.set_exception(outcome)
        self._ended[run.id] = run.ended
        while len(self._ended) > self._keep:
            self._ended.popitem(last=False)

    def _remember(self, run: Run, findings: Findings) -> None:
        """Make known what a run has found."""
        if self._variables is None or run.known is None:
            return
        run.known.end()
        from mlsig.programs.candidates import space_of  # noqa: PLC0415  (it is imported by now)

        program = run.experiment.program
        for config, measured in (
            (findings.baseline_config, findings.baseline),
            (findings.config, findings.best),
        ):
            known = self._variables.add(space_of(program, config), config, run=run.id)
            self._variables.measured(known.id, score=measured.score.mean, cost=measured.cost)


def _identity_of(experiment: Experiment) -> str:
    """Return what two experiments have in common that take the same course."""
    return msgspec.json.encode(experiment.description(), order="sorted").decode()


def _open(path: str | Path) -> Store:
    from mlsig.store import Store  # noqa: PLC0415  (SQLAlchemy is slow to import)

    return Store(path)
