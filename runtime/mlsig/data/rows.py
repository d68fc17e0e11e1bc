"""Rows from JSON Lines, CSV, or a Python function, each with the place it came from.

    reviews.jsonl         one JSON object a line, UTF-8; blank lines are skipped
    reviews.csv           a header line, then records; cells may hold quoted line breaks
    my_data:train         function `train` of module `my_data`, returning mappings

A row that cannot be read becomes a `BrokenRow`, and the next one is read; what spoils everything is raised.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import msgspec

from mlsig.data.errors import BrokenRow, DataUnreadable
from mlsig.errors import Issue, MlsigError


class Row(msgspec.Struct, frozen=True):
    """The values of one row, and where they are."""

    place: str
    values: Mapping[str, Any]


Rows: TypeAlias = Iterator[Row | BrokenRow]

FUNCTION: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK: Final = b"\xef\xbb\xbf"


def is_table(source: str) -> bool:
    """Say whether every value of this source is text, as in CSV."""
    return source.lower().endswith(".csv")


def read_rows(source: str) -> Rows:
    """Read the rows of a file or function.

    Raises:
        DataUnreadable: There is nothing to read by that name, or not in a form that is known.
    """
    lowered = source.lower()
    if lowered.endswith((".jsonl", ".ndjson")):
        return _json_lines(source)
    if is_table(source):
        return _csv(source)
    if FUNCTION.fullmatch(source):
        return _function(source)
    raise DataUnreadable(source, "data is a .jsonl or .csv file, or a function written `module:name`")


def _bytes(source: str) -> bytes:
    """Read a file whole, without its byte order mark."""
    try:
        content = Path(source).read_bytes()
    except FileNotFoundError:
        raise DataUnreadable(source, "there is no such file") from None
    except OSError as error:
        raise DataUnreadable(source, f"cannot be read: {error.strerror}") from error
    if content.startswith(UTF16):
        raise DataUnreadable(source, "is UTF-16; save it as UTF-8")
    return content.removeprefix(UTF8_MARK)


def _json_lines(source: str) -> Rows:
    decoder = msgspec.json.Decoder()
    for number, line in enumerate(_bytes(source).split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            values = decoder.decode(line)
        except UnicodeDecodeError:
            yield _broken(place, "encoding", "is not UTF-8")
        except msgspec.DecodeError as error:
            yield _broken(place, "json", f"is not JSON: {error}")
        except RecursionError:
            yield _broken(place, "json", "is nested too deeply")
        else:
            yield _row(place, values)


def _csv(source: str) -> Rows:
    content = _bytes(source)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise DataUnreadable(f"{source}:{number}", "is not UTF-8; save it as UTF-8") from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    header = _header(source, reader)
    while True:
        place = f"{source}:{reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(place, "csv", f"is not CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            yield _broken(place, "cells", f"has {len(cells)} cells where the header has {len(header)}")
            continue
        yield Row(place, dict(zip(header, cells, strict=True)))


def _header(source: str, reader: Iterator[list[str]]) -> list[str]:
    """Read the first record: names of columns, each once."""
    no_cells: list[str] = []
    try:
        header = [name.strip() for name in next(reader, no_cells)]
    except csv.Error as error:
        raise DataUnreadable(f"{source}:1", f"is not CSV: {error}") from None
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataUnreadable(f"{source}:1", f"two columns are called `{twice[0]}`")
    return header


def _function(source: str) -> Rows:
    function = _callable(source)
    try:
        # A generator runs while it is read, so its exceptions come from here too.
        for number, values in enumerate(function(), 1):
            yield _row(f"{source} row {number}", values)
    except MlsigError:
        raise
    except Exception as error:
        raise DataUnreadable(source, f"failed: {type(error).__name__}: {error}") from error


def _callable(source: str) -> Callable[[], Iterable[object]]:
    """Import what the user named, and nothing else."""
    name, _, attribute = source.partition(":")
    try:
        module = import_module(name)
    except Exception as error:
        raise DataUnreadable(
            source, f"the module {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    function = getattr(module, attribute, None)
    if not callable(function):
        raise DataUnreadable(source, f"the module {name} has no function `{attribute}`")
    return cast("Callable[[], Iterable[object]]", function)


def _row(place: str, values: object) -> Row | BrokenRow:
    if isinstance(values, Mapping):
        return Row(place, cast("Mapping[str, Any]", values))
    what = "null" if values is None else type(values).__name__
    return _broken(place, "type", f"a row must be an object with named values, not {what}")


def _broken(place: str, code: str, message: str) -> BrokenRow:
    return BrokenRow(place, (Issue("", code, message),))
