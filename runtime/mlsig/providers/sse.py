"""Server-sent events, read piece by piece as the WHATWG's HTML standard has them; only `data` counts here."""

from __future__ import annotations

import re
from typing import Final

_BREAK: Final = re.compile(rb"\r\n|\n|\r")
_BOM: Final = b"\xef\xbb\xbf"


class Events:
    """Cuts a stream of bytes, in whatever pieces it comes, into the data of its events."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self._begun = False

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next bytes, and return the data of the events that they complete.

        An event that the stream ends in the middle of is not one, by the standard.
        """
        if b"\n" not in piece and b"\r" not in piece:
            self._rest.append(piece)  # kept in pieces: adding to a long line would copy it each time
            return []
        text = b"".join([*self._rest, piece])
        if not self._begun:
            text = text.removeprefix(_BOM)
            self._begun = True
        # A line break of two bytes may come in two pieces.
        held = b"\r" if text.endswith(b"\r") else b""
        *lines, rest = _BREAK.split(text.removesuffix(held) if held else text)
        self._rest = [rest + held] if rest + held else []
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: bytes) -> bytes | None:
        if not line:
            event = b"\n".join(self._data) if self._data else None
            self._data = []
            return event
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        return None
