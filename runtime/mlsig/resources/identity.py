"""Ids of resources: UUIDs of version 7 (RFC 9562), whose order is that of their making.

48 bits of milliseconds, 12 bits that count within one, 62 random bits. The count goes on when the clock
stands still or goes backwards, so that the ids of one process always ascend.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

COUNTED: Final = 1 << 12
_FORM: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: object) -> bool:
    """Say whether something is written as ids are; nothing else is ever handed to a database as one."""
    return isinstance(text, str) and _FORM.fullmatch(text) is not None


class Ids:
    """Makes ids; `clock` gives nanoseconds since 1970."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """Return a new id, as 36 characters."""
        with self._lock:
            self._last = max(self._last + 1, (self._clock() // 1_000_000) * COUNTED)
            millisecond, count = divmod(self._last, COUNTED)
        number = (millisecond & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | count << 64 | 0b10 << 62
        return str(UUID(int=number | secrets.randbits(62)))
