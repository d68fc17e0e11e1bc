"""Time, as what waits sees it; tests have one of their own, which does not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that never go back, and how to let some of them pass."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
