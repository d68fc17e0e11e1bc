"""A JSON array of rows, read piece by piece: only one row is held, however many there are."""

from __future__ import annotations

import codecs
import json
from typing import IO, Final, NoReturn

from mlsig.data.errors import DataUnreadable
from mlsig.data.lines import opened
from mlsig.data.rows import Rows, row_of

CHUNK: Final = 1 << 16


def json_array(source: str) -> Rows:
    """Read the objects of an array, or one object.

    Raises:
        DataUnreadable: The file is not there, or is not JSON; the rows before that have been read.
    """
    with opened(source) as stream:
        yield from _rows(source, stream)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


class _Text:
    """The text of a file, read as far as it is needed; `at` is where the reading is."""

    def __init__(self, source: str, stream: IO[bytes]) -> None:
        self.source = source
        self.text = ""
        self.at = 0
        self.ended = False
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._next = CHUNK

    def more(self) -> None:
        """Read on; each time twice as much, so that a large row is not read again and again."""
        part = self._stream.read(self._next)
        self._next *= 2
        try:
            read = self._decoder.decode(part, final=not part)
        except UnicodeDecodeError:
            raise DataUnreadable(self.source, "is not UTF-8; save it as UTF-8") from None
        self.text, self.at = self.text[self.at :] + read, 0
        self.ended = not part

    def rested(self) -> None:
        """Go back to small pieces: a row has been read."""
        self._next = CHUNK

    def peek(self) -> str:
        """Return the next character that is no white space, and stand before it; nothing at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self.more()


def _rows(source: str, stream: IO[bytes]) -> Rows:
    text = _Text(source, stream)
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    if text.peek() != "[":
        yield row_of(f"{source} row 1", _item(text, decoder))
        if text.peek():
            raise DataUnreadable(
                source, "goes on after the first value; name it .jsonl if each line is a row"
            )
        return
    text.at += 1
    number = 0
    if text.peek() == "]":
        return
    while True:
        number += 1
        text.peek()
        yield row_of(f"{source} row {number}", _item(text, decoder))
        after = text.peek()
        text.at += 1
        if after == "]":
            return
        if after != ",":
            raise DataUnreadable(source, f"is not JSON: after row {number} a comma or ] is missing")


def _item(text: _Text, decoder: json.JSONDecoder) -> object:
    """Read one value. A number at the very end of what was read may go on, so it is read again with more."""
    while True:
        try:
            value, end = decoder.raw_decode(text.text, text.at)
        except RecursionError:
            raise DataUnreadable(text.source, "is nested too deeply") from None
        except ValueError as error:
            if text.ended:
                raise DataUnreadable(text.source, f"is not JSON: {error}") from None
        else:
            if end < len(text.text) or text.ended:
                text.at = end
                text.rested()
                return value
        text.more()
