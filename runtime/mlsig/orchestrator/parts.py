"""What work tells while it goes on, handed to whoever reads it, no further ahead than a little.

async with aclosing(parts(work)) as found:     # `work(told)` awaits `told(part)` for each part
    async for part in found:
        …
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias

Tell: TypeAlias = Callable[[Any], Awaitable[None]]

AHEAD: Final = 16
"""How many parts may wait for their reader; then the work waits."""


async def parts(work: Callable[[Tell], Coroutine[Any, Any, None]]) -> AsyncGenerator[Any, None]:
    """Yield what work tells, and raise what it raises; closed early, it cancels the work."""
    told: asyncio.Queue[Any] = asyncio.Queue(AHEAD)
    task = asyncio.ensure_future(work(told.put))
    try:
        while True:
            more = asyncio.ensure_future(told.get())
            try:
                await asyncio.wait([more, task], return_when=asyncio.FIRST_COMPLETED)
                if more.done():
                    yield more.result()
                    continue
            finally:
                more.cancel()
            while not told.empty():
                yield told.get_nowait()
            task.result()
            return
    finally:
        task.cancel()
        await asyncio.wait([task])
