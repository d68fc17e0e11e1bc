"""Cancelling work at each point where it waits, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any


async def every_point(
    work: Callable[[], Coroutine[Any, Any, object]], most: int = 200
) -> AsyncGenerator[asyncio.Task[object], None]:
    """Yield a task of the work, cancelled at its first turn, then one at its second, until one is done."""
    for point in range(most):
        task = asyncio.ensure_future(work())
        for _ in range(point):
            await asyncio.sleep(0)
        done = task.done()
        task.cancel()
        await asyncio.wait([task])
        yield task
        if done:
            return
    raise AssertionError(f"the work was not done after {most} turns")
