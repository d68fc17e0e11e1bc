"""What a syntax error means, in words.

explain(error, …) -> Explanation(span, "a type is needed here, before `output`", help="")
"""

from __future__ import annotations

import keyword
from typing import Final, NamedTuple

from mlsig_compiler.parse.machine import END, Fault
from mlsig_compiler.source import Span

SPELLING: Final = {
    "COLON": ":",
    "EQUAL": "=",
    "COMMA": ",",
    "DOT": ".",
    "__ANON_0": "->",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "ELSE": "else",
    "IN": "in",
    "MODEL": "model",
    "VAR": "var",
    "WHEN": "when",
    "EXAMPLE": "example",
}
FOUND_HELP: Final = {
    ",": "members stand side by side, with no comma between them",
    "=": "to compare, write `==`",
    "//": "a comment begins with `#`",
    "/": "a comment begins with `#`",
    "|": "to say that either may hold, write `or`",
}

IN_EXPRESSIONS: Final = frozenset({"=", "|"})


class Explanation(NamedTuple):
    """A syntax error for the user."""

    span: Span
    message: str
    help: str


def explain(error: Fault, end: int, *, comparing: bool) -> Explanation:
    """Explain an error in a piece that ends at an offset; `comparing`: after a condition."""
    wanted, token = error.wanted, error.token
    if token.type == END:
        what = _phrase(wanted) or "more"
        return Explanation(Span(end, end), f"{what} is needed here", "")
    found = shown(token.text)
    what = "" if END in wanted else _phrase(wanted)
    help = FOUND_HELP.get(found, "")
    if found in IN_EXPRESSIONS:
        help = help if comparing else ""
    elif what and found == ",":
        help = ""
    if keyword.iskeyword(found) and "name" in what:
        help = f"`{found}` is a word of Python, which cannot be a name"
    if what:
        return Explanation(token.span, f"{what} is needed here, and `{found}` is found", help)
    return Explanation(token.span, f"`{found}` cannot stand here", help)


def shown(text: str) -> str:
    """Return a token as messages show it: its first line, and not too much of that."""
    short = text if len(text) <= 30 else f"{text[:26]}…"
    return short.splitlines()[0]


def _phrase(wanted: frozenset[str]) -> str:
    """Return what is needed, in words, from the terminals that could follow."""
    if "NOT" in wanted and "NAME" in wanted:
        return "an expression"
    if {"LBRACE", "LSQB", "STRING"} <= wanted:
        return "a value"
    if {"TRUE", "NAME"} <= wanted:
        return "a type"
    if "NAME" in wanted:
        return "a name"
    if "INT" in wanted:
        return "a number"
    if wanted & {"STRING", "DOC"} == wanted and wanted:
        return "a string"
    if wanted and wanted <= SPELLING.keys() and len(wanted) <= 3:
        return " or ".join(f"`{word}`" for word in sorted(SPELLING[name] for name in wanted))
    return ""
