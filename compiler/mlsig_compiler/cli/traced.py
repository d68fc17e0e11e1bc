"""What a program did, as a tree that people read: steps, models, tokens, cost, time, repairs, retries.

Review  0.42 s · 1 call · 812 + 3 tokens · $0.0001
└── Classify  Predict, JSON · 0.42 s
    └── local/gemma-3-270m  0.42 s · 812 + 3 tokens · $0.0001 · stop
        └── attempt 1 failed (ProviderBusy, status 429); again after 0.31 s
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from mlsig.report.text import money
from mlsig.telemetry import names
from mlsig.telemetry.calls import failure
from mlsig.telemetry.recorder import total

if TYPE_CHECKING:
    from mlsig.telemetry.recorder import Recording
    from mlsig.telemetry.spans import Event, Span
    from rich.text import Text
    from rich.tree import Tree

WIDTH: Final = 110
"""Columns where nobody watches."""


def show(recording: Recording) -> None:
    """Write what was recorded to standard error."""
    from rich.console import Console  # noqa: PLC0415  (only where somebody reads)

    watched = sys.stderr.isatty()
    console = Console(file=sys.stderr, width=None if watched else WIDTH, highlight=False)
    for root in recording.roots:
        console.print(_tree(root))


def _tree(span: Span, above: Tree | None = None) -> Tree:
    from rich.tree import Tree  # noqa: PLC0415

    line = _line(span)
    branch = Tree(line, guide_style="dim") if above is None else above.add(line)
    for event in span.events:
        branch.add(_told(event))
    for child in span.children:
        _tree(child, branch)
    for repair in span.repairs:
        branch.add(_warning(f"mended: {repair}"))
    return branch


def _line(span: Span) -> Text:
    from rich.text import Text  # noqa: PLC0415

    line = Text()
    line.append(_title(span), style="bold")
    line.append("  ")
    line.append(" · ".join(part for part in _parts(span) if part), style="dim")
    if span.error is not None:
        line.append(f"  {failure(span.error)[names.ERROR_TYPE]}", style="bold red")
    return line


def _title(span: Span) -> str:
    attributes: dict[str, Any] = span.attributes
    if span.request is not None:
        return f"{span.request.provider}/{span.request.model}"
    title = {
        "program": attributes.get(names.WORKFLOW),
        "step": attributes.get("mlsig.step.name"),
        "tool": attributes.get(names.TOOL_NAME),
    }
    return clean(str(title.get(span.kind) or span.name))


def _parts(span: Span) -> list[str]:
    attributes: dict[str, Any] = span.attributes
    seconds = f"{(span.duration or 0) / 1e9:.2f} s"
    if span.kind == "program":
        calls = [one for one in _below(span) if one.kind == "call"]
        sent, received, cost = (total(calls, name) for name in _SUMMED)
        counted = f"{len(calls)} call" if len(calls) == 1 else f"{len(calls)} calls"
        return [seconds, counted, f"{sent:.0f} + {received:.0f} tokens", money(cost)]
    if span.kind == "step":
        return [f"{attributes['mlsig.reasoning']}, {attributes['mlsig.adapter']}", seconds]
    if span.kind == "tool":
        return ["tool", seconds]
    parts = [seconds]
    if span.reply is not None:
        parts.append(f"{attributes[names.INPUT_TOKENS]} + {attributes[names.OUTPUT_TOKENS]} tokens")
        parts.append(money(attributes[names.COST]))
        parts.append(span.reply.finish)
        parts.append("from the cache" if span.reply.hit else "")
    return parts


_SUMMED: Final = (names.INPUT_TOKENS, names.OUTPUT_TOKENS, names.COST)


def _below(span: Span) -> list[Span]:
    return [span, *(deeper for child in span.children for deeper in _below(child))]


def _told(event: Event) -> Text:
    attributes = event.attributes
    if event.name == names.RETRY:
        status = attributes.get(names.HTTP_STATUS)
        said = f"{attributes[names.ERROR_TYPE]}" + (f", status {status}" if status else "")
        number, wait = attributes["mlsig.retry.attempt"], attributes["mlsig.retry.wait"]
        return _warning(f"attempt {number} failed ({said}); again after {wait:.2f} s")
    return _warning(event.name)


def _warning(text: str) -> Text:
    from rich.text import Text  # noqa: PLC0415

    return Text(clean(text), style="yellow")


def clean(text: str) -> str:
    """Return text without what a terminal would obey: models write what they like."""
    return "".join(char if char.isprintable() else " " for char in text)


def data(span: Span) -> dict[str, Any]:
    """Return a span and its parts as JSON-like data, without prompts and answers."""
    found: dict[str, Any] = {
        "kind": span.kind,
        "name": span.name,
        "seconds": (span.duration or 0) / 1e9,
        "attributes": dict(span.attributes),
    }
    if span.error is not None:
        found["error"] = failure(span.error)
    if span.events:
        found["events"] = [
            {"name": one.name, "seconds": one.offset / 1e9, **one.attributes} for one in span.events
        ]
    if span.children:
        found["children"] = [data(child) for child in span.children]
    return found
