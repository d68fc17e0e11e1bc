from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlsig.errors import ProviderError, ProviderRefused, StoreError
from mlsig.evaluation.evaluator import Stopped
from mlsig.evaluation.ledger import HELD_OUT
from mlsig.providers.messages import Request
from mlsig.simba import SPLITS, Settings
from mlsig.simba.events import Evaluated, StepEnded
from mlsig.simba.experiment import (
    Experiment,
    Findings,
    Measuring,
    Mode,
    RunExists,
    conduct,
    finished,
    program_hash,
)
from mlsig.store import Store
from simulated import SimulatedLM, broken
from toy import Other, Review, reviews

EXPERIMENT = Experiment(
    program=Review,
    train=reviews(60),
    test=reviews(20, start=1_000),
    settings=Settings(budget_calls=100, seed=1),
)


def go(
    path: Path,
    mode: Mode = "new",
    lm: SimulatedLM | None = None,
    experiment: Experiment = EXPERIMENT,
    **changes: Any,
) -> Findings:
    with Store(path) as store:
        return asyncio.run(conduct(replace(experiment, **changes), lm or SimulatedLM(), store, mode))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What a run finds that nobody stops."""
    return go(tmp_path_factory.mktemp("whole") / "runs.db")


def statuses(path: Path) -> list[tuple[str, str | None]]:
    with Store(path) as store:
        return [(run.status, run.error) for run in store.runs()]


def failing_after(count: int, error: Callable[[], ProviderError]) -> SimulatedLM:
    def fail(request: Request, number: int) -> None:
        if number > count:
            raise error()

    return SimulatedLM(fail=fail)


def test_findings_compare_both_on_the_same_examples(tmp_path: Path) -> None:
    heard: list[Any] = []
    lm = SimulatedLM()
    found = go(tmp_path / "runs.db", lm=lm, listener=heard.append)
    assert found.baseline.score.count == found.best.score.count == 20
    assert found.best.metrics["accuracy"].mean > found.baseline.metrics["accuracy"].mean
    assert found.best.candidate == found.outcome.best
    assert lm.calls == found.outcome.calls + 40
    assert [event.which for event in heard if isinstance(event, Measuring)] == ["baseline", "best"]
    assert sum(isinstance(event, Evaluated) and event.split == HELD_OUT for event in heard) == 40
    assert found.config != found.baseline_config or found.outcome.body["demos"]
    assert EXPERIMENT.test[0].inputs.review in found.prompt[-1].content
    assert statuses(tmp_path / "runs.db") == [("completed", None)]


def test_what_happened_is_in_the_store(tmp_path: Path) -> None:
    found = go(tmp_path / "runs.db")
    with Store(tmp_path / "runs.db") as store:
        (run,) = store.runs()
        assert run.iterations == len(found.outcome.steps)
        assert run.best_score == found.outcome.history[-1].score
        assert run.started_at is not None
        assert run.completed_at is not None
        assert run.completed_at >= run.started_at
        candidates = {row["key"]: row for row in store.candidates(run.id)}
        assert set(candidates) == {member.key for member in found.outcome.pool}
        assert candidates[found.outcome.best]["body"] == found.outcome.body
        ledger = store.ledger(run.id)
        assert ledger.paid(SPLITS) == found.outcome.calls <= 100
        assert ledger.paid([HELD_OUT]) == 40


def test_status_and_progress_are_in_the_store_while_it_runs(tmp_path: Path) -> None:
    seen: list[Any] = []
    with Store(tmp_path / "runs.db") as store:

        def look(event: Any) -> None:
            if isinstance(event, StepEnded):
                (run,) = store.runs()
                known = len(store.candidates(run.id)) == event.candidates
                seen.append((run.status, run.iterations == event.step, run.best_score == event.score, known))

        asyncio.run(conduct(replace(EXPERIMENT, listener=look), SimulatedLM(), store, "new"))
    assert seen
    assert set(seen) == {("running", True, True, True)}


def test_a_finished_experiment_is_read_back_without_a_call(tmp_path: Path) -> None:
    found = go(tmp_path / "runs.db")
    lm = SimulatedLM()
    assert go(tmp_path / "runs.db", "resume", lm) == found
    assert lm.calls == 0
    with Store(tmp_path / "runs.db") as store:
        assert finished(EXPERIMENT, store) == found
        assert finished(replace(EXPERIMENT, settings=Settings(budget_calls=7)), store) is None


def test_the_same_run_is_not_started_twice_by_accident(tmp_path: Path) -> None:
    go(tmp_path / "runs.db")
    lm = SimulatedLM()
    with pytest.raises(RunExists, match=r"--resume .* --fresh"):
        go(tmp_path / "runs.db", "new", lm)
    assert lm.calls == 0
    again = go(tmp_path / "runs.db", "fresh", lm)
    assert lm.calls > 0
    assert again.run.endswith("-2")


def test_a_first_run_may_be_called_resumed(tmp_path: Path) -> None:
    assert go(tmp_path / "runs.db", "resume").outcome.calls > 0


def test_other_settings_are_no_run_to_resume(tmp_path: Path) -> None:
    go(tmp_path / "runs.db")
    with pytest.raises(StoreError, match=r"different: .*seed \(1 then, 2 now\)"):
        go(tmp_path / "runs.db", "resume", settings=Settings(budget_calls=100, seed=2))
    with pytest.raises(StoreError, match="different: train"):
        go(tmp_path / "runs.db", "resume", train=reviews(50))
    go(tmp_path / "runs.db", "resume", concurrency=1)


def test_another_programs_store_is_no_store_to_resume(tmp_path: Path) -> None:
    go(tmp_path / "runs.db")
    with pytest.raises(StoreError, match="holds runs of Review and none of Other"):
        go(tmp_path / "runs.db", "resume", program=Other)
    assert go(tmp_path / "runs.db", "new", program=Other).program == "Other"


@pytest.mark.parametrize("when", [5, 30, 70, 125])
def test_a_stopped_experiment_is_cancelled_and_goes_on(tmp_path: Path, expected: Findings, when: int) -> None:
    first, second = SimulatedLM(), SimulatedLM()
    with pytest.raises(Stopped):
        go(tmp_path / "runs.db", lm=first, stop=lambda: first.calls >= when)
    assert statuses(tmp_path / "runs.db")[0][0] == "cancelled"
    assert go(tmp_path / "runs.db", "resume", second) == expected
    assert first.calls + second.calls == expected.outcome.calls + 40


def test_a_cancelled_task_is_a_cancelled_run(tmp_path: Path) -> None:
    async def main(store: Store) -> None:
        lm = SimulatedLM(delay=lambda request: 0.05)
        task = asyncio.create_task(conduct(EXPERIMENT, lm, store, "new"))
        while lm.calls < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with Store(tmp_path / "runs.db") as store:
        asyncio.run(main(store))
    assert statuses(tmp_path / "runs.db") == [("cancelled", "CancelledError")]
    found = go(tmp_path / "runs.db", "resume")
    assert 1 <= found.lost <= EXPERIMENT.concurrency


@pytest.mark.parametrize("when", [0, 25, 60, 115])
def test_a_model_that_dies_fails_the_run_and_it_goes_on_when_it_lives(
    tmp_path: Path, expected: Findings, when: int
) -> None:
    dead = failing_after(when, lambda: ProviderRefused("toy", "the key toy-secret-key is refused"))
    with pytest.raises(ProviderRefused):
        go(tmp_path / "runs.db", lm=dead)
    ((status, error),) = statuses(tmp_path / "runs.db")
    assert status == "failed"
    assert error == "toy: the key *** is refused"
    assert go(tmp_path / "runs.db", "resume") == expected


def test_a_stumbling_model_ends_it_too(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="in a row"):
        go(tmp_path / "runs.db", lm=failing_after(30, broken))
    assert statuses(tmp_path / "runs.db")[0][0] == "failed"


class _Full(Store):
    """A store whose disk fills up."""

    def journal(self, name: str, redactor: Any = None) -> Any:
        made = super().journal(name, redactor)

        async def full(*args: Any) -> Any:
            raise StoreError("disk full")

        made.ledger.complete = full  # type: ignore[method-assign]
        return made


def test_a_store_that_fails_ends_it_and_is_not_written_to_again(tmp_path: Path) -> None:
    with _Full(tmp_path / "runs.db") as store, pytest.raises(StoreError, match="disk full"):
        asyncio.run(conduct(EXPERIMENT, SimulatedLM(), store, "new"))
    assert statuses(tmp_path / "runs.db") == [("running", None)]


def test_held_out_examples_are_needed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no held-out examples"):
        go(tmp_path / "runs.db", test=())


def test_what_a_program_is_decides_its_hash() -> None:
    assert program_hash(Review) == program_hash(type(Review)())
    assert program_hash(Review) != program_hash(Other)
    longer = Review.with_candidate(type(Review.candidate)(Review.candidate.config, ("a rule",)))
    assert program_hash(Review) != program_hash(longer)
