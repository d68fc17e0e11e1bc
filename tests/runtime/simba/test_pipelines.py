"""Pipelines under the optimiser: one space of all steps, and rules and demonstrations for each of them."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import msgspec
import pytest
from golden.cases import FOLDER, expected
from mlsig.evaluation import aevaluate
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate, Taught
from mlsig.providers.messages import Message, Reply, Request
from mlsig.report import render, summary
from mlsig.simba import Outcome, Settings, aoptimize
from mlsig.simba.batches import items
from mlsig.simba.buckets import buckets
from mlsig.simba.experiment import Experiment, conduct
from mlsig.simba.pool import Entry, Pool, Run
from mlsig.simba.strategies import Strategy, View
from mlsig.simba.strategies.assemble import Assemble
from mlsig.simba.strategies.merge import Merge
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


def examples(made: ModuleType) -> list[Any]:
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
    # What no input says beforehand is shown as it was: the change of each step, under its name.
    assert list(findings.prompts) == list(findings.baseline_prompts) == ["plan", "checked", "return"]
    assert "search of" in findings.prompts["return"][-1].content
    taught = findings.outcome.body["steps"]["plan"]
    assert findings.prompts["plan"] != findings.baseline_prompts["plan"]
    assert all(rule in str(findings.prompts["plan"]) for rule in taught["rules"])
    page = render(findings)
    assert all(f"<h3>{path}</h3>" in page for path in findings.prompts)
    said = summary(findings)
    assert "  step return" in said
    count = sum(len(step["demos"]) for step in findings.outcome.body["steps"].values())
    assert re.search(rf"demonstrations +{count}\n", said)
    loaded = mlsig.load(made.Research, tmp_path / "runs.db")
    assert loaded.candidate.to_dict() == findings.outcome.body
    assert loaded.candidate.config.to_dict() == findings.config


class Teachable(Weather):
    """Plans well when `told` says so of the request, and gives the same advice whatever it is asked for."""

    def __init__(self, told: Callable[[Request], bool]) -> None:
        self.told = told

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        first, last = request.messages[0].content, request.messages[-1].content
        word = last.split("what is ")[-1].split("?")[0]
        if "A model was given this task" in last or "Write a new instruction" in last:
            text = "Always search for the word that is asked about."
        elif "queries" in first:
            text = json.dumps({"queries": [f"search of {word}" if self.told(request) else "unclear"]})
        elif "fine" in first:
            text = '{"fine": true}'
        else:
            text = json.dumps({"answer": word if "search of" in last else "nobody knows"})
        return Reply(text=text, input_tokens=20, output_tokens=5, cost=0.001, latency=0.1)


def advised(request: Request) -> bool:
    return "Always search" in request.messages[0].content


def lucky(request: Request) -> bool:
    return (request.seed or 0) % 3 == 0


def shown(request: Request) -> bool:
    return any("search of" in one.content for one in request.messages[:-1])


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        ("append_demo", lambda request: shown(request) or lucky(request)),
        ("append_rule", lambda request: advised(request) or lucky(request)),
        ("reword", advised),
        ("vary_configuration", lambda request: (request.temperature or 0.0) < 0.5),
        ("swap_module", lambda request: "JSON object" in request.messages[0].content),
    ],
)
def test_a_pipeline_gains_by_each_strategy_alone(
    made: ModuleType, strategy: str, told: Callable[[Request], bool]
) -> None:
    settings = Settings(budget_calls=300, seed=2, rungs=(3, 6), patience=6, strategies=(strategy,))
    outcome = asyncio.run(aoptimize(made.Research, examples(made), lm=Teachable(told), settings=settings))
    members = {member.key: member for member in outcome.pool}
    best, baseline = members[outcome.best], members[outcome.baseline]
    assert best.strategy == strategy
    assert best.mean > baseline.mean + 0.2


LESSONS = {"plan": "Always search for the word.", "return": "Repeat it."}


class Pair(Weather):
    """Each of two steps needs its lesson, or luck."""

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        first, last = request.messages[0].content, request.messages[-1].content
        word = last.split("what is ")[-1].split("?")[0]
        even = (request.seed or 0) % 2 == 0
        found: dict[str, Any] = {"fine": True}
        if "queries" in first:
            found = {"queries": [f"search of {word}" if LESSONS["plan"] in first or even else "unclear"]}
        elif "fine" not in first:
            known = "search of" in last and (LESSONS["return"] in first or even)
            found = {"answer": word if known else "nobody knows"}
        return Reply(text=json.dumps(found), input_tokens=20, output_tokens=5, cost=0.001, latency=0.1)


def right(program: Program, data: list[Any]) -> dict[str, Run]:
    found = asyncio.run(aevaluate(program, data, lm=Pair(), seed=3))
    return {one.example: Run(one.example, 0, one.metrics["right"], one) for one in found.results}


@pytest.mark.parametrize("strategy", [Merge(), Assemble()])
def test_what_steps_learned_apart_comes_together(made: ModuleType, strategy: Strategy) -> None:
    data = examples(made)
    program = made.Research
    pool = Pool()
    idle = {f"checked {number}": {"checked": Taught(rules=(f"Be kind, {number}.",))} for number in range(4)}
    taught = {path: {path: Taught(rules=(rule,))} for path, rule in LESSONS.items()} | idle
    for name, steps in {"": dict[str, Taught](), **taught}.items():
        candidate = msgspec.structs.replace(program.candidate, steps=steps)
        runs = right(program.with_candidate(candidate), data)
        kept = {(example, 0): run for example, run in runs.items()}
        pool.add(Entry(candidate, program, candidate.key(), None, name, 0, frozenset(), kept))
    every = items(data)
    settings = Settings(budget_calls=100)

    async def ask(candidate: Candidate, messages: tuple[Message, ...], example: str) -> str | None:
        raise AssertionError("neither asks a model")

    view = View(program, settings, pool, buckets(pool.entries, every), every, ask)
    parent = pool.entries[1]
    proposed = [
        asyncio.run(strategy.propose(parent, parent.candidate, view, Random(seed))) for seed in range(8)
    ]
    best = max(entry.mean for entry in pool.entries)
    means = [
        sum(run.score for run in right(program.with_candidate(one), data).values()) / len(data)
        for one in proposed
        if one is not None
        and all(LESSONS[path] in one.steps[path].rules for path in LESSONS if path in one.steps)
    ]
    assert max(means) == 1.0 > best
