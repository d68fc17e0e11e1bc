"""`mlsig runs` and the lines that it exports, on a store that a real optimisation has filled."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlsig.errors import StoreError
from mlsig.store import Store, history
from mlsig_compiler.cli import INTERRUPTED, OK, STORAGE, USAGE, main
from simulated_server import Bill, serving

OPTIMIZE = ["optimize", "toy:Review", "--train", "toy:rows", "--test", "toy:held_out", "--budget-calls", "60"]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bill]]:
    """A store with a run that was stopped half-way, and the server that goes on."""
    path = tmp_path_factory.mktemp("runs") / "runs.db"
    with serving() as bill, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOY_URL", bill.url)
        bill.on_call = lambda number: os.kill(os.getpid(), signal.SIGINT) if number == 50 else None
        assert main([*OPTIMIZE, "--no-rules", "--store", str(path)]) == INTERRUPTED
        yield path, bill


def said(capsys: pytest.CaptureFixture[str], *words: Any) -> str:
    assert main(["runs", *map(str, words)]) == OK
    return capsys.readouterr().out


def test_runs_are_listed_and_shown(stopped: tuple[Path, Bill], capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = stopped
    (listed,) = json.loads(said(capsys, "list", "--store", path, "--json"))
    text = said(capsys, "list", "--store", path)
    assert [listed["id"], "cancelled"] == [text.splitlines()[-1].split()[0], listed["status"]]
    shown = json.loads(said(capsys, "show", listed["id"], "--store", path, "--json"))
    assert shown == listed
    assert shown["calls"] == sum(part["calls"] for part in shown["parts"]) > 0
    page = said(capsys, "show", "Review", "--store", path)
    assert "budget_calls" in page
    assert f"{shown['parts'][0]['done']} evaluations" in page


def test_exported_lines_come_back_as_they_were(
    stopped: tuple[Path, Bill], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = stopped
    lines = said(capsys, "export", "--store", path).splitlines()
    with Store(tmp_path / "copy.db") as copy:
        assert history.imported(copy, lines) == 1
        (run,) = copy.runs()
        again = [json.loads(line) for line in history.exported(copy, [run.id])]
        with pytest.raises(StoreError, match="already; nothing was imported"):
            history.imported(copy, lines)
    numbered = [json.loads(line) for line in lines]
    assert {line["kind"] for line in numbered} == {"run", "command", "candidate", "evaluation"}
    for line in (*numbered, *again):
        line["row"].pop("id" if line["kind"] == "evaluation" else "", None)
    assert again == numbered
    with Store(tmp_path / "other.db") as other:
        for wrong in (
            "no JSON",
            "[]",
            '{"mlsig_store": 1, "kind": "x"}',
            lines[0].replace('"seed"', '"sead"'),
        ):
            with pytest.raises(StoreError, match=r"line 2 is no .*nothing was imported"):
                history.imported(other, ["", wrong])
        with pytest.raises(StoreError, match="has format 2"):
            history.imported(other, [lines[0].replace('"mlsig_store":1', '"mlsig_store":2')])
        assert other.runs() == []


def test_a_run_goes_on_and_is_compared(
    stopped: tuple[Path, Bill],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, bill = stopped
    bill.on_call = lambda number: None
    monkeypatch.chdir(tmp_path)
    (before,) = json.loads(said(capsys, "list", "--store", path, "--json"))
    assert main(["runs", "resume", "Review", "--store", str(path)]) == OK
    assert "--resume" in capsys.readouterr().err
    (after,) = json.loads(said(capsys, "list", "--store", path, "--json"))
    assert (after["id"], after["status"]) == (before["id"], "completed")
    assert after["held_out"][1] >= 0
    assert after["seconds"] > 0
    with Store(path) as store:
        outcome = (store.run(after["id"]).outcome or {})["outcome"]
    assert [after["best_candidate"], after["best_score"]] == [outcome["best"], outcome["score"]]
    assert main(["runs", "resume", "Review", "--store", str(path)]) == USAGE
    assert "is complete" in capsys.readouterr().err
    assert main(["runs", "cancel", "Review", "--store", str(path)]) == STORAGE
    assert "cannot become cancelled" in capsys.readouterr().err
    with Store(path) as store:
        other = store.create(identity="z", program="Other", program_hash="", seed=9, settings={})
    compared = said(capsys, "compare", "Review", "Other", "--store", path)
    assert "completed" in compared
    assert "pending" in compared
    assert main(["runs", "resume", other.id, "--store", str(path)]) == USAGE
    assert "was not started by" in capsys.readouterr().err
    assert f"`mlsig runs resume {other.id} --store {path}`" in said(
        capsys, "cancel", other.id, "--store", path
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["list"], STORAGE, "there is no store"),
        (["show"], USAGE, "takes the name of one run"),
        (["list", "x"], USAGE, "takes no names"),
        (["compare", "x"], USAGE, "two runs or more"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", *words, "--store", str(tmp_path / "runs.db")]) == code
    assert message in capsys.readouterr().err


def test_a_name_must_mean_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "runs.db"
    Store(path).close()
    assert said(capsys, "list", "--store", path) == "there are no runs yet\n"
    with Store(path) as store:
        for identity in ("aaa", "aab"):
            store.create(identity=identity, program="R", program_hash="", seed=1, settings={})
    for name, message in (
        ("R-aa", "has 2 runs that begin with R-aa; there are: R-aaa, R-aab"),
        ("x", "has no run x"),
    ):
        assert main(["runs", "show", name, "--store", str(path)]) == STORAGE
        assert message in capsys.readouterr().err


def test_two_runs_are_compared_on_the_same_examples(
    stopped: tuple[Path, Bill], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, bill = stopped
    bill.on_call = lambda number: None
    other = tmp_path / "runs.db"
    for seed in (1, 2):
        assert main([*OPTIMIZE, "--no-rules", "--store", str(other), "--seed", str(seed)]) == OK
    capsys.readouterr()
    first, second = (one["id"] for one in json.loads(said(capsys, "list", "--store", other, "--json")))
    both = json.loads(said(capsys, "compare", first, second, "--store", other, "--json"))
    assert [one["id"] for one in both["runs"]] == [first, second]
    found = {one["objective"]: one for one in both["paired"]}
    assert {"cost", "latency"} < set(found)
    for one in found.values():
        assert one["difference"] == pytest.approx(one["second"] - one["first"])
        assert one["low"] - 1e-12 <= one["difference"] <= one["high"] + 1e-12
    scores = [one["held_out"][1] for one in both["runs"]]
    assert all(score is not None for score in scores)
    for name, (one, another) in both["configuration"].items():
        assert one != another, name
    text = said(capsys, "compare", first, second, "--store", other)
    assert "same examples" in text and "95 % interval" in text
    for shown in (
        text,
        said(capsys, "list", "--store", other),
        said(capsys, "show", first, "--store", other),
    ):
        assert max(map(len, shown.splitlines())) <= 80
    with Store(other) as store:
        store.create(identity="z", program="Other", program_hash="", seed=9, settings={})
    alone = json.loads(said(capsys, "compare", first, "Other", "--store", other, "--json"))
    assert (alone["paired"], alone["configuration"]) == ([], {})
