"""The built-in resources: compiled by mlsig itself, and the same as what is in memory."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from golden.cases import standard
from hypothesis import given
from hypothesis import strategies as st
from mlsig import store
from mlsig.errors import ValidationError
from mlsig.evaluation.ledger import Result
from mlsig.programs.candidates import Candidate
from mlsig.resources import ResourceError, Session, TransitionRefused, std
from mlsig.resources.actions import programs as of_programs
from mlsig.resources.actions import runs as of_runs
from mlsig.resources.actions import spaces as of_spaces
from mlsig.resources.actions.importance import shares
from nightly import examples
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
    [
        (0, 0, "easy"),
        (3, 0, "easy"),
        (4, 0, "medium"),
        (4, 2, "medium"),
        (9, 0, "hard"),
        (9, 3, "hard"),
        (14, 1, "extreme"),
    ],
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
        ([0.5] * 10, "converging"),
        ([0.5] * 11, "stalled"),
        ([0.5] * 20, "stalled"),
        ([0.5] * 21, "converged"),
        ([0.5, *[0.5005] * 10], "stalled"),  # no gain of more than 0.001
        ([0.5, *[0.502] * 10], "converging"),
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


def test_all_of_a_long_run_is_looked_at(kept: Session, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_runs, "PAGE", 4)
    monkeypatch.setattr(of_programs, "MOST", 8)
    with kept.transaction():
        run = run.start(kept)
        for number in range(21):
            run = run.update_progress(kept, score=0.5, configuration={"x": number})
        assert run.convergence_status(kept) is std.Convergence.converged
        for number in range(8):
            run = run.update_progress(kept, score=0.6 + number % 2, configuration={"y": number % 2})
    assert run.convergence_status(kept) is std.Convergence.converging
    program = run.program(kept)
    assert program.importance_scores(kept) == {"y": 1.0}, "of the latest"
    assert program.current_score(kept) == 1.6


def test_a_program_that_was_made_from_another_says_so(kept: Session, sentiment: ModuleType) -> None:
    first = of_programs.keep(kept, sentiment.Review)
    candidate = Candidate(sentiment.Review.candidate.config, rules=("Be brief.",))
    second = of_programs.keep(kept, sentiment.Review.with_candidate(candidate), parent=first)
    third = of_programs.keep(kept, sentiment.Review, parent=second)
    assert [one.revision for one in (first, second, third)] == [1, 2, 3]
    assert (first.parent(kept), second.parent(kept)) == (None, first)
    assert (first.children(kept).items, second.children(kept).items) == ((second,), (third,))
    listed = std.Program.list(kept, where=std.Program.Fields.parent_id == first.id)
    assert listed.items == (second,)
    assert of_programs.program_of(kept, second).candidate == candidate
    first.delete(kept)
    alone = second.get(kept, second.id)
    assert (alone.parent_id, alone.version, third.get(kept, third.id)) == (None, 2, third)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
METRICS = st.dictionaries(st.text(max_size=5), NUMBERS, max_size=3)
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20)


@examples(12)
@given(data=st.data(), seed=st.integers(0, 2**53 - 1))
def test_nothing_of_a_row_is_lost(
    kept: Session, sentiment: ModuleType, data: st.DataObject, seed: int
) -> None:
    """Every built-in resource, with whatever it can hold; a configuration, a candidate and a result too."""
    config = sentiment.Review.variables().sample(random.Random(seed))
    candidate = Candidate(config, rules=tuple(data.draw(st.lists(TEXTS, max_size=2))))
    result = Result(
        example=data.draw(TEXTS),
        output=data.draw(st.none() | st.dictionaries(TEXTS, JSON, max_size=2)),
        error=data.draw(st.none() | TEXTS),
        metrics=data.draw(METRICS),
        cost=data.draw(st.floats(0, 1e9)),
        latency=data.draw(st.floats(0, 1e9)),
        calls=data.draw(st.integers(1, 10)),
    )
    with kept.transaction():
        program = of_programs.keep(kept, sentiment.Review.with_candidate(candidate))
        space = program.space(kept)
        run = std.OptimizationRun.create(
            kept,
            name=data.draw(TEXTS),
            configuration=data.draw(JSON),
            results=data.draw(JSON),
            best_score=data.draw(st.none() | NUMBERS),
            program=program,
            space=space,
        )
        drawn = std.VariableConfiguration.create(
            kept, configuration=config.to_dict(), metrics=data.draw(METRICS), space=space, run=run
        )
        evaluation = std.Evaluation.create(
            kept, number=0, score=data.draw(NUMBERS), recall=msgspec.to_builtins(result), run=run
        )
        execution = std.Execution.create(
            kept, inputs=data.draw(JSON), outputs=data.draw(JSON), program=program, error=data.draw(TEXTS)
        )
        for row in (program, space, run, drawn, evaluation, execution):
            assert type(row).get(kept, row.id) == row
        assert of_programs.program_of(kept, program.get(kept, program.id)).candidate == candidate
        assert of_spaces.space_of(kept, space.get(kept, space.id)) is sentiment.Review.variables()
        assert of_spaces.config_of(kept, drawn.get(kept, drawn.id)).to_dict() == config.to_dict()
        assert msgspec.convert(evaluation.get(kept, evaluation.id).recall, Result) == result


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
