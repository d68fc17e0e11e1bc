"""A model that answers from a script, and programs that reason: what the tests of strategies share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

import steps
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.programs.executions import Execution
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.providers.messages import Reply, Request, ToolCall

Said = str | tuple[ToolCall, ...] | Exception | Callable[[Request], str]


class Scripted:
    """Answers with what stands next in its script: text, calls of tools, an error, what a function makes."""

    def __init__(self, *script: Said, pause: float = 0.0) -> None:
        self.script = list(script)
        self.asked: list[Request] = []
        self.pause = pause
        self.most = 0
        self._now = 0

    async def complete(self, request: Request) -> Reply:
        said = self._next(request)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(self.pause)
        finally:
            self._now -= 1
        return self._reply(said, request)

    def _next(self, request: Request) -> Said:
        self.asked.append(request)
        return self.script[min(len(self.asked), len(self.script)) - 1]

    @staticmethod
    def _reply(said: Said, request: Request) -> Reply:
        if isinstance(said, Exception):
            raise said
        if isinstance(said, tuple):
            return Reply(text="", calls=said, finish="tools", input_tokens=7, output_tokens=2, cost=0.5)
        text = said if isinstance(said, str) else said(request)
        return Reply(text=text, input_tokens=7, output_tokens=2, cost=0.5)


class InPlace(Scripted):
    """The same, for callers that wait: needs no event loop."""

    async def complete(self, request: Request) -> Reply:
        raise AssertionError(f"should not be awaited for {request.model}")

    def complete_sync(self, request: Request) -> Reply:
        return self._reply(self._next(request), request)


class ThinkingSettings(steps.Settings, frozen=True, kw_only=True):
    max_hops: int = 8
    max_tries: int = 3
    samples: int = 5


KNOWING = Provider(
    name="local",
    protocol="openai",
    base_url="http://127.0.0.1:9/v1",
    limits=Limits(concurrency=4),
    models=(
        Model(name="small", supports=frozenset({"json_schema"})),
        Model(name="tooled", supports=frozenset({"json_schema", "tools"})),
    ),
)


class FeelProgram(steps.FeelProgram):
    providers: ClassVar[dict[str, Provider]] = {"local": KNOWING}


class WideProgram(steps.WideProgram):
    providers: ClassVar[dict[str, Provider]] = {"local": KNOWING}


def feel(reasoning: str, *tools: Any, **settings: Any) -> Program:
    """A program that says what a writer felt."""
    config = ThinkingSettings(reasoning=reasoning, **settings)
    return FeelProgram(Candidate(config)).with_tools(*tools)


def execute(program: Program, lm: Any, seed: int | None = None, **inputs: Any) -> Execution:
    given = program.signature.Input.validate(inputs or {"review": "x"})
    return asyncio.run(program.execute(given, lm, seed=seed))


def waiting(seconds: float = 30.0) -> float:
    """Return a time on the clock that a test must not reach."""
    return time.monotonic() + seconds
