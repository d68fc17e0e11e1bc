"""Places in a text as editors write them: lines from 0, and columns in units of the encoding agreed on.

    Places("a😀b").position(2)   ->   Position(line=0, character=3)      one emoji is two units of UTF-16

What an editor sends may lie anywhere: it is taken to the nearest place that there is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final, Literal, TypeAlias

from lsprotocol import types

from mlsig_compiler.source import Span

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]

BREAKS: Final = re.compile(r"\r\n|\n|\r")


class Places:
    """The lines of one text."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text = text
        self.encoding: Encoding = encoding

    @cached_property
    def _plain(self) -> bool:
        """Whether all units are characters."""
        return self.encoding == "utf-32" or self.text.isascii()

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(found.end() for found in BREAKS.finditer(self.text))]

    def position(self, offset: int) -> types.Position:
        """Return the line and column of an offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return types.Position(line, self._units(self.text[self.starts[line] : offset]))

    def range(self, span: Span) -> types.Range:
        """Return the lines and columns of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a line and column."""
        if position.line >= len(self.starts):
            return len(self.text)
        start = self.starts[max(0, position.line)]
        end = self.starts[position.line + 1] if position.line + 1 < len(self.starts) else len(self.text)
        line = self.text[start:end].rstrip("\r\n")
        if self._plain or line.isascii():
            return start + max(0, min(position.character, len(line)))
        units = 0
        for at, char in enumerate(line):
            if units >= position.character:
                return start + at
            units += self._units(char)
        return start + len(line)

    def _units(self, text: str) -> int:
        if self._plain or text.isascii():
            return len(text)
        if self.encoding == "utf-16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        return len(text.encode("utf-8", "surrogatepass"))
