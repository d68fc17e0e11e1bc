"""`mlsig serve` as people start it: what it refuses, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from e2e.processes import finished, python
from in_process import Shell
from misbehaving import Misbehaving, _Handler, answer
from mlsig import __main__ as command
from mlsig import load
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, conduct
from mlsig.store import Store
from mlsig_compiler.cli import OK, UNREACHABLE, USAGE
from served import until
from simulated import SimulatedLM
from toy import Review, reviews

TESTS = Path(__file__).resolve().parents[1]
KEY = "open-sesame-1234"


@pytest.fixture
def mlsig(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_sigterm_ends_calls_that_run_and_refuses_others() -> None:
    here, released = threading.Event(), threading.Event()

    def held(handler: _Handler) -> None:
        here.set()
        released.wait(60)
        answer("Sentiment: Positive")(handler)

    with Misbehaving() as model:
        model.script(held)
        environment = {"TOY_URL": model.url, "MLSIG_API_KEY": KEY}
        words = ("-m", "mlsig", "serve", "toy:Review", "--port", "0")
        process = python(*words, cwd=TESTS, env=environment)
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False, timeout=60) as api:
                replies: list[httpx.Response] = []
                call = {"review": "so good"}
                caller = threading.Thread(
                    target=lambda: replies.append(api.post("/programs/Review", json=call))
                )
                caller.start()
                assert here.wait(60)
                assert api.get("/ready").status_code == 200
                process.send_signal(signal.SIGTERM)
                until(lambda: api.get("/ready").status_code == 503)
                assert api.get("/health").status_code == 200
                refused = api.post("/programs/Review", json=call)
                assert (refused.status_code, refused.json()["type"]) == (503, "urn:mlsig:problem:stopping")
                assert refused.headers["retry-after"] == "5"
                released.set()
                caller.join(60)
                assert (replies[0].status_code, replies[0].json()) == (200, {"sentiment": "positive"})
            code, out, err = finished(process)
        finally:
            released.set()
            process.kill()
    assert (code, out) == (OK, "")
    assert "POST /programs/Review 200" in err
    assert KEY not in err
    assert "toy-secret-key" not in err
    assert "Traceback" not in err


def test_others_are_not_served_without_a_key(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLSIG_API_KEY", raising=False)
    for host in ("0.0.0.0", "::", "example.org", "192.168.0.7"):
        done = mlsig("serve", "toy", "--host", host)
        assert done.returncode == USAGE
        assert f"error: {host} can be reached from other machines, and there is no key" in done.stderr
    monkeypatch.setenv("MINE", "two words")
    done = mlsig("serve", "toy", "--key-env", "MINE")
    assert (done.returncode, done.stderr) == (
        USAGE,
        "error: MINE: a key must be ASCII text without spaces, and not empty\n",
    )
    monkeypatch.setenv("MINE", "")
    assert mlsig("serve", "toy", "--key-env", "MINE").returncode == USAGE


def test_wrong_use_is_told(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (mlsig.folder / "other.py").write_text("import toy\nReview = toy.Review.with_reasks(1)\n")
    monkeypatch.syspath_prepend(str(mlsig.folder))
    said = {
        ("nowhere",): "there is no module nowhere",
        ("toy:Reviw",): "did you mean Review?",
        ("toy:",): "is neither a module, such as sentiment, nor module:Program",
        ("served",): "module served has no programs",
        ("toy", "other"): "two programs are called Review: serve them apart",
        ("toy", "--tls-key", "key.pem"): "--tls-key goes with --tls-cert",
        ("toy", "--port", "70000"): "70000 is not a port",
        ("toy", "--port", "http"): "'http' is not a port",
        ("toy", "--run", "7"): "--run names a run of a store",
    }
    for words, message in said.items():
        done = mlsig("serve", *words)
        assert done.returncode == USAGE
        assert message in done.stderr


def test_an_address_that_is_taken_is_told(mlsig: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = mlsig("serve", "toy", "--quiet", "--port", port)
    assert done.returncode == UNREACHABLE
    assert f"error: cannot listen at 127.0.0.1, port {port}: " in done.stderr


def test_the_local_model_is_served_meanwhile(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    @contextmanager
    def serve() -> Iterator[None]:
        told.append("there")
        try:
            yield
        finally:
            told.append("gone")

    monkeypatch.setattr("mlsig.local.serve", serve)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert mlsig("serve", "toy", "--quiet", "--port", port).returncode == UNREACHABLE
        assert told == []
        assert mlsig("serve", "toy", "--quiet", "--local", "--port", port).returncode == UNREACHABLE
    assert told == ["there", "gone"]


def test_programs_run_as_a_run_of_the_optimiser_chose(mlsig: Shell) -> None:
    store = mlsig.folder / "runs.db"
    train, test, settings = reviews(20), reviews(6, start=1_000), Settings(budget_calls=60, seed=1)
    with Store(store) as opened:
        experiment = Experiment(program=Review, train=train, test=test, settings=settings)
        asyncio.run(conduct(experiment, SimulatedLM(), opened, "new"))
    best = load(Review, store).prompt(review="so good")
    assert [message.content for message in best] != [
        message.content for message in Review.prompt(review="so good")
    ]
    with Misbehaving() as model:
        model.script(answer("Sentiment: Positive"))
        words = ("-m", "mlsig", "serve", "toy:Review", "--port", "0", "--quiet", "--no-key")
        process = python(*words, "--store", str(store), cwd=TESTS, env={"TOY_URL": model.url})
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as api:
                reply = api.post("/programs/Review", json={"review": "so good"})
                assert (reply.status_code, reply.json()) == (200, {"sentiment": "positive"})
            process.send_signal(signal.SIGTERM)
            assert finished(process)[0] == OK
        finally:
            process.kill()
        sent = model.requests[0].body["messages"]
    assert [message["content"] for message in sent] == [message.content for message in best]
    done = mlsig("serve", "toy:Review", "--store", store, "--run", "nowhere")
    assert done.returncode != OK
    assert "nowhere" in done.stderr


def test_what_is_not_installed_is_told(mlsig: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mlsig.serving.server", raising=False)
    monkeypatch.delattr("mlsig.serving.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = mlsig("serve", "toy")
    assert (done.returncode, done.stderr) == (
        USAGE,
        'error: serving needs uvicorn: `pip install "mlsig[serve]"`\n',
    )
    monkeypatch.setattr("mlsig.__main__.DISTRIBUTION", "mlsig-that-is-not-there")
    assert command.main() == USAGE
