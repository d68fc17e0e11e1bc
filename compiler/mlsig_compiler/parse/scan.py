# ruff: noqa: RUF001  (characters that people paste)
"""The words of a text that may be wrong, and the characters that cannot be words.

input naïve: "abc   ->   word input, word na, odd ï, word ve, mark :, lost "abc
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.source import Span

Sort: TypeAlias = Literal["string", "lost", "word", "number", "open", "close", "mark", "odd"]

TOKEN: Final = re.compile(
    r"""
    (?P<blank>  [ \t\r\n]+ | \#[^\r\n]* )
  | (?P<string> \""".*?\""" | "(?!"")(?:[^"\\\r\n]|\\[^\r\n])*" )
  | (?P<lost>   \""".* | "[^\r\n]* )
  | (?P<word>   [A-Za-z_][A-Za-z0-9_]* )
  | (?P<number> [0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)? )
  | (?P<open>   [({\[] )
  | (?P<close>  [)}\]] )
  | (?P<mark>   \.\. | -> | [=!<>]= | // | [-+*/%=<>:,.?|@] )
  | (?P<odd>    '[^'\r\n]*' | && | \w+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
MOST: Final = 100

ODD_HELP: Final = {
    "'": 'strings stand in double quotes: "…"',
    "‘": 'strings stand in double quotes: "…"',
    "’": 'strings stand in double quotes: "…"',
    "“": 'strings stand in straight double quotes: "…"',
    "”": 'strings stand in straight double quotes: "…"',
    ";": "nothing is needed between members",
    "&": "write `and`",
    "!": "write `not`",
    "–": "write `-`",
    "—": "write `-`",
}


class Token(NamedTuple):
    """A piece of text that is not blank; `indent` is the column at which its line's first token begins."""

    sort: Sort
    text: str
    start: int
    end: int
    first: bool
    indent: int

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.start, self.end)


class TooMany(Exception):
    """So many mistakes that the rest is not worth reading."""


class Mistakes:
    """Where the syntax errors of a text go, and where they stood."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.places: list[int] = []

    def report(
        self, code: str, span: Span, message: str, label: str = "", *labels: Label, help: str = ""
    ) -> None:
        """Report a syntax error.

        Raises:
            TooMany: It was one too many.
        """
        self.places.append(span.start)
        self.diagnostics.report(code, span, message, label=label, labels=labels, help=help)
        if len(self.places) >= MOST:
            message = f"there are {MOST} mistakes or more: the rest of the file is not read"
            self.diagnostics.report("MLS0110", Span(span.end, span.end), message)
            raise TooMany


def tokens(clean: str, mistakes: Mistakes) -> list[Token]:
    """Return the tokens of a text; characters and strings that are wrong are reported.

    Raises:
        TooMany: Too much is wrong.
    """
    found: list[Token] = []
    first, line, indent = True, 0, 0
    for match in TOKEN.finditer(clean):
        sort, text = match.lastgroup, match[0]
        breaks = text.rfind("\n") + 1
        if sort == "blank":
            first, line = (True, match.start() + breaks) if breaks else (first, line)
            continue
        indent = match.start() - line if first else indent
        token = Token(cast("Sort", sort), text, match.start(), match.end(), first, indent)
        found.append(token)
        first = False
        line = match.start() + breaks if breaks else line
        if sort == "odd":
            _odd(token, mistakes)
        elif sort == "lost":
            mark = '"""' if text.startswith('"""') else '"'
            span = Span(token.start, token.start + len(mark))
            mistakes.report("MLS0105", span, "this string never ends", help=f"add {mark} after it")
    return found


def _odd(token: Token, mistakes: Mistakes) -> None:
    first = token.text[0]
    help = ODD_HELP.get(first, "")
    if first.isalpha():
        help = "names use the letters a to z, digits and `_`"
    seen = token.text.isprintable() and not first.isspace()
    what = f"`{token.text}`" if seen else f"the character U+{ord(first):04X}"
    mistakes.report("MLS0109", token.span, f"{what} cannot stand here", help=help)
