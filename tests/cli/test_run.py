"""`mlsig run` as people run it: a real process, a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import Shell
from misbehaving import Misbehaving, answer, status
from mlsig_compiler.cli import FINDINGS, OK, STORAGE, UNREACHABLE, USAGE, main
from mlsig_compiler.cli.inputs import InputError, inputs_of
from toy import Classify

TESTS = Path(__file__).resolve().parents[1]
RUN = ["run", "toy:Review", "--input", "review=so good"]


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with Misbehaving() as running:
        running.script(answer("Sentiment: Positive"))
        yield running


@pytest.fixture
def mlsig(tmp_path: Path, server: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("TOY_URL", server.url)
    return Shell(tmp_path)


def test_the_answer_and_what_was_done(mlsig: Shell, server: Misbehaving) -> None:
    server.script(status(429, retry_after="0"), answer("Sentiment: Positive"))
    done = mlsig(*RUN)
    assert (done.returncode, json.loads(done.stdout)) == (OK, {"sentiment": "positive"})
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Review  ")
    assert lines[0].endswith(" s · 1 call · 1000 + 500 tokens · $0.0001")
    assert lines[1].startswith("└── Classify  Predict, Chat · ")
    assert "toy/small  " in lines[2]
    assert lines[2].endswith(" · 1000 + 500 tokens · $0.0001 · stop")
    assert lines[3].endswith("attempt 1 failed (ProviderBusy, status 429); again after 0.00 s")
    assert "mended: " in lines[4]
    assert len(lines) == 5


def test_json_has_everything_and_no_key(mlsig: Shell, server: Misbehaving) -> None:
    server.script(answer("Sentiment: Positive\ntoy-secret-key"))
    done = mlsig(*RUN, "--json", "--seed", "5")
    assert (done.returncode, done.stderr) == (OK, "")
    found = json.loads(done.stdout)
    assert found["output"] == {"sentiment": "positive"}
    assert (found["input_tokens"], found["output_tokens"], found["calls"]) == (1000, 500, 1)
    assert found["cost"] == pytest.approx(0.00015)
    assert found["repairs"]
    (program,) = found["trace"]
    (step,) = program["children"]
    (call,) = step["children"]
    assert (program["kind"], step["kind"], call["kind"]) == ("program", "step", "call")
    assert call["attributes"]["gen_ai.request.seed"] == 5
    assert "toy-secret-key" not in done.stdout
    assert found["text"] == "Sentiment: Positive\n***"


def test_quiet_is_the_answer_alone(mlsig: Shell) -> None:
    done = mlsig(*RUN, "--quiet")
    assert (done.returncode, done.stderr) == (OK, "")


def test_the_prompt_makes_no_call(mlsig: Shell, server: Misbehaving) -> None:
    done = mlsig(*RUN, "--prompt")
    assert done.returncode == OK
    assert "[system]\nDecide whether the review is positive or negative." in done.stdout
    assert "review: so good" in done.stdout
    assert server.requests == []


def test_inputs_from_a_file_and_from_standard_input(mlsig: Shell, server: Misbehaving) -> None:
    (mlsig.folder / "review.json").write_text('{"review": "from a file"}')
    assert mlsig("run", "toy:Review", "--input", "@review.json").returncode == OK
    assert mlsig("run", "toy:Review", "--input", "-", given='{"review": "from a pipe"}').returncode == OK
    asked = [seen.body["messages"][-1]["content"] for seen in server.requests]
    assert "from a file" in asked[0]
    assert "from a pipe" in asked[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--input", "revew=x"], USAGE, "no input `revew`; did you mean `review`?"),
        (["--input", "zzz=x"], USAGE, "no input `zzz`; there are `review`"),
        (["--input", "review"], USAGE, "must be NAME=VALUE, @FILE.json, or -"),
        (["--input", "review=a", "--input", "review=b"], USAGE, "`review` is given twice"),
        (["--input", "review="], USAGE, "review: must have at least 1 character"),
        ([], USAGE, "review: is required"),
        (["--input", "@none.json"], STORAGE, "none.json: No such file"),
        (["--input", "@list.json"], USAGE, "list.json: must hold one JSON object"),
        (["--input", "review=x", "--store", "none.db"], STORAGE, "there is no store none.db"),
        (["--input", "review=x", "--run", "r1"], USAGE, "--store FILE"),
        (["--input", "review=x", "--prompt", "--json"], USAGE, "not allowed with argument"),
    ],
)
def test_wrong_use_makes_no_call(
    mlsig: Shell, server: Misbehaving, words: list[str], code: int, said: str
) -> None:
    (mlsig.folder / "list.json").write_text("[1]")
    done = mlsig("run", "toy:Review", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert server.requests == []


def test_an_answer_that_does_not_fit(mlsig: Shell, server: Misbehaving) -> None:
    server.script(answer("gibb\x1b[31merish toy-secret-key"))
    done = mlsig(*RUN)
    assert (done.returncode, done.stdout) == (FINDINGS, "")
    assert "ParseError" in done.stderr
    assert "error: the answer does not fit" in done.stderr
    assert done.stderr.endswith("what the model wrote: gibb [31merish ***\n")
    assert "\x1b" not in done.stderr
    told = mlsig(*RUN, "--json")
    assert told.returncode == FINDINGS
    assert json.loads(told.stdout)["error_kind"] == "parse"
    assert "\\u001b" in told.stdout
    assert "what the model wrote" not in told.stderr
    server.script(answer("word " * 100))
    said = mlsig(*RUN).stderr.splitlines()[-1]
    assert said.endswith("… (500 characters; --json has all)")
    assert len(said) < 400


@pytest.mark.parametrize("code", [401, 400])
def test_a_model_that_cannot_be_asked(mlsig: Shell, server: Misbehaving, code: int) -> None:
    server.script(status(code))
    done = mlsig(*RUN)
    assert (done.returncode, done.stdout) == (UNREACHABLE, "")
    assert f"status {code}" in done.stderr
    assert "toy/small" in done.stderr
    assert "toy-secret-key" not in done.stderr


def test_a_real_process_on_a_terminal_that_shows_ascii_alone(mlsig: Shell, server: Misbehaving) -> None:
    server.script(answer("sentiment: positive\n\u00e4\x9b\U0001f600"))
    path = os.pathsep.join([*(entry for entry in sys.path if entry), str(TESTS)])
    done = subprocess.run(
        [sys.executable, "-m", "mlsig_compiler", *RUN, "--json"],
        cwd=mlsig.folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (OK, "")
    assert json.loads(done.stdout)["text"].endswith("\u00e4\x9b\U0001f600")


def test_run_as_optimize_chose(mlsig: Shell, server: Misbehaving) -> None:
    words = ["--train", "toy:rows", "--test", "toy:held_out", "--budget-calls", 6, "--no-rules"]
    optimised = mlsig("optimize", "toy:Review", *words, "--store", "runs.db")
    assert optimised.returncode == OK, optimised.stderr
    done = mlsig(*RUN, "--store", "runs.db")
    assert done.returncode == OK, done.stderr
    assert mlsig(*RUN, "--store", "runs.db", "--run", "another").returncode == STORAGE


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--help"])
    said = capsys.readouterr().out
    assert stopped.value.code == OK
    assert "\nexamples:\n  mlsig run sentiment:Review" in said


def test_texts_are_read_as_what_the_signature_has(tmp_path: Path) -> None:
    assert inputs_of(["review=3"], Classify) == {"review": "3"}
    assert inputs_of(["review=a=b"], Classify) == {"review": "a=b"}
    with pytest.raises(InputError):
        inputs_of(["=x"], Classify)
