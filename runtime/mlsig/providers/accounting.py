"""What calls took: counted for each model at each provider, over a run or whatever a meter is put around.

meter = Meter(client)
run(program.using(meter))
meter.total.cost, meter.by[Target("groq", "llama-3.1-8b-instant")].output_tokens

A reply says what one call took, an `Execution` what one run of a program did.
"""

from __future__ import annotations

import threading
from collections.abc import Generator

import msgspec

from mlsig.providers.around import Around
from mlsig.providers.messages import LM, Reply, Request
from mlsig.providers.routing import Target


class Tally(msgspec.Struct, kw_only=True):
    """Sums: `calls` that were answered, `hits` of a cache apart, `cost` in dollars, `latency` in seconds."""

    calls: int = 0
    hits: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float = 0.0
    latency: float = 0.0

    def count(self, reply: Reply) -> None:
        """Add a reply; one that came from a cache took nothing."""
        if reply.hit:
            self.hits += 1
            return
        self.calls += 1
        self.input_tokens += reply.input_tokens
        self.output_tokens += reply.output_tokens
        self.cached_tokens += reply.cached_tokens
        self.reasoning_tokens += reply.reasoning_tokens
        self.cost += reply.cost
        self.latency += reply.latency


class Meter(Around):
    """A model that is counted. Safe to share between tasks and threads.

    Attributes:
        by: Sums by provider and model.
    """

    def __init__(self, lm: LM) -> None:
        self._lm = lm
        self._lock = threading.Lock()
        self.by: dict[Target, Tally] = {}

    @property
    def total(self) -> Tally:
        """The sums over all providers and models."""
        with self._lock:
            found = Tally()
            for tally in self.by.values():
                for name in Tally.__struct_fields__:
                    setattr(found, name, getattr(found, name) + getattr(tally, name))
            return found

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        """Ask, and count the answer or the error."""
        target = Target(request.provider, request.model)
        try:
            reply = yield request
        except Exception:
            with self._lock:
                self.by.setdefault(target, Tally()).errors += 1
            raise
        with self._lock:
            self.by.setdefault(target, Tally()).count(reply)
        return reply
