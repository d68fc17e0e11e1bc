"""Pipelines under the optimiser: one space of all steps, and rules and demonstrations for each of them."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from golden.cases import FOLDER, expected
from mlsig.evaluation import aevaluate
from mlsig.providers.messages import Reply, Request
from mlsig.simba import Outcome, Settings, aoptimize
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from reference.imported import on_path

WORDS = ("rain", "snow", "wind", "fog", "hail", "dew", "mist", "ice", "sun", "sky", "sea", "air")
QUESTIONS = [f"what is {word}?" for word in WORDS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("pipelines")
    shutil.copy(expected("pipelines"), out / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("pipelines")
        for name in ("pipelines", "pipelines_functions"):
            sys.modules.pop(name, None)


class Weather:
    """A model that plans well when it was told to or shown how, and answers well when the plan is good."""

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        first, last = request.messages[0].content, request.messages[-1].content
        if "A model was given this task" in last:
            text = "Always search for the word that is asked about."
        elif "queries" in first:
            told = "Always search" in first or any(
                "search of" in one.content for one in request.messages[:-1]
            )
            luck = (request.seed or 0) % 3 == 0
            word = last.split("what is ")[-1].split("?")[0]
            text = json.dumps({"queries": [f"search of {word}"] if told or luck else ["unclear"]})
        elif "fine" in first:
            text = '{"fine": true}'
        else:
            known = "search of" in last
            text = json.dumps(
                {"answer": last.split("what is ")[-1].split("?")[0] if known else "nobody knows"}
            )
        return Reply(text=text, input_tokens=20, output_tokens=5, cost=0.001, latency=0.1)


def examples(made: ModuleType) -> list[object]:
    return [
        made.Research.signature.example({"question": question, "answer": question[8:-1]})
        for question in QUESTIONS
    ]


def optimised(made: ModuleType, concurrency: int) -> Outcome:
    return asyncio.run(
        aoptimize(
            made.Research,
            examples(made),
            lm=Weather(),
            settings=Settings(budget_calls=400, seed=4, rungs=(3, 6), patience=4),
            concurrency=concurrency,
        )
    )


def test_a_pipeline_is_measured(made: ModuleType) -> None:
    found = asyncio.run(aevaluate(made.Research, examples(made), lm=Weather(), seed=1))
    assert 0.0 < found.metrics["right"].mean < 1.0
    assert (found.errors, found.calls) == (0, 3 * len(QUESTIONS))
    assert [step.step for step in found.results[0].steps] == ["plan", "checked", "return"]


def test_the_optimiser_teaches_the_step_that_matters_and_takes_one_course(made: ModuleType) -> None:
    one, other = optimised(made, 1), optimised(made, 6)
    assert one == other
    baseline = next(member for member in one.pool if member.key == one.baseline)
    best = next(member for member in one.pool if member.key == one.best)
    assert best.mean > baseline.mean + 0.2
    assert "plan" in one.body["steps"]
    assert {member.strategy.split("+")[0] for member in one.pool} >= {"append_demo", "vary_configuration"}
    shown = [
        member for member in one.pool if any(step["demos"] for step in member.body.get("steps", {}).values())
    ]
    assert shown


def test_what_a_run_chose_is_applied(made: ModuleType, tmp_path: Path) -> None:
    import mlsig  # noqa: PLC0415

    with Store(tmp_path / "runs.db") as store:
        experiment = Experiment(
            program=made.Research,
            train=examples(made)[:8],
            test=examples(made)[8:],
            settings=Settings(budget_calls=200, seed=4, rungs=(2, 4), patience=3),
        )
        findings = asyncio.run(conduct(experiment, Weather(), store, "new"))
    assert "what is" in findings.prompt[-1].content
    loaded = mlsig.load(made.Research, tmp_path / "runs.db")
    assert loaded.candidate.to_dict() == findings.outcome.body
    assert loaded.candidate.config.to_dict() == findings.config
