"""The name that was probably meant.

nearest("pasages", ["question", "passages"]) == "passages"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypedDict

from mlsig_compiler.diagnostics import Fix, replacing
from mlsig_compiler.source import Span

LONGEST: Final = 64
CLOSE: Final = 2
SHORT: Final = 3
DIGITS: Final = re.compile(r"\d+")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name at the smallest edit distance, if it is at most a third of the word away."""
    if len(word) > LONGEST:
        return None
    limit = max(1, len(word) // 3)
    found: str | None = None
    for name in known:
        if abs(len(name) - len(word)) > limit:
            continue
        if name.lower() == word.lower():
            return name
        away = distance(word.lower(), name.lower(), limit)
        # of very short names nothing would be left to recognise
        if away <= limit and away < min(len(word), len(name)):
            found, limit = name, away - 1
    return found


def distance(one: str, other: str, limit: int = LONGEST) -> int:
    """Count the insertions, deletions, replacements and swaps that turn one word into the other.

    Beyond the limit the count may be too small, yet is beyond it too.
    """
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        current = [i]
        for j, right in enumerate(other, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit and min(previous) > limit:
            return limit + 1
        before, previous = previous, current
    return previous[-1]


def sure(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that must be meant: near, and no other is within two letters.

    Of a name of one or two letters, and of one with another number, that is never sure.
    """
    names = list(known)
    name = nearest(word, names)
    if name is None or name.lower() == word.lower():
        return name
    if len(word) < SHORT or DIGITS.sub("0", word) == DIGITS.sub("0", name):
        return None
    close = min(CLOSE, max(1, len(word) // 3))
    near = [other for other in names if distance(word.lower(), other.lower()) <= close]
    return name if near == [name] else None


class Correction(TypedDict):
    """What to say with the report of a wrong word."""

    help: str
    fix: Fix | None


def correction(word: str, span: Span, known: Sequence[str], otherwise: str = "") -> Correction:
    """Return the help for a word at a place, `otherwise` where no known one is near, and the fix.

    There is a fix only where that name must be meant.
    """
    certain = sure(word, known)
    fix = replacing(span, certain) if certain else None
    return {"help": suggestion(word, known) or otherwise, "fix": fix}


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the help line that names what was probably meant, or nothing."""
    name = nearest(word, known)
    return f"did you mean `{name}`?" if name else ""


def listed(names: Iterable[str], most: int = 8) -> str:
    """Return names for a message: `a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `2 entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
