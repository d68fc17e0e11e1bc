"""The text of a file, and places in it.

A `Span` is a pair of offsets; line and column are computed only when a message is printed, so syntax trees
stay small.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of a source text."""

    start: int
    end: int


class Position(NamedTuple):
    """Line and column, both from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A file's text. `path` is as the user named it; `module` is its dotted module name."""

    path: Path
    module: str
    text: str = field(repr=False)
    hidden: set[Span] = field(default_factory=set[Span], repr=False, compare=False)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for index, char in enumerate(self.text):
            if char == "\n":
                starts.append(index + 1)
        return starts

    def hide(self, span: Span) -> None:
        """Keep what stands in a span, a key for instance, out of everything that is printed."""
        self.hidden.add(span)

    def shown(self) -> str:
        """Return the text as it is printed: as long as it is, with stars for what is hidden."""
        text = self.text
        for start, end in self.hidden:
            text = text[:start] + re.sub(r'[^"\r\n]', "*", text[start:end]) + text[end:]
        return text

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return the text of a line (from 1) as it is printed, without its line break."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.shown()[start:end].rstrip("\r\n")


class Unreadable:
    """The answer for a module whose file is there and cannot be read, which has been reported."""
