"""Prompts of elements: one for each input, and one for each output of the answer.

    <review>a fine film</review>

Text has `<`, `>` and `&` escaped, and several lines have lines of their own. Lists and records are JSON
inside their element, in which the three are escaped as JSON has it, so that it is JSON for whoever takes it
out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from mlsig import shapes
from mlsig.adapters.laid import Framed, Laid, Said, evened, stated
from mlsig.adapters.media import Marks
from mlsig.adapters.segments import as_segment
from mlsig.adapters.values import Writer, json_line, quotable, writer
from mlsig.parsing import Reading
from mlsig.parsing.labelled import Labels
from mlsig.records import Record

_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_JSON: Final = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})
_MARKS: Final = re.compile(r"[<>&\n]")
_ENTITY: Final = re.compile(r"&(lt|gt|amp|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CDATA: Final = re.compile(r"\s*<!\[CDATA\[(.*?)\]\]>\s*", re.DOTALL)


class XML(Laid):
    """The layout of elements."""

    named: ClassVar[str] = "XML"

    def _prepare(self) -> None:
        inputs = self._task.inputs
        self._frames = tuple(
            Framed(field.name, f"{gap}<{field.name}>", evened(_inside(field.shape)), f"</{field.name}>")
            for gap, field in zip(("", *["\n"] * len(inputs)), inputs, strict=False)
        )
        self._writers = {field.name: _inside(field.shape) for field in self._written}
        names = [field.name for field in inputs]
        self._elements = Elements(self._written, names)
        self._labels = Labels([field.name for field in self._written], names)
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f"\n<{names[0]}>",) if names else ()

    def read(self, text: str) -> Reading[Any]:
        """Read elements; where there are none, labelled lines or JSON."""
        return self._read_or_json(text, self._labels, self._elements.split(text))

    def _outline(self) -> str:
        return "\n".join(self._words.say("outline", name=field.name) for field in self._written)

    def _stated(self, values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
        return stated(self._frames, values, marks)

    def _answered(self, fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> str:
        return "\n".join(
            f"<{field.name}>{self._writers[field.name](values[field.name], None)}</{field.name}>"
            for field in fields
        )


class Elements:
    """Splits answers into the elements that fields are, whatever stands around them or in them."""

    def __init__(self, fields: Sequence[shapes.Field], inputs: Sequence[str]) -> None:
        self._fields = {field.name.lower(): field for field in fields}
        known = {*self._fields, *(name.lower() for name in inputs)}
        options = "|".join(
            re.escape(name).replace("_", "[_-]") for name in sorted(known, key=len, reverse=True)
        )
        self._tag = re.compile(rf"<(/?)({options})(?=[\s/>])[^<>]*?(/?)>", re.IGNORECASE)

    def split(self, text: str) -> dict[str, str]:
        """Return what each field has, as it would stand behind a label; nothing where there is no such thing.

        Of two elements of the same field the first one counts. An element without an end lasts until the next
        one begins.
        """
        found = self._found(text)
        return {
            name: as_segment(self._fields[name.lower()].shape, *_content(raw)) for name, raw in found.items()
        }

    def _found(self, text: str) -> dict[str, str]:
        tags = [
            (match[2].lower().replace("-", "_"), bool(match[1]), bool(match[3]), match)
            for match in self._tag.finditer(text)
        ]
        last_end = {name: match.start() for name, ends, _, match in tags if ends}
        found: dict[str, str] = {}
        name, start = "", 0
        for tag, ends, alone, match in tags:
            if name and (tag == name if ends else last_end.get(name, -1) < match.start()):
                self._keep(found, name, text[start : match.start()])
                name = ""
                if ends:
                    continue
            if name or ends:
                continue  # inside another element, or the end of nothing
            if tag not in self._fields and found:
                break  # it has run on, and plays the user
            if alone:
                self._keep(found, tag, "")
            else:
                name, start = tag, match.end()
        if name:
            self._keep(found, name, text[start:])
        return found

    def _keep(self, found: dict[str, str], tag: str, raw: str) -> None:
        if field := self._fields.get(tag):
            found.setdefault(field.name, raw)


def text(value: str) -> str:
    """Return a text with its marks escaped; what would not stand in an element is a JSON string."""
    escaped = value.translate(_IN_TEXT)
    if quotable(escaped) or value != value.strip():
        return json(value, None)
    return f"\n{escaped}\n" if "\n" in escaped else escaped


def plain(value: str) -> bool:
    """Say whether a text of one line can stand as it is."""
    return not quotable(value) and value == value.strip() and not _MARKS.search(value)


def json(value: Any, marks: Marks | None) -> str:
    """Return a value as JSON in one line, without marks of elements."""
    return json_line(value, marks).translate(_IN_JSON)


def _inside(shape: shapes.Shape) -> Writer:
    return writer(shape, text, plain, json)


def _content(raw: str) -> tuple[str, bool]:
    """Return what an element holds, and whether that is exact."""
    data = _CDATA.fullmatch(raw)
    if data is not None:
        return data[1], True
    return _ENTITY.sub(_character, raw).strip(), False


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if name in _NAMED:
        return _NAMED[name]
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return entity[0] if number > 0x10FFFF or 0xD800 <= number < 0xE000 or not number else chr(number)
