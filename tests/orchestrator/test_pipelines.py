"""A compiled pipeline under an orchestrator, over real connections, cancelled wherever it waits."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from types import ModuleType
from typing import Any, ClassVar

import pytest
from cancelling import every_point
from golden.cases import FOLDER, expected
from mlsig.orchestrator import Orchestrator
from mlsig.orchestrator.components import ResourceManager, ToolRegistry
from mlsig.orchestrator.tree import Components
from mlsig.providers.client import Client
from mlsig.providers.declared import Limits, Model, Provider
from reference.imported import on_path

ANSWERS = {"queries": ["rain", "snow"], "fine": True, "answer": "42"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("pipelines")
    shutil.copy(expected("pipelines"), out / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("pipelines")
        for name in ("pipelines", "pipelines_functions"):
            sys.modules.pop(name, None)


class Answering(asyncio.Protocol):
    """Answers whatever is asked; knows how many connections are open."""

    open: ClassVar[set[asyncio.BaseTransport]] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.open.add(transport)
        self.got = b""

    def connection_lost(self, error: Exception | None) -> None:
        self.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        sizes = re.search(rb"content-length: (\d+)", head.lower())
        if not end or sizes is None or len(body) < int(sizes[1]):
            return
        self.got = b""
        asked = json.loads(body)["messages"][0]["content"]
        name = next(name for name in ANSWERS if name in asked)
        text = json.dumps({name: ANSWERS[name]})
        said = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(said)
        self.transport.write(head + said.encode())


@asynccontextmanager
async def answering() -> AsyncGenerator[Client, None]:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    limits, models = Limits(concurrency=2), (Model(name="m"),)
    provider = Provider(name="p", protocol="openai", base_url=url, limits=limits, models=models)
    async with server, Client({"p": provider}) as client:
        yield client


@pytest.mark.parametrize("way", ["call", "stream"])
async def test_cancelled_at_every_await_nothing_is_left(
    made: ModuleType, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = asyncio.Lock()

    async def search(*, query: str, k: int) -> list[Any]:
        async with lock:
            await asyncio.sleep(0)
            return [made.Passage(text=query, note=None)] * k

    monkeypatch.setattr("pipelines_functions.search", search)
    resources = ResourceManager()
    tools = ToolRegistry(resources=resources)
    tools.register(made.search, needs={"memory_mb": 600})
    components = Components(resource_manager=resources, tool_registry=tools)
    ends: list[Any] = []

    async def called() -> None:
        if way == "call":
            ends.append(await orchestrator.call(research, question="why?"))
            return
        async with aclosing(orchestrator.stream(research, {"question": "why?"})) as found:
            ends.append([each async for each in found][-1])

    points = 0
    async with answering() as client:
        research = made.Research.using(client)
        async with Orchestrator(research, pipelines=1, clients=2, components=components) as orchestrator:
            await called()  # the connections are there
            before = asyncio.all_tasks()
            async for task in every_point(called, most=2_000):
                points += 1
                assert task.cancelled() or task.exception() is None
                for _ in range(100):
                    if asyncio.all_tasks() == before:
                        break
                    await asyncio.sleep(0)
                assert asyncio.all_tasks() == before
                figures = orchestrator.stats()
                assert (figures.running, figures.waiting, figures.requests) == (0, 0, 0)
                assert orchestrator.clients.stats().lent == 0
                assert resources.stats().usage["memory_mb"].used == 0
                assert (tools.stats().running, tools.stats().waiting, lock.locked()) == (0, 0, False)
                assert len(Answering.open) <= 2
            assert orchestrator.stats().zombies == ()
            assert tools.stats().tools["search"].succeeded > 0
    assert points > 20
    assert ends[0] == ends[-1] == made.Answer.Output(answer="42")
