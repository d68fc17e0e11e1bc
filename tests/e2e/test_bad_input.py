"""Every mistake that a user can make on the way ends in a message that helps and the right exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from e2e.processes import finished, mlsig
from e2e.project import copy_project, replaced, write_rows
from mlsig import local

GOOD = [
    {"review": "a warm , funny film that i would gladly see again .", "sentiment": "positive"},
    {"review": "two hours of noise , and not one line worth hearing .", "sentiment": "negative"},
]
Outcome: TypeAlias = tuple[int, str, str]
NOBODY = {"MLSIG_LOCAL_URL": "http://127.0.0.1:9/v1"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("project"))
    assert finished(mlsig("compile", cwd=folder))[0] == 0
    write_rows(folder / "good.jsonl", GOOD)
    return folder


def optimize(project: Path, *words: str, train: str = "good.jsonl", budget: str = "10") -> Outcome:
    asked = (
        "optimize",
        "sentiment:Review",
        "--train",
        train,
        "--test",
        "good.jsonl",
        "--budget-calls",
        budget,
    )
    return finished(mlsig(*asked, *words, cwd=project, env=NOBODY))


def evaluate(project: Path, url: str, *words: str, **env: str) -> Outcome:
    asked = ("eval", "sentiment:Review", *words)
    return finished(mlsig(*asked, cwd=project, env={"MLSIG_LOCAL_URL": url, **env}))


def test_a_file_to_compile_that_is_not_there(project: Path) -> None:
    code, out, err = finished(mlsig("compile", "sentimental.mlsig", cwd=project))
    assert code == 2
    assert "there is no such file or folder" in out + err
    assert "--> sentimental.mlsig" in out + err


def test_an_unknown_provider(tmp_path: Path) -> None:
    folder = copy_project(tmp_path, replaced(("provider(local) = local", "provider(locl) = locl")))
    code, out, err = finished(mlsig("compile", cwd=folder))
    assert code == 1
    said = out + err
    assert "there is no provider `locl`" in said
    assert "did you mean `local`?" in said
    assert "^^^^" in said
    assert not (folder / "generated").exists()


def test_data_that_is_not_there(project: Path) -> None:
    code, out, err = optimize(project, train="nope.jsonl")
    assert (code, out) == (74, "")
    assert err == "error: nope.jsonl: there is no such file\n"


def test_broken_rows_are_all_named(project: Path) -> None:
    broken = [
        GOOD[0],
        '{"review": "half a',
        {"review": "", "sentiment": "mixed"},
        {"reveiw": "misspelt"},
        "[1, 2]",
        GOOD[1],
    ]
    write_rows(project / "broken.jsonl", broken)
    code, _, err = optimize(project, train="broken.jsonl")
    assert code == 1
    assert err.startswith("error: broken.jsonl: 4 of 6 rows cannot be used\n")
    lines = err.splitlines()
    assert [line.split(": ")[0].strip() for line in lines[1:5]] == [f"broken.jsonl:{n}" for n in (2, 3, 4, 5)]
    assert "did you mean `review`?" in lines[3]


def test_a_program_that_is_not_there(project: Path) -> None:
    code, _, err = finished(mlsig("eval", "sentiment:Reviw", "--data", "good.jsonl", cwd=project))
    assert code == 2
    assert "did you mean Review?" in err


def test_a_budget_of_zero(project: Path) -> None:
    code, _, err = optimize(project, budget="0")
    assert code == 2
    assert "--budget-calls: must be at least 1, not 0" in err


@pytest.mark.parametrize("store", [".", os.devnull + "/runs.db"])
def test_a_store_that_cannot_be_written(project: Path, store: str) -> None:
    code, out, err = optimize(project, "--store", store)
    assert (code, out) == (74, "")
    assert err.splitlines()[-1].startswith("error: ")
    assert store in err.splitlines()[-1]


def test_no_server(project: Path) -> None:
    code, _, err = optimize(project, "--store", "unreachable.db")
    assert code == 69
    assert "nothing answers at http://127.0.0.1:9/v1" in err
    assert "mlsig local" in err
    assert "unreachable.db" in err.partition("To go on:")[2]


def test_help_does_not_need_the_extras(project: Path) -> None:
    code, out, _ = finished(mlsig("optimize", "--help", cwd=project))
    assert code == 0
    assert "--budget-calls" in out


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """A server that asks for a key."""
    with local.LocalServer(local.Settings(keys=("the-right-key",))) as running:
        yield running.url


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has one."""
    with_key = replaced(("protocol: openai\n", 'protocol: openai\n  key: env("SENTIMENT_KEY")\n'))
    folder = copy_project(tmp_path_factory.mktemp("keyed"), with_key)
    assert finished(mlsig("compile", cwd=folder))[0] == 0
    write_rows(folder / "good.jsonl", GOOD)
    return folder


@pytest.mark.model
@pytest.mark.parametrize(("key", "expected"), [("", 69), ("sk-wrong-and-secret", 69), ("the-right-key", 0)])
def test_keys(locked: str, keyed: Path, key: str, expected: int) -> None:
    code, out, err = evaluate(keyed, locked, "--data", "good.jsonl", SENTIMENT_KEY=key)
    assert code == expected, err
    assert ("SENTIMENT_KEY" in err) == (expected != 0)
    assert "secret" not in out + err


@pytest.mark.model
def test_a_model_that_answers_nonsense(server: str, tmp_path: Path) -> None:
    """Without a schema and without an example this model continues the text, and never answers."""
    folder = copy_project(tmp_path, replaced(("module(Chat, JSON) = JSON", "module(Chat, JSON) = Chat")))
    assert finished(mlsig("compile", cwd=folder))[0] == 0
    write_rows(folder / "good.jsonl", GOOD)
    code, out, err = evaluate(folder, server, "--data", "good.jsonl")
    assert code == 0, err
    assert "0.000" in out
    assert "must be" in out


@pytest.mark.model
def test_broken_rows_can_be_skipped(server: str, project: Path) -> None:
    write_rows(project / "half.jsonl", [*GOOD, "nonsense"])
    code, out, err = evaluate(project, server, "--data", "half.jsonl", "--skip-broken")
    assert code == 0, err
    assert "half.jsonl: skipped 1 broken row, the first: half.jsonl:3: is not JSON" in err
    assert "accuracy" in out
