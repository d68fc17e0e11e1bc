"""The background loop: threads, interrupts, forks of thought, the end of the process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest
import steps
from misbehaving import Misbehaving, answer, hang
from mlsig.errors import ProviderError
from mlsig.providers import sync
from mlsig.providers.declared import Provider
from mlsig.providers.messages import Reply, Request

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    sync.close()


async def where() -> tuple[int, int]:
    return threading.get_ident(), id(asyncio.get_running_loop())


def test_all_threads_share_one_loop() -> None:
    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(lambda _: sync.run(where()), range(20)))
    assert len(places) == 1
    assert places.pop()[0] != threading.get_ident()


def test_it_starts_anew_after_it_was_closed() -> None:
    sync.run(where())
    first = next(thread for thread in threading.enumerate() if thread.name == "mlsig")
    sync.close()
    sync.close()
    assert not first.is_alive()
    assert sync.run(where())[0] != threading.get_ident()


def test_errors_come_back_as_they_are() -> None:
    async def fail() -> None:
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        sync.run(fail())


def test_waiting_for_oneself_is_refused() -> None:
    async def nested() -> None:
        sync.run(where())

    with pytest.raises(RuntimeError, match="use `acall`"):
        sync.run(nested())


def test_closing_cancels_what_is_under_way() -> None:
    started = threading.Event()
    ended: list[str] = []

    async def forever() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cancelled")

    def wait() -> None:
        with pytest.raises(CancelledError):
            sync.run(forever())

    thread = threading.Thread(target=wait)
    thread.start()
    assert started.wait(5)
    sync.close()
    thread.join(5)
    assert ended == ["cancelled"]


def test_an_interrupted_caller_leaves_no_call_behind() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    def interrupt() -> None:
        begun.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        sync.run(forever())
    thread.join(5)
    assert ended.wait(5)


def test_a_caller_interrupted_before_the_call_begins_leaves_none_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[bool] = []

    async def work() -> None:
        begun.append(True)

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mlsig.providers.sync._Errand.send", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sync.run(work())
    sync.run(where())
    assert begun == []


def test_the_shared_client_answers_any_loop(server: Misbehaving) -> None:
    server.script(answer("good"))
    lm = sync.SharedClient(_declared(server))
    request = Request(provider="local", model="small", messages=())

    async def from_there() -> str:
        return (await lm.complete(request)).text

    assert [asyncio.run(from_there()) for _ in range(2)] == ["good", "good"]
    assert sync.run(from_there()) == "good"  # on the background loop itself
    bad = sync.SharedClient({})
    with pytest.raises(ProviderError, match="no such provider"):
        asyncio.run(bad.complete(request))


def test_a_cancelled_task_of_another_loop_stops_its_call(server: Misbehaving) -> None:
    server.script(hang)
    lm = sync.SharedClient(_declared(server))

    async def impatient() -> None:
        async with asyncio.timeout(0.1):
            await lm.complete(Request(provider="local", model="small", messages=()))

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())

    async def others() -> int:
        for _ in range(100):
            if len(asyncio.all_tasks()) == 1:
                break
            await asyncio.sleep(0.01)
        return len(asyncio.all_tasks())

    assert sync.run(others()) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_gets_a_loop_of_its_own(tmp_path: Path) -> None:
    script = (
        "import os, asyncio\n"
        "from mlsig.providers import sync\n"
        "sync.run(asyncio.sleep(0))\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sync.run(asyncio.sleep(0))\n"
        "    sync.close()\n"
        "    os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert _python(script) == ("7\n", "")


def test_a_script_ends_in_silence(server: Misbehaving) -> None:
    server.script(answer("good"))
    script = (
        "import steps\n"
        "from mlsig.providers.client import Client\n"
        "from mlsig.providers.declared import Provider\n"
        f"local = Provider(name='local', protocol='openai', base_url={server.url!r})\n"
        "steps.FeelProgram.providers = {'local': local}\n"
        "print(steps.FeelProgram()(review='x').mood)\n"
        "print(steps.FeelProgram().using(Client({'local': local}))(review='x').mood)\n"
    )
    assert _python(script) == ("good\ngood\n", "")


def _python(script: str) -> tuple[str, str]:
    path = os.pathsep.join([str(ROOT / "runtime"), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout, done.stderr


def test_an_immediate_model_starts_no_thread() -> None:
    class Instant:
        def complete_sync(self, request: Request) -> Reply:
            return Reply(text=request.model)

    request = Request(provider="local", model="small", messages=())
    assert sync.complete(Instant(), request).text == "small"
    assert not any(thread.name == "mlsig" for thread in threading.enumerate())


def test_programs_from_many_threads(server: Misbehaving) -> None:
    server.script(answer("good"))
    steps_provider = steps.FeelProgram.providers
    program = type("Here", (steps.FeelProgram,), {"providers": _declared(server)})()
    with ThreadPoolExecutor(8) as pool:
        moods = list(pool.map(lambda index: program(review=f"film {index}").mood, range(24)))
    assert moods == ["good"] * 24
    assert steps.FeelProgram.providers is steps_provider


def _declared(server: Misbehaving) -> dict[str, Provider]:
    return {"local": Provider(name="local", protocol="openai", base_url=server.url)}
