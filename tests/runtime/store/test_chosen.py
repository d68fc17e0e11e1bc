"""`mlsig.load`: what a run chose, applied to its program."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import mlsig
import pytest
from mlsig.errors import StoreError
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Other, Review, reviews


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "runs.db"
    experiment = Experiment(
        program=Review,
        train=reviews(60),
        test=reviews(20, start=1_000),
        settings=Settings(budget_calls=100, seed=1),
    )
    with Store(path) as opened:
        asyncio.run(conduct(experiment, SimulatedLM(), opened, "new"))
    return path


def test_the_program_runs_as_it_was_found_best(store: Path) -> None:
    better = mlsig.load(Review, store)
    with Store(store) as opened:
        (run,) = opened.runs()
    assert run.outcome is not None
    assert better.candidate.key() == run.outcome["outcome"]["best"] != Review.candidate.key()
    assert mlsig.load(Review, store, run.id).candidate == better.candidate
    assert mlsig.load(Review, store, run.id[:9]).candidate == better.candidate
    answer = better.using(SimulatedLM())(review=reviews(1)[0].inputs.review)
    assert isinstance(answer, Review.signature.Output)


def test_a_run_is_enough_where_runs_are_kept(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"there is no store mlsig-runs\.db"):
        mlsig.load(Review, "Review-1a2b")
    shutil.copy(store, tmp_path / "mlsig-runs.db")
    with Store(store) as opened:
        (run,) = opened.runs()
    assert mlsig.load(Review, run.id).candidate == mlsig.load(Review, store).candidate
    shutil.copy(store, tmp_path / "runs")
    assert mlsig.load(Review, "runs").candidate == mlsig.load(Review, store).candidate
    with Store("mlsig-runs.db") as opened:
        again = opened.create(identity="f" * 9, program="Review", program_hash="", seed=0, settings={})
        opened.move(again.id, "running")
        opened.finish(again.id, run.outcome or {})
    with pytest.raises(StoreError, match="has 2 runs that begin with Review"):
        mlsig.load(Review, "Review")


def test_what_is_not_there_is_named(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        mlsig.load(Review, tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(StoreError, match="no completed run of the program Other"):
        mlsig.load(Other, store)
    with pytest.raises(StoreError, match="no completed run Review-0 of"):
        mlsig.load(Review, store, "Review-0")
