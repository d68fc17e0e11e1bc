r"""Values as lines of text, and back.

A value stands behind its label: `review: a fine film`. Text with several lines starts on the next line, each
line indented by two spaces, so that no line of a value begins where labels begin:

    review:
      a fine film
      sentiment: this line is still the review

Text that would not come back the same (empty, with blanks at its ends, with exotic line breaks) is written as
a JSON string. Whatever text is a JSON string as a whole is read as that string.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final

import msgspec

from mlsig.shapes import Optional, Shape, Text
from mlsig.types.presenting import presented

INDENT: Final = "  "
NULLS: Final = frozenset({"null", "none", "nil", "n/a"})
_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def write(shape: Shape, value: Any, label: re.Pattern[str] | None = None) -> str:
    """Return what stands behind a label: with a leading space on the same line, or as an indented block.

    Args:
        shape: The declared type of the value.
        value: A value that fits it.
        label: What a label looks like, for values that may be written without one: they must not look like
            one, nor like JSON or tags, in which whole answers are found.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        optional = isinstance(shape, Optional)
        inner = shape.shape if isinstance(shape, Optional) else shape
        if optional and value.strip().lower() in NULLS:
            return " " + _json(value)
        if isinstance(inner, Text):
            return _write_text(value, label)
        return _write_option(value, label)
    return " " + _json_or_word(value)


def read_text(segment: str) -> str:
    """Return the text that `write` laid out, from everything between its label and the next one."""
    first, newline, rest = segment.partition("\n")
    if not newline or first.strip():
        return _unquote(segment.strip())
    lines = rest.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        del lines[0]
    if lines and all(line.startswith(INDENT) or not line for line in lines):
        return "\n".join(line[len(INDENT) :] for line in lines)
    return _unquote(segment.strip())


def one_line(json: str) -> str:
    """Escape the characters that some reader could take for a line break; JSON text has no others."""
    return json if json.isprintable() else _BREAKS.sub(lambda match: f"\\u{ord(match[0]):04x}", json)


def _write_text(value: str, label: re.Pattern[str] | None) -> str:
    plain = value.isprintable() or not (_BREAKS.search(value) or "\n" in value)
    posing = bool(label and (value[:1] in {"{", "<"} or label.match(value)))
    if plain and value and value[0] != '"' and value == value.strip() and not posing:
        return " " + value
    if "\n" in value and value.strip() and not _BREAKS.search(value):
        return "".join(f"\n{INDENT}{line}" for line in value.split("\n"))
    return " " + _json(value)


def _write_option(value: str, label: re.Pattern[str] | None) -> str:
    """Write an option of literals, or JSON: a string that could be read as something else is quoted."""
    try:
        msgspec.json.decode(value)
    except msgspec.DecodeError:
        if "\n" not in value:
            return _write_text(value, label)
    return " " + _json(value)


def _json_or_word(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else _json(value)


def _json(value: Any) -> str:
    return one_line(msgspec.json.encode(value, enc_hook=presented).decode())


def _unquote(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError:
        return text
