"""The sync face of async models: one event loop in one background thread, for everybody.

It works in scripts, in threads and in notebooks, where a loop is running already, and connections live on
from call to call. The clients of declared providers live here too, so that programs share them.

The way there and back costs two switches of threads, so a model that needs no event loop (`Immediate`) is
asked where the caller stands, and the hand-over is a lock instead of a `concurrent.futures.Future`, which
costs as much again.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from mlsig.providers.declared import Provider
from mlsig.providers.messages import LM, Reply, Request

if TYPE_CHECKING:
    from mlsig.providers.client import Client

ResultT = TypeVar("ResultT")


class _Errand(Generic[ResultT]):
    """A coroutine on its way to the loop and back; `told` is called there when it has ended."""

    __slots__ = ("_loop", "_task", "_told", "_work")

    def __init__(
        self, work: Coroutine[Any, Any, ResultT], loop: asyncio.AbstractEventLoop, told: Callable[[], object]
    ) -> None:
        self._work = work
        self._loop = loop
        self._told = told
        self._task: asyncio.Task[ResultT] | None = None

    def send(self) -> None:
        """Have the work begin."""
        self._loop.call_soon_threadsafe(self._begin)

    def cancel(self) -> None:
        """Stop the work; orders reach the loop one after the other, so it has begun if it ever will."""
        self._loop.call_soon_threadsafe(self._stop)

    def result(self) -> ResultT:
        """Return what came of the work, once it has ended.

        Raises:
            CancelledError: The loop was closed meanwhile. It is the one of `concurrent.futures`: asyncio's
                says that the caller is cancelled.
        """
        task = cast("asyncio.Task[ResultT]", self._task)
        if task.cancelled():
            raise CancelledError
        try:
            return task.result()
        finally:
            # An error knows this frame, and the task the error: a circle that only the collector would break.
            del task, self._task

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(self._end)

    def _stop(self) -> None:
        if self._task is None:
            self._work.close()
        else:
            self._task.cancel()

    def _end(self, task: asyncio.Task[ResultT]) -> None:  # noqa: ARG002
        self._told()


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
        # Errands that came at the last moment begin here, and are called off with the others.
        self.loop.run_until_complete(self._finish())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        if threading.get_ident() == self.thread.ident:
            work.close()
            raise RuntimeError("a program was called in the sync way from within an async model: use `acall`")
        ended = threading.Lock()
        ended.acquire()
        errand = _Errand(work, self.loop, ended.release)
        try:
            errand.send()
            ended.acquire()
        except BaseException:
            errand.cancel()  # an interrupted caller must not leave a call behind
            raise
        return errand.result()

    async def arun(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        here = asyncio.get_running_loop()
        if here is self.loop:
            return await work
        ended = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # nobody waits any longer, and the caller's loop is closed
                here.call_soon_threadsafe(ended.set)

        errand = _Errand(work, self.loop, tell)
        try:
            errand.send()
            await ended.wait()
        except BaseException:
            errand.cancel()
            raise
        return errand.result()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if "mlsig.providers.client" in sys.modules:
            from mlsig.providers.client import close_all  # noqa: PLC0415  (loads the HTTP libraries)

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
    from mlsig.providers.client import Client  # noqa: PLC0415  (loads the HTTP libraries)

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
        return await _background().arun(client_of(self._providers).complete(request))

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Answer one request bit by bit."""
        background = _background()
        pieces = client_of(self._providers).stream(request)
        try:
            while (piece := await background.arun(_next(pieces))) is not None:
                yield piece
        finally:
            await background.arun(pieces.aclose())


def close() -> None:
    """Close all connections and end the background thread; the next call starts anew."""
    with _lock:
        background = _running.pop() if _running else None
    if background and background.process == os.getpid():
        background.close()


atexit.register(close)
