"""A reader of JSON as models write it, that notes what it mends.

    read_value("{name: 'Ada', age: 36,}", 0, names, effort).value == {"name": "Ada", "age": 36}

It goes through the text once, from left to right. Where something is wrong it looks a bounded stretch ahead,
takes the reading that lets the text go on, and notes it. What it cannot read it does not skip: it stops, and
says where.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from mlsig.errors import Issue
from mlsig.parsing.bare import LITERALS, read_bare, read_key
from mlsig.parsing.cursor import DEEPEST, Cursor, Cut, Effort, Unreadable, number
from mlsig.parsing.repairs import Repair, excerpt
from mlsig.parsing.strings import CLOSING, LABEL, read_string

_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"\s*+:\s*+')
_SET = re.compile(r"\s*+(?:\"[^\"\n:]{0,200}\"|'[^'\n:]{0,200}'|-?\d[\d.]{0,40})\s*+[,}]")
_NUMBER = r"(-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?)"
_IN_OBJECT = re.compile(
    r'"([^"\\\x00-\x1f]*+)"(?=\s*+[,}\]])'
    rf"|{_NUMBER}(?=\s*+(?:,(?!\d)|[}}\]);]|//|/\*|\#)|\s++\Z|\s++\")"
    r"|(true|false|null)(?=\s*+(?:[,}\]\"]|\Z))"
)
_IN_LIST = re.compile(
    r'"([^"\\\x00-\x1f]*+)"(?=\s*+[,}\]])'
    rf"|{_NUMBER}(?=\s*+(?:[,}}\]);]|//|/\*|\#)|\s++(?:[-\d\"'{{\[]|\Z))"
    r"|(true|false|null)(?=\s*+(?:[,}\]]|\Z))"
)
_CALL = re.compile(r"[A-Za-z_][\w.]{0,80}\((?=\s{0,40}[A-Za-z_]\w{0,80}\s{0,40}=[^=])")
_ELLIPSIS = re.compile(r"\.{3}|\u2026")


class Mended(NamedTuple):
    """A value that was read, where it ends, what was mended, and why it must not be accepted, if so."""

    value: Any
    end: int
    repairs: list[Repair]
    issues: list[Issue]


def read_value(text: str, at: int, names: Collection[str], effort: Effort) -> Mended:
    """Read the value that begins at an offset.

    Raises:
        Unreadable: No value can be read there, or only with more effort than is left.
    """
    cursor = Cursor(text, names, effort)
    try:
        value, end = _value(cursor, cursor.skip(at), in_list=False, depth=0)
    except RecursionError:
        raise Unreadable(at, "is nested too deeply") from None
    return Mended(value, end, cursor.repairs, cursor.issues)


def _value(cursor: Cursor, at: int, *, in_list: bool, depth: int) -> tuple[Any, int]:
    text = cursor.text
    found = (_IN_LIST if in_list else _IN_OBJECT).match(text, at)
    if found:
        kind = found.lastindex
        if kind == 1:
            return found[1], found.end()
        return (number(found[2]) if kind == 2 else LITERALS[found[3]]), found.end()
    if at >= cursor.end:
        raise Unreadable(at, "ends where a value should be")
    mark = text[at]
    if mark == "{":
        if _SET.match(text, at + 1):
            cursor.mend(at, "set", "{", "[")
            return _list(cursor, at, depth, "}")
        return _object(cursor, at, depth, "}")
    if mark == "[":
        return _list(cursor, at, depth, "]")
    if mark in CLOSING:
        return read_string(cursor, at, in_list=in_list, depth=depth)
    if mark == "(" and (in_list or cursor.objects):
        cursor.mend(at, "tuple", "(", "[")
        return _list(cursor, at, depth, ")")
    call = _CALL.match(text, at)
    if call:
        cursor.mend(at, "call", call[0], "{")
        return _object(cursor, call.end() - 1, depth, ")")
    return read_bare(cursor, at, in_list=in_list)


def _object(cursor: Cursor, at: int, depth: int, closer: str) -> tuple[dict[str, Any], int]:
    if depth > DEEPEST:
        raise Unreadable(at, "is nested too deeply")
    text = cursor.text
    found: dict[str, Any] = {}
    cursor.objects += 1
    at = cursor.skip(at + 1)
    comma = True
    while True:
        if at >= cursor.end or text.startswith("```", at):
            cursor.mend(at, "unclosed", "", closer)
            break
        start = at
        match = _KEY.match(text, at)
        if match and text[at + 1] != '"':
            key, at = match[1], match.end()
        else:
            if text[at] == closer:
                at += 1
                break
            if text[at] == "]" and found:
                # The bracket closes the list around, if there is one.
                cursor.mend(at, "unclosed", "]", closer)
                at += not depth
                break
            after = _between_members(cursor, at)
            if after > at:
                at, comma = after, True
                continue
            key, at = read_key(cursor, at)
        if not comma:
            cursor.mend(start, "missing_comma")
        at = _member(cursor, found, key, at, depth)
        at, comma = _separator(cursor, at, closer)
    cursor.objects -= 1
    return found, at


def _member(cursor: Cursor, found: dict[str, Any], key: str, at: int, depth: int) -> int:
    """Read the value of a key into an object; return the offset behind it."""
    at = cursor.skip(at)
    if at >= cursor.end:
        found.setdefault(key, Cut(""))
        return at
    cursor.path.append(key)
    item, at = _value(cursor, at, in_list=False, depth=depth + 1)
    if key in found and found[key] != item:
        cursor.refuse("given_twice", "is given twice, with two values", item)
    cursor.path.pop()
    found[key] = item
    return at


def _between_members(cursor: Cursor, at: int) -> int:
    """Return the offset behind what stands between members and is none, such as a comma too many."""
    if cursor.text[at] in ",;":
        cursor.mend(at, "extra_comma", cursor.text[at])
        return cursor.skip(at + 1)
    ellipsis = _ELLIPSIS.match(cursor.text, at)
    if ellipsis:
        cursor.mend(at, "ellipsis", ellipsis[0])
        return cursor.skip(ellipsis.end())
    return at


def _separator(cursor: Cursor, at: int, closer: str) -> tuple[int, bool]:
    """Return where the next member or item is, and whether a comma stands before it."""
    text = cursor.text
    at = cursor.skip(at)
    if at >= cursor.end or text[at] not in ",;":
        return at, False
    if text[at] == ";":
        cursor.mend(at, "missing_comma", ";")
    at = cursor.skip(at + 1)
    if at < cursor.end and text[at] == closer:
        cursor.mend(at, "extra_comma", ",")
    return at, True


def _list(cursor: Cursor, at: int, depth: int, closer: str) -> tuple[list[Any], int]:
    if depth > DEEPEST:
        raise Unreadable(at, "is nested too deeply")
    text = cursor.text
    found: list[Any] = []
    first: int | None = None
    at = cursor.skip(at + 1)
    comma = True
    while True:
        if at >= cursor.end or text.startswith("```", at):
            cursor.refuse("cut_off", "was cut off inside a list")
            cursor.mend(at, "unclosed", "", closer)
            return found, at
        mark = text[at]
        if mark == closer:
            return found, at + 1
        if mark in ",;":
            cursor.mend(at, "extra_comma", mark)
            at, comma = cursor.skip(at + 1), True
            continue
        if (mark in "}])" and (cursor.objects or depth)) or (
            cursor.objects and found and _KEY.match(text, at)
        ):
            cursor.mend(at, "unclosed", mark, closer)
            return found, at
        ellipsis = _ELLIPSIS.match(text, at)
        if ellipsis:
            cursor.refuse("elided", "has an ellipsis in the place of items", ellipsis[0])
            at, comma = cursor.skip(ellipsis.end()), True
            continue
        if not comma:
            cursor.mend(at, "missing_comma")
        label = LABEL.match(text, at)
        if label:
            count = int(label[1] or label[2]) - len(found)
            first = count if first is None else first
            if count == first and (first in (0, 1) or ":" not in label[0]):
                cursor.mend(at, "label", label[0].rstrip())
                at = label.end()
        cursor.path.append(f"[{len(found)}]")
        item, after = _value(cursor, at, in_list=True, depth=depth + 1)
        cursor.path.pop()
        if after <= at:
            raise Unreadable(at, f"has {excerpt(text[at : at + 20])!r} where an item should be")
        found.append(item)
        at, comma = _separator(cursor, after, closer)
