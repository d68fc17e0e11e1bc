"""`mlsig top` of a real server."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import toy
from e2e.processes import finished, mlsig
from in_process import Shell
from misbehaving import Misbehaving, answer, body, status
from mlsig.orchestrator.state import ModelState, Node, ProgramState, State
from mlsig.serving.settings import Settings
from mlsig_compiler.cli import OK, UNREACHABLE, USAGE
from mlsig_compiler.cli.top_verb import Unreachable, read
from mlsig_compiler.cli.top_view import duration, figures, frame
from rich.console import Console
from served import Served, until

KEY = "open-sesame-1234"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server that has answered one call, and failed another."""
    with Misbehaving() as model, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOY_URL", model.url)
        model.script(answer("Sentiment: Positive"), status(400))
        with Served({"Review": toy.Review}, Settings(key=KEY)) as running:
            codes = [running.api.post("/programs/Review", json={"review": "x"}).status_code for _ in range(2)]
            assert codes == [200, 502]
            yield running


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("MLSIG_API_KEY", KEY)
    return Shell(tmp_path)


def test_one_look(shell: Shell, served: Served) -> None:
    done = shell("top", served.url, "--once")
    assert (done.returncode, done.stderr) == (OK, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith("mlsig running · up ")
    assert lines[0].endswith("· 0 calls run, 0 wait, of 2105 · 0 requests to models · 0 restarts · $0.0001")
    assert any(line.startswith("Review 0 0 1 1 0 0 0 ") for line in lines)
    assert "RequestRejected 1" in lines
    assert any(line.startswith("toy/small 1 1 0 ") and " 1000 500 $0.0001 " in line for line in lines)
    assert any("program_supervisor running" in line for line in lines)
    found = json.loads(shell("top", served.url, "--once", "--json").stdout)
    assert (found["programs"][0]["succeeded"], found["models"][0]["input_tokens"]) == (1, 1000)
    assert KEY not in done.stdout


def test_what_cannot_be_shown_is_told(shell: Shell, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("top", "ftp://here").stderr.startswith("error: 'ftp://here' is no address of a server")
    assert shell("top", "http://[", "--once").returncode == USAGE
    away = shell("top", "http://models.example", "--once")
    assert (away.returncode, "use https://" in away.stderr) == (USAGE, True)
    nobody = shell("top", "http://127.0.0.1:9", "--once")
    assert (nobody.returncode, "nothing answers at http://127.0.0.1:9" in nobody.stderr) == (
        UNREACHABLE,
        True,
    )
    assert shell("top", "--json").returncode == USAGE
    elsewhere = shell("top", f"{served.url}/below", "--once")
    assert (elsewhere.returncode, "it says 404" in elsewhere.stderr) == (UNREACHABLE, True)
    monkeypatch.setenv("MLSIG_API_KEY", "another")
    refused = shell("top", served.url, "--once")
    assert (refused.returncode, "asks for a key" in refused.stderr) == (USAGE, True)


def test_it_is_shown_until_ctrl_c(served: Served) -> None:
    def looks() -> int:
        metrics = served.api.get("/metrics").text.splitlines()
        counted = 'mlsig_http_request_duration_seconds_count{path="/status",status="200"}'
        return int(float(next((line.split()[-1] for line in metrics if line.startswith(counted)), "0")))

    before = looks()
    process = mlsig("top", served.url, "--interval", "0.05", env={"MLSIG_API_KEY": KEY})
    try:
        until(lambda: looks() > before + 2)
        process.send_signal(signal.SIGINT)
        code, out, err = finished(process)
    finally:
        process.kill()
    assert (code, err) == (OK, "")
    assert "toy/small" in out


def shown(now: State, before: State | None = None) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(frame(now, before))
    return capture.get()


def test_rates_are_those_between_two_looks() -> None:
    tree = Node(id="mlsig\x1b[2J", kind="supervisor", state="running")
    tree.children = [Node(id="store", kind="worker", state="restarting", restarts=3, last="crash")]
    old = State(
        name="mlsig", state="running", uptime=100.0, waiting=0, running=1, most=5, requests=1,
        cost=1.0, restarts=0, zombies=[], tree=tree,
        programs=[ProgramState(name="Review", succeeded=10, seconds=20.0)],
        models=[ModelState(provider="toy", model="small", calls=10, cost=1.0)],
    )  # fmt: skip
    new = msgspec.structs.replace(
        old,
        uptime=110.0,
        zombies=["one", "two"],
        programs=[ProgramState(name="Review", succeeded=30, seconds=50.0, tokens=7)],
        models=[ModelState(provider="toy", model="small", calls=60, cost=2.0)],
        components={"schemas": {"entries": 3, "hits": 0, "ratio": 0.25, "names": ["a", "b"], "why": None}},
    )
    text = shown(new, old)
    assert "\x1b[2J" not in text
    assert "zombies: one, two" in text
    assert "store  restarting  restarts: 3  last ended by crash" in text
    assert "entries 3 · ratio 0.25 · names 2" in text
    [review] = [line.split() for line in text.splitlines() if line.startswith("Review")]
    assert review[8:12] == ["2", "1.50", "s", "7"]
    [model] = [line.split() for line in text.splitlines() if line.startswith("toy/small")]
    assert (model[4], model[-1]) == ("5", "$360.00")
    # A server that was started again has rates since then.
    again = msgspec.structs.replace(old, uptime=5.0)
    [review] = [line.split() for line in shown(again, old).splitlines() if line.startswith("Review")]
    assert review[8:11] == ["2", "2.00", "s"]
    assert [duration(each) for each in (5, 65, 3_700, 90_061)] == ["5 s", "1 min 5 s", "1 h 1 min", "1 d 1 h"]
    assert figures({"a": {"b": 1, "c": 0.0}, "d": []}) == ["a b 1"]


def test_another_server_is_not_taken_for_ours(shell: Shell) -> None:
    with Misbehaving() as other:
        other.script(body(b"{}"))
        done = shell("top", other.url, "--once")
    assert done.returncode == UNREACHABLE
    assert "is no `mlsig serve`" in done.stderr
    for raw in (b"{}", b"<html>", b"[" * 100_000):
        with pytest.raises(Unreachable, match="is no `mlsig serve`"):
            read(other.url, raw)
