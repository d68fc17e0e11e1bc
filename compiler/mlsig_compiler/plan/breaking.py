"""Statements of generated code that are too long for a line, broken where ruff would break them."""

from __future__ import annotations

from collections.abc import Mapping


def listed(head: str, items: list[str], tail: str, width: int) -> list[str]:
    """Return `head a, b tail` on one line, or with a line for each item."""
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) <= width:
        return [line]
    margin = " " * (len(head) - len(head.lstrip()))
    return [head, *(f"{margin}    {item.rstrip(',')}," for item in items), f"{margin}{tail}"]


def broken(line: str, head: str, texts: Mapping[str, list[str]], room: int) -> list[str]:
    """Return `head x in (a, b)` with a line for each option where it takes more than the room."""
    before, _, text = line.partition(head)
    options = texts.get(text, [])
    if before.strip() or len(line) <= room or not options:
        return [line]
    return listed(f"{before}{head}{text.removesuffix(', '.join(options) + ')')}", options, ")", 0)
