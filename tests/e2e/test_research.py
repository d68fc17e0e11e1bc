"""The example with a pipeline, against a real HTTP server: run, measured, optimised, failing, cancelled."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.processes import ROOT
from in_process import Shell
from misbehaving import Behaviour, Misbehaving, answer, status
from mlsig.providers.client import Client
from reference.imported import on_path

EXAMPLE = ROOT / "examples" / "research"
MODULES = ("research", "research_chosen", "corpus", "research_metric")
QUESTION = "question=What is glass made of?"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("research")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    for name in MODULES:  # other tests have modules of these names as well
        sys.modules.pop(name, None)
    with on_path(str(folder / "generated")), on_path(str(folder)):
        yield folder
        for name in MODULES:
            sys.modules.pop(name, None)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehaving]:
    with Misbehaving() as running:
        monkeypatch.setenv("MLSIG_LOCAL_URL", running.url)
        yield running


@pytest.fixture
def mlsig(project: Path, server: Misbehaving) -> Shell:
    server.script(librarian())
    return Shell(project)


def librarian(**instead: Behaviour) -> Behaviour:
    """Answer as a model would that reads; `instead` for a signature: one that misbehaves."""

    def behave(handler: Any) -> None:
        messages = handler.seen.body["messages"]
        first, last = messages[0]["content"], messages[-1]["content"]
        kind = "plan" if "queries" in first else "review" if "enough" in first else "answer"
        if kind in instead:
            instead[kind](handler)
        elif kind == "plan":
            answer(json.dumps({"queries": [last.split("?")[0][-20:], "nothing"]}))(handler)
        elif kind == "review":
            answer('{"enough": true}')(handler)
        else:
            found = next((word for word in ("sand", "wood", "ice", "the moon") if word in last), "water")
            answer(json.dumps({"answer": found}))(handler)

    return behave


def test_a_pipeline_is_run(mlsig: Shell, server: Misbehaving) -> None:
    done = mlsig("run", "research:Research", "--input", QUESTION, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["output"] == {"answer": "sand"}
    assert (told["calls"], len(server.requests)) == (3, 3)
    [root] = told["trace"]
    assert root["name"] == "invoke_workflow Research"
    assert [child["name"] for child in root["children"]] == [
        "invoke_workflow Plan",
        "invoke_workflow Review",
        "invoke_workflow QA",
    ]
    shown = mlsig("run", "research:Research", "--input", QUESTION, "--prompt")
    assert "Say what to search for" in shown.stdout
    assert len(server.requests) == 3


def test_a_step_that_may_fail_does_and_one_that_may_not_is_named(
    mlsig: Shell, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script(librarian(review=status(400)))
    done = mlsig("run", "research:Research", "--input", QUESTION, "--quiet")
    assert json.loads(done.stdout) == {"answer": "sand"}
    server.script(librarian(answer=answer(json.dumps({"answer": "x" * 100}))))
    done = mlsig("run", "research:Research", "--input", QUESTION, "--quiet")
    assert done.returncode == 1
    assert "step Research.return failed" in done.stderr

    def closed(query: str, k: int) -> None:
        raise OSError(f"no {k} for {query}: the library is closed")

    server.script(librarian())
    monkeypatch.setattr("corpus.search", closed)
    done = mlsig("run", "research:Research", "--input", QUESTION, "--quiet")
    assert done.returncode == 1
    one = re.search(
        r"step Research\.found\[\d\] failed in each of 2 attempts: OSError: no 2 for", done.stderr
    )
    assert one, done.stderr  # they run side by side, and the first to fail is named


def test_a_pipeline_is_measured_optimised_run_as_chosen_and_exported(
    mlsig: Shell, server: Misbehaving
) -> None:
    data = ("questions.jsonl", "--concurrency", 1, "--seed", 3)
    done = mlsig("eval", "research:Research", "--data", *data, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["program"], figures["examples"], figures["calls"]) == ("Research", 6, 18)
    assert figures["metrics"]["accuracy"]["mean"] > 0.3
    words = ("--train", "questions.jsonl", "--test", *data, "--budget-calls", 60)
    done = mlsig("optimize", "research:Research", *words, "--store", "runs.db")
    assert done.returncode == 0, done.stderr
    before = len(server.requests)
    done = mlsig("run", "research:Research", "--input", QUESTION, "--store", "runs.db", "--quiet")
    assert json.loads(done.stdout) == {"answer": "sand"}

    chosen = [one.body for one in server.requests[before:]]
    assert mlsig("export", "Research", "--store", "runs.db").returncode == 0
    done = mlsig("compile")
    assert done.returncode == 0, done.stderr
    done = mlsig("run", "research_chosen:Research", "--input", QUESTION, "--quiet")
    assert json.loads(done.stdout) == {"answer": "sand"}
    assert [one.body for one in server.requests[before + len(chosen) :]] == chosen


def test_cancellation_reaches_the_request(mlsig: Shell, server: Misbehaving) -> None:
    del mlsig
    from research import Research  # type: ignore[import-not-found]  # noqa: PLC0415

    arrived, gone = threading.Event(), threading.Event()

    def waiting(handler: Any) -> None:
        arrived.set()
        if handler.connection.recv(1) == b"":  # the client hung up
            gone.set()

    server.script(librarian(answer=waiting))

    async def cancelled() -> None:
        async with Client(Research.providers) as client:
            task = asyncio.create_task(Research.using(client).acall(question="What is glass made of?"))
            assert await asyncio.to_thread(arrived.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(gone.wait, 60)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    assert "MLSIG_LOCAL_URL" in os.environ
    asyncio.run(cancelled())
