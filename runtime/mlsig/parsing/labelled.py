"""Finding `name: value` fields in a model's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

NAME: Final = "name"
_DECORATION: Final = r"[-*#>]{0,6}[ ]?[*`]{0,3}"
_MARKS: Final = r"[*_`\"]{0,3}"
_DONE = re.compile(r"^\[\[ ## completed ## \]\]\s*\Z", re.MULTILINE)


def label_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the labels of these fields at the start of a line, as models write them.

    Case, underscores against blanks, and the marks of Markdown (`**Answer:**`, `- answer:`) do not matter; an
    indent does, because continuation lines are indented.
    """
    options = "|".join(re.escape(name).replace("_", "[ _]") for name in names)
    return re.compile(
        rf"^{_DECORATION}(?P<{NAME}>{options})[*`]{{0,3}}\s?:[*`]{{0,3}}", re.IGNORECASE | re.MULTILINE
    )


def wide_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for labels of any make, such as `1. Name = …`, `### Name` and `[[ ## name ## ]]`."""
    options = "|".join(re.escape(name).replace("_", "[ _-]?") for name in names)
    name = rf"(?P<{NAME}>{options})"
    line = (
        rf"(?:(?:[-*+\u2022>]|\d{{1,2}}[.)])[ \t]+)?(?:\#{{1,6}}[ \t]+)?{_MARKS}{name}{_MARKS}[ \t]?"
        r"(?::[*_`]{0,3}|=(?!=)|[ \t]?[\u2013\u2014-][ \t])"
    )
    heading = (
        rf"(?:\#{{1,6}}[ \t]+[*_`]{{0,3}}|\*\*|\[\[ \#\# )(?:{options})(?: \#\# \]\]|[*_`]{{0,3}}:?)[ \t]*$"
    )
    return re.compile(rf"^(?:{line}|(?P<heading>{heading}))", re.IGNORECASE | re.MULTILINE)


def stop_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the label of an input: the model has run on and plays the user.

    It is exact, because an answer may well hold a line such as `Review: \u2026` for a reader.
    """
    return re.compile(rf"^(?:{'|'.join(map(re.escape, names))}):", re.MULTILINE)


class Labels:
    """Splits answers that have these fields, where the prompt ends with the label of the first one.

    Args:
        names: The fields, in order.
        inputs: The fields of the inputs, at whose labels the answer ends.
        wide: Take labels of any make for labels.
    """

    def __init__(self, names: Sequence[str], inputs: Sequence[str], *, wide: bool = False) -> None:
        self._names = {_key(name): name for name in names} | {name.lower(): name for name in names}
        self._first = names[0]
        self._wide = wide
        self._label = wide_pattern(names) if wide else label_pattern(names)
        self._stop = stop_pattern(inputs) if inputs else None
        self.anything = label_pattern([*names, *inputs])

    def split(self, text: str) -> dict[str, str]:
        """Return the text of each field that the answer has, blanks and indents included.

        What stands before the first label belongs to the first field, unless that has a label of its own. Of
        two fields with the same label the first one counts, since a model that runs on repeats itself.
        """
        text = self.answered(text)
        if self._wide:
            text = _DONE.sub("", text)
        found = list(self._label.finditer(text))
        if not found:
            return {self._first: text}
        head = text[: found[0].start()]
        fields: dict[str, str] = {}
        ends = [*(match.start() for match in found[1:]), len(text)]
        for match, end in zip(found, ends, strict=False):
            fields.setdefault(self._called(match), text[match.end() : end])
        if self._first not in fields and head.strip():
            fields[self._first] = head
        return fields

    def answered(self, text: str) -> str:
        """Return what stands before the label of an input, where the model begins to play the user."""
        stop = self._stop.search(text) if self._stop else None
        return text[: stop.start()] if stop else text

    def _called(self, match: re.Match[str]) -> str:
        said = match[NAME] or match[0].strip("#*_`:[] \t")
        exact = self._names.get(said.lower().replace(" ", "_"))
        return exact or self._names[_key(said)]


def _key(name: str) -> str:
    return re.sub(r"[ _-]", "", name.lower())
