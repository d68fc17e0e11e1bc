"""Evaluations that need not be paid for again: by another run, or another evaluation of the same candidate.

    cache = EvaluationCache()                    # an hour, 10,000 results, the least recently used go first
    optimize(Review, train, lm=client, budget_calls=300, cache=cache)
    cache.hits, cache.misses

A result is found again by what it depends on, in canonical order: the program (its signature, metrics and
models), the candidate (configuration, rules, demonstrations and words, with provider and model), the example,
and the sampling seed. Errors are not kept. A hit costs no call, and the run's journal holds it like any other
result, so that a resumed run takes the same course.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec

from mlsig.evaluation.budget import NOTHING, Budget, Spending
from mlsig.evaluation.chance import call_seed
from mlsig.evaluation.ledger import REFLECTION, Key, Ledger, Result
from mlsig.programs import Program

T = TypeVar("T")

HOUR: Final = 3_600.0
MOST: Final = 10_000


class EvaluationCache:
    """Results for a time, the least recently used thrown away first. Safe to share between threads.

    Attributes:
        hits: How often a result was found; `misses` how often not.
        evictions: How many results went because of others; `expired` because of their age.
    """

    def __init__(
        self, *, ttl: float = HOUR, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep up to `most` results for `ttl` seconds each.

        Raises:
            ValueError: Nothing could be kept.
        """
        if ttl <= 0 or most < 1:
            raise ValueError(f"a cache of {most} results for {ttl} seconds keeps nothing")
        self._ttl = ttl
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[float, Result]] = OrderedDict()
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        self.expired = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes) -> Result | None:
        """Return a result that is young enough, as one of no calls; None where there is none.

        Its cost is what it was when it was paid for: the candidate is judged by that.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None and self._clock() - found[0] >= self._ttl:
                del self._kept[key]
                self.expired += 1
                found = None
            if found is None:
                self.misses += 1
                return None
            self._kept.move_to_end(key)
            self.hits += 1
            return found[1]

    def put(self, key: bytes, result: Result) -> None:
        """Keep a result that has no error."""
        if result.error is not None:
            return
        with self._lock:
            self._kept[key] = self._clock(), msgspec.structs.replace(result, calls=0)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
                self.evictions += 1


class CachedLedger:
    """A ledger that looks into a cache before anything is paid for, and puts there what was."""

    def __init__(self, ledger: Ledger, cache: EvaluationCache, program: Program, seed: int) -> None:
        self._ledger = ledger
        self._cache = cache
        self._version = version(program)
        self._seed = seed

    @property
    def scope(self) -> bytes:
        """As the ledger behind."""
        return self._ledger.scope

    def recall(self, key: Key) -> Result | None:
        """As the ledger behind."""
        return self._ledger.recall(key)

    def paid(self, splits: Iterable[str]) -> int:
        """As the ledger behind."""
        return self._ledger.paid(splits)

    def gone(self, splits: Iterable[str]) -> Spending:
        """As the ledger behind."""
        return self._ledger.gone(splits)

    def charge(self, budget: Budget, splits: Iterable[str]) -> None:
        """As the ledger behind."""
        self._ledger.charge(budget, splits)

    def turns(self, items: Sequence[T]) -> Sequence[T]:
        """As the ledger behind."""
        return self._ledger.turns(items)

    async def acquire(self, key: Key) -> Result | None:
        """Return what another process or the cache has; the ledger behind has it from now on."""
        made = await self._ledger.acquire(key)
        if made is not None or key.split == REFLECTION:
            return made
        found = self._cache.get(self._canonical(key))
        if found is None:
            return None
        return await self._ledger.complete(await self._ledger.claim(key), key, found)

    async def release(self, key: Key) -> None:
        """As the ledger behind."""
        await self._ledger.release(key)

    async def claim(self, key: Key) -> int:
        """As the ledger behind."""
        return await self._ledger.claim(key)

    async def calling(self, claim: int, calls: int, most: Spending = NOTHING) -> None:
        """As the ledger behind."""
        await self._ledger.calling(claim, calls, most)

    async def complete(self, claim: int, key: Key, result: Result) -> Result:
        """Record the result, and keep it."""
        recorded = await self._ledger.complete(claim, key, result)
        if key.split != REFLECTION:
            self._cache.put(self._canonical(key), recorded)
        return recorded

    async def abandon(self, claim: int, key: Key, *, paid: bool = True) -> None:
        """As the ledger behind."""
        await self._ledger.abandon(claim, key, paid=paid)

    def _canonical(self, key: Key) -> bytes:
        drawn = call_seed(self._seed, key.example, key.trial)
        return _hash([self._version.hex(), key.candidate, key.example, drawn, key.trial])


def remembering(ledger: Ledger, cache: EvaluationCache | None, program: Program, seed: int) -> Ledger:
    """Return a ledger that uses the cache; itself where there is none."""
    return ledger if cache is None else CachedLedger(ledger, cache, program, seed)


def version(program: Program) -> bytes:
    """Return a hash of what a program is beside its candidate: signature, metrics, models and prices."""
    kind = type(program)
    signature = program.signature
    return _hash(
        [
            kind.__module__,
            kind.__qualname__,
            signature.instructions,
            signature.Input.json_schema(),
            signature.Output.json_schema(),
            list(program.metrics),
            {
                name: [msgspec.to_builtins(model, order="sorted") for model in provider.models]
                for name, provider in program.providers.items()
            },
        ]
    )


def _hash(value: Any) -> bytes:
    return blake2b(msgspec.json.encode(value, order="sorted"), digest_size=16).digest()
