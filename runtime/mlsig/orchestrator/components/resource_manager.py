"""Who may use how much of what is limited: memory, workers, whatever has a name and can be counted.

    manager = ResourceManager(quotas={"memory_mb": 1_024, "workers": 100, "gpus": 2})
    async with await manager.reserve("evaluation 7", memory_mb=64, gpus=1):
        ...

Quotas are promises between parts of a program: a reservation is a number, it takes no memory itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.quotas import ALERT_ABOVE, DEFAULTS, Event, Kind, Quotas, Reservation, Usage

log = logging.getLogger("mlsig.orchestrator")
WAITING: Final = 10_000
LONG: Final = 600.0
LOOK: Final = 60.0


@dataclass(frozen=True)
class ResourceStats:
    """How much is in use, and what happened so far.

    Attributes:
        usage: By the name of the resource.
        held: Reservations that are held.
        waiting: Those who wait for one.
        longest: Seconds that the oldest is held.
        events: How often each kind of event happened: `reserved` is `released` and `lost` and what is held.
    """

    usage: Mapping[str, Usage]
    held: int
    waiting: int
    longest: float
    events: Mapping[Kind, int]


class ResourceManager(Quotas):
    """Quotas that are looked after. Belongs to one event loop.

    Args:
        quotas: By the name of the resource.
        waiting: How many may wait.
        alert_above: The share of a quota above which somebody should know.
        alert: Is told of each `alert` and `calm`; the default logs.
        history: How many events are remembered.
        long: Seconds after which a reservation that is still held is told of, once, by a warning.
        look: Seconds between looks for those.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        quotas: Mapping[str, int] = DEFAULTS,
        waiting: int = WAITING,
        alert_above: float = ALERT_ABOVE,
        alert: Callable[[Event], None] | None = None,
        history: int = 1_000,
        long: float = LONG,
        look: float = LOOK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            quotas, waiting=waiting, alert_above=alert_above, alert=alert, history=history, clock=clock
        )
        self._long = long
        self._look_every = look
        self._looked = clock()

    def overdue(self) -> list[Reservation]:
        """Return what is held for long, the oldest first."""
        now = self._clock()
        return [each for each in self.held() if now - each.since >= self._long]

    def stats(self) -> ResourceStats:
        """Return the counts."""
        held = self.held()
        return ResourceStats(
            usage=self.usage(),
            held=len(held),
            waiting=self.waiting,
            longest=self._clock() - held[0].since if held else 0.0,
            events=self.counts(),
        )

    def child(self, id: str = "resource_manager") -> Child:
        """Return it as a child of a supervisor. What is reserved stays reserved when that is restarted."""
        return Child(id, self.run)

    async def run(self, started: Started) -> None:
        """Tell of what is held for long, until cancelled."""
        started()
        while True:
            await asyncio.sleep(self._look_every)
            self._tell_of_overdue()

    def _tell_of_overdue(self) -> None:
        before, self._looked = self._looked, self._clock()
        for each in self.overdue():
            if each.since + self._long > before:
                log.warning(
                    "%s holds %s since %g s", each.owner, dict(each.amounts), self._looked - each.since
                )
