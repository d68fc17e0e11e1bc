r"""Strings in JSON-like text, and above all where they end.

    {"say": "She said "no", and left.", "to": "me"}

A quotation mark ends a string where what follows can only be the end of a value: a closing bracket that ends
something, a comma before a key, a line break before a key, the end of the text. All others belong to it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from mlsig.parsing.cursor import Cursor, Cut, past_blanks
from mlsig.parsing.escapes import unescaped

CLOSING: Final = {
    '"': '"', "'": "'", "`": "`",
    "\u201c": '\u201d"', "\u201d": '\u201d"', "\u2018": "\u2019'", "\u2019": "\u2019'",
}  # fmt: skip
"""What may close a string, by what opened it."""

QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
KEY_LIKE: Final = re.compile(
    rf"[{QUOTES}]{{1,2}}[^{QUOTES}\n:{{}}\[\],]{{1,64}}[{QUOTES}]{{0,2}}[ \t\r\n]{{0,20}}[:=]"
    r"|[A-Za-z_$][\w$.\-]{0,63}[\"']?[ \t\r\n]{0,20}[:=]"
)
LABEL: Final = re.compile(
    r"(?:\[(\d{1,4})\]\s{0,9}(?:=>|[:=])\s{0,40}|(\d{1,4})\s{0,9}(?:=>\s{0,40}|[:=]\s{1,40}))"
    r"(?=[\"'`\u201c\u2018{\[\d-]|[tfnTFN][a-z]{3})"
)
"""The number of an item before it, as logs show lists; a colon without a blank is that of `10:30`."""

_NEXT_KEY = re.compile(r"[,\n][ \t\r\n]{0,20}[\"'\u201c]([^\"'\u201c\u201d\n:{}\[\],]{1,64})\Z")
_CONTROL = re.compile(r"[\x00-\x1f]")
_PLUS = re.compile(r"\s{0,40}\+\s{0,40}(?=[\"'])")
_STEPS: Final = {
    closing: re.compile(rf"\\.|[{re.escape(closing)}]", re.DOTALL) for closing in set(CLOSING.values())
}
_COMMENTS: Final = ("//", "/*", "#")
_ELLIPSES: Final = ("...", "\u2026")
_MOST_BLIND: Final = 8
_DOUBLED: Final = 2_000


def read_string(cursor: Cursor, at: int, *, in_list: bool, depth: int) -> tuple[str, int]:
    """Return the string that begins at an opening quotation mark, and the offset behind it."""
    text = cursor.text
    mark = text[at]
    whole = _tripled(cursor, at) or _doubled(cursor, at)
    if whole:
        return whole
    content, after = _content(cursor, at + 1, CLOSING[mark], in_list=in_list, depth=depth)
    if mark != '"':
        cursor.mend(at, "quotes", mark, '"')
    if isinstance(content, Cut):
        return content, after
    made = _unescaped(cursor, content, at)
    plus = _PLUS.match(text, after)
    while plus:
        cursor.mend(after, "joined", "+")
        more, after = _content(
            cursor, plus.end() + 1, CLOSING[text[plus.end()]], in_list=in_list, depth=depth
        )
        made += _unescaped(cursor, more, plus.end())
        plus = _PLUS.match(text, after)
    return made, after


def _tripled(cursor: Cursor, at: int) -> tuple[str, int] | None:
    text = cursor.text
    triple = text[at : at + 3]
    if triple not in {'"""', "'''", "```"}:
        return None
    end = text.find(triple, at + 3)
    if end < 0:
        return None
    cursor.mend(at, "quotes", triple)
    return text[at + 3 : end], end + 3


def _doubled(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """Read `""text""`, as CSV has it."""
    text = cursor.text
    if not text.startswith('""', at) or not text[at + 2 : at + 3].isalnum():
        return None
    end = text.find('""', at + 2, at + _DOUBLED)
    if end < 0 or "\n" in text[at:end]:
        return None
    cursor.mend(at, "quotes", '""')
    return text[at + 2 : end], end + 2


def _content(cursor: Cursor, start: int, closing: str, *, in_list: bool, depth: int) -> tuple[str, int]:
    """Return what stands between quotation marks, and the offset behind the closing one."""
    text = cursor.text
    step = _STEPS[closing]
    at = start
    first = -1
    while found := step.search(text, at):
        at = found.end()
        if found[0][0] == "\\":
            continue
        quote = found.start()
        cursor.look(quote)
        if _ends_value(cursor, at, in_list=in_list, depth=depth, inner=first >= 0):
            if first >= 0:
                cursor.mend(quote, "inner_quotes", text[start:quote])
            return text[start:quote], at
        key = None if in_list else _NEXT_KEY.search(text, max(start, quote - 100), quote)
        if key and key[1].strip().lower() in cursor.names:
            cursor.mend(quote, "missing_quote", text[start : min(key.start(), start + 80)])
            return text[start : key.start()], key.start()
        first = quote if first < 0 else first
    if first >= 0 and cursor.unclosed < _MOST_BLIND:
        cursor.unclosed += 1
        cursor.mend(first, "inner_quotes", text[start:first])
        return text[start:first], first + 1
    cursor.mend(start, "unclosed", text[start : start + 40], '"')
    return Cut(text[start:].rstrip()), cursor.end


def _ends_value(cursor: Cursor, at: int, *, in_list: bool, depth: int, inner: bool) -> bool:
    """Say whether what follows a quotation mark shows that it closed a value."""
    text = cursor.text
    next_at = past_blanks(text, at)
    if next_at >= cursor.end or cursor.starts(next_at, *_COMMENTS, "```"):
        return True
    mark = text[next_at]
    if in_list:
        return _ends_item(cursor, at, next_at, mark)
    if mark == "}":
        return _closes(cursor, next_at, ",}]") or (depth <= 1 and not _goes_on(cursor, next_at))
    if mark == ")":
        return past_blanks(text, next_at + 1) >= cursor.end or (depth <= 1 and not _goes_on(cursor, next_at))
    if mark in ",;":
        after = past_blanks(text, next_at + 1)
        if mark == "," and (after >= cursor.end or text[after] in "}]"):
            return True
        if mark == "," and cursor.starts(after, *_COMMENTS, "--", *_ELLIPSES):
            return True
        return KEY_LIKE.match(text, after) is not None
    if mark == "+" and not inner:
        return _PLUS.match(text, at) is not None
    if KEY_LIKE.match(text, next_at) is None:
        return False
    return "\n" in text[at:next_at] or (next_at > at and not inner)


def _ends_item(cursor: Cursor, at: int, next_at: int, mark: str) -> bool:
    text = cursor.text
    if mark in "])":
        return _closes(cursor, next_at, ",}]):;")
    if mark == "}":
        return _closes(cursor, next_at, ",}]")
    if mark == ",":
        after = past_blanks(text, next_at + 1)
        if after >= cursor.end or cursor.starts(after, *_COMMENTS, *_ELLIPSES):
            return True
        return text[after] in "\"'\u201c\u2018`[{]" or text[after].isalnum() or text[after] == "_"
    if "\n" in text[at:next_at] and LABEL.match(text, next_at):
        return True
    beyond = text[next_at + 1 : next_at + 2]
    return next_at > at and mark in "\"'\u201c\u2018`" and (beyond.isalnum() or beyond == "_")


def _closes(cursor: Cursor, at: int, follow: str) -> bool:
    """Say whether a bracket is followed by what follows one that closes something."""
    text = cursor.text
    after = past_blanks(text, at + 1)
    return (
        after >= cursor.end
        or text[after] in follow
        or "\n" in text[at:after]
        or text.startswith("```", after)
    )


def _goes_on(cursor: Cursor, at: int) -> bool:
    """Say whether a bracket is followed by more code."""
    after = past_blanks(cursor.text, at + 1)
    return cursor.text[after : after + 1] in {'"', "'", ")", ":", ";", "="}


def _unescaped(cursor: Cursor, content: str, at: int) -> str:
    if not content.isprintable() and _CONTROL.search(content):
        cursor.mend(at, "line_break")
    if "\\" not in content:
        return content
    try:
        return msgspec.json.decode(f'"{content}"', type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        made, odd = unescaped(content)
    if odd:
        cursor.mend(at, "backslash", content)
    return made
