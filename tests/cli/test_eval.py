"""`mlsig eval`: figures with intervals, rows that are named, results that are saved."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from in_process import Done, Shell
from mlsig.data.labels import labels
from mlsig.evaluation.evaluator import EvaluationError
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, UNREACHABLE, USAGE, main
from mlsig_compiler.cli import eval_verb as verb
from msgspec import UNSET
from simulated_server import Bill, serving
from toy import reviews

ROWS = [
    '{"review": "film number 1 was brilliant", "sentiment": "positive"}',
    '{"review": "film number 2 was dreadful", "sentiment": "negative"}',
    '{"review": "film number 3 was brilliant", "sentiment": "positive"}',
]


@pytest.fixture
def bill() -> Iterator[Bill]:
    with serving() as made:
        made.text = "sentiment: positive"
        yield made


@pytest.fixture
def mlsig(tmp_path: Path, bill: Bill, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("TOY_URL", bill.url)
    return Shell(tmp_path)


def measure(mlsig: Shell, rows: list[str], *words: Any, name: str = "rows.jsonl") -> Done:
    (mlsig.folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return mlsig("eval", "toy:Review", "--data", name, *words)


def test_figures_and_what_went_wrong(mlsig: Shell, bill: Bill) -> None:
    done = measure(mlsig, ROWS)
    assert done.returncode == OK, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "Review on 3 examples; 95 % intervals in brackets"
    assert lines[1] == "accuracy (wilson) 0.667 [0.208, 0.939]"
    assert [line.split(" ")[0] for line in lines[2:6]] == ["score", "cost", "cost", "latency"]
    assert lines[4].startswith("cost p50 / p90 / p99, USD ")
    assert lines[5].startswith("latency p50 / p90 / p99, s ")
    assert lines[-2] == "not at its best: 1 of 3 examples"
    assert lines[-1] == 'rows.jsonl:2: accuracy 0: {"sentiment":"positive"}, not {"sentiment":"negative"}'
    assert bill.calls == 3


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("rows.csv", ["review,\x1b[31msentiment", "a,positive"]),
        ("rows.jsonl", ['{"review": "a", "\\u001b[31m": 1}']),
    ],
)
def test_names_in_data_reach_no_terminal_as_they_are(mlsig: Shell, name: str, rows: list[str]) -> None:
    done = measure(mlsig, rows, name=name)
    assert done.returncode in (FINDINGS, STORAGE)
    assert "\x1b" not in done.stdout + done.stderr
    assert "\\x1b[31m" in done.stderr


def test_a_table_with_other_separators_says_so(mlsig: Shell) -> None:
    done = measure(mlsig, ["review;sentiment", "a;positive"], name="rows.csv")
    assert done.returncode == STORAGE
    assert done.stderr.endswith("cells seem to be separated by semicolons: save the file with commas\n")


def test_errors_of_metrics_hold_no_key_of_the_environment(
    mlsig: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "sk-0123456789")
    message = "metric right: ValueError: sk-0123456789 \x1b[31m"
    monkeypatch.setattr(verb, "_run", lambda options: (_ for _ in ()).throw(EvaluationError(message)))
    done = measure(mlsig, ROWS)
    assert (done.returncode, done.stderr) == (
        FINDINGS,
        "error: metric right: ValueError: [OTHER_API_KEY] \\x1b[31m\n",
    )


def test_failures_are_named_by_their_place(mlsig: Shell, bill: Bill) -> None:
    bill.text = "gibb\x1b[31merish"
    done = measure(mlsig, ROWS, "--show", 2)
    assert done.returncode == OK
    assert "  failed examples" in done.stdout
    assert "\n  rows.jsonl:1: the answer does not fit" in done.stdout
    assert "\n  … and 1 more" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\n  rows" not in measure(mlsig, ROWS, "--show", 0).stdout


def test_metrics_run_in_processes(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (mlsig.folder / "rows.jsonl").write_text("\n".join(ROWS), encoding="utf-8")
    words = ("eval", "apart:Apart", "--data", "rows.jsonl", "--processes", 1, "--json", "--limit", 1)
    done = mlsig(*words)
    assert done.returncode == OK, done.stderr
    assert json.loads(done.stdout)["metrics"]["accuracy"]["mean"] not in (0, os.getpid())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = mlsig(*words)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert 'pip install "mlsig[workers]"' in done.stderr


def test_many_mistakes_are_counted(mlsig: Shell, bill: Bill) -> None:
    bill.text = "sentiment: negative"
    assert measure(mlsig, ROWS, "--show", 1).stdout.endswith("\n  … and 1 more\n")


def test_csv_and_json(mlsig: Shell) -> None:
    table = ["review,sentiment", "film number 1 was brilliant,positive", '"film, 2",negative']
    done = measure(mlsig, table, "--json", "--limit", 1, name="rows.csv")
    figures = json.loads(done.stdout)
    assert (figures["program"], figures["data"], figures["examples"]) == ("Review", "rows.csv", 1)
    assert (figures["failed"], figures["calls"]) == (0, 1)
    assert figures["metrics"]["accuracy"]["mean"] == 1.0
    assert figures["metrics"]["accuracy"]["method"] == "wilson"
    assert set(figures["cost"]) == {"total", "mean", "p50", "p90", "p99"}
    assert set(figures["latency"]) == {"p50", "p90", "p99"}
    assert figures["input_tokens"] > 0


def test_results_are_saved_at_once_and_without_keys(mlsig: Shell, bill: Bill) -> None:
    bill.text = "sentiment: positive\ntoy-secret-key"
    done = measure(mlsig, ROWS, "--save", "results.jsonl")
    assert done.returncode == OK, done.stderr
    assert done.stdout.endswith("\nsaved: results.jsonl\n")
    text = (mlsig.folder / "results.jsonl").read_text(encoding="utf-8")
    first, second, _ = map(json.loads, text.splitlines())
    assert first["place"] == "rows.jsonl:1"
    assert first["inputs"] == {"review": "film number 1 was brilliant"}
    assert (first["expected"], first["output"]) == ({"sentiment": "positive"}, {"sentiment": "positive"})
    assert (first["metrics"], first["missed"]) == ({"accuracy": 1.0}, [])
    assert (second["metrics"], second["missed"]) == ({"accuracy": 0.0}, ["accuracy"])
    assert 0 < second["score"] < 0.5 < first["score"] <= 1
    assert (first["error"], first["error_kind"], first["calls"]) == (None, None, 1)
    assert first["cost"] > 0
    assert first["latency"] > 0
    assert "toy-secret-key" not in text
    assert first["text"].endswith("***")
    assert [path.name for path in mlsig.folder.iterdir() if path.name.startswith(".")] == []


def test_a_failed_row_is_saved_with_its_error(mlsig: Shell, bill: Bill) -> None:
    bill.text = "gibberish"
    measure(mlsig, ROWS[:1], "--save", "results.jsonl", "--json")
    row = json.loads((mlsig.folder / "results.jsonl").read_text())
    assert (row["error_kind"], row["output"], row["score"]) == ("parse", None, 0)
    assert row["error"].startswith("the answer does not fit")


def test_an_old_file_stays_until_all_is_measured(mlsig: Shell, bill: Bill) -> None:
    (mlsig.folder / "results.jsonl").write_text("old")
    bill.status = 401
    assert measure(mlsig, ROWS, "--save", "results.jsonl").returncode == UNREACHABLE
    assert (mlsig.folder / "results.jsonl").read_text() == "old"


@pytest.mark.parametrize(
    ("path", "said"), [(".", "is a directory"), ("none/results.jsonl", "there is no folder none")]
)
def test_a_file_that_cannot_be_written_costs_no_call(mlsig: Shell, bill: Bill, path: str, said: str) -> None:
    done = measure(mlsig, ROWS, "--save", path)
    assert (done.returncode, said in done.stderr) == (STORAGE, True)
    assert bill.calls == 0


def test_a_disk_that_is_full_at_the_end(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlsig_compiler.write.replace", full)
    done = measure(mlsig, ROWS, "--save", "results.jsonl")
    assert done.returncode == STORAGE
    assert "error: results.jsonl: No space left on device" in done.stderr


def test_a_folder_that_is_not_ours_to_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert verb._unwritable(tmp_path / "results.jsonl").endswith("cannot be written to")


BARE = [*ROWS, '{"review": "film number 9 was brilliant"}']


def test_rows_without_an_answer_are_refused_by_name(mlsig: Shell, bill: Bill) -> None:
    done = measure(mlsig, BARE)
    assert done.returncode == FINDINGS
    said = "rows.jsonl: 1 of 4 rows cannot be scored: state `sentiment`, leave such rows out"
    assert f"{said} (--unlabelled skip), or score them (--unlabelled score)" in done.stderr
    assert "  rows.jsonl:4: states no output to hold an answer against" in done.stderr
    assert bill.calls == 0
    assert measure(mlsig, BARE, "--limit", 3).returncode == OK


def test_rows_without_an_answer_can_be_left_out(mlsig: Shell) -> None:
    done = measure(mlsig, [BARE[-1], *ROWS], "--unlabelled", "skip")
    assert done.returncode == OK
    assert "note: rows.jsonl: left out 1 row without any output" in done.stderr
    assert "Review on 3 examples" in done.stdout
    assert "rows.jsonl:3: accuracy 0" in done.stdout
    none = measure(mlsig, BARE[-1:], "--unlabelled", "skip")
    assert (none.returncode, "none is left" in none.stderr) == (FINDINGS, True)


def test_rows_without_an_answer_can_be_scored(mlsig: Shell) -> None:
    done = measure(mlsig, BARE, "--unlabelled", "score")
    assert done.returncode == OK
    assert "note: rows.jsonl: 1 row without any output, scored all the same" in done.stderr
    assert 'rows.jsonl:4: accuracy 0: {"sentiment":"positive"}\n' in done.stdout


def test_a_program_without_metrics_needs_no_answers(mlsig: Shell) -> None:
    plain = (
        "import toy\n"
        "class _Plain(type(toy.Review)):\n"
        "    metrics = ()\n"
        "    objectives = toy.Review.objectives[1:]\n"
        "Review = _Plain()\n"
    )
    (mlsig.folder / "plain.py").write_text(plain)
    (mlsig.folder / "rows.jsonl").write_text(BARE[-1])
    done = mlsig("eval", "plain:Review", "--data", "rows.jsonl")
    assert done.returncode == OK, done.stderr
    assert "Review on 1 examples" in done.stdout


def test_outputs_that_some_rows_leave_out_are_counted() -> None:
    def row(**values: Any) -> Any:
        return SimpleNamespace(expected=SimpleNamespace(__struct_fields__=tuple(values), **values))

    found = labels([row(mood="x", why=UNSET), row(mood=UNSET, why=UNSET), row(mood=0, why="")])
    assert (found.missing, found.partly) == ((1,), {"why": 1})
    assert labels(reviews(2)).missing == ()


def test_broken_rows_are_named(mlsig: Shell, bill: Bill) -> None:
    done = measure(mlsig, [*ROWS, '{"review": 3, "sentiment": "so-so"}', "{"])
    assert done.returncode == FINDINGS
    assert "rows.jsonl: 2 of 5 rows cannot be used" in done.stderr
    assert "  rows.jsonl:4: review: must be a string" in done.stderr
    assert "  rows.jsonl:5: is not JSON" in done.stderr
    assert bill.calls == 0
    skipped = measure(mlsig, [*ROWS, "{"], "--skip-broken")
    assert (skipped.returncode, "skipped 1 broken row" in skipped.stderr) == (OK, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--show", "-1"], "must be at least 1"),
        (["--unlabelled", "maybe"], "invalid choice"),
        (["--run", "x"], "--store FILE"),
    ],
)
def test_wrong_use(mlsig: Shell, bill: Bill, words: list[str], said: str) -> None:
    done = measure(mlsig, ROWS, *words)
    assert (done.returncode, said in done.stderr) == (USAGE, True)
    assert bill.calls == 0


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["eval", "--help"])
    assert "\nexamples:\n  mlsig eval sentiment:Review" in capsys.readouterr().out


def test_nothing_but_text_where_nobody_watches(mlsig: Shell) -> None:
    done = measure(mlsig, ROWS)
    assert done.stderr == "measuring (3 calls at most)\n"
