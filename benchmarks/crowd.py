"""What one process needs for very many: evaluations against a server that fails, and supervised children.

python -m benchmarks.crowd evaluations URL COUNT       each prints one JSON object
python -m benchmarks.crowd children COUNT

Every twentieth request fails in one of five ways: an error of the server, a connection that is cut, an answer
that is none, one that comes late, and one that never comes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, ClassVar

from mlsig.evaluation import aevaluate
from mlsig.orchestrator import Child, DynamicSupervisor, Started
from mlsig.orchestrator.components.evaluation_workers import EvaluationWorkers
from mlsig.providers.client import Client
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.providers.transport import Timeouts

from benchmarks.serving import Connection, completion, serving, written
from benchmarks.timing import peak

FAULTS = ("error", "cut", "garbage", "late", "never")
SHARE = 20
LATE = 0.5
PATIENCE = 10.0
CONNECTIONS = 100


def fault_of(question: bytes, attempt: int) -> str | None:
    """Return how an attempt to answer a question fails: one in `SHARE` does, whatever the order."""
    drawn = int.from_bytes(hashlib.blake2b(question + b"/%d" % attempt, digest_size=8).digest(), "big")
    return FAULTS[drawn // SHARE % len(FAULTS)] if drawn % SHARE == 0 else None


def failing_server() -> AbstractContextManager[str]:
    """Serve chat completions in a process of its own."""
    return serving(_Failing)


class _Failing(Connection):
    """Answers each request, or not."""

    attempts: ClassVar[Counter[bytes]] = Counter()  # by question, of all connections

    def asked(self, body: bytes) -> None:
        question = body[body.index(b"question number") :].split(b"?")[0]
        self.attempts[question] += 1
        self.answer(fault_of(question, self.attempts[question]))

    def answer(self, fault: str | None) -> None:
        if fault == "cut":
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            self.transport.abort()
        elif fault == "late":
            asyncio.get_running_loop().call_later(LATE, self.send, completion("42"))
        elif fault == "error":
            self.send({"error": {"message": "stumbled"}}, "500 Internal Server Error")
        elif fault == "garbage":
            self.send({"fine": True})
        elif fault is None:
            self.send(completion("42"))

    def send(self, said: Any, status: str = "200 OK") -> None:
        self.transport.write(written(said, status))


async def evaluations(
    url: str, count: int, program: Any, answer: Any, patience: float = PATIENCE
) -> dict[str, Any]:
    """Evaluate so many examples, all at once, and say what became of them."""
    provider = Provider(
        name="stub",
        protocol="openai",
        base_url=url,
        limits=Limits(concurrency=CONNECTIONS),
        models=(Model(name="echo"),),
    )
    examples = [
        answer.example({"question": f"question number {number}?", "answer": "42"}) for number in range(count)
    ]
    heard: Counter[str] = Counter()
    start = time.process_time()
    async with (
        Client({"stub": provider}, timeouts=Timeouts(read=patience, total=1_200.0)) as client,
        EvaluationWorkers(workers=count) as workers,
    ):
        # Nothing is sent before all of them wait for a connection.
        slots = client._here().lane(provider)._slots
        for _ in range(CONNECTIONS):
            await slots.acquire()

        async def open_when_all_are_there() -> int:
            while workers.stats().running < count:
                await asyncio.sleep(0.01)
            for _ in range(CONNECTIONS):
                slots.release()
            return workers.stats().running

        opened = asyncio.create_task(open_when_all_are_there())
        found = await aevaluate(
            program,
            examples,
            lm=client,
            concurrency=count,
            workers=workers,
            on_result=lambda _, result: heard.update((result.example,)),
        )
        at_once = await opened
        stats = workers.stats()
    kinds = Counter(result.error_kind or "answered" for result in found.results)
    return {
        "count": count,
        "accounted": len(found.results),
        "lost": len({example.id for example in examples} - set(heard)),
        "twice": sum(times > 1 for times in heard.values()),
        "kinds": dict(kinds),
        "calls": found.calls,
        "at_once": at_once,
        "crashed": stats.crashed,
        "cpu": time.process_time() - start,
        "peak": peak() / 1024,
    }


async def children(count: int) -> dict[str, Any]:
    """Supervise so many children that do nothing, and say what that took."""

    async def idle(started: Started) -> None:
        started()
        await asyncio.get_running_loop().create_future()

    async with DynamicSupervisor() as found:
        before = peak()
        for at in range(count):
            await found.start_child(Child(f"child{at}", idle))
        assert found.stats().active == count
        return {"each": (peak() - before) / count}


def main() -> None:
    """Be the process that is measured."""
    what, *words = sys.argv[1:]
    if what == "children":
        done = asyncio.run(children(int(words[0])))
    else:
        ours = import_module("bench_crowd")
        done = asyncio.run(evaluations(words[0], int(words[1]), ours.QA, ours.Answer))
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
