"""Hundreds of evaluations at once over real connections to a server that fails: each is accounted for."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import Any, ClassVar

from mlsig.evaluation import aevaluate
from mlsig.evaluation.ledger import MemoryLedger
from mlsig.orchestrator import Supervisor
from mlsig.orchestrator.components import EvaluationWorkers
from mlsig.providers.client import Client
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.providers.transport import Timeouts
from toy import Review, reviews

COUNT = 500
FAULTS = ("error", "cut", "garbage", "late", "never")
ANSWER = {"choices": [{"message": {"content": "positive"}, "finish_reason": "stop"}]}
FILM = re.compile(rb"film number (\d+)")


class Failing(asyncio.Protocol):
    """Answers requests; every twentieth of a new film fails, in one way after the other."""

    asked: ClassVar[Counter[int]] = Counter()
    failed: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.got = b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        sizes = re.search(rb"content-length: (\d+)", head.lower())
        if not end or sizes is None or len(body) < int(sizes[1]):
            return
        self.got = b""
        film = int(FILM.findall(body)[-1])
        self.asked[film] += 1
        fault = FAULTS[film // 20 % 5] if film % 20 == 0 and self.asked[film] == 1 else ""
        self.failed[fault] += 1
        if fault == "cut":
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            self.transport.abort()
        elif fault == "late":
            asyncio.get_running_loop().call_later(0.1, self.send, ANSWER)
        elif fault == "error":
            self.send({"error": {"message": "stumbled"}}, "500 Internal Server Error")
        elif fault != "never":
            self.send({"fine": True} if fault == "garbage" else ANSWER)

    def send(self, said: Any, status: str = "200 OK") -> None:
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def test_none_of_five_hundred_is_lost() -> None:
    heard: Counter[str] = Counter()
    most = 0
    ledger = MemoryLedger()
    workers = EvaluationWorkers(workers=COUNT, timeout=120.0)
    server = await asyncio.get_running_loop().create_server(Failing, "127.0.0.1", 0, backlog=1_000)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    provider = Provider(
        name="toy",
        protocol="openai",
        base_url=url,
        limits=Limits(concurrency=50),
        models=(Model(name="small"),),
    )

    def hear(job: Any, result: Any) -> None:
        nonlocal most
        heard[result.example] += 1
        most = max(most, workers.stats().running)

    async with (
        server,
        Client({"toy": provider}, timeouts=Timeouts(read=3.0, total=120.0)) as client,
        Supervisor([workers.child()]) as top,
    ):
        found = await aevaluate(
            Review,
            reviews(COUNT),
            lm=client,
            concurrency=COUNT,
            workers=workers,
            ledger=ledger,
            on_result=hear,
        )
        assert workers.stats().running == workers.stats().waiting == 0
        assert top.stats().restarts == 0
    assert {fault: Failing.failed[fault] for fault in FAULTS} == dict.fromkeys(FAULTS, 5)
    assert len(found.results) == len(heard) == COUNT
    assert set(heard.values()) == {1}
    assert most > COUNT / 4
    # What was broken in a way that may pass was asked again; an answer that is none is a failed example.
    assert Counter(result.error_kind for result in found.results) == {None: COUNT - 5, "provider": 5}
    assert sum(Failing.asked.values()) == COUNT + 4 * 5 - 5
    assert ledger.paid(["held-out"]) == COUNT
