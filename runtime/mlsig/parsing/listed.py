"""Lists that are written as text: bullets, numbered lines, commas."""

from __future__ import annotations

import re
from typing import Final

MOST_ITEMS: Final = 10_000
_BULLET = re.compile(r"[ \t]{0,8}(?:[-*+\u2022\u2013\u00b7]|\(?\d{1,4}[.)])[ \t]+(\S.*)")
_RULE = re.compile(r"\s*(?:[-*_=]{3,}|`{3,}\w*)\s*")
_LAST = re.compile(r"(?<!\s)\s++(?:and|or|&)\s+", re.IGNORECASE)
_AND = re.compile(r"\A(?:and|or)\s+", re.IGNORECASE)
_BOTH = re.compile(r"(?<!\s)\s++(?:and|&)\s+")
_DIGITS = re.compile(r"[-+]?\d+(?:,[-+]?\d+)+")
_COMMA = re.compile(r",\s+|,(?!\d)")


def bullets(text: str) -> list[str] | None:
    """Return the items of a list with a bullet or a number before each, None where it is none.

    One line of words may stand before it, if it ends in a colon. Lines that are indented belong to the item
    above.
    """
    found: list[str] = []
    begun = False
    for line in text.splitlines():
        if not line.strip() or _RULE.fullmatch(line):
            continue
        match = _BULLET.fullmatch(line)
        if match:
            found.append(match[1].rstrip())
        elif found and line[:1] in " \t":
            found[-1] += f"\n{line.strip()}"
        elif found or begun or not line.rstrip(" *").endswith(":"):
            return None
        begun = True
        if len(found) > MOST_ITEMS:
            return None
    return found or None


def pieces(text: str, *, words: bool) -> list[str]:
    """Return the parts of a text between semicolons, line breaks or commas.

    Args:
        text: What was written.
        words: Items are words of a fixed set, or numbers: then `and` separates too.
    """
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1]
    for separator in ("\n", ";", "|"):
        if separator in text:
            return _kept(text.split(separator))
    parts = _COMMA.split(text) if "," in text else [text]
    if words and len(parts) == 1:
        parts = _BOTH.split(text)
    elif len(parts) > 1 and _AND.match(parts[-1]):
        parts[-1] = _AND.sub("", parts[-1])
    elif words and len(parts) > 1 and len(last := _LAST.split(parts[-1])) == 2:
        parts[-1:] = last
    return _kept(parts)


def digits(text: str) -> list[str] | None:
    """Return the numbers of a text that has nothing but digits and commas: one, several, or none if unclear.

    `1,000` is one, since no number begins with a nought; `1,2,3` are three; `1,234` may be one or two.
    """
    if not _DIGITS.fullmatch(text):
        return pieces(text, words=True)
    groups = text.split(",")
    if any(len(group) != 3 for group in groups[1:]) or len(groups[0].lstrip("+-")) > 3:
        return groups
    return [text] if any(group[0] == "0" for group in groups[1:]) else None


def one_item_or_many(parts: list[str]) -> bool:
    """Say whether parts between commas may as well be one text with commas: `Paris, France`."""
    return any(part[:1].isupper() or part.count(" ") > 2 for part in parts)


def _kept(parts: list[str]) -> list[str]:
    return [kept for part in parts if (kept := part.strip().strip("\"'").strip())][: MOST_ITEMS + 1]
