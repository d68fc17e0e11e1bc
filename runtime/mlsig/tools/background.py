"""Work on the background loop of `mlsig.providers.sync`, for what has to live in one event loop.

An MCP session and a pool of sandboxes outlive the loops that users come with; the background loop ends with
the process, and calls off what still runs there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from mlsig.providers import sync

ResultT = TypeVar("ResultT")


def loop() -> asyncio.AbstractEventLoop:
    """Return the background loop; the first call starts it."""
    try:
        return sync.run(_running())
    except RuntimeError:  # this is it: nobody may wait for it here
        return asyncio.get_running_loop()


def submit(work: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
    """Start work there; cancelling what this returns calls it off."""
    return asyncio.run_coroutine_threadsafe(work, loop())


async def hop(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do work there and wait for it, from any loop; who is cancelled here calls it off there."""
    there = loop()
    if there is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, there))


async def _running() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()
