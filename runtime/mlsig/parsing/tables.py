"""Tables of Markdown, as rows."""

from __future__ import annotations

import re
from typing import Final

MOST_ROWS: Final = 20_000
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")


def rows(text: str) -> list[dict[str, str]] | None:
    """Return the rows of the one table of a text by the names of their columns, None where there is none.

    Rows with another number of cells than the head make it none.
    """
    lines = [line.strip() for line in text.splitlines()]
    rules = [n for n, line in enumerate(lines) if "-" in line and "|" in line and _RULE.fullmatch(line)]
    if len(rules) != 1 or rules[0] == 0 or len(lines) > MOST_ROWS:
        return None
    head = _cells(lines[rules[0] - 1])
    found: list[dict[str, str]] = []
    for line in lines[rules[0] + 1 :]:
        if "|" not in line:
            if line:
                return None
            break
        cells = _cells(line)
        if len(cells) != len(head):
            return None
        found.append(dict(zip(head, cells, strict=True)))
    return found if found and len(set(head)) == len(head) else None


def pairs(table: list[dict[str, str]]) -> dict[str, str] | None:
    """Return what a table of two columns says that has a name and a value in each row."""
    found: dict[str, str] = {}
    for row in table:
        if len(row) != 2:
            return None
        name, value = row.values()
        found[name] = value
    return found if len(found) == len(table) else None


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]
