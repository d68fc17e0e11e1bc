"""How one prompt became another, line by line, and within lines word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest
from typing import Final

from mlsig.providers.messages import Message

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
AKIN: Final = 0.4
"""Lines less alike than this are shown as two lines, and not as one that changed."""


def difference(before: Sequence[Message], after: Sequence[Message]) -> str:
    """Return the change from one prompt to another as HTML, message by message."""
    return f'<pre class="diff">{"".join(_lines(_said(before), _said(after)))}</pre>'


def _said(messages: Sequence[Message]) -> list[str]:
    lines: list[str] = []
    for message in messages:
        lines += [f"[{message.role}]", *message.content.splitlines()]
    return lines


def _lines(before: Sequence[str], after: Sequence[str]) -> list[str]:
    found: list[str] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind == "equal":
            found += [_line("same", escape(line)) for line in before[low:high]]
            continue
        for old, new in zip_longest(before[low:high], after[start:end]):
            found += _changed(old, new)
    return found


def _changed(old: str | None, new: str | None) -> list[str]:
    if old is None or new is None:
        kind, text = ("add", new) if old is None else ("cut", old)
        return [_line(kind, escape(text or ""))]
    words = _WORDS.findall(old), _WORDS.findall(new)
    matcher = SequenceMatcher(None, *words, autojunk=False)
    if matcher.ratio() < AKIN:
        return [_line("cut", escape(old)), _line("add", escape(new))]
    cut, add = "", ""
    for kind, low, high, start, end in matcher.get_opcodes():
        gone, come = escape("".join(words[0][low:high])), escape("".join(words[1][start:end]))
        same = kind == "equal"
        cut += gone if same or not gone else f"<del>{gone}</del>"
        add += come if same or not come else f"<ins>{come}</ins>"
    return [_line("cut", cut), _line("add", add)]


def _line(kind: str, html: str) -> str:
    return f'<span class="{kind}">{html}</span>'
