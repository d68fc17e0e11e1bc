"""A circuit breaker: a provider that fails every time is left alone for a while.

closed --(so many failures in a row)--> open --(a rest)--> half-open: one call may try
  ^------------------------ it succeeds ------------------------'   '-- it fails --> open
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

State: TypeAlias = Literal["closed", "open", "half-open"]


class Circuit(msgspec.Struct, frozen=True, kw_only=True):
    """When a circuit opens: after `failures` attempts in a row that failed, for `rest` seconds."""

    failures: int = 20
    rest: float = 10.0


class Breaker:
    """The circuit of one provider; `now` tells seconds."""

    def __init__(self, circuit: Circuit, now: Callable[[], float]) -> None:
        self._circuit = circuit
        self._now = now
        self._failed = 0
        self._opened: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """How the circuit is now."""
        if self._opened is None:
            return "closed"
        return "half-open" if self._now() >= self._opened + self._circuit.rest else "open"

    def enter(self) -> float:
        """Ask to make a call: 0 if it may be made, else the seconds until one may try.

        Whoever may make it reports to `succeeded`, `failed` or `left`.
        """
        if self._opened is None:
            return 0.0
        if self._trying:
            return self._circuit.rest
        left = self._opened + self._circuit.rest - self._now()
        if left > 0:
            return left
        self._trying = True
        return 0.0

    def succeeded(self) -> None:
        """Report that the provider answered, be it that it does not like the request."""
        self._failed = 0
        self._opened = None
        self._trying = False

    def failed(self) -> None:
        """Report that the provider is down, or as good as that."""
        self._failed += 1
        if self._trying or (self._opened is None and self._failed >= self._circuit.failures):
            self._opened = self._now()
        self._trying = False

    def left(self) -> None:
        """Report that the call was given up before anything was learned."""
        self._trying = False
