"""`Program.optimize`: a real search on the stored program, whose rows say what happens while it happens."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import msgspec
import pytest
from mlsig.errors import ProviderRefused
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Request
from mlsig.resources import ResourceError, Session, std
from mlsig.resources.actions import programs as of_programs
from mlsig.resources.actions.journal import RowJournal
from mlsig.simba import Outcome
from scripted import Scripted
from searched import DATA, answer

STATUS = std.RunStatus


@pytest.fixture
def stored(kept: Session, sentiment: ModuleType) -> Any:
    """A stored program, offered with a model that answers from a script."""
    program = sentiment.Review.using(Scripted(answer))
    return of_programs.keep(kept, program).update(kept, status=std.ProgramStatus.active)


def test_simba_searches_and_every_step_is_in_the_rows(kept: Session, stored: Any) -> None:
    run = stored.optimize(kept, training_data=DATA, max_iterations=90, seed=3)
    assert run == std.OptimizationRun.get(kept, run.id)
    assert (run.status, run.strategy, run.error) == (STATUS.completed, std.Strategy.simba, None)
    assert run.started_at is not None and run.completed_at is not None
    outcome = msgspec.convert(run.results, Outcome)
    assert (outcome.score, outcome.body["config"]) == (run.best_score, run.results["body"]["config"])
    found = run.evaluations(kept, limit=1_000).items
    assert [one.number for one in found] == list(range(run.iterations))
    assert 0 < run.iterations <= 90 and run.progress_percentage(kept) == pytest.approx(run.iterations / 0.9)
    assert {"accuracy", "cost", "latency"} <= set(found[0].metrics)
    assert found[0].configuration == run.configuration["program"]["config"]
    program = stored.get(kept, stored.id)
    assert (program.status, program.current_score(kept)) == (std.ProgramStatus.active, run.best_score)
    assert run.convergence_status(kept) is std.Convergence.converged


@pytest.mark.parametrize("strategy", [std.Strategy.random, std.Strategy.grid_search])
def test_configurations_are_tried_one_after_another(
    kept: Session, stored: Any, strategy: std.Strategy
) -> None:
    run = stored.optimize(kept, training_data=DATA, strategy=strategy, max_iterations=36)
    assert (run.status, run.iterations, len(run.results["history"])) == (STATUS.completed, 36, 3)
    assert run.results["score"] == run.best_score == max(p["score"] for p in run.results["history"])
    assert run.evaluation_count(kept) == 36


def test_a_run_that_fails_says_why_and_goes_on_where_it_was(
    kept: Session, stored: Any, sentiment: ModuleType
) -> None:
    asked: list[str] = []

    def failing(request: Request) -> str:
        asked.append(str(request.messages[-1].content))
        if len(asked) > 30:
            raise ProviderRefused("local", "the key was taken back")
        return answer(request)

    kept.offer(of_programs.programs.Program, sentiment.Review.using(Scripted(failing)))
    run = stored.optimize(kept, training_data=DATA, max_iterations=60, seed=5, begin=False)
    assert (run.status, run.iterations) == (STATUS.pending, 0)
    stopped = run.conduct(kept)
    assert (stopped.status, stopped.iterations > 0) == (STATUS.failed, True)
    assert "the key was taken back" in (stopped.error or "")
    before = stopped.iterations
    told = Scripted(answer)
    kept.offer(of_programs.programs.Program, sentiment.Review.using(told))
    done = stopped.conduct(kept)
    assert (done.status, done.error) == (STATUS.completed, None)
    assert len(told.asked) == done.iterations - before, "what the rows had was not asked for again"
    again = stored.get(kept, stored.id).optimize(kept, training_data=DATA, max_iterations=60, seed=5)
    assert again.results["best"] == done.results["best"]
    assert [one["score"] for one in again.results["history"]] == [o["score"] for o in done.results["history"]]


def test_a_run_stops_when_somebody_cancels_it(kept: Session, stored: Any, sentiment: ModuleType) -> None:
    asked: list[Any] = []

    def cancelling(request: Request) -> str:
        asked.append(request)
        if len(asked) == 6:
            (run,) = stored.runs(kept).items
            run.cancel(kept)
        return answer(request)

    kept.offer(of_programs.programs.Program, sentiment.Review.using(Scripted(cancelling)))
    run = stored.optimize(kept, training_data=DATA, max_iterations=90)
    assert (run.status, run.results.get("reason")) == (STATUS.cancelled, None)
    assert 6 <= run.iterations == len(asked) < 20
    assert stored.get(kept, stored.id).status is std.ProgramStatus.active


def test_what_cannot_be_searched_is_said_before_anything_is_written(kept: Session, stored: Any) -> None:
    with pytest.raises(ResourceError, match="no bayesian search is here: use simba, random or grid_search"):
        stored.optimize(kept, training_data=DATA, strategy=std.Strategy.bayesian)
    other = std.Program.create(kept, name="unknown", status=std.ProgramStatus.active)
    with pytest.raises(ResourceError, match="no Program called unknown was offered"):
        other.optimize(kept, training_data=DATA)
    assert (stored.optimization_count(kept), other.optimization_count(kept)) == (0, 0)
    empty = stored.optimize(kept, training_data=[], begin=False)
    with pytest.raises(ResourceError, match="has no examples to learn from"):
        empty.conduct(kept)
    assert empty.get(kept, empty.id).status is STATUS.pending


def test_secrets_are_in_no_row(
    kept: Session, stored: Any, sentiment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = RowJournal(kept, stored.optimize(kept, training_data=DATA, begin=False), sentiment.Review)
    journal.redactor = type(journal.redactor)(["sk-very-secret"])
    assert journal.redactor.text("no sk-very-secret here") == "no *** here"
    monkeypatch.setattr(of_programs.Redactor, "of", classmethod(lambda cls, providers: journal.redactor))
    kept.offer(of_programs.programs.Program, sentiment.Review.using(Scripted("sk-very-secret")))
    failed = stored.execute(kept, inputs={"review": "x"})
    assert failed.status is std.ExecutionStatus.failed
    assert "sk-very-secret" not in str(failed)
    wrong = stored.execute(kept, inputs=["x"])
    assert "must be an object" in (wrong.error or "")
    assert Candidate.from_dict(sentiment.Review, stored.program_config) == sentiment.Review.candidate
