# ruff: noqa: RUF001  (characters that people paste)
"""The words of a text that may be wrong, and the characters that cannot be words.

input naïve: "abc   ->   word input, odd naïve, mark :, lost "abc
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from mlsig_compiler.diagnostics import Diagnostics, Fix, Label
from mlsig_compiler.parse import odd
from mlsig_compiler.source import Span
from mlsig_compiler.syntax import Comment

Sort: TypeAlias = Literal["string", "lost", "word", "number", "open", "close", "mark", "odd"]

TOKEN: Final = re.compile(
    r"""
    (?P<blank>   [ \t\r\n]+ )
  | (?P<comment> \#[^\r\n]* )
  | (?P<string>  \""".*?\""" | "(?!"")[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+" )
  | (?P<lost>    \""".* | "[^\r\n]* )
  | (?P<word>    [^\W\d]\w* )
  | (?P<number>  [0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?(?:(?:ms|s|m|h)\b)? )
  | (?P<open>    [({\[] )
  | (?P<close>   [)}\]] )
  | (?P<odd>     '[^'\r\n]*' | “[^”\r\n]*” | ‘[^’\r\n]*’ | && | \|\| )
  | (?P<mark>    \.\. | -> | [=!<>]= | // | [-+*/%=<>:,;.?|@] )
  | (?P<strange> \w+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
MOST: Final = 100


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
        self,
        code: str,
        span: Span,
        message: str,
        label: str = "",
        *labels: Label,
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Report a syntax error.

        Raises:
            TooMany: It was one too many.
        """
        self.places.append(span.start)
        self.diagnostics.report(code, span, message, label=label, labels=labels, help=help, fix=fix)
        if len(self.places) >= MOST:
            message = f"there are {MOST} mistakes or more: the rest of the file is not read"
            self.diagnostics.report("MLS0110", Span(span.end, span.end), message)
            raise TooMany


def tokens(clean: str, mistakes: Mistakes) -> tuple[list[Token], list[Comment]]:
    """Return the tokens of a text, and its comments; characters and strings that are wrong are reported.

    Raises:
        TooMany: Too much is wrong.
    """
    found: list[Token] = []
    comments: list[Comment] = []
    first, line, indent = True, 0, 0
    for match in TOKEN.finditer(clean):
        sort, text = match.lastgroup, match[0]
        breaks = text.rfind("\n") + 1
        if sort == "blank":
            first, line = (True, match.start() + breaks) if breaks else (first, line)
            continue
        if sort == "comment":
            comments.append(Comment(text, Span(*match.span())))
            continue
        if sort == "strange" or (sort == "word" and not text.isascii()):
            sort = "odd"
        indent = match.start() - line if first else indent
        token = Token(cast("Sort", sort), text, match.start(), match.end(), first, indent)
        found.append(token)
        first = False
        line = match.start() + breaks if breaks else line
        if sort == "odd":
            at, message, help, fix = odd.explained(text, token.start)
            mistakes.report("MLS0109", at, message, help=help, fix=fix)
        elif sort == "lost":
            mark = '"""' if text.startswith('"""') else '"'
            span = Span(token.start, token.start + len(mark))
            mistakes.report("MLS0105", span, "this string never ends", help=f"add {mark} after it")
    return found, comments
