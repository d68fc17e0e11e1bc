"""What may be written at a place: asked of the parser, with all that stands before the place.

    signature A { input q: |       ->   a type is wanted, inside the declaration `signature`

The parser is given the declaration up to the place and a sign that is never right there, and says what it
could have taken. Where an earlier member is broken, it is given the last member alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.parse import FORBIDDEN, fragment
from mlsig_compiler.parse.machine import END, Fault
from mlsig_compiler.parse.outline import MEMBERS, Outline, Piece
from mlsig_compiler.parse.scan import Mistakes, Token, TooMany
from mlsig_compiler.source import Source, Span
from mlsig_compiler.words import SPELLINGS

Wanted: TypeAlias = Literal[
    "expression", "value", "type", "name", "module", "imported", "annotation", "attribute", ""
]

WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ODD: Final = "`"
MANY: Final = 30  # more words than any place has: those that could be names


@dataclass(slots=True)
class Context:
    """What may stand at a place.

    `word` is what is typed of it already, `keywords` are the words of the language that fit. `kind` is the
    word that begins the declaration, `name` its name, `before` its tokens before the word; `opened` are those
    of the brackets that are open, the innermost last.
    """

    word: str
    start: int
    wanted: Wanted = ""
    keywords: tuple[str, ...] = ()
    kind: str = ""
    name: str = ""
    before: list[Token] = field(default_factory=list[Token])
    opened: list[int] = field(default_factory=list[int])

    def last(self, count: int = 1) -> str:
        """Return the text of the token at so many from the end."""
        return self.before[-count].text if len(self.before) >= count else ""

    def call(self) -> str:
        """Return the word before the innermost round bracket that is open; empty where none is."""
        for at in reversed(self.opened):
            if self.before[at].text == "(":
                return self.before[at - 1].text if at else ""
        return ""


def context(source: Source, offset: int) -> Context | None:
    """Return what may stand at a place; None inside a string or a comment."""
    text = FORBIDDEN.sub(" ", source.text[:offset])
    found = WORD.search(text)
    word = found[0] if found else ""
    start = offset - len(word)
    head = text[:start]
    try:
        outline = Outline(head, Mistakes(Diagnostics(Source(source.path, source.module, head))))
    except TooMany:
        return None
    tokens = outline.tokens
    if (tokens and tokens[-1].sort == "lost") or _in_comment(outline, head):
        return None
    made = Context(word, start)
    _place(made, outline)
    _want(made, outline, head)
    return made


def _in_comment(outline: Outline, head: str) -> bool:
    return bool(outline.comments) and outline.comments[-1].span.end == len(head)


def _place(made: Context, outline: Outline) -> None:
    last = outline.declarations[-1] if outline.declarations else None
    tokens = outline.tokens
    if last is None:
        return
    made.before = tokens[last.whole.first :]
    stack: list[int] = []
    for at, token in enumerate(made.before):
        if token.sort == "open":
            stack.append(at)
        elif token.sort == "close" and stack:
            stack.pop()
    made.opened = stack
    made.kind = last.word
    if last.word and last.first + 1 < len(tokens):
        made.name = tokens[last.first + 1].text


def _want(made: Context, outline: Outline, head: str) -> None:
    last, before = made.last(), made.last(2)
    if last == "@":
        made.wanted = "annotation"
        return
    if last == "." and (before != "." and (made.kind != "from" or "import" in [t.text for t in made.before])):
        made.wanted = "attribute"
        return
    if made.kind == "from":
        words = [token.text for token in made.before]
        if "import" not in words:
            made.wanted = "module"
            made.keywords = ("import",) if len(words) > 1 and last != "." else ()
            return
        if last in (",", "import"):
            made.wanted = "imported"
            return
    terminals = _terminals(made, outline, head)
    made.keywords = _keywords(terminals, made)
    made.wanted = _phrase(terminals)


def _phrase(wanted: frozenset[str]) -> Wanted:
    if {"LPAR", "TRUE", "NAME"} <= wanted and "COLON" not in wanted:
        return "expression"
    if {"LBRACE", "LSQB", "STRING", "NAME"} <= wanted and len(wanted) < MANY:
        return "value"
    if {"TRUE", "NAME"} <= wanted and len(wanted) < MANY:
        return "type"
    return "name" if "NAME" in wanted else ""


def _keywords(terminals: frozenset[str], made: Context) -> tuple[str, ...]:
    words = {SPELLINGS[name] for name in terminals if name in SPELLINGS}
    if len(terminals) > MANY:  # a field may have any of them as its name
        words &= {*MEMBERS.get(made.kind, ()), "retry", "timeout", "on_error", "concurrency", "weight"}
        if made.kind != "program":
            words.discard("weight")
    return tuple(sorted(words))


def _terminals(made: Context, outline: Outline, head: str) -> frozenset[str]:
    """Return what the parser could take at the place."""
    text = head + ODD
    for start, first in _starts(made, outline):
        fault = _fault(start, text, first)
        if fault is not None and fault.token.span.start == len(head):
            return fault.wanted - {END}
    return frozenset()


def _fault(start: str, text: str, first: int) -> Fault | None:
    try:
        fragment(start, text, Span(first, len(text)), Diagnostics(Source(Path(), "", "")))
    except Fault as fault:
        return fault
    return None


def _starts(made: Context, outline: Outline) -> list[tuple[str, int]]:
    """Return the rules to try, with where their text begins."""
    if not made.before:
        return [("file", 0)]
    found = [("file", made.before[0].start)]
    last = outline.declarations[-1]
    if last.word in MEMBERS and last.body is not None:
        pieces = outline.members(last.word, Piece(last.body.first, len(outline.tokens)))
        if pieces:
            found.append((f"{last.word}_member", outline.tokens[pieces[-1].first].start))
    return found
