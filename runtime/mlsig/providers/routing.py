"""More than one provider or model behind one `LM`: in turn, one after the other, or two at once.

program.using(Fallback(client, Target("groq", "llama-3.3-70b-versatile"), Target("openai", "gpt-4o-mini")))
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from itertools import count
from typing import Any, Final

import msgspec

from mlsig.errors import ProviderError, RequestRejected
from mlsig.providers.around import Around
from mlsig.providers.clock import Clock
from mlsig.providers.messages import LM, Reply, Request
from mlsig.telemetry.calls import log

NOT_FOUND: Final = 404


class Target(msgspec.Struct, frozen=True):
    """A model at a provider."""

    provider: str
    model: str


class Fallback(Around):
    """Asks the request's own model first, and the others in order when that fails.

    An error that says that the request is wrong ends it: it would be wrong everywhere. When all fail, the
    error is that of the last one, with notes of those before it.
    """

    def __init__(self, lm: LM, *others: Target) -> None:
        self._lm = lm
        self._others = others

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        own = Target(request.provider, request.model)
        return _first(request, (own, *(other for other in self._others if other != own)))


class RoundRobin(Around):
    """Spreads requests over targets in turn; whose turn it is answers, or else the ones after it.

    When all fail, the error is that of the last one, with notes of those before it.
    """

    def __init__(self, lm: LM, *targets: Target) -> None:
        if not targets:
            raise ValueError("a round robin needs at least one target")
        self._lm = lm
        self._targets = targets
        self._turns = count()

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        turn = next(self._turns) % len(self._targets)
        return _first(request, (*self._targets[turn:], *self._targets[:turn]))


class Hedged:
    """Asks a second time when an answer is late, takes the first that comes, and cancels the other.

    It buys a short tail of latencies with calls, so put it inside of a budget, and set `after` to what nine
    of ten answers take or less.
    """

    def __init__(self, lm: LM, after: float, *, clock: Clock | None = None) -> None:
        self._lm = lm
        self._after = after
        self._clock = clock or Clock()

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            ProviderError: Both failed, or the first did before it was late.
        """
        tasks = [asyncio.create_task(self._ask(request))]
        waiting = asyncio.create_task(self._wait())
        first: tuple[asyncio.Task[Any], ...] = (tasks[0], waiting)
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                tasks.append(asyncio.create_task(self._ask(request)))
            pending = set(tasks)
            while True:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                good = [task for task in done if task.exception() is None]
                if good or not pending:
                    return (good or list(done))[0].result()
        finally:
            begun: list[asyncio.Task[Any]] = [*tasks, waiting]
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

    async def _ask(self, request: Request) -> Reply:
        return await self._lm.complete(request)

    async def _wait(self) -> None:
        await self._clock.sleep(self._after)


def _first(request: Request, targets: tuple[Target, ...]) -> Generator[Request, Reply, Reply]:
    """Ask one target after the other, and return the first answer."""
    failed: list[ProviderError] = []
    for target in targets:
        try:
            return (yield msgspec.structs.replace(request, provider=target.provider, model=target.model))
        except ProviderError as error:
            failed.append(error)
            log.warning("%s/%s failed (%s)", target.provider, target.model, type(error).__name__)
            if isinstance(error, RequestRejected) and error.status != NOT_FOUND:
                break
    last = failed.pop()
    for earlier in failed:
        last.add_note(f"before that, {earlier}")
    raise last
