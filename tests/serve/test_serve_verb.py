"""`mlsig serve` as people start it: what it refuses, and how it ends."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from pathlib import Path

import httpx
import pytest
from e2e.processes import finished, python
from in_process import Shell
from misbehaving import Misbehaving, _Handler, answer
from mlsig import __main__ as command
from mlsig_compiler.cli import OK, UNREACHABLE, USAGE
from served import until

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
