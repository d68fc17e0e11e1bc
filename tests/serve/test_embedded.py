"""The orchestrator inside of other things: the FastAPI application and the notebook of the example."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import json
import signal
import sys
import threading
from collections.abc import Iterator

import httpx
import pytest
from e2e.processes import ROOT, finished, python
from misbehaving import Misbehaving, _Handler, answer, status
from served import until

SENTIMENT = ROOT / "examples" / "sentiment"
GOOD = '{"sentiment": "positive"}'


@pytest.fixture
def model() -> Iterator[Misbehaving]:
    with Misbehaving() as running:
        running.script(answer(GOOD))
        yield running


def test_fastapi(model: Misbehaving) -> None:
    """Its own routes, those of mlsig mounted below, and a SIGTERM while a call is under way."""
    here, released = threading.Event(), threading.Event()

    def held(handler: _Handler) -> None:
        here.set()
        released.wait(60)
        answer(GOOD)(handler)

    words = ("-m", "uvicorn", "sentiment_app:app", "--port", "0", "--no-access-log")
    process = python(*words, cwd=SENTIMENT, env={"MLSIG_LOCAL_URL": model.url})
    try:
        assert process.stderr is not None
        seen: list[str] = []
        while "running on " not in (line := process.stderr.readline()):
            seen.append(line)
            assert line, "".join(seen)
        url = line.partition("running on ")[2].split()[0]
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as api:
            call = {"review": "Not a dull moment."}
            assert api.post("/reviews", json=call).json() == {"sentiment": "positive"}
            assert api.post("/mlsig/programs/Review", json=call).json() == {"sentiment": "positive"}
            assert api.get("/mlsig/ready").json() == {"status": "running"}
            assert api.get("/mlsig/openapi.json").json()["servers"] == [{"url": "/mlsig"}]
            assert 'path="/programs/Review",status="200"' in api.get("/mlsig/metrics").text
            assert "/programs/Review/stream" in api.get("/mlsig/", follow_redirects=True).text
            assert api.post("/reviews", json={"review": 3}).status_code == 422
            model.script(status(400, "SECRET"))
            failed = api.post("/reviews", json=call)
            assert failed.json()["type"] == "urn:mlsig:problem:provider-rejected"
            assert failed.headers["content-type"] == "application/problem+json"
            assert "SECRET" not in failed.text
            model.script(held)
            replies: list[httpx.Response] = []
            caller = threading.Thread(target=lambda: replies.append(api.post("/reviews", json=call)))
            caller.start()
            assert here.wait(60)
            process.send_signal(signal.SIGTERM)
            until(lambda: _refused(url))
            released.set()
            caller.join(60)
            assert replies[0].json() == {"sentiment": "positive"}
        process.stderr.read()
        assert process.wait(60) == -signal.SIGTERM  # uvicorn's way: it ends, and then by the signal
    finally:
        released.set()
        process.kill()
        finished(process)


def _refused(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.TransportError:
        return True
    return False


def test_notebook(model: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells, one after the other in one event loop, as IPython runs them."""
    monkeypatch.setenv("MLSIG_LOCAL_URL", model.url)
    monkeypatch.syspath_prepend(str(SENTIMENT))
    for name in [name for name in sys.modules if name.split(".")[0] == "generated"]:
        monkeypatch.delitem(sys.modules, name)
    cells = json.loads((SENTIMENT / "sentiment_notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    async def notebook() -> None:
        namespace: dict[str, object] = {}
        for text in texts:
            code = compile(text, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if inspect.iscoroutine(found := eval(code, namespace)):
                await found

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        asyncio.run(notebook())
    lines = shown.getvalue().splitlines()
    assert lines[:2] == ["positive", "positive  A bore."]
    assert "      Review: running" in lines
    assert "succeeded" in lines[-1]
    for name in [name for name in sys.modules if name.split(".")[0] == "generated"]:
        monkeypatch.delitem(sys.modules, name)
