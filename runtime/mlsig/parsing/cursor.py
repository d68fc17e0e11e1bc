"""Where a reader of JSON-like text is, and what it has noted so far."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from mlsig.errors import Issue
from mlsig.parsing.repairs import Repair, excerpt

MOST_MENDS: Final = 2_000
DEEPEST: Final = 100
MOST_QUOTES: Final = 50_000

BLANK: Final = re.compile(r"[\s\u00a0\u200b\ufeff]*+")
_BEGINNINGS: Final = frozenset('"{}[],:0123456789tfn')
"""What most things begin with: neither blank nor comment."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*|--[ \t][^\n]*", re.DOTALL)


class Cut(str):
    """A string that the end of the text cut off."""

    __slots__ = ()


class Unreadable(Exception):
    """The text cannot be read any further.

    Attributes:
        at: Where, as an offset.
    """

    def __init__(self, at: int, message: str) -> None:
        self.at = at
        super().__init__(message)


class Effort:
    """How much a whole answer may cost, over all its candidates, so that hostile text ends soon.

    Attributes:
        mends: Repairs that may still be made.
        quotes: Quotation marks that may still be looked at for whether they end a string.
        letters: Characters that may still be read.
    """

    __slots__ = ("letters", "mends", "quotes")

    def __init__(self, length: int) -> None:
        self.mends = MOST_MENDS
        self.quotes = MOST_QUOTES
        self.letters = 6 * length + 10_000


class Cursor:
    """One reading of one text.

    Attributes:
        repairs: What was mended.
        issues: Why what was read must not be accepted, such as an ellipsis for items.
        names: Names of fields, in lower case, that tell keys from other words.
        path: Where in the value the reader is.
        objects: How many objects are open.
    """

    __slots__ = ("effort", "end", "issues", "names", "objects", "path", "repairs", "text", "unclosed")

    def __init__(self, text: str, names: Collection[str], effort: Effort) -> None:
        self.text = text
        self.end = len(text)
        self.names = names
        self.effort = effort
        self.repairs: list[Repair] = []
        self.issues: list[Issue] = []
        self.path: list[str] = []
        self.objects = 0
        self.unclosed = 0

    def mend(self, at: int, code: str, was: object = "", made: object = "") -> None:
        """Note a repair.

        Raises:
            Unreadable: There are too many.
        """
        self.effort.mends -= 1
        if self.effort.mends < 0:
            raise Unreadable(at, f"needs more than {MOST_MENDS} repairs")
        self.repairs.append(Repair(self.where(), code, excerpt(was), excerpt(made)))

    def refuse(self, code: str, message: str, value: object = "") -> None:
        """Note why what is read must not be accepted."""
        self.issues.append(Issue(self.where(), code, message, excerpt(value)))

    def look(self, at: int) -> None:
        """Count a quotation mark that has to be looked at.

        Raises:
            Unreadable: There are too many.
        """
        self.effort.quotes -= 1
        if self.effort.quotes < 0:
            raise Unreadable(at, "has too many quotation marks that may or may not end a string")

    def where(self) -> str:
        """Return the path of the value that is being read."""
        return joined(self.path)

    def skip(self, at: int) -> int:
        """Return where the next thing is, past blanks and comments, which are noted."""
        text = self.text
        if text[at : at + 1] in _BEGINNINGS:
            return at
        while True:
            at = past_blanks(text, at)
            if at >= self.end or text[at] not in "/#-":
                return at
            comment = _COMMENT.match(text, at)
            if not comment:
                return at
            self.mend(at, "comment", comment[0])
            at = comment.end()

    def starts(self, at: int, *marks: str) -> bool:
        """Say whether one of these stands at an offset."""
        return self.text.startswith(marks, at)


def past_blanks(text: str, at: int) -> int:
    """Return the offset of the first character from `at` on that is no blank."""
    found = BLANK.match(text, at)
    return found.end() if found else at


def joined(parts: list[str]) -> str:
    """Return a path of keys and `[index]`es as issues and repairs show it."""
    path = ""
    for part in parts:
        path += part if part[:1] == "[" or not path else f".{part}"
        if len(path) > 200:
            return path[:200]
    return path


def number(text: str) -> int | float | Any:
    """Return the number that is written as JSON's."""
    return float(text) if "." in text or "e" in text or "E" in text else int(text)
