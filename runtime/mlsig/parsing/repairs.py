"""What was changed to make an answer fit, as data: `repairs` of a reading lists all of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mlsig.errors import Issue
from mlsig.types.shown import shown

LONGEST: Final = 60


class Repair(msgspec.Struct, frozen=True):
    """One change.

    Attributes:
        path: The field, such as `items[2].price`; empty for the answer as a whole.
        code: A stable word for what was done, such as `missing_comma` or `number`.
        was: What the model wrote there, cut to a sane length.
        made: What was made of it.
    """

    path: str
    code: str
    was: str = ""
    made: str = ""

    def __str__(self) -> str:
        said = _SAID.get(self.code, "read {was!r} as {made}")
        return f"{self.path or 'the answer'}: {said.format(was=self.was, made=self.made)}"


class Notes:
    """What is noted while a value is bent: changes, doubts that forbid a reading, and what a field is about.

    Attributes:
        repairs: The changes, in order.
        issues: Why a value must not be read although one could, such as a date with two readings.
        about: Name and description of the nearest field, for units.
        name: The name of that field.
    """

    __slots__ = ("about", "issues", "name", "repairs")

    def __init__(self, about: str = "", name: str = "") -> None:
        self.repairs: list[Repair] = []
        self.issues: list[Issue] = []
        self.about = about
        self.name = name

    def note(self, path: str, code: str, was: object = "", made: object = "") -> None:
        """Add a change."""
        self.repairs.append(Repair(path, code, excerpt(was), excerpt(made)))

    def refuse(self, path: str, code: str, message: str, value: object = "") -> None:
        """Add a doubt; a value with doubts is not accepted."""
        self.issues.append(Issue(path, code, message, shown(value)))

    def trial(self) -> Notes:
        """Return notes for an attempt that may come to nothing."""
        return Notes(self.about, self.name)

    def take(self, other: Notes) -> None:
        """Keep what an attempt noted."""
        self.repairs += other.repairs
        self.issues += other.issues


def excerpt(value: Any) -> str:
    """Return a value as text of a sane length."""
    if not isinstance(value, str):
        try:
            value = msgspec.json.encode(value).decode()
        except (TypeError, ValueError, RecursionError):
            value = type(value).__name__
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


_SAID: Final = {
    "fence": "taken from a code fence",
    "prose": "taken from the text around it",
    "thoughts": "left out the thoughts before it",
    "decoded": "text that holds JSON was read as JSON",
    "wrapped": "taken out of {was!r}",
    "implied": "is the whole of what was written",
    "unknown_key": "left out, no such field",
    "key": "read from the key {was!r}",
    "rest": "left out what follows the first line",
    "final": "taken from where it is called final",
    "one_for_list": "made one value a list",
    "list_of_one": "taken out of a list of one",
    "unclosed": "closed what was left open",
    "missing_comma": "put in a missing comma",
    "extra_comma": "left out a comma too many",
    "missing_colon": "put in a missing colon",
    "missing_quote": "put in a missing quote, at {was!r}",
    "quotes": "read {was!r} with other quotation marks",
    "bare": "read {was!r} without quotation marks",
    "comment": "left out the comment {was!r}",
    "inner_quotes": "kept quotation marks that were not escaped, in {was!r}",
    "line_break": "kept line breaks or tabs that were not escaped",
    "backslash": "mended escapes in {was!r}",
    "word": "read the word {was} as {made}",
    "ellipsis": "left out an ellipsis",
    "label": "left out {was!r}, which only counts",
    "stray": "left out {was!r}",
    "layout": "read from {made}",
    "null_default": "null stands for the default",
    "integer": "made {was} an integer",
    "string": "made the number {was} a string",
    "absent": "is left out, which is read as null",
    "lacking": "read {was!r} as null",
    "unopened": "put in a missing opening brace",
    "tokens": "left out {was!r}",
    "listed": "read as a list from text",
    "numbered": "read as a list from numbered keys",
    "pairs": "read from a list of keys and values",
    "table": "read from a table",
    "block": "read from indented lines",
}
