"""The built-in resources: compiled by mlsig itself, and the same as what is in memory."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from golden.cases import standard
from mlsig import store
from mlsig.errors import ValidationError
from mlsig.programs.candidates import Candidate
from mlsig.resources import ResourceError, Session, TransitionRefused, std
from mlsig.resources.actions import programs as of_programs
from mlsig.resources.actions import runs as of_runs
from mlsig.resources.actions import spaces as of_spaces
from mlsig.resources.actions.importance import shares
from scripted import Scripted


@pytest.fixture
def run(kept: Session) -> Any:
    """A run that waits to be started, of a program that is optimised."""
    program = std.Program.create(kept, name="QA", status=std.ProgramStatus.active)
    return program.optimize(kept, training_data=[{"question": "?"}], max_iterations=50, begin=False)


def test_it_is_what_mlsig_compiles_its_own_library_to() -> None:
    path, made = standard()
    assert made == path.read_text("utf-8")


def test_a_space_comes_back_without_loss(kept: Session, sentiment: ModuleType) -> None:
    space = sentiment.Tuning
    row = std.VariableSpace.get(kept, of_spaces.keep(kept, space).id)
    assert of_spaces.described(row) == space.describe()
    assert of_spaces.space_of(kept, row) is space
    assert row.discrete_size == str(space.cardinality())
    assert (row.variable_count(kept), row.complexity_score(kept)) == (9, 13.0)
    assert row.difficulty(kept) is std.Difficulty.hard


@pytest.mark.parametrize(
    ("variables", "constraints", "said"),
    [(3, 0, "easy"), (4, 2, "medium"), (9, 3, "hard"), (14, 1, "extreme")],
)
def test_a_space_is_as_difficult_as_it_is_complex(
    kept: Session, variables: int, constraints: int, said: str
) -> None:
    row = std.VariableSpace.create(
        kept, name="s", definitions=[{"is": "variable"}] * variables, constraints=[{}] * constraints
    )
    assert row.difficulty(kept).value == said


@pytest.mark.parametrize("strategy", list(std.Sampling))
def test_configurations_are_generated_and_come_back_as_they_were(
    kept: Session, sentiment: ModuleType, strategy: std.Sampling
) -> None:
    space = of_spaces.keep(kept, sentiment.Tuning)
    made = space.generate_configuration(kept, strategy=strategy, seed=7)
    again = space.generate_configuration(kept, strategy=strategy, seed=7)
    assert made.configuration == again.configuration
    assert of_spaces.config_of(kept, made) == sentiment.Tuning.validate(made.configuration)
    assert (made.is_valid(kept), made.variable_count(kept)) == (True, len(made.configuration))
    assert space.validate_configuration(kept, configuration=made.configuration)
    assert made.space(kept) == space


def test_what_is_wrong_with_a_configuration_is_kept(kept: Session, sentiment: ModuleType) -> None:
    space = of_spaces.keep(kept, sentiment.Tuning)
    good = sentiment.Tuning.default().to_dict()
    bad = {**good, "max_tokens": 9}
    assert not space.validate_configuration(kept, configuration=bad)
    assert not space.validate_configuration(kept, configuration=None)
    made = std.VariableConfiguration.create(kept, configuration=bad, space=space)
    assert (made.validity, made.is_valid(kept)) == (std.Validity.unknown, False)
    checked = made.revalidate(kept)
    assert checked.validity is std.Validity.invalid
    assert "max_tokens" in checked.metadata["issues"][0]
    mended = checked.update(kept, configuration=good).revalidate(kept)
    measured = mended.update_performance(kept, score=0.5, metrics={"accuracy": 0.5})
    assert (measured.is_valid(kept), measured.performance_score) == (True, 0.5)
    assert measured.metrics == {"accuracy": 0.5}


def test_rows_import_nothing(kept: Session, sentiment: ModuleType) -> None:
    program = std.Program.create(kept, name="os")
    with pytest.raises(ResourceError, match="no Program called os was offered to the session; there are: "):
        program.execute(kept, inputs={})
    space = of_spaces.keep(kept, sentiment.Tuning).update(kept, constraints=[])
    with pytest.raises(ResourceError, match="not the one that was stored"):
        space.generate_configuration(kept)


def test_a_program_comes_back_without_loss_and_is_executed(
    kept: Session, sentiment: ModuleType, clock: Any
) -> None:
    candidate = Candidate(sentiment.Tuning.sample(random.Random(1)), rules=("Be brief.",))
    scripted = Scripted('{"sentiment": "positive"}', "no idea at all")
    program = sentiment.Review.with_candidate(candidate).using(scripted)
    row = std.Program.get(kept, of_programs.keep(kept, program).id)
    assert of_programs.program_of(kept, row).candidate == candidate
    assert row.signature_config["output"] == sentiment.Classify.Output.json_schema()
    assert (row.status, row.space(kept).name) == (std.ProgramStatus.draft, "Review.Variables")
    default = sentiment.Tuning.default().to_dict()
    done = row.execute(kept, inputs={"review": "good"}, configuration=default)
    assert (done.status, done.outputs) == (std.ExecutionStatus.completed, {"sentiment": "positive"})
    assert (done.success(kept), done.duration_seconds(kept), done.configuration) == (True, 0.0, default)
    failed = row.execute(kept, inputs={"review": ""})
    assert (failed.status, failed.success(kept)) == (std.ExecutionStatus.failed, False)
    assert "review" in (failed.error or "")
    unread = row.execute(kept, inputs={"review": "bad"}, configuration=default)
    assert unread.status is std.ExecutionStatus.failed
    assert row.executions(kept).items == (done, failed, unread)
    with pytest.raises(TransitionRefused, match="is completed and cannot become running"):
        done.start(kept)
    assert len(scripted.asked) == 2


def test_a_run_goes_from_pending_to_completed(kept: Session, run: Any, clock: Any) -> None:
    program = run.program(kept)
    assert (run.name, run.status, program.status) == (
        "QA-1",
        std.RunStatus.pending,
        std.ProgramStatus.optimizing,
    )
    assert (run.duration_seconds(kept), run.progress_percentage(kept)) == (0.0, 0.0)
    with pytest.raises(ResourceError, match="only a running one makes progress"):
        run.update_progress(kept, score=1.0)
    with pytest.raises(TransitionRefused, match="is pending and cannot become completed"):
        run.complete(kept, results={})
    run = run.start(kept)
    clock.time += timedelta(seconds=90)
    assert run.duration_seconds(kept) == 90.0
    for score in (0.2, 0.6, 0.4):
        run = run.update_progress(kept, score=score, configuration={"x": score}, metrics={"cost": 1.0})
    assert (run.iterations, run.best_score, run.progress_percentage(kept)) == (3, 0.6, 6.0)
    assert [one.score for one in run.evaluations(kept).items] == [0.2, 0.6, 0.4]
    run = run.complete(kept, results={"best": 0.6})
    clock.time += timedelta(days=1)
    assert (run.status, run.results, run.duration_seconds(kept)) == (
        std.RunStatus.completed,
        {"best": 0.6},
        90.0,
    )
    program = run.program(kept)
    assert (program.status, program.current_score(kept)) == (std.ProgramStatus.active, 0.6)
    assert (program.optimization_count(kept), run.convergence_status(kept)) == (1, std.Convergence.converged)


def test_a_run_may_fail_be_taken_up_again_and_be_cancelled(kept: Session, run: Any) -> None:
    failed = run.start(kept).fail(kept, error="the model is gone")
    assert (failed.status, failed.error) == (std.RunStatus.failed, "the model is gone")
    again = failed.start(kept)
    assert (again.error, again.completed_at, again.started_at) == (None, None, failed.started_at)
    assert again.cancel(kept).status is std.RunStatus.cancelled


def test_a_draft_is_not_optimised(kept: Session) -> None:
    draft = std.Program.create(kept, name="x")
    with pytest.raises(
        TransitionRefused, match="is draft and cannot become optimizing: it can become active"
    ):
        draft.optimize(kept, training_data=[], begin=False)
    assert draft.optimization_count(kept) == 0
    assert draft.current_score(kept) is None
    measured = draft.update(kept, metrics={"accuracy": 0.5, "recall": 1.0, "cost": 9.0})
    assert measured.current_score(kept) == 0.75
    with pytest.raises(ValidationError, match="at most 255"):
        std.Program.create(kept, name="x" * 256)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([], "converging"),
        ([0.1, 0.2, 0.3], "converging"),
        ([0.5] * 11, "stalled"),
        ([0.5] * 21, "converged"),
        ([0.9, 0.8, 0.8, 0.8, 0.8, 0.3, 0.2, 0.2, 0.1, 0.1], "diverging"),
    ],
)
def test_a_run_says_whether_it_still_gets_better(
    kept: Session, run: Any, scores: list[float], said: str
) -> None:
    with kept.transaction():
        run = run.start(kept)
        for score in scores:
            run = run.update_progress(kept, score=score)
    assert run.convergence_status(kept).value == said


def test_importance_is_the_share_of_what_a_variable_explains(kept: Session, run: Any) -> None:
    rng = random.Random(3)
    with kept.transaction():
        run = run.start(kept)
        for _ in range(120):
            values = {"big": rng.random(), "small": rng.choice("ab"), "none": rng.choice([True, False])}
            score = values["big"] + 0.2 * (values["small"] == "a")
            run = run.update_progress(kept, score=score, configuration=values)
    found = run.program(kept).importance_scores(kept)
    assert math.isclose(sum(found.values()), 1.0)
    assert found["big"] > 0.7 > found["small"] > found["none"]
    assert shares([]) == {}
    assert shares([({"x": 1}, 0.5), ({"x": 2}, 0.5)]) == {"x": 0.0}


def test_a_run_of_the_store_comes_back_without_loss(kept: Session, run: Any, tmp_path: Path) -> None:
    with store.Store(tmp_path / "runs.db") as runs:
        made = runs.create(
            identity="a" * 16, program="QA", program_hash="b", seed=2**31, settings={"x": [1, None]}
        )
        runs.move(made.id, "running")
        runs.finish(made.id, {"best": {"score": 0.1 + 0.2}})
        finished = runs.run(made.id)
    row = of_runs.keep(kept, finished, run.program(kept))
    assert of_runs.run_of(std.OptimizationRun.get(kept, row.id)) == finished
    assert (row.status, row.results) == (std.RunStatus.completed, {"best": {"score": 0.1 + 0.2}})
    with pytest.raises(ResourceError, match="not taken from a store of runs"):
        of_runs.run_of(run)
