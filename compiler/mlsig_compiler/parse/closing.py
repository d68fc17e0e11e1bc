"""Where a bracket that is missing belongs, when that is plain.

y: int(1..3      ->   `)` after the 3
"""

from __future__ import annotations

from collections.abc import Sequence

from mlsig_compiler.diagnostics import Fix, replacing
from mlsig_compiler.parse.scan import Token
from mlsig_compiler.source import Span


def closing(tokens: Sequence[Token], at: int, close: str, ends: int) -> Fix | None:
    """Return the bracket that closes the one at a token, or None where its place is a guess.

    A `}` goes on a line of its own before the token `ends`, with which the next declaration begins; another
    bracket goes to the end of the line on which it was opened, where no other one stands, or before the
    `=` of a default.
    """
    if close == "}":
        body = tokens[at + 1 : ends]
        if not body or tokens[at].indent or any(token.first and token.text == "@" for token in body):
            return None
        return _after(body[-1], "\n}")
    end = at + 1
    while end < len(tokens) and not tokens[end].first and not (close == "]" and tokens[end].text == "="):
        end += 1
    line = tokens[at + 1 : end]
    if not line or line[-1].sort == "mark" or any(token.sort in ("open", "close") for token in line):
        return None
    return _after(line[-1], close)


def _after(token: Token, text: str) -> Fix:
    return replacing(Span(token.end, token.end), text)
