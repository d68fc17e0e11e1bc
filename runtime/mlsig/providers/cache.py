"""Answers that were paid for once, by what was asked; errors are never kept.

program.using(CachedLM(client, Memory()))             # this process, an hour
program.using(CachedLM(client, File("replies.db")))   # the next ones too
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

import msgspec

from mlsig.providers import sync
from mlsig.providers.messages import LM, Reply, Request

HOUR: Final = 3600.0
KEPT: Final = frozenset({"stop", "length", "tools"})
"""Ends of answers worth keeping: a filter or an overload may decide otherwise the next time."""


def key_of(request: Request) -> str:
    """Return what a request is kept by: equal requests have equal keys in every process.

    Everything counts that the provider is sent, the order of a schema's properties included, in which a model
    writes them; `1` and `1.0` are one temperature.
    """
    plain = msgspec.convert(msgspec.to_builtins(request), Request)
    return blake2b(msgspec.json.encode(plain), digest_size=16).hexdigest()


class Kept(Protocol):
    """A place for replies."""

    def get(self, key: str) -> Reply | None:
        """Return the reply kept under a key, unless it is too old."""
        ...

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; what was not used for longest goes when there are too many."""
        ...


class Memory:
    """Replies in memory: at most `size` of them, for `ttl` seconds each. Safe to share between threads."""

    def __init__(
        self, size: int = 10_000, ttl: float = HOUR, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size
        self._ttl = ttl
        self._now = now
        self._kept: OrderedDict[str, tuple[float, Reply]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Reply | None:
        """Return the reply kept under a key, unless it is too old."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            made, reply = found
            if self._now() - made >= self._ttl:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return reply

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; what was not used for longest goes when there are too many."""
        with self._lock:
            self._kept[key] = (self._now(), reply)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


class File:
    """Replies in an SQLite file, as JSON: at most `size` of them, for `ttl` seconds each.

    A connection lives for one look or one write, so that processes can share a file, and none is left open.
    """

    def __init__(
        self,
        path: str | Path,
        size: int = 1_000_000,
        ttl: float = 30 * 24 * HOUR,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = str(path)
        self._size = size
        self._ttl = ttl
        self._now = now
        with closing(self._open()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, made REAL, used REAL, reply BLOB)"
            )
            database.execute("CREATE INDEX IF NOT EXISTS by_use ON replies (used)")

    def get(self, key: str) -> Reply | None:
        """Return the reply kept under a key, unless it is too old or cannot be read."""
        now = self._now()
        with closing(self._open()) as database, database:
            row = database.execute(
                "SELECT reply FROM replies WHERE key = ? AND made > ?", (key, now - self._ttl)
            ).fetchone()
            if row is None:
                return None
            database.execute("UPDATE replies SET used = ? WHERE key = ?", (now, key))
        try:
            return msgspec.json.decode(row[0], type=Reply)
        except msgspec.DecodeError:
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; what is too old, or was not used for longest, goes when there are too many."""
        now = self._now()
        with closing(self._open()) as database, database:
            database.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)",
                (key, now, now, msgspec.json.encode(reply)),
            )
            (count,) = database.execute("SELECT count(*) FROM replies").fetchone()
            if count > self._size:
                database.execute("DELETE FROM replies WHERE made <= ?", (now - self._ttl,))
                database.execute(
                    "DELETE FROM replies WHERE key IN (SELECT key FROM replies ORDER BY used DESC"
                    " LIMIT -1 OFFSET ?)",
                    (self._size,),
                )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30.0)


class CachedLM:
    """A model whose answers are kept.

    Attributes:
        hits: Requests that were answered from what is kept; they cost nothing, and no call.
        misses: Requests that were passed on.
    """

    def __init__(self, lm: LM, kept: Kept) -> None:
        self._lm = lm
        self._kept = kept
        self.hits = 0
        self.misses = 0
        self._lock = threading.Lock()

    async def complete(self, request: Request) -> Reply:
        """Answer one request, from what is kept where it was asked before.

        Raises:
            ProviderError: As the model behind it; nothing of that is kept.
        """
        key = key_of(request)
        found = self._looked(await self._do(self._kept.get, key))
        if found is None:
            found = await self._lm.complete(request)
            if found.finish in KEPT:
                await self._do(self._kept.put, key, found)
        return found

    def complete_sync(self, request: Request) -> Reply:
        """Answer one request and wait for it; as `complete`."""
        key = key_of(request)
        found = self._looked(self._kept.get(key))
        if found is None:
            found = sync.complete(self._lm, request)
            if found.finish in KEPT:
                self._kept.put(key, found)
        return found

    def _looked(self, found: Reply | None) -> Reply | None:
        """Count a look, and return what was found as an answer that took nothing."""
        with self._lock:
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
        return msgspec.structs.replace(found, cost=0.0, latency=0.0, hit=True)

    async def _do(self, work: Callable[..., Reply | None], *args: object) -> Reply | None:
        """Look in memory at once, and in a file on a thread: a disk may take its time."""
        if isinstance(self._kept, Memory):
            return work(*args)
        return await asyncio.to_thread(work, *args)
