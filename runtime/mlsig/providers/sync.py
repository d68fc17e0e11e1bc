"""The sync face of async models: one event loop in one background thread, for everybody.

It works in scripts, in threads and in notebooks, where a loop is running already, and connections live on
from call to call. The clients of declared providers live here too, so that programs share them.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from typing import Any, Protocol, TypeVar, cast

from mlsig.providers.client import Client, close_all
from mlsig.providers.declared import Provider
from mlsig.providers.messages import LM, Reply, Request

ResultT = TypeVar("ResultT")


class _Background:
    """An event loop that runs in a daemon thread of this process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.clients: dict[int, tuple[Mapping[str, Provider], Client]] = {}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="mlsig", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        self.loop.run_forever()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        if threading.current_thread() is self.thread:
            work.close()
            raise RuntimeError("a program was called in the sync way from within an async model: use `acall`")
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # an interrupted caller must not leave a call behind; no effect once it is done
            raise

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._finish(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await close_all()


_lock = threading.Lock()
_running: list[_Background] = []


def _background() -> _Background:
    with _lock:
        # A forked child inherits the object and not the thread.
        if not _running or _running[0].process != os.getpid():
            _running[:] = [_Background()]
        return _running[0]


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine on the background loop, and wait for its result.

    Raises:
        RuntimeError: Called on the background loop itself, where waiting would never end.
    """
    return _background().run(work)


class Immediate(Protocol):
    """An `LM` that needs no event loop, such as a simulation, spares sync callers the trip to one."""

    def complete_sync(self, request: Request) -> Reply:
        """Answer one request."""
        ...


def complete(lm: LM | Immediate, request: Request) -> Reply:
    """Answer one request and wait for it."""
    direct: Callable[[Request], Reply] | None = getattr(lm, "complete_sync", None)
    return direct(request) if direct else run(cast("LM", lm).complete(request))


class Streaming(Protocol):
    """Anything that answers bit by bit, such as `Client`."""

    def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Yield text, and in the end the reply."""
        ...


def stream(lm: Streaming, request: Request) -> Generator[str | Reply, None, None]:
    """Answer one request bit by bit: yields pieces of text, and in the end the reply."""
    pieces = lm.stream(request)
    try:
        while (piece := run(_next(pieces))) is not None:
            yield piece
    finally:
        run(pieces.aclose())


async def _next(pieces: AsyncGenerator[str | Reply, None]) -> str | Reply | None:
    return await anext(pieces, None)


def client_of(providers: Mapping[str, Provider]) -> Client:
    """Return the client of these declared providers, made on first use; for the background loop only."""
    background = _background()
    with _lock:
        kept = background.clients.get(id(providers))
        if kept is None:
            # The mapping is kept so that its id stays taken.
            kept = background.clients[id(providers)] = (providers, Client(providers))
        return kept[1]


class SharedClient:
    """An `LM` for any event loop; the background loop makes the calls, so connections outlive loops."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers

    async def complete(self, request: Request) -> Reply:
        """Answer one request."""
        work = client_of(self._providers).complete(request)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _background().loop))


def close() -> None:
    """Close all connections and end the background thread; the next call starts anew."""
    with _lock:
        background = _running.pop() if _running else None
    if background and background.process == os.getpid():
        background.close()


atexit.register(close)
