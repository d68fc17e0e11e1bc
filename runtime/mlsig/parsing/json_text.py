"""Finding JSON in text: the whole of it, in fences, or inside prose. Nothing is mended here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_STEP = re.compile(r'["{}\[\]]')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
MOST_ATTEMPTS: Final = 16
_NOTHING: Final = object()


def json_values(text: str) -> Iterator[tuple[Any, str]]:
    """Yield the JSON values in a text, best first, each with a note on where it was.

    The note is empty for the whole text. The search is bounded: at most `MOST_ATTEMPTS` places are tried.
    """
    whole = _decode(text.strip().removeprefix("\ufeff"))
    if whole is not _NOTHING:
        yield whole, ""
        return
    for match in _FENCE.finditer(text):
        value = _decode(match[1])
        if value is not _NOTHING:
            yield value, "taken from a code fence"
    for attempt, span in enumerate(_bracketed(text)):
        if attempt == MOST_ATTEMPTS:
            return
        value = _decode(span)
        if value is not _NOTHING:
            yield value, "taken from the text around it"


def _bracketed(text: str) -> Iterator[str]:
    """Yield the outermost stretches from an opening bracket to the one that closes it."""
    depth = start = at = 0
    closed = True
    while step := _STEP.search(text, at):
        at = step.end()
        mark = step[0]
        if mark == '"':
            # Quotes matter inside brackets only: prose is full of them, and of inch signs.
            # After one that is never closed there is no point in looking for the end of others.
            string = _STRING.match(text, step.start()) if depth and closed else None
            closed = closed and (string is not None or not depth)
            at = string.end() if string else at
        elif mark in "{[":
            start = start if depth else step.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield text[start:at]


def _decode(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return _NOTHING
