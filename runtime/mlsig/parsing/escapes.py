"""Backslashes in strings, as models use them."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.|\Z)", re.DOTALL)
_MEANING: Final = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\",
    '"': '"', "'": "'", "`": "`", "\n": "\n",
}  # fmt: skip
_PLAIN: Final = frozenset('ntrbf/\\"')


def unescaped(text: str) -> tuple[str, bool]:
    """Return a string's meaning, and whether anything in it is not JSON.

    A backslash before anything that JSON gives no meaning to stays: paths, patterns and LaTeX are full of
    them.
    """
    odd = False

    def meaning(match: re.Match[str]) -> str:
        nonlocal odd
        found = match[1]
        if found[:1] in {"u", "x"} and len(found) > 1:
            odd = odd or found[0] == "x"
            return chr(int(found[1:], 16))
        odd = odd or found not in _PLAIN
        return _MEANING.get(found, match[0])

    made = _ESCAPE.sub(meaning, text)
    if any("\ud800" <= letter <= "\udfff" for letter in made):
        made = made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return made, odd
