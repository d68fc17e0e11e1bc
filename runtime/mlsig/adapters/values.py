r"""Values as text that keeps to its place, whatever it holds.

Each layout has a way of its own to write an ordinary text; what does not fit that way (odd line breaks,
blanks at its ends, text that looks like JSON's strings, or like the marks that chat templates put between
turns) is written as a JSON string, and read back from it. All else is JSON in one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeAlias

import msgspec

from mlsig import shapes
from mlsig.adapters.media import Marks, holds_media
from mlsig.parsing.text import NULLS
from mlsig.types.presenting import presented

Writer: TypeAlias = Callable[[Any, Marks | None], str]
"""Writes a value; files inside it are handed to the marks."""

BREAKS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff]")
"""What a reader could take for the end of a line, or no protocol carries; but for `\n` and a tab."""

_OPENING: Final = re.compile(
    r"<(?=\||\uff5c|</?SYS>>|/?(?:s|think|bos|eos|start_of_turn|end_of_turn|start_of_image)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG)\])"
)
"""Where a mark begins that servers make a token of, wherever it stands, such as `<|im_start|>`."""


def poses(text: str) -> bool:
    """Say whether a text holds what a chat template would write between turns."""
    return ("<" in text or "[" in text) and _OPENING.search(text) is not None


def harmless(text: str) -> str:
    """Return a text for a prompt's own sentences, with a blank in each mark of a chat template."""
    return _OPENING.sub(lambda match: f"{match[0]} ", text) if poses(text) else text


def json_line(value: Any, marks: Marks | None = None) -> str:
    """Return a value as JSON in one line, in which nothing looks like the marks of a chat template."""
    hook = presented if marks is None else marks.presented
    text = msgspec.json.encode(value, enc_hook=hook).decode()
    if not text.isprintable():
        text = BREAKS.sub(_escaped, text)
    return _OPENING.sub(_escaped, text) if "<" in text or "[" in text else text


def writer(
    shape: shapes.Shape, text: Callable[[str], str], plain: Callable[[str], bool], json: Writer = json_line
) -> Writer:
    """Return what writes values of a type, in one line unless `text` writes several.

    Args:
        shape: The type.
        text: Writes a text, as the layout does.
        plain: Says whether a text can stand as it is, in one line.
        json: Writes anything as JSON, in one line.
    """
    inner = shape.shape if isinstance(shape, shapes.Optional) else shape
    optional = inner is not shape
    if isinstance(inner, shapes.Text):
        return _nullable(text, json) if optional else lambda value, _: text(value)
    if isinstance(inner, shapes.Literal | shapes.Union | shapes.Json) and not holds_media(inner):
        return _option(plain, json, optional)  # a text among other things must not be read as one of them
    return _word(json)


def quotable(text: str) -> bool:
    """Say whether a text is best written as a JSON string: it is empty, looks like one, or could pose."""
    if not text or text.isspace() or text[0] == '"' or poses(text):
        return True
    # What the pattern looks for is never printable, and to look at that is ten times as fast.
    return not text.replace("\n", "").isprintable() and BREAKS.search(text) is not None


def _nullable(text: Callable[[str], str], json: Writer) -> Writer:
    def write(value: Any, _: Marks | None) -> str:
        if value is None:
            return "null"
        return json(value, None) if value.strip().lower() in NULLS else text(value)

    return write


def _option(plain: Callable[[str], bool], json: Writer, optional: bool) -> Writer:
    word = _word(json)

    def write(value: Any, marks: Marks | None) -> str:
        if not isinstance(value, str) or isinstance(value, Enum):
            return word(value, marks)
        if (optional and value.strip().lower() in NULLS) or not plain(value) or _is_json(value):
            return json(value, None)
        return value

    return write


def _word(json: Writer) -> Writer:
    def write(value: Any, marks: Marks | None) -> str:
        if isinstance(value, Enum):
            return str(value.value)
        if marks is not None and (marked := marks.alone(value)):
            return marked
        return json(value, marks)

    return write


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
