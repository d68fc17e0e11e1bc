"""What an edit leaves of a text, and where that is afterwards.

difference("ab cd", "ab x cd")   ->   Difference(Span(3, 3), 2): what follows 3 stands 2 characters later
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from mlsig_compiler.diagnostics import Diagnostic, Edit, Fix, Label
from mlsig_compiler.source import Source, Span


class Difference(NamedTuple):
    """What of an old text is another in a new one, and how many characters later the rest stands there."""

    edited: Span
    delta: int

    @property
    def replacement(self) -> Span:
        """Where in the new text that stands which is there instead."""
        return Span(self.edited.start, self.edited.end + self.delta)

    def moved(self, span: Span) -> Span:
        """Return where a span of the old text is that the edit left alone."""
        after = span.start >= self.edited.end
        return Span(span.start + self.delta, span.end + self.delta) if after else span

    def shifted(self, found: Diagnostic, source: Source) -> Diagnostic:
        """Return a finding where it is in the new text."""
        fix = found.fix
        if fix is not None:
            fix = Fix(fix.message, tuple(Edit(self.moved(each.span), each.replacement) for each in fix.edits))
        labels = tuple(Label(self.moved(each.span), each.message) for each in found.labels)
        return replace(found, source=source, span=self.moved(found.span), labels=labels, fix=fix)


def difference(old: str, new: str) -> Difference:
    """Return the smallest span with all that differs."""
    start = _shared(old, new)
    tail = _shared(old[start:][::-1], new[start:][::-1])
    return Difference(Span(start, len(old) - tail), len(new) - len(old))


def _shared(one: str, other: str) -> int:
    """Return how long the beginning is that two texts share."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
