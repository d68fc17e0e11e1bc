"""CSV: a header, then records of as many cells, all of them text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import IO, Final

from mlsig.data.errors import DataUnreadable
from mlsig.data.lines import LONGEST, lines, opened
from mlsig.data.rows import Row, Rows, broken

ENDED: Final = re.compile(r"[^\r\n]*(?:\r\n|[\r\n])|[^\r\n]+")
"""A line with its break, of any of the three kinds."""


def csv_rows(source: str) -> Rows:
    """Read the records of a file.

    Raises:
        DataUnreadable: It is not there or not UTF-8, or its header is no header.
    """
    if csv.field_size_limit() < LONGEST:
        csv.field_size_limit(LONGEST)  # of all readers of this process: 128 KiB is less than many a document
    with opened(source) as stream:
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
                    raise DataUnreadable(place, f"is not CSV: {error}") from None
                yield broken(place, "csv", f"is not CSV: {error}")
                continue
            if not cells:
                continue
            if header is None:
                header = _names(place, cells)
            elif len(cells) != len(header):
                yield broken(place, "cells", f"has {len(cells)} cells where the header has {len(header)}")
            else:
                yield Row(place, dict(zip(header, cells, strict=True)), texts=True)


def _names(place: str, cells: list[str]) -> list[str]:
    """Return the names of columns, each there once."""
    header = [name.strip() for name in cells]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataUnreadable(place, f"two columns are called `{twice[0]}`")
    return header


def _decoded(source: str, stream: IO[bytes]) -> Iterator[str]:
    number = 0
    for line in lines(stream):
        if line is None:
            raise DataUnreadable(f"{source}:{number + 1}", f"is longer than {LONGEST >> 20} MiB")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise DataUnreadable(f"{source}:{number + 1}", "is not UTF-8; save it as UTF-8") from None
        # Where a carriage return alone ends a line, the reader wants it to be the end.
        parts = ENDED.findall(text) if "\r" in text else (text,)
        number += len(parts)
        yield from parts
