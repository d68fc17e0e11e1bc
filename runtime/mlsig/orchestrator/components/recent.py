"""What was used lately: so many things, so many bytes, and nothing older than its time.

    recent = Recent[str, Answer](entries=10_000, ttl=3600.0)
    recent.put("a", answer, size=120)
    recent.get("a")     # the answer, or None

Safe in threads: validation happens in any of them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Things by key; where there is no more room, the one goes that was not asked for the longest.

    Args:
        entries: How many there may be.
        ttl: Seconds that one is good for; at that age it is gone.
        room: How many bytes all may have together, by the sizes that they were put with.
        clock: Seconds that only grow.

    Attributes:
        hits: How often something was found.
        misses: How often not.
        evicted: How many had to make room.
        expired: How many grew too old.
        size: Bytes of all together.
    """

    def __init__(
        self,
        *,
        entries: int,
        ttl: float,
        room: int = 100 * 2**20,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if entries < 1 or not ttl > 0 or room < 1:
            raise ValueError(f"{entries} entries of {room} bytes for {ttl} s: give more than 0 of each")
        self.entries = entries
        self.ttl = ttl
        self.room = room
        self.hits = self.misses = self.evicted = self.expired = self.size = 0
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[Value, int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """Return what is there and fresh, which makes it the one that was asked for last."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
                return None
            if self._clock() - found[2] >= self.ttl:
                self._drop(key)
                self.expired += 1
                self.misses += 1
                return None
            self._kept.move_to_end(key)
            self.hits += 1
            return found[0]

    def put(self, key: Key, value: Value, size: int = 1) -> None:
        """Keep something; one of more than an eighth of all room is not kept, as it would drive out many."""
        with self._lock:
            if key in self._kept:
                self._drop(key)
            if size > self.room // 8:
                return
            self._kept[key] = (value, size, self._clock())
            self.size += size
            while len(self._kept) > self.entries or self.size > self.room:
                self._drop(next(iter(self._kept)))
                self.evicted += 1

    def sweep(self) -> int:
        """Drop what is too old, and return how many those were."""
        with self._lock:
            now = self._clock()
            old = [key for key, kept in self._kept.items() if now - kept[2] >= self.ttl]
            for key in old:
                self._drop(key)
            self.expired += len(old)
            return len(old)

    def forget(self, which: Callable[[Key], bool] = lambda _: True) -> int:
        """Drop those whose key is one of `which`, and return how many those were."""
        with self._lock:
            gone = [key for key in self._kept if which(key)]
            for key in gone:
                self._drop(key)
            return len(gone)

    def oldest(self) -> float | None:
        """Return the age in seconds of the oldest one."""
        with self._lock:
            if not self._kept:
                return None
            return self._clock() - min(kept[2] for kept in self._kept.values())

    def _drop(self, key: Key) -> None:
        self.size -= self._kept.pop(key)[1]
