"""What is limited and shared: memory, workers, whatever has a name and can be counted in whole numbers.

    quotas = Quotas({"memory_mb": 1_024, "workers": 100})
    async with await quotas.reserve("evaluation 7", memory_mb=64, workers=1):
        ...

Who asks first gets first: nobody is passed by one who wants less. What is reserved is given back exactly
once, by leaving the block, by `release`, or by the end of the task that reserved it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

from mlsig.orchestrator.dynamic import Full

log = logging.getLogger("mlsig.orchestrator")

DEFAULTS: Final[Mapping[str, int]] = {"memory_mb": 1_024, "workers": 100}
ALERT_ABOVE: Final = 0.8
Kind: TypeAlias = Literal["reserved", "released", "lost", "alert", "calm"]


@dataclass(frozen=True)
class Usage:
    """How much of a resource is in use."""

    used: int
    quota: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where the quota is 0."""
        return self.used / self.quota if self.quota else 0.0


@dataclass(frozen=True)
class Event:
    """What happened.

    Attributes:
        at: Seconds of the clock.
        kind: `lost` is a release for a task that ended with what it had; `alert` and `calm` are a resource
            whose share went above the line, and came back.
        who: The owner, or for `alert` and `calm` the resource.
        amounts: By resource.
    """

    at: float
    kind: Kind
    who: str
    amounts: Mapping[str, int]


class Reservation:
    """What somebody has since a time of the clock, until it is released."""

    __slots__ = ("_give_back", "_task", "amounts", "owner", "released", "since")

    def __init__(
        self,
        owner: str,
        amounts: Mapping[str, int],
        task: asyncio.Task[Any] | None,
        give_back: Callable[[Reservation, Kind], None],
        since: float = 0.0,
    ) -> None:
        self.owner = owner
        self.since = since
        self.amounts = amounts
        self.released = False
        self._give_back = give_back
        self._task = task
        if task is not None:
            task.add_done_callback(self._lost)

    def release(self) -> bool:
        """Give it back; say whether that was this call's doing."""
        return self._end("released")

    def detach(self) -> Self:
        """Keep it beyond the end of the task that reserved it; somebody has to release it."""
        if self._task is not None:
            self._task.remove_done_callback(self._lost)
            self._task = None
        return self

    def _lost(self, _: asyncio.Task[Any]) -> None:
        if self._end("lost"):
            log.warning("%s ended without giving back %s", self.owner, dict(self.amounts))

    def _end(self, kind: Kind) -> bool:
        if self.released:
            return False
        self.released = True
        self.detach()
        self._give_back(self, kind)
        return True

    async def __aenter__(self) -> Self:
        """Return it."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        self.release()


class Quotas:
    """Resources, each with a quota, and who has how much of them. Belongs to one event loop.

    Args:
        quotas: By the name of the resource.
        waiting: How many may wait.
        alert_above: The share of a quota above which somebody should know.
        alert: Is told of each `alert` and `calm`; the default logs.
        history: How many events are remembered.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        quotas: Mapping[str, int] = DEFAULTS,
        *,
        waiting: int = 10_000,
        alert_above: float = ALERT_ABOVE,
        alert: Callable[[Event], None] | None = None,
        history: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        wrong = [name for name, quota in quotas.items() if not quota >= 0]
        if wrong:
            raise ValueError(f"the quota of {wrong[0]} is {quotas[wrong[0]]}: give 0 or more")
        self._quotas = dict(quotas)
        self._used = dict.fromkeys(quotas, 0)
        self._above: set[str] = set()
        self._line = alert_above
        self._alert = alert or _logged
        self._history: deque[Event] = deque(maxlen=history)
        self._clock = clock
        self._waiting: deque[tuple[asyncio.Future[None], Mapping[str, int]]] = deque()
        self._most = waiting
        self._held: dict[int, Reservation] = {}
        self._counts: Counter[Kind] = Counter()

    async def reserve(self, owner: str, **amounts: int) -> Reservation:
        """Wait until there is enough, and take it.

        Raises:
            ValueError: There is no such resource, or it will never be enough.
            Full: As many as are allowed wait.
        """
        found = self.take(owner, **amounts)
        if found is not None:
            return found
        if self.waiting >= self._most:
            raise Full(f"{self.waiting} wait for {', '.join(amounts)}, and no more may")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, amounts))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._give_back(amounts)  # it was its turn, and nobody is there
            self._serve()  # which passes over turns that were cancelled
            raise
        return self._made(owner, amounts)

    def take(self, owner: str, **amounts: int) -> Reservation | None:
        """Take it if there is enough and nobody waits, else return nothing.

        Raises:
            ValueError: There is no such resource, or it will never be enough.
        """
        self.check(**amounts)
        if self._waiting or not self._enough(amounts):
            return None
        self._use(amounts)
        return self._made(owner, amounts)

    def check(self, **amounts: int) -> None:
        """Say whether so much can ever be reserved.

        Raises:
            ValueError: There is no such resource, or it will never be enough.
        """
        for name, amount in amounts.items():
            quota = self._quotas.get(name)
            if quota is None:
                raise ValueError(f"there is no resource {name!r}; there are {', '.join(self._quotas)}")
            if not 0 <= amount <= quota:
                raise ValueError(f"{amount} of {name}: ask for 0 to {quota}, which is all there is")

    def usage(self) -> dict[str, Usage]:
        """Return how much of each resource is in use."""
        return {name: Usage(self._used[name], quota) for name, quota in self._quotas.items()}

    def history(self) -> list[Event]:
        """Return what happened, the oldest first."""
        return list(self._history)

    def held(self) -> list[Reservation]:
        """Return what is reserved now, the oldest first."""
        return list(self._held.values())

    def counts(self) -> Mapping[Kind, int]:
        """Return how often each kind of event happened, forgotten ones too."""
        return dict(self._counts)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not turn.done() for turn, _ in self._waiting)

    def _enough(self, amounts: Mapping[str, int]) -> bool:
        return all(self._used[name] + amount <= self._quotas[name] for name, amount in amounts.items())

    def _use(self, amounts: Mapping[str, int]) -> None:
        for name, amount in amounts.items():
            self._used[name] += amount

    def _give_back(self, amounts: Mapping[str, int]) -> None:
        for name, amount in amounts.items():
            self._used[name] -= amount

    def _made(self, owner: str, amounts: Mapping[str, int]) -> Reservation:
        made = Reservation(owner, amounts, asyncio.current_task(), self._release, self._clock())
        self._held[id(made)] = made
        self._note("reserved", owner, amounts)
        self._look(amounts)
        return made

    def _release(self, reservation: Reservation, kind: Kind) -> None:
        del self._held[id(reservation)]
        self._give_back(reservation.amounts)
        self._note(kind, reservation.owner, reservation.amounts)
        self._look(reservation.amounts)
        self._serve()

    def _serve(self) -> None:
        """Give to those who wait, in their order, what there is now."""
        while self._waiting:
            turn, amounts = self._waiting[0]
            if not turn.done():
                if not self._enough(amounts):
                    return
                self._use(amounts)
                turn.set_result(None)
            self._waiting.popleft()

    def _look(self, amounts: Mapping[str, int]) -> None:
        for name in amounts:
            share = self.usage()[name].share
            if share > self._line and name not in self._above:
                self._above.add(name)
                self._tell("alert", name)
            elif share <= self._line and name in self._above:
                self._above.discard(name)
                self._tell("calm", name)

    def _tell(self, kind: Kind, name: str) -> None:
        event = self._note(kind, name, {name: self._used[name]})
        try:
            self._alert(event)
        except Exception:
            log.exception("an alert about %s could not be told", name)

    def _note(self, kind: Kind, who: str, amounts: Mapping[str, int]) -> Event:
        event = Event(self._clock(), kind, who, dict(amounts))
        self._history.append(event)
        self._counts[kind] += 1
        return event


def _logged(event: Event) -> None:
    [(name, used)] = event.amounts.items()
    if event.kind == "alert":
        log.warning("%s: %g in use, which is above the line", name, used)
    else:
        log.info("%s: %g in use again", name, used)
