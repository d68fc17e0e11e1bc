r"""Prompts of labelled lines, which even a model that was never taught to follow instructions can continue.

The user's turn states the inputs and ends with the label of the first output; the answer begins behind that
label:

    user:      review: a fine film\nsentiment:
    assistant: positive

Further outputs follow as `name: value` lines. Text with several lines starts on the next line, each line
indented by two spaces, so that no line of a value begins where labels begin. See `mlsig.adapters.values`, and
`mlsig.parsing.text` for the way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from mlsig import shapes
from mlsig.adapters.laid import Framed, Laid, Said, evened, stated
from mlsig.adapters.media import Marks
from mlsig.adapters.values import Writer, json_line, quotable, writer
from mlsig.parsing import Reading
from mlsig.parsing.labelled import Labels
from mlsig.parsing.text import INDENT
from mlsig.records import Record

_OTHERWISE: Final = frozenset("{[<|")
_FENCES: Final = ("```", "~~~")
"""A code block is taken out of its fence when it is read, so one that must keep it needs quotes."""

_NEXT: Final = f"\n{INDENT}"


class Chat(Laid):
    """The layout of labelled lines."""

    named: ClassVar[str] = "Chat"
    joint: ClassVar[str] = ""

    def _prepare(self) -> None:
        inputs = self._task.inputs
        names = [field.name for field in self._written]
        self._labels = Labels(names, [field.name for field in inputs])
        self._frames = tuple(
            Framed(
                field.name, f"{field.name}:", evened(_behind_label(writer(field.shape, text, plain))), "\n"
            )
            for field in inputs
        )
        self._writers = {
            field.name: _behind_label(writer(field.shape, text, plain)) for field in self._written
        }
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f"\n{inputs[0].name}:",) if inputs else ()

    def read(self, text: str) -> Reading[Any]:
        """Read labelled lines; where they do not fit, JSON from a model that prefers it."""
        return self._read_or_json(text, self._labels)

    def _around(self, fields: Sequence[shapes.Field]) -> tuple[str, str]:
        return self._words["user"].around("inputs", cue=f"{fields[0].name}:")

    def _stated(self, values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
        return stated(self._frames, values, marks)

    def _answered(self, fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> str:
        first, *rest = fields
        value = values[first.name]
        head = self._writers[first.name](value, None)
        # It has no label of its own, so it must not look like one, or like an answer in another layout.
        if self._labels.anything.match(head[1:]) or (isinstance(value, str) and head[1:2] in _OTHERWISE):
            head = f" {json_line(value)}"
        lines = (f"{field.name}:{self._writers[field.name](values[field.name], None)}" for field in rest)
        return "\n".join([head, *lines])


def text(value: str) -> str:
    """Return a text as a line, or as an indented block, or as a JSON string."""
    if quotable(value) or value.startswith(_FENCES):
        return json_line(value)
    if "\n" in value:
        return _NEXT + value.replace("\n", _NEXT)
    return value if value == value.strip() else json_line(value)


def plain(value: str) -> bool:
    """Say whether a text of one line can stand as it is."""
    return not quotable(value) and "\n" not in value and value == value.strip()


def _behind_label(write: Writer) -> Writer:
    """Put a blank before what begins on the line of the label."""

    def behind(value: Any, marks: Marks | None) -> str:
        found = write(value, marks)
        return found if found.startswith("\n") else f" {found}"

    return behind
