"""The schemas that a process works with, by name, and a cache in front of their validation.

    registry = SchemaRegistry()
    registry.register(Passage, Article)
    async with Supervisor([registry.child()]):
        Passage.from_json(text)     # the second time, the record is found rather than read

While the registry runs, `from_json` of its schemas goes through the cache, each where that is found to pay;
where it does not, the class is left as it was, and costs nothing more. The registry is an object outside of
the task that looks after it: when that crashes, nothing is lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.components.copying import copier
from mlsig.orchestrator.components.recent import Recent
from mlsig.orchestrator.components.remembering import Cache, Remembering
from mlsig.orchestrator.components.worth import TRIAL
from mlsig.records import Record

ENTRIES: Final = 10_000
TTL: Final = 3600.0
SWEEP: Final = 60.0

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class SchemaStats:
    """What a schema registry has, and what its cache was good for.

    Attributes:
        schemas: Registered.
        entries: Records in the cache.
        bytes: About what they take.
        hits: Lookups that found a record.
        misses: Lookups that did not.
        evicted: Records that had to make room.
        expired: Records that grew too old.
        oldest: The age of the oldest, in seconds.
        paying: Schemas of which a trial has found that the cache pays.
        resting: Those of which it has found that it does not.
    """

    schemas: int
    entries: int
    bytes: int
    hits: int
    misses: int
    evicted: int
    expired: int
    oldest: float | None
    paying: tuple[str, ...]
    resting: tuple[str, ...]

    @property
    def hit_rate(self) -> float:
        """The share of lookups that found something; 0.0 before the first."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class SchemaRegistry:
    """Schemas by name, and what was lately read of them.

    Args:
        entries: How many records are kept; the one goes that was not asked for the longest.
        ttl: Seconds that one is kept.
        room: Bytes of data that all of them may be of, about.
        sweep: Seconds between looks for what is too old, and for whether what did not pay does now.
        trial: How many uses are timed before it is decided whether the cache pays.
        clock: Seconds that only grow.
        timer: Seconds, of what trials measure.
    """

    def __init__(
        self,
        *,
        entries: int = ENTRIES,
        ttl: float = TTL,
        room: int = 100 * 2**20,
        sweep: float = SWEEP,
        trial: int = TRIAL,
        clock: Callable[[], float] = time.monotonic,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._cache: Cache = Recent(entries=entries, ttl=ttl, room=room, clock=clock)
        self._sweep = sweep
        self._trial = trial
        self._timer = timer
        self._schemas: dict[str, type[Record]] = {}
        self._cached: dict[type[Record], Remembering] = {}
        self._attached = False

    def register(self, *schemas: type[Record]) -> None:
        """Make schemas known; again is no matter."""
        for schema in schemas:
            self._schemas[f"{schema.__module__}.{schema.__qualname__}"] = schema
            copy = None if schema in self._cached else copier(schema.shape())
            if copy is None:
                continue
            self._cached[schema] = Remembering(
                schema, _original(schema), copy, self._cache,
                trial=self._trial, timer=self._timer, rest=partial(self._take_out, schema),
            )  # fmt: skip
        if self._attached:
            self._put_in_front()

    def get(self, name: str) -> type[Record]:
        """Return a schema by its name, `Passage`, or with its module, `generated.qa.Passage`.

        Raises:
            KeyError: There is none of the name, or there are several.
        """
        if name in self._schemas:
            return self._schemas[name]
        found = [full for full in self._schemas if full.endswith(f".{name}")]
        if len(found) == 1:
            return self._schemas[found[0]]
        if found:
            raise KeyError(f"several schemas are called {name}: ask for one of {', '.join(sorted(found))}")
        raise KeyError(f"there is no schema {name}; there are {', '.join(sorted(self._schemas)) or 'none'}")

    def schemas(self) -> dict[str, type[Record]]:
        """Return all of them by their full names."""
        return dict(self._schemas)

    def from_json(self, schema: type[R], raw: str | bytes) -> R:
        """Return a record read from JSON text, or found; whether the registry runs or not.

        Raises:
            ValidationError: The text is not JSON, or its value does not fit.
        """
        cached = self._cached.get(schema)
        found: R = schema.from_json(raw) if cached is None else cached(raw)
        return found

    def clear(self, schema: type[Record] | None = None) -> int:
        """Forget the records of one schema, or all; return how many those were."""
        return self._cache.forget(lambda key: schema is None or key[0] is schema)

    def look_after(self) -> None:
        """Drop what is too old, and give those another trial for whom the cache did not pay."""
        self._cache.sweep()
        for cached in self._cached.values():
            if cached.worth.pays is False:
                cached.worth.again()
        if self._attached:
            self._put_in_front()

    def stats(self) -> SchemaStats:
        """Return the counts."""
        cache = self._cache
        pays = {schema.__qualname__: cached.worth.pays for schema, cached in self._cached.items()}
        return SchemaStats(
            schemas=len(self._schemas),
            entries=len(cache),
            bytes=cache.size,
            hits=cache.hits,
            misses=cache.misses,
            evicted=cache.evicted,
            expired=cache.expired,
            oldest=cache.oldest(),
            paying=tuple(name for name, does in pays.items() if does),
            resting=tuple(name for name, does in pays.items() if does is False),
        )

    def child(self, id: str = "schema_registry") -> Child:
        """Return it as a child of a supervisor: while that runs, validation goes through the cache."""
        return Child(id, self.run)

    async def run(self, started: Started) -> None:
        """Be in front of validation until cancelled."""
        with self.in_front_of():
            started()
            while True:
                await asyncio.sleep(self._sweep)
                self.look_after()

    @contextmanager
    def in_front_of(self, *schemas: type[Record]) -> Generator[None]:
        """Register schemas, and be in front of validation until the block is left."""
        self.register(*schemas)
        self._attached = True
        self._put_in_front()
        try:
            yield
        finally:
            self._attached = False
            for schema in self._cached:
                self._take_out(schema)

    def _put_in_front(self) -> None:
        """Have the classes ask here first, where that may pay and no other registry is in front of them."""
        for schema, cached in self._cached.items():
            own = vars(schema).get("from_json")
            if own is not None and cached.worth.pays is not False and schema not in _IN_FRONT:
                _IN_FRONT[schema] = self, own
                setattr(schema, "from_json", _asking(cached))  # noqa: B010  (type checkers see a method)

    def _take_out(self, schema: type[Record]) -> None:
        """Leave a class as it was."""
        registry, before = _IN_FRONT.get(schema, (None, None))
        if registry is self:
            setattr(schema, "from_json", before)  # noqa: B010
            del _IN_FRONT[schema]


_IN_FRONT: Final[dict[type[Record], tuple[SchemaRegistry, Any]]] = {}
"""Which registry is in front of a class, and what method was there before; it is one at a time."""


def _original(schema: type[Record]) -> Callable[..., Any]:
    """Return `from_json` of a class as it is with no registry in front of it."""
    schema.check(None)  # a class has methods of its own from its first use on
    if schema not in _IN_FRONT:
        return schema.from_json
    before = _IN_FRONT[schema][1]
    return partial(before.__func__, schema)


def _asking(cached: Remembering) -> Any:
    """Return a method that goes through the cache; classes derived from its own do not."""
    schema = cached.schema
    original = vars(schema)["from_json"].__func__

    def from_json(cls: type[Any], raw: Any, fail_fast: bool = False) -> Any:
        return cached(raw, fail_fast) if cls is schema else original(cls, raw, fail_fast)

    from_json.__qualname__ = f"{schema.__qualname__}.from_json"
    return classmethod(from_json)
