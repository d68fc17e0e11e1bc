"""Prompts as documents with headings: a section for each input, and for each output of the answer.

    ## review
    a fine film

Text stands as it is where nothing in it looks like a mark of the document. Other text stands in a code block
whose fence is longer than any in the text, lists and records as JSON in a code block of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from mlsig import shapes
from mlsig.adapters.laid import Framed, Laid, Said, evened, stated
from mlsig.adapters.media import Marks, is_medium
from mlsig.adapters.segments import as_segment
from mlsig.adapters.values import Writer, json_line, quotable, writer
from mlsig.parsing import Reading
from mlsig.parsing.labelled import Labels
from mlsig.records import Record

_MARKS: Final = re.compile(
    r"\n[ \t]*(?:#|<|`{3}|~{3}|=+[ \t]*(?=\n|\Z)|-+[ \t]*(?=\n|\Z)"
    r"|(?i:system|user|assistant|human|tool)[ \t]*:)"
)
"""Lines that begin a heading, a code block or HTML, underline a heading, or look like somebody's turn."""

_TICKS: Final = re.compile(r"`{3,}")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)")
_WHOLE: Final = frozenset({"", "text", "txt"})
_DOCUMENT: Final = frozenset({"markdown", "md"})


class Markdown(Laid):
    """The layout of documents with headings."""

    named: ClassVar[str] = "Markdown"
    joint: ClassVar[str] = "\n\n"

    def _prepare(self) -> None:
        inputs = self._task.inputs
        self._frames = tuple(
            Framed(field.name, f"{gap}## {field.name}\n", evened(_sectioned(field.shape)), "")
            for gap, field in zip(("", *["\n\n"] * len(inputs)), inputs, strict=False)
        )
        self._writers = {field.name: _sectioned(field.shape) for field in self._written}
        names = [field.name for field in inputs]
        self._headings = Headings(self._written, names)
        self._labels = Labels([field.name for field in self._written], names)
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f"\n## {names[0]}\n",) if names else ()

    def read(self, text: str) -> Reading[Any]:
        """Read sections; where there are none, labelled lines or JSON."""
        return self._read_or_json(text, self._labels, self._headings.split(text))

    def _outline(self) -> str:
        return "\n\n".join(self._words.say("outline", name=field.name) for field in self._written)

    def _stated(self, values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
        return stated(self._frames, values, marks)

    def _answered(self, fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> str:
        return "\n\n".join(
            f"## {field.name}\n{self._writers[field.name](values[field.name], None)}" for field in fields
        )


class Headings:
    """Splits answers at the headings that name fields; those inside code blocks are text."""

    def __init__(self, fields: Sequence[shapes.Field], inputs: Sequence[str]) -> None:
        self._fields = {field.name.lower(): field for field in fields}
        self._inputs = {name.lower() for name in inputs} - self._fields.keys()
        names = sorted({*self._fields, *self._inputs}, key=len, reverse=True)
        options = "|".join(re.escape(name).replace("_", "[ _]") for name in names)
        self._heading = re.compile(
            rf" {{0,3}}#{{1,6}}[ \t]*[*_`]{{0,3}}({options})[*_`]{{0,3}}[ \t]*"
            r"(?:$|#+[ \t]*$|:[*_`]{0,3}(.*))",
            re.IGNORECASE,
        )

    def split(self, text: str) -> dict[str, str]:
        """Return what each field has, as it would stand behind a label; nothing where there is no such thing.

        Of two sections with the same heading the first one counts. What stands before the first heading
        belongs to the first field, unless that has a heading of its own.
        """
        lines = _unwrapped(text.split("\n"))
        found = self._sections(lines, _outside(lines))
        if not found:
            found = self._sections(lines, range(len(lines)))
        segments: dict[str, str] = {}
        for name, raw in found.items():
            shape = self._fields[name.lower()].shape
            segments[name] = as_segment(shape, *_content(shape, raw))
        return segments

    def _sections(self, lines: Sequence[str], looked_at: Iterable[int]) -> dict[str, str]:
        """Return the sections under headings at these lines, by field."""
        found: list[tuple[str, int, str]] = []  # the field, where its section begins, what its heading says
        end = len(lines)
        for number in looked_at:
            match = self._heading.match(lines[number])
            if match is None:
                continue
            name = match[1].lower().replace(" ", "_")
            if name in self._inputs and any(other in self._fields for other, _, _ in found):
                end = number  # it has run on, and plays the user
                break
            found.append((name, number, match[2] or ""))
        sections: dict[str, str] = {}
        ends = [*(number for _, number, _ in found[1:]), end]
        for (name, number, said), stop in zip(found, ends, strict=False):
            if field := self._fields.get(name):
                sections.setdefault(field.name, "\n".join([said, *lines[number + 1 : stop]]))
        first = next(iter(self._fields.values())).name
        if sections and first not in sections and any(line.strip() for line in lines[: found[0][1]]):
            sections[first] = "\n".join(lines[: found[0][1]])
        return sections


def text(value: str) -> str:
    """Return a text as it is, or in a code block, or as a JSON string."""
    if quotable(value):
        return json_line(value)
    if value == value.strip() and not _MARKS.search(f"\n{value}"):
        return value
    longest = max(map(len, _TICKS.findall(value)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{value}\n{fence}"


def plain(value: str) -> bool:
    """Say whether a text of one line can stand as it is."""
    return (
        not quotable(value)
        and "\n" not in value
        and value == value.strip()
        and not _MARKS.search(f"\n{value}")
    )


def _sectioned(shape: shapes.Shape) -> Writer:
    """Return what writes a value under its heading."""
    write = writer(shape, text, plain)
    inner = shape.shape if isinstance(shape, shapes.Optional) else shape
    if isinstance(inner, shapes.Text):
        return write

    def sectioned(value: Any, marks: Marks | None) -> str:
        found = write(value, marks)
        if isinstance(value, str) or not found.startswith(("{", "[")) or (marks and is_medium(value)):
            return found
        return f"```json\n{found}\n```"

    return sectioned


def _content(shape: shapes.Shape, raw: str) -> tuple[str, bool]:
    """Return a section without the blank lines around it, and whether that is exact: it was a block of text.

    Whatever is no text may be in a code block of any language.
    """
    lines = _unblanked(raw.split("\n"))
    opening = _FENCE.fullmatch(lines[0]) if len(lines) > 1 else None
    if opening is None or not _closes(lines[-1], opening[1]):
        return "\n".join(lines), False
    inner = shape.shape if isinstance(shape, shapes.Optional) else shape
    known = not isinstance(inner, shapes.Text) or opening[2].strip().lower() in _WHOLE
    if not known or any(_closes(line, opening[1]) for line in lines[1:-1]):
        return "\n".join(lines), False
    return "\n".join(lines[1:-1]), True


def _unblanked(lines: list[str]) -> list[str]:
    """Return lines without the blank ones at both ends."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    return lines[said[0] : said[-1] + 1] if said else []


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and not mark.strip(fence[0])


def _outside(lines: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the lines outside of code blocks."""
    fence = ""
    for number, line in enumerate(lines):
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif opening := _FENCE.match(line):
            fence = opening[1]
        else:
            yield number


def _unwrapped(lines: list[str]) -> list[str]:
    """Return the lines of a document without the code block that some models put all of it in."""
    said = _unblanked(lines)
    opening = _FENCE.fullmatch(said[0]) if len(said) > 1 else None
    if opening and opening[2].strip().lower() in _DOCUMENT and _closes(said[-1], opening[1]):
        return said[1:-1]
    return lines
