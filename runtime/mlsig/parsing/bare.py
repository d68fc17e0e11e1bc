"""Keys and values without quotation marks, in JSON-like text."""

from __future__ import annotations

import re
from typing import Any, Final

from mlsig.parsing.cursor import Cursor, Cut, Unreadable, past_blanks
from mlsig.parsing.repairs import excerpt
from mlsig.parsing.strings import CLOSING, KEY_LIKE, QUOTES

LITERALS: Final = {
    "true": True, "false": False, "null": None, "none": None, "undefined": None, "nil": None,
}  # fmt: skip
"""Words of JSON, Python and JavaScript, in lower case."""

_QUOTED: Final = rf"[{QUOTES}]{{1,2}}([^{QUOTES}\n:{{}}\[\],]{{1,200}})"
_GAP: Final = r"[ \t\r\n]{0,40}"
_ODD_KEY = re.compile(
    rf"{_QUOTED}[{QUOTES}]{{0,2}}{_GAP}(=>|:|=){_GAP}"
    rf"|{_QUOTED}[{QUOTES}]{{1,2}}({_GAP})(?=[\"'\u201c\u2018`{{\[\d])"
    rf"|([A-Za-z_$*][\w$.\-* ]{{0,100}}?)[\"'\u201d\u2019`]?{_GAP}(=>|:|=){_GAP}"
)
_STOP = re.compile(r"[,}\]\n{\[()]|\s(?://|#|/\*|--\s)")
_WORD_AND_KEY = re.compile(r"(true|false|null|none)\s{1,40}(?=[\"'])", re.IGNORECASE)


def read_key(cursor: Cursor, at: int) -> tuple[str, int]:
    """Return a key that is not as JSON has it, and where its value begins.

    Raises:
        Unreadable: There is no key.
    """
    match = _ODD_KEY.match(cursor.text, at)
    if not match:
        raise Unreadable(at, f"has {excerpt(cursor.text[at : at + 20])!r} where a key should be")
    key = match[1] or match[3] or match[5]
    separator = match[2] or match[6]
    if separator is None:
        cursor.mend(at, "missing_colon", key)
    elif separator != ":":
        cursor.mend(at, "missing_colon", separator, ":")
    else:
        cursor.mend(at, "bare" if match[5] else "quotes", key)
    return key.strip(), match.end()


def read_bare(cursor: Cursor, at: int, *, in_list: bool) -> tuple[Any, int]:
    """Return a value without quotation marks, as text unless it is a word of JSON or Python.

    Raises:
        Unreadable: There is nothing.
    """
    text = cursor.text
    start = at
    at = _end(cursor, start, in_list=in_list)
    word = text[start:at].strip()
    if not word:
        raise Unreadable(start, f"has {excerpt(text[start : start + 20])!r} where a value should be")
    literal = word.lower() if len(word) < 10 else ""
    if literal in LITERALS:
        if word not in {"true", "false", "null"}:
            cursor.mend(start, "word", word, LITERALS[literal])
        return LITERALS[literal], at
    if word[-1] in QUOTES and word[0] not in CLOSING:
        cursor.mend(start, "missing_quote", word)
        return word[:-1], at
    if at >= cursor.end and not text[at - 1].isspace():
        return Cut(word), at
    glued = None if in_list else _WORD_AND_KEY.match(text, start, at)
    if glued:
        cursor.mend(start, "missing_comma")
        return LITERALS[glued[1].lower()], glued.end(1)
    cursor.mend(start, "bare", word)
    return word, at


def _end(cursor: Cursor, start: int, *, in_list: bool) -> int:
    """Return where a bare value ends: not at a comma inside a number or a phrase, nor at its own brackets."""
    text = cursor.text
    at = start
    opened = 0
    while stop := _STOP.search(text, at):
        mark = stop[0]
        at = stop.start()
        if mark == "(" or (mark in "{[" and at > start):
            opened += mark == "("
        elif mark == ")":
            if not opened:
                return at
            opened -= 1
        elif mark != "," or in_list or _ends_at_comma(cursor, at):
            return at
        cursor.look(at)
        at += 1
    return cursor.end


def _ends_at_comma(cursor: Cursor, at: int) -> bool:
    text = cursor.text
    after = past_blanks(text, at + 1)
    if after >= cursor.end or text[after] in "}])":
        return True
    if cursor.starts(after, "//", "/*", "#", "-- ", "...", "\u2026"):
        return True
    return KEY_LIKE.match(text, after) is not None
