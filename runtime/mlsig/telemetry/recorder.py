"""Spans kept in memory, for `mlsig run` and for whoever wants to look at what a call did.

with recording() as kept:
    Review(review="…")
kept.roots[0].children[0].children[0].attributes["gen_ai.usage.input_tokens"]
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mlsig.telemetry.spans import Event, Span, replace

_open: ContextVar[Recording | None] = ContextVar("mlsig.telemetry.recording", default=None)


class Recording:
    """Keeps what begins in the context that it was opened in, the tasks and calls of that context included.

    Attributes:
        roots: The spans that are part of no other, in the order in which they began.
    """

    def __init__(self) -> None:
        self.roots: list[Span] = []

    def all(self, kind: str | None = None) -> Iterator[Span]:
        """Yield every span, or those of a kind, parents first."""
        waiting = self.roots[::-1]
        while waiting:
            span = waiting.pop()
            if kind is None or span.kind == kind:
                yield span
            waiting += span.children[::-1]

    def total(self, name: str) -> float:
        """Return the sum of an attribute over the calls of models, such as `gen_ai.usage.input_tokens`."""
        return total(self.all("call"), name)

    def began(self, span: Span, current: bool) -> None:  # noqa: ARG002  (a listener)
        """Keep a span that is part of no other; the others are reached from there."""
        if span.parent is None and _open.get() is self:
            self.roots.append(span)

    def happened(self, span: Span, event: Event) -> None:
        """Keep nothing more: the span has its events."""

    def ended(self, span: Span) -> None:
        """Keep nothing more: the span has its end."""


def total(spans: Iterable[Span], name: str) -> float:
    """Return the sum of an attribute over spans; those that lack it count nothing."""
    values = (span.attributes.get(name) for span in spans)
    return sum(value for value in values if isinstance(value, int | float))


@contextmanager
def recording() -> Generator[Recording]:
    """Record until the context ends."""
    kept = Recording()
    token = _open.set(kept)
    replace(kept, kept)
    try:
        yield kept
    finally:
        replace(kept, None)
        _open.reset(token)
