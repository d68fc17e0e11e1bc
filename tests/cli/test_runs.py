"""`mlsig eval`, `optimize` and `report` as people run them: real processes, a real server, a real store."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import in_process
import pytest
from mlsig.store import Store, history
from mlsig_compiler.cli import FINDINGS, INTERRUPTED, OK, STORAGE, UNREACHABLE, USAGE
from simulated_server import Bill, serving

TESTS = Path(__file__).resolve().parents[1]
OPTIMIZE = ["optimize", "toy:Review", "--train", "toy:rows", "--test", "toy:held_out"]
MISSING_METRIC = """\
import toy

class _Review(type(toy.Review)):
    @staticmethod
    def metric_accuracy(example, output):
        from toy import gone as metric
        return float(metric(example, output))

Review = _Review()
"""


@pytest.fixture
def bill() -> Iterator[Bill]:
    with serving() as made:
        yield made


class Shell:
    """Runs `mlsig` in a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        path = os.pathsep.join([*(entry for entry in sys.path if entry), str(TESTS)])
        self.environment = {**os.environ, "PYTHONPATH": path, "TOY_URL": url, "NO_COLOR": "1"}

    def words(self, *words: Any) -> list[str]:
        return [sys.executable, "-m", "mlsig_compiler", *map(str, words)]

    def __call__(self, *words: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def mlsig(tmp_path: Path, bill: Bill) -> Shell:
    return Shell(tmp_path, bill.url)


@pytest.fixture
def here(tmp_path: Path, bill: Bill, monkeypatch: pytest.MonkeyPatch) -> in_process.Shell:
    """The same without a process of its own, for what no signal and no fresh import is needed."""
    monkeypatch.setenv("TOY_URL", bill.url)
    return in_process.Shell(tmp_path)


def test_eval_measures(mlsig: Shell, bill: Bill) -> None:
    done = mlsig("eval", "toy:Review", "--data", "toy:held_out", "--limit", 12, "--seed", 3)
    assert done.returncode == OK, done.stderr
    assert "accuracy (wilson)" in done.stdout
    assert "Review on 12 examples" in done.stdout
    assert bill.calls == 12


def test_optimize_improves_reports_and_a_second_run_makes_no_call(mlsig: Shell, bill: Bill) -> None:
    words = [*OPTIMIZE, "--budget-calls", 90, "--store", "runs.db", "--resume", "--report", "out/report.html"]
    done = mlsig(*words)
    assert done.returncode == OK, done.stderr
    for part in ("accuracy (wilson)", "Pareto front", "configuration", "final prompt", "[user]"):
        assert part in done.stdout
    assert "searching (90 calls at most)" in done.stderr
    assert (mlsig.folder / "out" / "report.html").stat().st_size > 1_000_000
    paid = bill.calls
    assert 80 < paid <= 90 + 80

    again = mlsig(*words)
    assert (again.returncode, again.stdout) == (OK, done.stdout)
    assert "nothing is called" in again.stderr
    assert bill.calls == paid

    accidental = mlsig(*[word for word in words if word != "--resume"])
    assert accidental.returncode == USAGE
    assert "--fresh" in accidental.stderr
    assert bill.calls == paid

    (run,) = re.findall(r"run (Review-\w+)", done.stdout)
    report = mlsig("report", run[:12], "--store", "runs.db", "--out", "again.html")
    assert report.returncode == OK, report.stderr
    assert (mlsig.folder / "again.html").read_bytes() == (mlsig.folder / "out" / "report.html").read_bytes()


def test_ctrl_c_keeps_everything_and_prints_the_command_that_goes_on(mlsig: Shell, bill: Bill) -> None:
    bill.delay = 0.02
    words = [*OPTIMIZE, "--budget-calls", 90, "--store", "a store.db", "--no-rules", "--target", 0.99]
    child = subprocess.Popen(
        mlsig.words(*words),
        cwd=mlsig.folder,
        env=mlsig.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    bill.on_call = lambda number: child.send_signal(signal.SIGINT) if number == 60 else None
    _, said = child.communicate(timeout=120)
    assert child.returncode == INTERRUPTED
    assert "stopping: finishing the calls under way" in said
    stopped_at = bill.calls
    assert stopped_at < 70

    (line,) = [line for line in said.splitlines() if line.startswith("  mlsig optimize")]
    assert "--store 'a store.db'" in line
    assert line.endswith("--resume")
    script = line.replace("mlsig", f"{sys.executable} -m mlsig_compiler", 1)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=mlsig.folder,
        env=mlsig.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == OK, done.stderr
    assert "calls are known from before" in done.stderr
    # Not one finished call was paid again.
    assert bill.calls <= 90 + 80


def test_ctrl_c_during_eval(mlsig: Shell, bill: Bill) -> None:
    bill.delay = 0.05
    child = subprocess.Popen(
        mlsig.words("eval", "toy:Review", "--data", "toy:held_out"),
        cwd=mlsig.folder,
        env=mlsig.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    bill.on_call = lambda number: child.send_signal(signal.SIGINT) if number == 5 else None
    _, said = child.communicate(timeout=60)
    assert child.returncode == INTERRUPTED
    assert "nothing is kept" in said


def test_a_second_ctrl_c_drops_the_calls_under_way(mlsig: Shell, bill: Bill) -> None:
    bill.delay = 5.0
    child = subprocess.Popen(
        mlsig.words(*OPTIMIZE, "--budget-calls", 30),
        cwd=mlsig.folder,
        env=mlsig.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    bill.on_call = lambda number: child.send_signal(signal.SIGINT) if number == 1 else None
    assert child.stderr is not None
    for line in child.stderr:
        if "stopping" in line:
            break
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == INTERRUPTED
    assert "--resume" in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["optimize", "nowhere:Review", *OPTIMIZE[2:], "--budget-calls", 9], USAGE, "no module nowhere"),
        (["optimize", "toy:Revue", *OPTIMIZE[2:], "--budget-calls", 9], USAGE, "did you mean Review?"),
        (["optimize", "toy", *OPTIMIZE[2:], "--budget-calls", 9], USAGE, "not of the form module:Program"),
        ([*OPTIMIZE, "--budget-calls", 0], USAGE, "must be at least 1, not 0"),
        ([*OPTIMIZE, "--budget-calls", -5], USAGE, "must be at least 1, not -5"),
        ([*OPTIMIZE, "--budget-calls", "many"], USAGE, "'many' is not a whole number"),
        ([*OPTIMIZE, "--budget-calls", 9, "--target", "high"], USAGE, "'high' is not a number"),
        ([*OPTIMIZE, "--budget-calls", 9, "--target", 1.5], USAGE, "must be from 0 to 1, not 1.5"),
        ([*OPTIMIZE, "--budget-calls", 9, "--target", "nan"], USAGE, "must be from 0 to 1, not nan"),
        ([*OPTIMIZE, "--budget-calls", 9, "--cost-budget", 0], USAGE, "must be above zero"),
        ([*OPTIMIZE, "--budget-calls", 9, "--store", "/proc/none/runs.db"], STORAGE, "cannot open the store"),
        ([*OPTIMIZE, "--budget-calls", 9, "--store", "."], STORAGE, "is a directory"),
        ([*OPTIMIZE[:3], "none.jsonl", *OPTIMIZE[4:], "--budget-calls", 9], STORAGE, "none.jsonl"),
        ([*OPTIMIZE[:3], "broken.jsonl", *OPTIMIZE[4:], "--budget-calls", 9], FINDINGS, "broken.jsonl:2"),
        (["eval", "toy:Review", "--data", "none.csv"], STORAGE, "none.csv"),
        (["report", "none.db"], STORAGE, "there is no store none.db"),
    ],
)
def test_bad_input_is_said_and_nothing_is_called(
    here: in_process.Shell, bill: Bill, words: list[Any], code: int, said: str
) -> None:
    (here.folder / "broken.jsonl").write_text('{"review": "fine", "sentiment": "positive"}\n{"review": 3}\n')
    done = here(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert bill.calls == 0


@pytest.mark.parametrize(
    "words",
    [
        ["eval", "mine:Review", "--data", "toy:held_out"],
        ["optimize", "mine:Review", *OPTIMIZE[2:], "--budget-calls", 9],
    ],
)
def test_a_metric_that_cannot_be_imported_is_found_before_any_call(
    mlsig: Shell, bill: Bill, words: list[Any]
) -> None:
    (mlsig.folder / "mine.py").write_text(MISSING_METRIC)
    done = mlsig(*words)
    assert done.returncode == FINDINGS
    assert "metric accuracy of Review: ImportError: cannot import name 'gone'" in done.stderr
    assert f"{mlsig.folder / 'mine.py'}:6" in done.stderr
    assert "Traceback" not in done.stderr
    assert bill.calls == 0


def test_a_mended_metric_lets_the_run_go_on(mlsig: Shell, bill: Bill) -> None:
    words = ["optimize", "mine:Review", *OPTIMIZE[2:], "--budget-calls", 9]
    (mlsig.folder / "mine.py").write_text(MISSING_METRIC)
    assert "--resume" in mlsig(*words).stderr
    (mlsig.folder / "mine.py").write_text("from toy import Review\n")
    assert mlsig(*words, "--resume").returncode == OK
    assert bill.calls > 0


def test_no_server_a_wrong_key_and_a_way_to_go_on(
    here: in_process.Shell, bill: Bill, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*OPTIMIZE, "--budget-calls", 40]
    bill.status = 401
    refused = here(*words)
    assert refused.returncode == UNREACHABLE
    assert "TOY_KEY" in refused.stderr
    assert "toy-secret-key" not in refused.stderr
    assert "--resume" in refused.stderr

    monkeypatch.setenv("TOY_URL", "http://127.0.0.1:9/v1")
    gone = here(*words, "--resume")
    assert gone.returncode == UNREACHABLE
    assert "nothing answers" in gone.stderr

    monkeypatch.setenv("TOY_URL", bill.url)
    bill.status = 200
    assert here(*words, "--resume").returncode == OK


def test_a_model_that_answers_nonsense_scores_nothing_and_ends_well(
    here: in_process.Shell, bill: Bill
) -> None:
    bill.text = "\x00 colourless green ideas </s>"
    done = here(*OPTIMIZE, "--budget-calls", 40)
    assert done.returncode == OK, done.stderr
    assert "0.000 [0.000, " in done.stdout
    assert bill.calls <= 40 + 80


def test_worker_processes_make_the_calls(here: in_process.Shell, bill: Bill) -> None:
    words = [*OPTIMIZE, "--budget-calls", 40, "--earned"]
    done = here(*words, "--store", "far.db", "--engine", "processes", "--workers", 2, "--share", 2)
    assert done.returncode == OK, done.stderr
    assert "of 40 calls" in done.stdout
    assert 40 < bill.calls <= 40 + 80
    paid = bill.calls
    lost = here(*words, "--store", "lost.db", "--engine", "dask")
    assert (lost.returncode, "needs the address of a scheduler" in lost.stderr) == (USAGE, True)
    assert bill.calls == paid


def test_other_budgets_are_kept_and_go_with_the_command(here: in_process.Shell, bill: Bill) -> None:
    few = here(*OPTIMIZE, "--budget-calls", 90, "--budget-tokens", 9_000, "--store", "tokens.db")
    assert few.returncode == OK, few.stderr
    assert 40 < bill.calls < 90 + 80
    with Store(here.folder / "tokens.db") as store:
        spent = {one.split: one for one in history.totals(store, store.runs()[0].id)}
        command = history.command(store, store.runs()[0].id)
    search = [one for split, one in spent.items() if split != "held-out"]
    assert sum(one.input_tokens + one.output_tokens for one in search) <= 9_000
    assert "--budget-tokens 9000" in (command or "")


def test_any_budget_alone_is_enough_and_none_is_not(here: in_process.Shell, bill: Bill) -> None:
    none = here(*OPTIMIZE, "--store", "none.db")
    assert (none.returncode, bill.calls) == (USAGE, 0)
    assert "--budget-calls, --budget-tokens, --budget-usd, --budget-seconds" in none.stderr
    words = ("--patience", 2, "--min-delta", 0.5, "--store", "usd.db")
    done = here(*OPTIMIZE, "--budget-usd", 0.004, *words)
    assert done.returncode == OK, done.stderr
    assert "1000000" not in done.stdout + done.stderr
    with Store(here.folder / "usd.db") as store:
        run = store.runs()[0]
        spent = {one.split: one for one in history.totals(store, run.id)}
        command = history.command(store, run.id)
    assert sum(one.cost for split, one in spent.items() if split != "held-out") <= 0.004
    assert "--budget-usd 0.004 " in (command or "")
    assert "--budget-calls" not in (command or "")
    assert "--min-delta 0.5" in (command or "")
    paid = bill.calls
    again = here(*OPTIMIZE, "--budget-usd", 0.004, *words, "--resume")
    assert (again.returncode, bill.calls) == (OK, paid)
    timed = here(*OPTIMIZE, "--budget-seconds", 1e-6, "--store", "late.db")
    assert "stopped by budget after 0 calls" in timed.stderr, timed.stderr


def test_stores_of_others(here: in_process.Shell, bill: Bill) -> None:
    (here.folder / "mine.db").write_text("my notes")
    done = here(*OPTIMIZE, "--budget-calls", 10, "--store", "mine.db")
    assert done.returncode == STORAGE
    assert "not a store of mlsig" in done.stderr
    assert (here.folder / "mine.db").read_text() == "my notes"

    assert here(*OPTIMIZE, "--budget-calls", 4, "--store", "runs.db").returncode == OK
    paid = bill.calls
    other = here(
        "optimize", "toy:Other", *OPTIMIZE[2:], "--budget-calls", 4, "--store", "runs.db", "--resume"
    )
    assert other.returncode == STORAGE
    assert "none of Other" in other.stderr
    assert bill.calls == paid


def test_examples_that_are_in_both_sets_are_warned_about(here: in_process.Shell) -> None:
    done = here("optimize", "toy:Review", "--train", "toy:rows", "--test", "toy:rows", "--budget-calls", 4)
    assert "80 held-out examples are training examples too" in done.stderr


def test_the_out_folder_of_the_project_is_searched(mlsig: Shell) -> None:
    (mlsig.folder / "pyproject.toml").write_text('[tool.mlsig]\nout = "made"\n')
    (mlsig.folder / "made").mkdir()
    (mlsig.folder / "made" / "mine.py").write_text("from toy import Review\n")
    inner = Shell(mlsig.folder / "made", mlsig.environment["TOY_URL"])
    inner.folder = mlsig.folder
    assert inner("eval", "mine:Review", "--data", "toy:held_out", "--limit", 2).returncode == OK


def test_reports_need_a_completed_run(here: in_process.Shell, bill: Bill) -> None:
    bill.status = 401
    assert here(*OPTIMIZE, "--budget-calls", 4, "--store", "runs.db").returncode == UNREACHABLE
    none = here("report", "runs.db")
    assert (none.returncode, "no completed run" in none.stderr) == (STORAGE, True)
    odd = here("report", "runs.db", "one", "two")
    assert (odd.returncode, "one report is of one run" in odd.stderr) == (USAGE, True)
    named = here("report", "runs.db", "nothing")
    assert (named.returncode, "no run nothing" in named.stderr) == (STORAGE, True)
