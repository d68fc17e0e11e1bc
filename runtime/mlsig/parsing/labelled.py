"""Finding `name: value` fields in a model's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

NAME: Final = "name"
_DECORATION: Final = r"[-*#>]{0,6}[ ]?[*`]{0,3}"


def label_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the labels of these fields at the start of a line, as models write them.

    Case, underscores against blanks, and the marks of Markdown (`**Answer:**`, `- answer:`) do not matter; an
    indent does, because continuation lines are indented.
    """
    options = "|".join(re.escape(name).replace("_", "[ _]") for name in names)
    return re.compile(
        rf"^{_DECORATION}(?P<{NAME}>{options})[*`]{{0,3}}\s?:[*`]{{0,3}}", re.IGNORECASE | re.MULTILINE
    )


def stop_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the label of an input: the model has run on and plays the user.

    It is exact, because an answer may well hold a line such as `Review: …` for a reader.
    """
    return re.compile(rf"^(?:{'|'.join(map(re.escape, names))}):", re.MULTILINE)


class Splitter(Protocol):
    """Finds the fields in an answer; each layout has its own."""

    def split(self, text: str) -> dict[str, str]:
        """Return the text of each field that the answer has, as it would stand behind a label."""
        ...


class Labels:
    """Splits answers that have these fields, where the prompt ends with the label of the first one."""

    def __init__(self, names: Sequence[str], inputs: Sequence[str]) -> None:
        self._names = {name.lower(): name for name in names}
        self._first = names[0]
        self._label = label_pattern(names)
        self._stop = stop_pattern(inputs) if inputs else None
        self.anything = label_pattern([*names, *inputs])

    def split(self, text: str) -> dict[str, str]:
        """Return the text of each field that the answer has, blanks and indents included.

        What stands before the first label belongs to the first field, unless that has a label of its own. Of
        two fields with the same label the first one counts, since a model that runs on repeats itself.
        """
        if self._stop and (stop := self._stop.search(text)):
            text = text[: stop.start()]
        found = list(self._label.finditer(text))
        head = text[: found[0].start()] if found else text
        fields: dict[str, str] = {}
        ends = [*(match.start() for match in found[1:]), len(text)]
        for match, end in zip(found, ends, strict=False):
            name = self._names[match[NAME].lower().replace(" ", "_")]
            fields.setdefault(name, text[match.end() : end])
        if self._first not in fields and (head.strip() or not found):
            fields[self._first] = head
        return fields
