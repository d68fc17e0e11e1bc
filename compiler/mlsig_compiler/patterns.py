r"""Regular expressions of the language, as Python's.

In the language `$` is the very end of the string; Python's `$` also matches before a last line break.

    anchored("^[a-z]+$")  ->  "^[a-z]+\Z"
"""

from __future__ import annotations


def anchored(pattern: str) -> str:
    r"""Return the pattern with each `$` outside a character class replaced by `\Z`."""
    out: list[str] = []
    escaped = inside = False
    opened = -1
    for index, char in enumerate(pattern):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif inside:
            # a `]` directly after `[` or `[^` is itself a member of the class
            inside = char != "]" or pattern[opened + 1 : index] in {"", "^"}
        elif char == "[":
            inside, opened = True, index
        elif char == "$":
            out.append("\\Z")
            continue
        out.append(char)
    return "".join(out)
