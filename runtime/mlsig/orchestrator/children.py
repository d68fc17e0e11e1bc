"""What a supervisor is told of a child, and how a child ended.

async def work(started: Started) -> None:
    connection = await connect()
    started()  # from here on, the next child may start
    while True:
        await handle(connection)

Child("worker", work, restart="permanent", shutdown=5.0)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from mlsig.orchestrator.supervisor import Supervisor

Restart: TypeAlias = Literal["permanent", "transient", "temporary"]
"""When a child is started again: always, after it failed, never."""


class Shutdown(Exception):
    """Raise it in a child to end on purpose: a transient child is not started again."""


class Started:
    """What a child calls once it is initialised."""

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[bool]) -> None:
        self._future = future

    def __call__(self) -> None:
        """Tell the supervisor that the child is initialised; it is heard once."""
        if not self._future.done():
            self._future.set_result(True)


Start: TypeAlias = Callable[[Started], Coroutine[Any, Any, object]]


@dataclass(frozen=True)
class Child:
    """How to run a child.

    Attributes:
        id: Its name among its siblings, also across restarts.
        start: The coroutine that is the child. It calls what it is given when it is initialised. One that
            returns before that wants not to run: it is kept, stopped. One that raises before that has failed
            to start.
        restart: When it is started again.
        shutdown: Seconds between the request to stop, which is a cancellation, and giving up on it; 0 does
            not wait; None waits for ever, as is right for supervisors.
        start_timeout: Seconds that it has to be initialised; None: for ever.
        supervisor: The supervisor that `start` runs, if it does.
    """

    id: str
    start: Start
    restart: Restart = "permanent"
    shutdown: float | None = 5.0
    start_timeout: float | None = None
    supervisor: Supervisor | None = None

    def __post_init__(self) -> None:
        if self.restart not in ("permanent", "transient", "temporary"):
            raise ValueError(
                f"child {self.id!r}: restart {self.restart!r} is not permanent, transient or temporary"
            )
        for name, seconds in (("shutdown", self.shutdown), ("start_timeout", self.start_timeout)):
            if seconds is not None and not seconds >= 0:
                raise ValueError(f"child {self.id!r}: {name} {seconds!r} is not 0 or more seconds")

    @property
    def kind(self) -> Literal["worker", "supervisor"]:
        """What it is."""
        return "worker" if self.supervisor is None else "supervisor"


@dataclass(frozen=True)
class Exit:
    """How a child ended.

    Attributes:
        kind: `normal`, it returned; `shutdown`, it was asked to or raised `Shutdown`; `killed`, somebody else
            cancelled it; `crash`, it raised.
        error: What it raised.
    """

    kind: Literal["normal", "shutdown", "killed", "crash"]
    error: BaseException | None = None

    @property
    def abnormal(self) -> bool:
        """Whether a transient child is started again."""
        return self.kind in ("killed", "crash")

    def __str__(self) -> str:
        return self.kind if self.error is None else f"{self.kind}: {type(self.error).__name__}: {self.error}"


def exit_of(task: asyncio.Task[Any], *, asked: bool = False) -> Exit:
    """Return how a finished task ended; `asked` if it was cancelled by its supervisor."""
    if task.cancelled():
        return Exit("shutdown" if asked else "killed")
    error = task.exception()
    if error is None:
        return Exit("normal")
    return Exit("shutdown" if isinstance(error, Shutdown) else "crash", error)
