"""The whole way, with the real command and model: compile, measure, optimise, be interrupted, go on,
report.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from e2e.processes import alive, children, eventually, finished, mlsig
from e2e.project import copy_project, data_module, replaced, write_rows

pytestmark = pytest.mark.model

BUDGET = 30
SMALL_BUDGET = 14
NOBODY = {"MLSIG_LOCAL_URL": "http://127.0.0.1:9/v1"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Without a schema calls are three times faster, and the model that is shown no example answers nothing.
    fast = replaced(
        ("module(Chat, JSON) = JSON", "module(Chat, JSON) = Chat"), ("step=8) = 24", "step=8) = 8")
    )
    folder = copy_project(tmp_path_factory.mktemp("first_light"), fast)
    code, out, err = finished(mlsig("compile", cwd=folder))
    assert code == 0, out + err
    data = data_module()
    write_rows(folder / "train.jsonl", data.train()[:60])
    write_rows(folder / "test.jsonl", data.held_out()[:6])
    write_rows(folder / "tiny.jsonl", data.held_out()[:3])
    return folder


def optimize(test: str, budget: int, *words: str) -> list[str]:
    asked = ["optimize", "sentiment:Review", "--train", "train.jsonl", "--test", test, "--no-rules"]
    return [*asked, "--budget-calls", str(budget), *words]


def figures(summary: str) -> tuple[float, float, int, int]:
    """Return both accuracies, the calls of the search and its budget, from what was printed."""
    accuracy = re.search(r"accuracy \(\w+\) +([\d.]+) \[[\d., ]+\] +([\d.]+) \[", summary)
    calls = re.search(r"search: (\d+) of (\d+) calls", summary)
    assert accuracy is not None, summary
    assert calls is not None, summary
    return float(accuracy[1]), float(accuracy[2]), int(calls[1]), int(calls[2])


def test_measure_the_default_program(server: str, project: Path) -> None:
    code, out, err = finished(
        mlsig(
            *("eval", "sentiment:Review", "--data", "test.jsonl", "--limit", "3"),
            cwd=project,
            env={"MLSIG_LOCAL_URL": server},
        )
    )
    assert code == 0, err
    assert re.search(r"accuracy .*0\.\d+ \[", out)


def test_optimise_and_run_again(server: str, project: Path) -> None:
    words = optimize("test.jsonl", BUDGET, "--store", "runs.db", "--report", "report.html", "--resume")
    code, first, err = finished(mlsig(*words, cwd=project, env={"MLSIG_LOCAL_URL": server}), 300)
    assert code == 0, err
    baseline, best, calls, budget = figures(first)
    assert budget == BUDGET
    assert 0 < calls <= BUDGET
    assert best > baseline
    assert "final prompt" in first
    assert "<html" in (project / "report.html").read_text(encoding="utf-8")

    # A finished run is read from the store: nobody is there to be called.
    code, second, err = finished(mlsig(*words, cwd=project, env=NOBODY))
    assert code == 0, err
    assert second == first


def test_interrupted_and_killed_runs_go_on_where_they_were(project: Path) -> None:
    """Ctrl-C, then kill -9, then to the end with the command that the first interruption printed."""
    words = optimize("tiny.jsonl", SMALL_BUDGET, "--store", "broken-off.db", "--local")

    running = mlsig(*words, cwd=project)
    [server] = wait_for_calls(running)
    running.send_signal(signal.SIGINT)
    code, _, err = finished(running)
    assert code == 130
    assert not alive(server)
    command = next(line.strip() for line in err.splitlines() if line.strip().startswith("mlsig optimize"))
    assert shlex.split(command)[-1] == "--resume"
    again = shlex.split(command)[1:]

    running = mlsig(*again, cwd=project)
    [server] = wait_for_calls(running)
    running.kill()
    finished(running)
    assert eventually(lambda: not alive(server))

    code, out, err = finished(mlsig(*again, cwd=project), 300)
    assert code == 0, err
    assert figures(out)[2] <= SMALL_BUDGET

    code, repeated, _ = finished(mlsig(*again, cwd=project, env=NOBODY))
    assert (code, repeated) == (0, out)


def wait_for_calls(running: subprocess.Popen[str]) -> list[int]:
    """Wait until calls are made; return the ids of the processes that were started for them."""
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if line.startswith("searching"):
            return children(running.pid)
    raise AssertionError("it ended before it made calls\n" + "".join(said))
