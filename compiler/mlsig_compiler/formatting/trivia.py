"""What stands between the tokens of a text: comments and blank lines, each given to one token.

a # of a `# of a` comes after `a`, since it ends the line of `a` # of b `# of b` comes before `b` b
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mlsig_compiler.parse.machine import Token
from mlsig_compiler.syntax import Comment


class Above(NamedTuple):
    """A comment with a line of its own; `blank` says that a blank line stands before it."""

    text: str
    blank: bool


@dataclass(slots=True)
class Around:
    """What stands around a token: `blank` says that a blank line stands right before it."""

    before: list[Above] = field(default_factory=list[Above])
    blank: bool = False
    own_line: bool = False
    after: str = ""

    @property
    def apart(self) -> bool:
        """Whether a blank line stands before all that belongs to the token."""
        return self.before[0].blank if self.before else self.blank


class Trivia(NamedTuple):
    """What stands around each token, by where it starts, and what stands after the last of them."""

    around: dict[int, Around]
    end: list[Above]

    def of(self, token: Token) -> Around:
        """Return what stands around a token."""
        return self.around.get(token.span.start, NOTHING)


NOTHING: Final = Around()


def attached(text: str, tokens: Iterable[Token], comments: Sequence[Comment]) -> Trivia:
    """Return what stands around each token of a text. Tokens that have nothing are not listed."""
    around: dict[int, Around] = {}
    waiting = iter(comments)
    comment = next(waiting, None)
    end = 0
    previous: Token | None = None
    commas: list[tuple[Token, Token]] = []

    def before(start: int) -> list[Above]:
        nonlocal comment, end
        found: list[Above] = []
        while comment is not None and comment.span.start < start:
            breaks = text.count("\n", end, comment.span.start)
            said = comment.text.rstrip(" \t")
            if previous is not None and not breaks and not found:
                around.setdefault(previous.span.start, Around()).after = said
            else:
                found.append(Above(said, breaks > 1))
            end = comment.span.end
            comment = next(waiting, None)
        return found

    for token in tokens:
        above = before(token.span.start)
        breaks = text.count("\n", end, token.span.start)
        if above or breaks:
            around[token.span.start] = Around(above, breaks > 1, own_line=True)
        if token.text == "," and previous is not None:
            commas.append((previous, token))
        previous, end = token, token.span.end
    last = before(len(text) + 1)
    for item, comma in commas:
        _pass_on(around, item, comma)
    return Trivia(around, last)


def _pass_on(around: dict[int, Around], item: Token, comma: Token) -> None:
    """Give the comment that ends an item's line to the comma below it, which then stands beside the item."""
    owner = around.get(item.span.start, NOTHING)
    taker = around.get(comma.span.start, NOTHING)
    if owner.after and not (taker.before or taker.after):
        around[comma.span.start] = Around(after=owner.after)
        owner.after = ""
