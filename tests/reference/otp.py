"""What OTP's `supervisor` does, as a model that can be run: no tasks, no time, one thing after the other.

Written from the documentation of Erlang's `supervisor` and the behaviour of `supervisor.erl`: children are a
list in the order of starting; an exit is handled to its end before the next; a start that fails while others
are started again is tried again after what already waits. What happens is a log of `start x` and `stop x`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

GIVEN_UP = "shutdown"


@dataclass(frozen=True)
class Spec:
    """A child of the model: a worker with a script, or a supervisor."""

    id: str
    restart: str = "permanent"
    script: tuple[str, ...] = ()  # of each start: ok, fail, ignore, crash, normal; ok when it has run out
    tree: Tree | None = None


@dataclass(frozen=True)
class Tree:
    """A supervisor of the model."""

    children: tuple[Spec, ...]
    strategy: str = "one_for_one"
    restarts: int = 3
    period: float = 5.0


class Failed(Exception):
    """A child did not start."""


class GaveUp(Exception):
    """There were too many restarts."""


class Refused(Exception):
    """A question has no good answer; its name says why."""


@dataclass
class World:
    """What all supervisors share: the clock, the log, how often each worker has started."""

    now: float = 0.0
    log: list[str] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)

    def outcome(self, spec: Spec) -> str:
        count = self.starts[spec.id] = self.starts.get(spec.id, 0) + 1
        return spec.script[count - 1] if count <= len(spec.script) else "ok"


@dataclass(eq=False)
class Known:
    """A child that a supervisor of the model knows."""

    spec: Spec
    pid: int | str | None = None  # a number; `restarting`; None, stopped
    inner: Supervisor | None = None
    dead: bool = False  # ended, and its exit waits in the queue


class Supervisor:
    """A supervisor of the model."""

    def __init__(self, tree: Tree, world: World, tell: Callable[[str], None]) -> None:
        self.tree = tree
        self.world = world
        self.tell = tell  # the parent
        self.children: list[Known] = []
        self.queue: deque[tuple[str, Any, Any]] = deque()
        self.times: list[float] = []
        self.pids = 0
        self.alive = False

    def start(self) -> None:
        self.children = [Known(spec) for spec in self.tree.children]
        self.queue.clear()
        self.times = []
        self.alive = True
        try:
            for child in list(self.children):
                self._start(child)
                if child.pid is None and child.spec.restart == "temporary":
                    self.children.remove(child)
        except Failed:
            self.stop()
            raise

    def stop(self) -> None:
        self.alive = False
        together = self.tree.strategy == "dynamic"  # all are asked at once, in the order of their start
        for child in self.children if together else reversed(self.children):
            self._terminate(child)
        self.queue.clear()

    def _start(self, child: Known) -> None:
        self.pids += 1
        child.pid, child.dead = None, False
        spec = child.spec
        if spec.tree is not None:
            pid = self.pids
            inner = Supervisor(spec.tree, self.world, lambda why: self.exited(child, pid, why))
            child.inner = None
            inner.start()
            child.inner, child.pid = inner, pid
            return
        outcome = self.world.outcome(spec)
        self.world.log.append(f"start {spec.id}")
        if outcome == "fail":
            raise Failed(spec.id)
        if outcome == "ignore":
            return
        child.pid = self.pids
        if outcome in ("crash", "normal"):
            self.exited(child, child.pid, outcome)

    def _terminate(self, child: Known) -> None:
        if isinstance(child.pid, int) and not child.dead:
            if child.inner is not None:
                child.inner.stop()
            else:
                self.world.log.append(f"stop {child.spec.id}")
        child.pid, child.inner, child.dead = None, None, False

    def exited(self, child: Known, pid: int, why: str) -> None:
        """Put the end of a child into the queue."""
        child.dead = True
        self.queue.append(("exit", (child, pid), why))

    def settle(self) -> bool:
        """Handle what waits, its children's own first; say whether anything did."""
        did = False
        for child in list(self.children):
            did = (child.inner is not None and child.inner.settle()) or did
        while self.queue and self.alive:
            did = True
            kind, about, why = self.queue.popleft()
            try:
                if kind == "exit":
                    self._handle(*about, why)
                else:
                    found = [each for each in self.children if each.spec.id == about]
                    if found and found[0].pid == "restarting":
                        self._restart(found[0])
            except GaveUp:
                self.stop()
                self.tell(GIVEN_UP)
        return did

    def _handle(self, child: Known, pid: int, why: str) -> None:
        if child.pid != pid or child not in self.children:
            return
        child.pid, child.inner, child.dead = None, None, False
        restart = child.spec.restart
        if restart == "permanent" or (restart == "transient" and why not in ("normal", "shutdown")):
            self._restart(child)
        elif restart == "temporary":
            self.children.remove(child)

    def _restart(self, child: Known) -> None:
        now = self.world.now
        self.times = [time for time in [*self.times, now] if now - time <= self.tree.period]
        if len(self.times) > self.tree.restarts:
            self.children.remove(child)
            raise GaveUp
        if self.tree.strategy in ("one_for_one", "dynamic"):
            again = [child]
        else:
            first = 0 if self.tree.strategy == "one_for_all" else self.children.index(child)
            again = self.children[first:]
            for each in reversed(again):
                self._terminate(each)
            for each in [each for each in again if each.spec.restart == "temporary"]:
                again.remove(each)
                self.children.remove(each)
        for each in again:
            try:
                self._start(each)
            except Failed:
                each.pid, each.inner = "restarting", None
                self.queue.append(("again", each.spec.id, None))
                return

    # What others ask.

    def _find(self, id: str) -> Known:
        found = [each for each in self.children if each.spec.id == id]
        if not found:
            raise Refused("UnknownChild")
        return found[0]

    def start_child(self, spec: Spec) -> None:
        if any(each.spec.id == spec.id for each in self.children):
            raise Refused("AlreadyThere")
        child = Known(spec)
        self.children.append(child)
        try:
            self._start(child)
        except Failed:
            self.children.remove(child)
            raise Refused("StartFailed") from None
        if child.pid is None and spec.restart == "temporary":
            self.children.remove(child)

    def terminate_child(self, id: str) -> None:
        child = self._find(id)
        self._terminate(child)
        if child.spec.restart == "temporary":
            self.children.remove(child)

    def restart_child(self, id: str) -> None:
        child = self._find(id)
        if child.pid is not None:
            raise Refused("NotStopped")
        try:
            self._start(child)
        except Failed:
            child.pid = None
            raise Refused("StartFailed") from None

    def delete_child(self, id: str) -> None:
        child = self._find(id)
        if child.pid is not None:
            raise Refused("NotStopped")
        self.children.remove(child)

    def shown(self) -> list[Any]:
        """Return the children, and whether each runs."""
        return [
            [each.spec.id, "restarting" if each.pid == "restarting" else isinstance(each.pid, int)]
            + ([each.inner.shown()] if each.inner else [])
            for each in self.children
        ]
