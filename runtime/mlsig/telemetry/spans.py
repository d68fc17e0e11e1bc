"""What happens, as a tree: a program's call, its steps, their calls of models and tools.

    with Span("call", "chat small", {"gen_ai.request.model": "small"}) as span:
        span.event("mlsig.retry", {"mlsig.retry.attempt": 1})

The span under way is a context variable, so it is the parent of whatever its task, the tasks that it starts,
and the loop that makes calls for it, begin. Listeners are told as it happens. One that fails is logged, and
never costs an answer that was paid for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self, TypeAlias

from mlsig import telemetry

if TYPE_CHECKING:
    from mlsig.providers.messages import Reply, Request

Kind: TypeAlias = Literal["program", "step", "call", "tool"]
Value: TypeAlias = str | bool | int | float | Sequence[str]

log: Final = logging.getLogger("mlsig.telemetry")


class Reported(Exception):
    """An error that was reported, not raised: the name of its class is all that is known."""


class Event:
    """Something that happened within a span; `offset` is in nanoseconds from the span's beginning."""

    __slots__ = ("attributes", "name", "offset")

    def __init__(self, name: str, attributes: dict[str, Value], offset: int) -> None:
        self.name = name
        self.attributes = attributes
        self.offset = offset


class Span:
    """One thing that is done, from its making to `finish`; a context manager that makes it the current one.

    Attributes:
        kind: What it is.
        name: As OpenTelemetry shows it.
        attributes: By the names of the conventions; `set` adds to them until it is finished.
        parent: What it is a part of, and `children` its parts, in the order in which they began.
        events: What happened meanwhile.
        began: Nanoseconds since 1970.
        duration: Nanoseconds; None while it is under way.
        error: Why it failed, or None.
        request: Of a call: what was asked, and `reply` what came; `arguments` and `result` of a tool,
            `repairs` of a step. That is content, which listeners show only where they are allowed to.
        exported: What the exporter keeps.
    """

    __slots__ = (
        "_started",
        "_token",
        "arguments",
        "attributes",
        "began",
        "children",
        "duration",
        "error",
        "events",
        "exported",
        "kind",
        "name",
        "parent",
        "repairs",
        "reply",
        "request",
        "result",
    )

    def __init__(
        self, kind: Kind, name: str, attributes: dict[str, Value], parent: Span | None = None
    ) -> None:
        self.kind: Kind = kind
        self.name = name
        self.attributes = attributes
        self.parent = parent or current.get()
        self.children: list[Span] = []
        self.events: list[Event] = []
        self.began = time.time_ns()
        self._started = time.perf_counter_ns()
        self.duration: int | None = None
        self.error: BaseException | None = None
        self.request: Request | None = None
        self.reply: Reply | None = None
        self.arguments: str | None = None
        self.result: str | None = None
        self.repairs: tuple[str, ...] = ()
        self.exported: Any = None
        self._token: Token[Span | None] | None = None

    def set(self, **attributes: Value) -> None:
        """Add attributes of ours: `repairs=2` is `mlsig.repairs`."""
        for name, value in attributes.items():
            self.attributes[f"mlsig.{name}"] = value

    def age(self) -> float:
        """Return the seconds since it began."""
        return (time.perf_counter_ns() - self._started) / 1_000_000_000

    def event(self, name: str, attributes: dict[str, Value]) -> None:
        """Say that something happened, now."""
        event = Event(name, attributes, time.perf_counter_ns() - self._started)
        self.events.append(event)
        _tell(lambda listener: listener.happened(self, event))

    def begin(self, *, current: bool = False) -> None:
        """Tell listeners that it is under way; `current` if it is the one that others are part of."""
        if self.parent is not None:
            self.parent.children.append(self)
        _tell(lambda listener: listener.began(self, current))

    def finish(self, error: BaseException | None = None) -> None:
        """Say that it is done, or failed; later ones are ignored."""
        if self.duration is not None:
            return
        self.error = self.error or error
        self.duration = time.perf_counter_ns() - self._started
        _tell(lambda listener: listener.ended(self))

    def __enter__(self) -> Self:
        self._token = current.set(self)
        self.begin(current=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(error)
        if self._token is not None:
            current.reset(self._token)


current: ContextVar[Span | None] = ContextVar("mlsig.telemetry.current", default=None)
"""The span that whatever begins now is a part of."""


class Listener(Protocol):
    """Hears of spans, on the thread where they happen."""

    def began(self, span: Span, current: bool) -> None:
        """A span is under way; `current` where it begins and ends in one context."""
        ...

    def happened(self, span: Span, event: Event) -> None:
        """Something happened in it."""
        ...

    def ended(self, span: Span) -> None:
        """It is done."""
        ...


_listeners: tuple[Listener, ...] = ()
_lock = threading.Lock()


def replace(old: type[Listener] | Listener, new: Listener | None) -> None:
    """Take one listener, or all of a class, away, and let a new one hear of what begins from now on."""
    global _listeners  # noqa: PLW0603
    with _lock:
        kept = [one for one in _listeners if one is not old and type(one) is not old]
        _listeners = (*kept, *([] if new is None else [new]))
        telemetry.heard_by(len(_listeners))


def _tell(say: Callable[[Listener], None]) -> None:
    for listener in _listeners:
        try:
            say(listener)
        except Exception as error:
            log.warning("telemetry failed: %s", type(error).__name__)
