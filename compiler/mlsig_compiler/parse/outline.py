"""The outline of a text that may be wrong: which bracket closes which, where declarations and members begin.

    signature QA {  input question:  output answer: str  }
    ^ declaration   ^ member         ^ member

`recover` parses each piece on its own. Nothing here looks at the grammar: the words that begin declarations
and members are enough to find them, and brackets, indentation and line starts are evidence where those are
missing.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from mlsig_compiler.diagnostics import Label
from mlsig_compiler.parse.closing import closing
from mlsig_compiler.parse.scan import Mistakes, Token, tokens
from mlsig_compiler.source import Span

PARTNER: Final = {"(": ")", "[": "]", "{": "}"}
OPENER: Final = {close: opener for opener, close in PARTNER.items()}
DECLARATIONS: Final = frozenset(
    {
        "enum",
        "schema",
        "signature",
        "space",
        "provider",
        "program",
        "type",
        "tool",
        "pipeline",
        "resource",
        "from",
        "var",
    }
)
BODIED: Final = DECLARATIONS - {"var", "from"}
NOT_BEFORE_A_DECLARATION: Final = frozenset({"extends", "import", "as", ",", "->", "=", ":", ".", "@"})
OPERATORS: Final = frozenset({"and", "or", "not", "in", "if", "else", "for", "weight"})
MEMBERS: Final = {
    "signature": frozenset({"input", "output", "tune", "check", "example"}),
    "space": frozenset({"var", "override", "include", "composite", "constraint", "forbid", "prefer", "when"}),
    "schema": frozenset({"check", "transform", "tune"}),
    "provider": frozenset({"limits", "model"}),
    "program": frozenset({"metric", "maximize", "minimize"}),
    "pipeline": frozenset({"return", "metric", "maximize", "minimize"}),
    "resource": frozenset({"belongs_to", "has_many", "calculate", "action", "before", "after"}),
}
NAME_LED: Final = frozenset({"schema", "provider", "program", "resource"})


class Piece(NamedTuple):
    """Tokens `first` up to, not including, `last`."""

    first: int
    last: int


class Declaration(NamedTuple):
    """A declaration: its tokens, and those of its body; `word` is empty where none begins one.

    The annotations before it are the tokens of `whole` that stand before `first`.
    """

    word: str
    whole: Piece
    first: int
    body: Piece | None


class Outline:
    """The outline of one text. Making it reports brackets and characters that are wrong."""

    def __init__(self, clean: str, mistakes: Mistakes) -> None:
        """Read the outline.

        Raises:
            TooMany: Too much is wrong.
        """
        self.text = clean
        self._report = mistakes.report
        self.tokens, self.comments = tokens(clean, mistakes)
        self._lost = [token for token in self.tokens if token.sort == "lost"]
        self._swallowed: list[int] = []
        self._open = {"(": 0, "[": 0, "{": 0}
        self.closed_by: dict[int, int] = {}
        self.declarations: list[Declaration] = []
        self._annotated: dict[int, int] = {}
        self._outline()
        self.diagnosed = sorted([*mistakes.places, *self._swallowed])

    def was_diagnosed(self, piece: Piece) -> bool:
        """Say whether something in a piece was reported already."""
        if piece.first >= piece.last:
            return False
        at = bisect_left(self.diagnosed, self.tokens[piece.first].start)
        return at < len(self.diagnosed) and self.diagnosed[at] < self.tokens[piece.last - 1].end

    def span(self, piece: Piece) -> Span:
        """Return the characters of a piece that has tokens."""
        return Span(self.tokens[piece.first].start, self.tokens[piece.last - 1].end)

    # Brackets and declarations

    def _outline(self) -> None:
        stack: list[int] = []
        starts: list[int] = []
        suspect: int | None = None
        annotations = Annotations(self.tokens)
        for index, token in enumerate(self.tokens):
            annotations.pass_(index, bool(stack))
            if token.sort == "word" and self._begins_declaration(index, starts, bool(stack)):
                self._unclosed(stack, suspect, index)
                suspect = None
                starts.append(index)
                self._annotated[index] = annotations.before(index)
            elif token.sort == "open":
                stack.append(index)
                self._open[token.text] += 1
            elif token.sort == "close":
                suspect = self._close(index, stack) or suspect
        self._unclosed(stack, suspect, len(self.tokens))
        self._declare(starts)

    def _begins_declaration(self, index: int, starts: list[int], inside: bool) -> bool:
        token = self.tokens[index]
        if token.text not in DECLARATIONS:
            return False
        if not inside:
            if starts and starts[-1] == index - 1:
                return False  # the name of the declaration that has just begun
            if index == 0 or self.tokens[index - 1].text not in NOT_BEFORE_A_DECLARATION:
                return True
        # In an open bracket, and where something else should follow, only strong evidence counts: the first
        # column, a name, and what stands after a name.
        if not token.first or token.indent or index + 2 >= len(self.tokens):
            return False
        name, after = self.tokens[index + 1 : index + 3]
        if name.sort != "word":
            return False
        if token.text == "from":
            return after.text in (".", "import")
        return token.text in BODIED and (after.text in ("{", "(", "=", "extends") or after.text[0] == '"')

    def _pop(self, stack: list[int]) -> int:
        self._open[self.tokens[stack[-1]].text] -= 1
        return stack.pop()

    def _close(self, index: int, stack: list[int]) -> int | None:
        """Match a closing bracket; return the bracket that it was probably not meant to close, if any."""
        token = self.tokens[index]
        if not stack:
            self._report("MLS0104", token.span, f"there is nothing here for `{token.text}` to close")
            return None
        top = self.tokens[stack[-1]]
        if PARTNER[top.text] == token.text:
            opener = self._pop(stack)
            self.closed_by[opener] = index
            return opener if token.first and token.indent < top.indent else None
        opening = OPENER[token.text]
        if not self._open[opening]:
            if token.text != "}" and top.text != "{":
                self.closed_by[self._pop(stack)] = index
            label = Label(top.span, "opened here")
            self._report("MLS0104", token.span, f"`{token.text}` cannot close `{top.text}`", "", label)
            return None
        self._never_closed(stack[-1], Label(token.span, f"`{token.text}` stands here first"))
        while self.tokens[stack[-1]].text != opening:
            self._pop(stack)
        self.closed_by[self._pop(stack)] = index
        return None

    def _unclosed(self, stack: list[int], suspect: int | None, index: int) -> None:
        if not stack:
            return
        label: tuple[Label, ...] = ()
        if index < len(self.tokens):
            label = (Label(self.tokens[index].span, "a new declaration begins here"),)
        ends = index if suspect in (None, stack[0]) and len(stack) == 1 else 0
        self._never_closed(stack[0] if suspect is None else suspect, *label, ends=ends)
        self._swallowed += [self.tokens[at].start for at in stack]
        while stack:
            self._pop(stack)

    def _never_closed(self, at: int, *labels: Label, ends: int = 0) -> None:
        """Report an opening bracket; `ends` is the token before which a `}` belongs, if that is known."""
        token = self.tokens[at]
        lost = bisect_left(self._lost, token.start, key=lambda other: other.start)
        if lost < len(self._lost) and self._swallows(self._lost[lost], token):
            self._swallowed.append(token.start)
            return  # a string that never ends has swallowed the closing bracket
        close = PARTNER[token.text]
        message = f"this `{token.text}` is never closed"
        fix = closing(self.tokens, at, close, ends)
        self._report("MLS0102", token.span, message, "opened here", *labels, help=f"add `{close}`", fix=fix)

    def _swallows(self, lost: Token, token: Token) -> bool:
        return lost.text.startswith('"""') or "\n" not in self.text[token.start : lost.start]

    def _declare(self, starts: list[int]) -> None:
        firsts = [self._annotated[start] for start in starts]
        end = 0
        for start, first, last in zip(starts, firsts, [*firsts, len(self.tokens)][1:], strict=True):
            self._undeclared(end, first)
            opener = self._body(start, last)
            body = None
            end = last
            if opener is not None:
                close = self.closed_by.get(opener, last)
                body = Piece(opener + 1, min(close, last))
                end = min(close + 1, last)
                if self.tokens[start].text == "var" and end < last and self.tokens[end].text.startswith('"'):
                    end += 1  # the description may stand after the arms
            self.declarations.append(Declaration(self.tokens[start].text, Piece(first, end), start, body))
        self._undeclared(end, len(self.tokens))

    def _body(self, first: int, last: int) -> int | None:
        """Return where the body of a declaration opens: what stands in parentheses is none."""
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text == "{" and token.sort == "open":
                return at
            at = self.closed_by.get(at, at) + 1 if token.sort == "open" else at + 1
        return None

    def _undeclared(self, first: int, last: int) -> None:
        if first < last:
            self.declarations.append(Declaration("", Piece(first, last), first, None))

    # Members

    def members(self, kind: str, body: Piece) -> list[Piece]:
        """Return the members of a body, in order; the first may be what stands before any member."""
        if body.first >= body.last:
            return []
        starts = [body.first]
        index = body.first
        while index < body.last:
            token = self.tokens[index]
            if index == body.first or self._begins_member(kind, index, body.last):
                if index > body.first:
                    starts.append(index)
                following = self.tokens[index + 1 : index + 2]
                named = token.text == "@" or (token.sort == "word" and kind != "enum")
                if named and following and not following[0].first:
                    index += 1  # the name after a keyword is part of the member
            if self.tokens[index].sort == "open" and index in self.closed_by:
                index = min(self.closed_by[index], body.last)
            index += 1
        return [Piece(*pair) for pair in zip(starts, [*starts[1:], body.last], strict=True)]

    def _begins_member(self, kind: str, index: int, end: int) -> bool:
        token = self.tokens[index]
        if token.text == "@":
            return True
        if token.sort != "word":
            return False
        if kind == "enum":
            return True
        following = self.tokens[index + 1 : min(index + 3, end)]
        texts = [other.text for other in following]
        if token.text in OPERATORS:  # unless it is a name, as in `weight: float`
            return texts[:1] == ([":"] if kind in NAME_LED else ["="])
        if token.text in MEMBERS[kind]:
            opening = ("{", "(", "[") if token.text == "return" else ("{", "(")
            return token.first or bool(following and (following[0].sort == "word" or texts[0] in opening))
        if kind == "pipeline":
            return texts[:1] == ["="]
        if kind in NAME_LED:
            return token.first or texts[:1] == [":"]
        # `inptu question:` is a member too, and so is `question:`
        return token.first and (texts[:1] == [":"] or (texts[1:] == [":"] and following[0].sort == "word"))


class Annotations:
    """Finds the annotations that end where a declaration begins, while tokens are passed one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._first: int | None = None
        self._opened: int | None = None
        self._next = 0

    def pass_(self, index: int, inside: bool) -> None:
        """Pass a token; `inside` brackets."""
        token = self._tokens[index]
        if inside:
            if self._opened is not None and token.sort == "close":
                self._next = index + 1
            return
        if token.text == "@":
            if self._first is None or self._next != index:
                self._first = index
            self._next, self._opened = index + 2, None
        elif token.sort == "open":
            self._opened = index if token.text == "(" and self._next == index else None

    def before(self, index: int) -> int:
        """Return where the annotations of the declaration at a token begin: there, if it has none."""
        first = self._first if self._first is not None and self._next == index else index
        self._first = self._opened = None
        return first
