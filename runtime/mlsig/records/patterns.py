r"""Patterns as tests of text that cost less than a regular expression, where one says exactly the same.

    matcher("^[a-z]{2}\Z")("en")     length, and nothing is left when a to z are stripped off
    matcher("^(?:one|two)\Z")("one") a set
    matcher("b+c")("abc")            anything else is searched for as it is

A text of a class of its own is left to the careful path, as it may say anything of itself. Ranges are spelled
out, so classes such as `\w`, whose members Unicode decides, stay regular expressions. `$` never gets here:
the compiler has made `\Z` of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

Test: TypeAlias = Callable[[str], Any]

_LARGEST: Final = 256
_WORDS: Final = re.compile(r"\^(?:\(\?:|\()?([\w \-/:@]+(?:\|[\w \-/:@]+)*)(\))?\\Z", re.ASCII)
_CLASS: Final = r"\[((?:[^\]\\^\-]|(?<=[^\[])-(?=\])|[0-9A-Za-z]-[0-9A-Za-z])+)\]"
_RUN: Final = re.compile(r"\^([\w \-/:@]*)" + _CLASS + r"(?:\{(\d{1,9})(,?)(\d{0,9})\}|([+*]))?\\Z", re.ASCII)


@lru_cache(maxsize=512)
def matcher(pattern: str) -> Test:
    """Return a test that is true of the texts in which the pattern is found."""
    return _words(pattern) or _run(pattern) or re.compile(pattern).search


def _words(pattern: str) -> Test | None:
    r"""Lower a choice of whole words: `^(?:note|mail)\Z`."""
    found = _WORDS.fullmatch(pattern)
    if found is None:
        return None
    grouped = pattern.startswith("^(")
    if grouped != bool(found[2]) or ("|" in found[1] and not grouped):
        return None  # `^a|b\Z` is not `^(?:a|b)\Z`
    words = frozenset(found[1].split("|"))
    return lambda text: type(text) is str and text in words


def _run(pattern: str) -> Test | None:
    r"""Lower one class of characters, repeated, perhaps after some text: `^id-[a-z0-9]{4,8}\Z`."""
    found = _RUN.fullmatch(pattern)
    if found is None:
        return None
    start, said, least, comma, most, sign = found.groups()
    chars = _members(said)
    if not chars:
        return None
    low, high = _bounds(least, comma, most, sign)
    if start:
        return _after(start, chars, low, high)
    return _exactly(chars, low) if low == high else _between(chars, low, high)


def _bounds(least: str | None, comma: str | None, most: str | None, sign: str | None) -> tuple[int, int]:
    endless = 1 << 62
    if sign is not None:
        return (1 if sign == "+" else 0), endless
    if least is None:
        return 1, 1
    return int(least), int(most) if most else endless if comma else int(least)


def _members(said: str) -> str:
    """Return all characters of a class, empty where they are too many or a range runs backwards."""
    found: list[str] = []
    rest = said
    while rest:
        if len(rest) > 2 and rest[1] == "-":
            first, last = ord(rest[0]), ord(rest[2])
            if first > last:
                return ""
            found += map(chr, range(first, last + 1))
            rest = rest[3:]
        else:
            found.append(rest[0])
            rest = rest[1:]
    return "".join(dict.fromkeys(found)) if len(found) <= _LARGEST else ""


def _exactly(chars: str, size: int) -> Test:
    def test(text: str) -> bool:
        return type(text) is str and len(text) == size and not text.strip(chars)

    return test


def _between(chars: str, low: int, high: int) -> Test:
    def test(text: str) -> bool:
        return type(text) is str and low <= len(text) <= high and not text.strip(chars)

    return test


def _after(start: str, chars: str, low: int, high: int) -> Test:
    skipped = len(start)
    least, most = low + skipped, high + skipped

    def test(text: str) -> bool:
        if type(text) is not str or not least <= len(text) <= most:
            return False
        return text.startswith(start) and not text[skipped:].strip(chars)

    return test
