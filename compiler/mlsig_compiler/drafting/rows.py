"""Rows to infer from, one at a time, however large the file.

    reviews.jsonl     one JSON object a line; also .ndjson
    reviews.json      an array of JSON objects, or one object
    reviews.csv       a header line, then records; every cell is text
    -                 JSON Lines from standard input

Only one row is held at a time. A row that cannot be read is a `Broken`, with its place, and the next is read.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, NoReturn, TypeAlias, cast

CHUNK: Final = 1 << 16
MARK: Final = b"\xef\xbb\xbf"
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """The values of one row; those of a table are texts."""

    values: Mapping[str, Any]
    table: bool = False


class Broken(NamedTuple):
    """A row that cannot be read: where, and why."""

    place: str
    why: str


Rows: TypeAlias = Iterator[Row | Broken]


class Unreadable(Exception):
    """The file is not there, or is not what its name says. `storage` tells the first from the second."""

    def __init__(self, message: str, *, storage: bool = False) -> None:
        super().__init__(message)
        self.storage = storage


def rows(source: str) -> Rows:
    """Yield the rows of a file.

    Raises:
        Unreadable: There is nothing to read by that name, or not in a form that is known.
    """
    kind = source.lower().rpartition(".")[2]
    if source == "-":
        yield from _lines("standard input", sys.stdin.buffer)
    elif kind in ("jsonl", "ndjson"):
        with _opened(source) as stream:
            yield from _lines(source, stream)
    elif kind == "json":
        with _opened(source) as stream:
            yield from _array(source, stream)
    elif kind == "csv":
        with _opened(source) as stream:
            yield from _table(source, stream)
    else:
        raise Unreadable(f"{source}: data is a .jsonl, .ndjson, .json or .csv file, or - for standard input")


@contextmanager
def _opened(source: str) -> Generator[IO[bytes]]:
    try:
        with Path(source).open("rb") as stream:
            start = stream.read(3)
            if start.startswith(UTF16):
                raise Unreadable(f"{source}: is UTF-16; save it as UTF-8")
            stream.seek(3 if start == MARK else 0)
            yield stream
    except FileNotFoundError:
        raise Unreadable(f"{source}: there is no such file", storage=True) from None
    except OSError as error:
        raise Unreadable(f"{source}: cannot be read: {error.strerror}", storage=True) from error


def _lines(source: str, stream: IO[bytes]) -> Rows:
    import msgspec  # noqa: PLC0415  (`--help` needs none)

    decoder = msgspec.json.Decoder()
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            values: object = decoder.decode(line)
        except UnicodeDecodeError:
            yield Broken(place, "is not UTF-8")
        except msgspec.DecodeError as error:
            yield Broken(place, f"is not JSON: {error}")
        except RecursionError:
            yield Broken(place, "is nested too deeply")
        else:
            yield _row(place, values)


def _row(place: str, values: object) -> Row | Broken:
    if isinstance(values, dict):
        return Row(cast("dict[str, Any]", values))
    what: dict[object, str] = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return Broken(
        place, f"a row must be an object with named values, not {what.get(type(values), 'a number')}"
    )


def _table(source: str, stream: IO[bytes]) -> Rows:
    reader = csv.reader(_decoded(source, stream), strict=True)
    header: list[str] | None = None
    while True:
        place = f"{source}:{reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if header is None:
                raise Unreadable(f"{place}: is not CSV: {error}") from None
            yield Broken(place, f"is not CSV: {error}")
            continue
        if not cells:
            continue
        if header is None:
            header = [name.strip() for name in cells]
            twice = sorted({name for name in header if header.count(name) > 1})
            if twice:
                raise Unreadable(f"{source}:1: two columns are called `{twice[0]}`")
        elif len(cells) != len(header):
            yield Broken(place, f"has {len(cells)} cells where the header has {len(header)}")
        else:
            yield Row(dict(zip(header, cells, strict=True)), table=True)


def _decoded(source: str, stream: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(stream, 1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable(f"{source}:{number}: is not UTF-8; save it as UTF-8") from None


# An array of rows, read piece by piece


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


class _Text:
    """The text of a file, read as far as it is needed; `at` is where the reading is."""

    def __init__(self, source: str, stream: IO[bytes]) -> None:
        import codecs  # noqa: PLC0415

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
            raise Unreadable(f"{self.source}: is not UTF-8; save it as UTF-8") from None
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


def _array(source: str, stream: IO[bytes]) -> Rows:
    text = _Text(source, stream)
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    if text.peek() != "[":
        yield _row(f"{source} row 1", _item(text, decoder))
        if text.peek():
            raise Unreadable(f"{source}: goes on after the first value; name it .jsonl if each line is a row")
        return
    text.at += 1
    number = 0
    if text.peek() == "]":
        return
    while True:
        number += 1
        text.peek()
        yield _row(f"{source} row {number}", _item(text, decoder))
        after = text.peek()
        text.at += 1
        if after == "]":
            return
        if after != ",":
            raise Unreadable(f"{source}: is not JSON: after row {number} a comma or ] is missing")


def _item(text: _Text, decoder: json.JSONDecoder) -> object:
    """Read one value. A number at the very end of what was read may go on, so it is read again with more."""
    while True:
        try:
            value, end = decoder.raw_decode(text.text, text.at)
        except RecursionError:
            raise Unreadable(f"{text.source}: is nested too deeply") from None
        except ValueError as error:
            if text.ended:
                raise Unreadable(f"{text.source}: is not JSON: {error}") from None
        else:
            if end < len(text.text) or text.ended:
                text.at = end
                text.rested()
                return value
        text.more()
