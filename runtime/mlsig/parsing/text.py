r"""Values as lines of text, as adapters write them and models after them.

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
from typing import Final

import msgspec

INDENT: Final = "  "
NULLS: Final = frozenset({"null", "none", "nil", "n/a"})
_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def read_text(segment: str) -> str:
    """Return the text that was laid out so, from everything between its label and the next one."""
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


def _unquote(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError:
        return text
