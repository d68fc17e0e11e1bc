"""Runs of the optimiser under supervision: what crashes goes on, what cannot is told, nobody else minds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlsig.errors import ProviderUnreachable
from mlsig.evaluation.evaluator import Stopped
from mlsig.orchestrator import AlreadyThere, Full, Intensity, NotRunning, Supervisor
from mlsig.orchestrator.components import EvaluationWorkers, OptimizerSupervisor, VariableRegistry
from mlsig.orchestrator.components.optimizer_supervisor import RunCrashed
from mlsig.providers.messages import Request
from mlsig.simba import Settings
from mlsig.simba.events import StepEnded
from mlsig.simba.experiment import Experiment, RunExists, conduct
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Review, reviews


def experiment(seed: int = 1, **changes: Any) -> Experiment:
    settings = Settings(budget_calls=120, seed=seed, rungs=(2, 4), patience=3)
    made = Experiment(program=Review, train=reviews(12), test=reviews(4, start=1_000), settings=settings)
    return replace(made, **changes)


def at_step(step: int, do: Callable[[], None]) -> Callable[[Any], None]:
    """Return a listener that does something whenever a step has ended."""

    def listener(event: Any) -> None:
        if isinstance(event, StepEnded) and event.step == step:
            do()

    return listener


def crash_once() -> Callable[[], None]:
    left = ["the first time"]

    def crash() -> None:
        if left:
            raise OSError(left.pop())

    return crash


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    """What a run finds that nothing happens to, and what it pays for."""
    lm = SimulatedLM()
    with Store(tmp_path_factory.mktemp("unbroken") / "runs.db") as store:
        return asyncio.run(conduct(experiment(), lm, store, "new")), lm.calls


async def test_a_run_that_crashes_goes_on_and_pays_for_nothing_twice(
    tmp_path: Path, unbroken: tuple[Any, int], caplog: pytest.LogCaptureFixture
) -> None:
    findings, paid = unbroken
    lm = SimulatedLM()
    crash, killed = crash_once(), crash_once()

    def cancel() -> None:
        try:
            killed()
        except OSError:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()  # by somebody who was not asked

    def listener(event: Any) -> None:
        at_step(1, crash)(event)
        at_step(2, cancel)(event)

    variables = VariableRegistry()
    optimizers = OptimizerSupervisor(store=tmp_path / "runs.db", variables=variables)
    async with Supervisor([optimizers.child()]) as top, EvaluationWorkers(workers=4) as workers:
        run = await optimizers.start(experiment(listener=listener, workers=workers), lm)
        [active] = optimizers.active()
        assert [known.name for known in variables.optimizations.active(Review.variables())] == [run]
        assert (active.id, active.program, active.budget) == (run, "Review", 120)
        assert f"{run}: running" in str(top.status())
        found = await optimizers.result(run)
        assert found == await optimizers.result(run)
        assert workers.stats().done > 20
        while top.status().children[0].children:
            await asyncio.sleep(0)  # its child is forgotten
    assert (found.outcome, found.best, found.baseline) == (findings.outcome, findings.best, findings.baseline)
    assert lm.calls == paid
    [known] = variables.optimizations.ended()
    assert (known.status, known.best is not None, known.iterations > 2) == ("completed", True, True)
    best = variables.best("score")
    assert best is not None
    assert (best.config.to_dict(), best.about) == (found.config, {"run": run})
    assert best.metrics["score"] == found.best.score.mean
    assert optimizers.stats().restarts == 2
    assert (optimizers.stats().completed, optimizers.stats().active) == (1, 0)
    assert f"run {run} goes on where it was, after OSError: the first time" in caplog.text
    with Store(tmp_path / "runs.db") as store:
        assert [kept.status for kept in store.runs()] == ["completed"]


async def test_one_that_crashes_too_often_has_failed_and_the_others_go_on(tmp_path: Path) -> None:
    def always() -> None:
        raise OSError("always")

    caught: list[str] = []
    with Store(tmp_path / "runs.db") as store:
        variables = VariableRegistry()
        optimizers = OptimizerSupervisor(store=store, intensity=Intensity(2, 60.0), variables=variables)
        async with Supervisor([optimizers.child()]) as top:
            doomed = await optimizers.start(experiment(1, listener=at_step(0, always)), SimulatedLM())
            other = await optimizers.start(
                experiment(2, listener=lambda event: caught.append(str(event))), SimulatedLM()
            )
            with pytest.raises(
                RunCrashed, match=rf"run {doomed} crashed 3 times, the last time with OSError: always"
            ):
                await optimizers.result(doomed)
            assert (await optimizers.result(other)).run == other
            assert top.stats().restarts == 0
            assert (optimizers.stats().failed, optimizers.stats().completed) == (1, 1)
            again = await optimizers.start(experiment(1), SimulatedLM(), mode="resume")
            assert again == doomed
            assert (await optimizers.result(again)).run == doomed
        assert store.run(doomed).status == "completed"
    assert caught
    assert variables.optimizations.counts() == {"running": 0, "failed": 1, "completed": 2}


async def test_runs_are_listed_and_cancelled_cleanly(tmp_path: Path, unbroken: tuple[Any, int]) -> None:
    findings, paid = unbroken
    reached = asyncio.Event()
    lm = SimulatedLM(delay=lambda request: 0.002)
    optimizers = OptimizerSupervisor(store=tmp_path / "runs.db", most=2)
    async with Supervisor([optimizers.child()]):
        run = await optimizers.start(experiment(listener=at_step(1, reached.set)), lm)
        with pytest.raises(AlreadyThere, match=f"this very run is under way: {run}"):
            await optimizers.start(experiment(), lm)
        second = await optimizers.start(experiment(2), SimulatedLM())
        with pytest.raises(Full, match="2 runs are under way, and no more may be"):
            await optimizers.start(experiment(3), lm)
        await reached.wait()
        mine = next(active for active in optimizers.active() if active.id == run)
        assert (mine.phase, mine.stopping, mine.crashes) == ("search", False, ())
        assert mine.step >= 1
        assert mine.score is not None
        assert 0 < mine.calls <= mine.budget
        assert mine.candidates > 1 < mine.evaluated
        assert await optimizers.cancel(run)
        assert not await optimizers.cancel(run)
        with pytest.raises(Stopped):
            await optimizers.result(run)
        assert (await optimizers.result(second)).run == second
        assert optimizers.stats().cancelled == 1
        with pytest.raises(RunExists):
            await optimizers.start(experiment(), lm)
        await optimizers.start(experiment(), lm, mode="resume")
        assert (await optimizers.result(run)).outcome == findings.outcome
        assert lm.calls == paid
        with pytest.raises(KeyError, match="there is no run 'another'; under way are none"):
            await optimizers.result("another")


class Hanging(SimulatedLM):
    """A model that never answers, and does not say so."""

    async def complete(self, request: Request) -> Any:
        self.calls += 1
        await asyncio.Event().wait()


async def test_one_that_does_not_stop_in_time_is_stopped_and_so_are_all_at_the_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs.db")
    optimizers = OptimizerSupervisor(store=store, grace=0.01)
    lm = Hanging()
    async with Supervisor([optimizers.child()]):
        slow = await optimizers.start(experiment(1), lm)
        left = await optimizers.start(experiment(2), lm)
        while lm.calls < 2:
            await asyncio.sleep(0)
        assert await optimizers.cancel(slow)
        with pytest.raises(NotRunning, match=f"run {slow} was stopped; start it with"):
            await optimizers.result(slow)
    with pytest.raises(NotRunning, match=f"run {left} was stopped"):
        await optimizers.result(left)
    assert [run.status for run in store.runs()] == ["cancelled", "cancelled"]
    with pytest.raises(NotRunning, match="the optimiser supervisor does not run"):
        await optimizers.start(experiment(3), lm)
    store.close()


async def test_what_would_fail_again_is_not_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    def nobody(request: Request, calls: int) -> None:
        raise ProviderUnreachable("toy", "nothing answers")

    optimizers = OptimizerSupervisor(store=str(tmp_path / "runs.db"), kept=0)
    async with Supervisor([optimizers.child()]):
        run = await optimizers.start(experiment(), SimulatedLM(fail=nobody))
        with pytest.raises(ProviderUnreachable):
            await optimizers.result(run)
        assert optimizers.stats().restarts == 0
        with pytest.raises(KeyError):
            await optimizers.result(run)  # no results are kept
        with pytest.raises(ValueError, match="examples to learn from, and others"):
            await optimizers.start(experiment(test=()), SimulatedLM())
    assert f"run {run} has failed: " in caplog.text
    for wrong in ({"most": 0}, {"grace": -1.0}, {"kept": -1}):
        with pytest.raises(ValueError, match="give 1 or more"):
            OptimizerSupervisor(**wrong)  # type: ignore[arg-type]
