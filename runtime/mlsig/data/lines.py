"""Files of text, read line by line, and JSON Lines in them."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Final

import msgspec

from mlsig.data.errors import DataUnreadable
from mlsig.data.rows import Rows, broken, row_of

LONGEST: Final = 1 << 26
"""Bytes of the longest line that is read, 64 MiB: a file without line breaks must not fill the memory."""

UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK: Final = b"\xef\xbb\xbf"


@contextmanager
def opened(source: str) -> Generator[IO[bytes]]:
    """Open a file behind its byte order mark.

    Raises:
        DataUnreadable: There is none, it cannot be read, or it is UTF-16.
    """
    try:
        with Path(source).open("rb") as stream:
            start = stream.read(3)
            if start.startswith(UTF16):
                raise DataUnreadable(source, "is UTF-16; save it as UTF-8")
            stream.seek(3 if start == UTF8_MARK else 0)
            yield stream
    except FileNotFoundError:
        raise DataUnreadable(source, "there is no such file", storage=True) from None
    except OSError as error:
        raise DataUnreadable(source, f"cannot be read: {error.strerror}", storage=True) from error


def standard_input() -> AbstractContextManager[IO[bytes]]:
    """Return what comes in; nobody closes it."""
    return nullcontext(sys.stdin.buffer)


def lines(stream: IO[bytes], longest: int = LONGEST) -> Iterator[bytes | None]:
    """Yield lines with their line breaks; None for one that is too long, which is passed over."""
    while line := stream.readline(longest + 1):
        if len(line) <= longest:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(longest)
        yield None


def json_lines(source: str, reading: AbstractContextManager[IO[bytes]]) -> Rows:
    """Read an object of each line that is not blank."""
    decoder = msgspec.json.Decoder()
    with reading as stream:
        for number, line in enumerate(lines(stream), 1):
            if line is not None and not line.strip():
                continue
            place = f"{source}:{number}"
            if line is None:
                yield broken(place, "length", f"is longer than {LONGEST >> 20} MiB")
                continue
            try:
                values = decoder.decode(line)
            except UnicodeDecodeError:
                yield broken(place, "encoding", "is not UTF-8")
            except msgspec.DecodeError as error:
                yield broken(place, "json", f"is not JSON: {error}")
            except RecursionError:
                yield broken(place, "json", "is nested too deeply")
            else:
                yield row_of(place, values)
