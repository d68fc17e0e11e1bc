"""Indented lines as values, in the small part of YAML that models write.

    items:
      - name: pen
        qty: 2

Scalars stay text: the declared type says what they are. Anything that is not clearly such a block is none.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from mlsig.parsing.candidates import NOTHING, decoded, decoded_text
from mlsig.types.jsonlike import is_array, is_object

DEEPEST: Final = 20
MOST_LINES: Final = 20_000
_MEMBER = re.compile(
    r"""(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|([^\s:#\[\]{}"'|>][^:\n]{0,200}?))[ \t]*:(?:[ \t]+(.*)|)"""
)
_COMMENT = re.compile(r"(?<![ \t])[ \t]++#[ \t].*\Z")


class _Line(NamedTuple):
    indent: int
    text: str


class _Odd(Exception):
    """The lines are no block."""


def read_block(text: str) -> Any:
    """Return the map or the list that indented lines say, `NOTHING` where they say none."""
    if text.count("\n") > MOST_LINES:
        return NOTHING
    lines = [
        _Line(len(line) - len(line.lstrip(" ")), line.strip())
        for line in text.expandtabs(4).splitlines()
        if line.strip() and not line.lstrip().startswith("#") and line.strip() not in {"---", "..."}
    ]
    if not lines or ":" not in text:
        return NOTHING
    try:
        value, at = _node(lines, 0, lines[0].indent, 0)
    except _Odd:
        return NOTHING
    return value if at == len(lines) and (is_object(value) or is_array(value)) else NOTHING


def _node(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[Any, int]:
    if depth > DEEPEST:
        raise _Odd
    if lines[at].text[:2] in {"- ", "-"}:
        return _items(lines, at, indent, depth)
    return _members(lines, at, indent, depth)


def _items(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while at < len(lines) and lines[at].indent == indent and lines[at].text[:2] in {"- ", "-"}:
        rest = lines[at].text[1:].lstrip()
        if not rest:
            item, at = _below(lines, at + 1, indent + 1, depth)
        elif _MEMBER.fullmatch(rest) and rest[0] not in "{[\"'":
            inside = indent + len(lines[at].text) - len(rest)
            lines[at] = _Line(inside, rest)
            item, at = _members(lines, at, inside, depth + 1)
        else:
            item, at = _scalar(rest), at + 1
        found.append(item)
    return found, at


def _members(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while at < len(lines) and lines[at].indent == indent:
        match = _MEMBER.fullmatch(lines[at].text)
        key = (match[1] or match[2] or match[3]).strip() if match else ""
        if not match or key in found:
            raise _Odd
        rest = (match[4] or "").strip()
        at += 1
        if not rest:
            found[key], at = _below(lines, at, indent, depth)
        elif rest in {"|", "|-", ">", ">-"}:
            found[key], at = _text(lines, at, indent, "\n" if rest[0] == "|" else " ")
        else:
            found[key] = _scalar(rest)
    return found, at


def _below(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """Return what stands under a key: deeper lines, or a list at the same depth."""
    if at < len(lines):
        next_line = lines[at]
        if next_line.indent > indent or (next_line.indent == indent and next_line.text[:2] in {"- ", "-"}):
            return _node(lines, at, next_line.indent, depth + 1)
    return None, at


def _text(lines: list[_Line], at: int, indent: int, between: str) -> tuple[str, int]:
    start = at
    while at < len(lines) and lines[at].indent > indent:
        at += 1
    margin = lines[start].indent if at > start else 0
    kept = (" " * max(0, line.indent - margin) + line.text for line in lines[start:at])
    return between.join(kept), at


def _scalar(text: str) -> Any:
    if text[0] in "{[":
        inner = decoded_text(text, ())
        if not inner or inner.issues:
            raise _Odd
        return inner.value
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text[0] == '"':
        value = decoded(text)
        return text if value is NOTHING else value
    text = _COMMENT.sub("", text)
    return None if text in {"null", "~"} else text
