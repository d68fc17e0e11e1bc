"""Reading a file that has syntax errors: each declaration on its own, each member of a broken one on its own.

A mistake costs the member that it stands in, and one message; everything else is parsed, resolved and checked
as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics, Edit, Fix
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.parse.expected import explain, shown
from mlsig_compiler.parse.machine import Fault
from mlsig_compiler.parse.openings import meant
from mlsig_compiler.parse.outline import DECLARATIONS, MEMBERS, NAME_LED, Declaration, Outline, Piece
from mlsig_compiler.parse.scan import Mistakes, Token, TooMany
from mlsig_compiler.parse.unnamed import unnamed
from mlsig_compiler.source import Span

SEPARATORS: Final = frozenset({",", ";"})
DEEPEST: Final = 64
OPTIONS: Final = {"pipeline": frozenset({"retry", "timeout", "on_error", "concurrency"})}
SETTINGS: Final = frozenset({"provider", "program"})
CONDITIONS: Final = frozenset({"when", "constraint", "forbid", "prefer", "check"})
NODES: Final[dict[str, Callable[..., Any]]] = {
    "enum": syntax.Enum,
    "schema": syntax.Schema,
    "space": syntax.Space,
    "provider": syntax.Provider,
    "program": syntax.Program,
    "resource": syntax.Resource,
}
NOTHING: Final = syntax.File((), (), broken=True)
BODIED: Final = frozenset({"signature", "pipeline", *NODES})


def recover(
    clean: str,
    diagnostics: Diagnostics,
    parse: Callable[[str, Span], Any],
    annotated: Callable[[Iterable[Any]], tuple[Any, ...]],
) -> syntax.File:
    """Report the syntax errors of a text and return what can be read of it.

    `parse` reads a span by a start rule of the grammar, or raises `Fault`; `annotated` gives
    members the annotations that stand before them.
    """
    mistakes = Mistakes(diagnostics)
    try:
        outline = Outline(clean, mistakes)
    except TooMany:
        return NOTHING
    return Recovery(outline, mistakes, parse, annotated).file()


class Recovery:
    """One reading of one broken file."""

    def __init__(
        self,
        outline: Outline,
        mistakes: Mistakes,
        parse: Callable[[str, Span], Any],
        annotated: Callable[[Iterable[Any]], tuple[Any, ...]],
    ) -> None:
        self.outline = outline
        self.mistakes = mistakes
        self.parse = parse
        self._annotated = annotated
        self._depth = 0
        self._separators: list[Token] = []

    def file(self) -> syntax.File:
        """Return the declarations that can be read."""
        imports: list[syntax.Import] = []
        found: list[syntax.Declaration] = []
        broken = False
        try:
            for declaration in self.outline.declarations:
                part = self._declaration(declaration)
                imports.extend(part.imports)
                found.extend(part.declarations)
                broken = broken or part.broken
            self._separated("declarations", self._separators)
        except TooMany:
            broken = True
        return syntax.File(tuple(imports), tuple(found), tuple(self.outline.comments), broken)

    def _explain(self, error: Fault, piece: Piece, kind: str = "", *, settings: bool = False) -> None:
        at = error.token.span.start
        before = [token for token in self.outline.tokens[piece.first : piece.last] if token.start < at]
        texts = [token.text for token in before]
        comparing = not CONDITIONS.isdisjoint(texts)
        inside = texts.count("(") > texts.count(")")
        entry = len(before) > 1 and before[-2].text in ("{", ",")
        name = before[-1].span if entry or (len(before) == 1 and settings) else None
        end = self.outline.span(piece).end
        told = explain(error, end, kind=kind, comparing=comparing, arguments=inside, before=name)
        self.mistakes.report("MLS0103", told.span, told.message, help=told.help, fix=told.fix)

    def _declaration(self, declaration: Declaration) -> syntax.File:
        """Return what can be read of a declaration, as a file that is broken when its name is not known."""
        whole = declaration.whole
        last = self.outline.tokens[whole.last - 1]
        if last.text in SEPARATORS and declaration.body is None:
            self._separators.append(last)
            if whole.last == whole.first + 1:
                return syntax.File((), ())
            whole = Piece(whole.first, whole.last - 1)
            declaration = declaration._replace(whole=whole)
        error: Fault | None = None
        if not self.outline.was_diagnosed(whole):
            try:
                read: syntax.File = self.parse("file", self.outline.span(whole))
                return read
            except Fault as fault:
                error = fault
        kind = declaration.word
        if not kind:
            if error is not None:
                self._no_declaration(whole)
            return NOTHING
        if kind not in BODIED:
            if error is not None:
                self._explain(error, whole, kind)
            return NOTHING
        return self._bodied(kind, declaration, error)

    def _bodied(self, kind: str, declaration: Declaration, error: Fault | None) -> syntax.File:
        whole, body = declaration.whole, declaration.body
        annotations = [
            node
            for piece in self.outline.members("enum", Piece(whole.first, declaration.first))
            for node in self._member(kind, piece)
        ]
        if body is None:
            head = self._named(kind, Piece(declaration.first, whole.last))
            if error is not None:
                self._explain(error, whole, kind)
        else:
            head = self._head(kind, Piece(declaration.first, body.first - 1))
        if head is None:
            return NOTHING
        start = self.outline.tokens[declaration.first].start
        span = Span(start, self.outline.span(whole).end)
        made = self._body(kind, head, body or Piece(whole.last, whole.last), span)
        return syntax.File((), self._annotated([*annotations, made]))

    def _no_declaration(self, piece: Piece) -> None:
        token = self.outline.tokens[piece.first]
        message = f"a declaration is needed here, and `{shown(token.text)}` is found"
        lead = correction(token.text, token.span, sorted(DECLARATIONS))
        help = meant(token.text)
        self.mistakes.report(
            "MLS0103", token.span, message, help=help, fix=lead["fix"] if lead["help"] == help else None
        )

    def _head(self, kind: str, piece: Piece) -> syntax.Head | syntax.PipelineHead | None:
        if not self.outline.was_diagnosed(piece):
            try:
                head: syntax.Head | syntax.PipelineHead = self.parse(f"{kind}_head", self.outline.span(piece))
                return head
            except Fault as error:
                self._explain(error, piece, kind)
        return self._named(kind, piece)

    def _named(self, kind: str, piece: Piece) -> syntax.Head | syntax.PipelineHead | None:
        """Return a head of which only the name can be read."""
        tokens = self.outline.tokens[piece.first + 1 : piece.last]
        if not tokens or tokens[0].sort != "word":
            return None
        name = syntax.Name(tokens[0].text, tokens[0].span)
        lost = syntax.Head(name, None, None, self.outline.span(piece), broken=True)
        return syntax.PipelineHead(lost, (), None) if kind == "pipeline" else lost

    def _body(
        self, kind: str, head: syntax.Head | syntax.PipelineHead, body: Piece, span: Span
    ) -> syntax.Declaration:
        pieces = self.outline.members(kind, body)
        instructions: syntax.Text | None = None
        if kind == "signature" and pieces and self.outline.tokens[pieces[0].first].sort == "string":
            instructions, pieces = self._instructions(pieces)
        members = self._members(kind, pieces)
        if isinstance(head, syntax.PipelineHead):
            steps, aims = syntax.apart(members)
            return syntax.Pipeline(*head, steps, span, broken=True, aims=aims)
        if kind == "signature":
            return syntax.Signature(head, instructions, members, span, broken=True)
        made: syntax.Declaration = NODES[kind](head, members, span, broken=True)
        return made

    def _instructions(self, pieces: list[Piece]) -> tuple[syntax.Text, list[Piece]]:
        """Take the string that begins a signature's body off its first piece."""
        first, *others = pieces
        text = self.parse("text", self.outline.span(Piece(first.first, first.first + 1)))
        rest = Piece(first.first + 1, first.last)
        return text, [rest, *others] if rest.first < rest.last else others

    # Members

    def _members(self, kind: str, pieces: list[Piece]) -> tuple[Any, ...]:
        """Return the members that can be read. All separators in one body are one mistake."""
        separators: list[Token] = []
        found: list[Any] = []
        for piece in pieces:
            last = self.outline.tokens[piece.last - 1]
            if last.text in SEPARATORS and piece.last > piece.first + 1 and not self._is_fine(kind, piece):
                separators.append(last)
                made = self._member(kind, Piece(piece.first, piece.last - 1))
            else:
                made = self._member(kind, piece)
            found.extend(made)
            while not made and found and isinstance(found[-1], syntax.Annotation):
                found.pop()  # what it is about is lost
        self._separated("members", separators)
        return self._annotated(found)

    def _separated(self, what: str, separators: list[Token]) -> None:
        if not separators:
            return
        message = f"{what} stand side by side, with no `{separators[0].text}` between them"
        edits = tuple(Edit(token.span, self._instead(token)) for token in separators)
        self.mistakes.report("MLS0103", separators[0].span, message, fix=Fix("", edits))

    def _instead(self, separator: Token) -> str:
        """Return what keeps the words around a separator apart."""
        after = self.outline.text[separator.end : separator.end + 1]
        return " " if after.isalnum() or after in ("_", '"') else ""

    def _is_fine(self, kind: str, piece: Piece) -> bool:
        try:
            self.parse(f"{kind}_member", self.outline.span(piece))
        except Fault:
            return False
        return True

    def _member(self, kind: str, piece: Piece) -> tuple[Any, ...]:
        if kind == "space" and (group := self._group(piece)) is not None:
            return group
        if self.outline.was_diagnosed(piece):
            return ()
        first = self.outline.tokens[piece.first]
        try:
            start = "annotation" if first.text == "@" else f"{kind}_member"
            return (self.parse(start, self.outline.span(piece)),)
        except Fault as error:
            words = MEMBERS.get(kind, frozenset())
            if kind in ("signature", "space") and first.text != "@" and first.text not in words:
                listing = f"it holds {listed(sorted(words))}"
                second = self.outline.tokens[piece.first + 1 : piece.last][:1]
                if kind == "signature" and second and second[0].text == ":":
                    listing = f"write `input {first.text}: …` or `output {first.text}: …`"
                lead = correction(first.text, first.span, sorted(words), listing)
                message = f"`{shown(first.text)}` does not begin a member of a {kind}"
                self.mistakes.report("MLS0103", first.span, message, **lead)
            elif not self._misspelt(error, piece, kind):
                tokens = self.outline.tokens[piece.first : piece.last]
                told = unnamed(error, kind, tokens, self.outline.text)
                if told is None:
                    self._explain(error, piece, settings=kind in SETTINGS)
                else:
                    self.mistakes.report("MLS0103", told.span, told.message, help=told.help)
        return ()

    def _misspelt(self, error: Fault, piece: Piece, kind: str) -> bool:
        """Report a word that is nearly one that begins a member or an option, where that is what is wrong.

        `maximise cost` is a mistake at `maximise` after a member, and at `cost` where it begins one.
        """
        words = MEMBERS.get(kind, frozenset()) | OPTIONS.get(kind, frozenset())
        tokens = self.outline.tokens[piece.first : piece.last]
        at = next((at for at, token in enumerate(tokens) if token.start == error.token.span.start), None)
        if at is None:
            return False
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        named = kind not in NAME_LED or kind == "program" or after in (":", "=", "(")
        for token in tokens[at - 1 if at and named else at : at + 1]:
            lead = correction(token.text, token.span, sorted(words))
            if lead["help"] and token.text not in words:
                self.mistakes.report("MLS0103", token.span, f"`{token.text}` cannot stand here", **lead)
                return True
        return False

    def _group(self, piece: Piece) -> tuple[Any, ...] | None:
        """Return a group of which each member is read on its own, or None when the piece is no group."""
        tokens = self.outline.tokens
        opener = next((at for at in range(piece.first, piece.last) if tokens[at].text == "{"), None)
        if tokens[piece.first].text != "when" or opener is None or self._depth == DEEPEST:
            return None
        close = self.outline.closed_by.get(opener, piece.last)
        head = Piece(piece.first, opener)
        condition = None
        if not self.outline.was_diagnosed(head):
            try:
                condition = self.parse("group_head", self.outline.span(head)).condition
            except Fault as error:
                self._explain(error, head)
        self._depth += 1
        inside = Piece(opener + 1, min(close, piece.last))
        members = self._members("space", self.outline.members("space", inside))
        # what stands after the group, and begins no member, is no part of it
        rest = Piece(close + 1, piece.last)
        after = self._member("space", rest) if rest.first < rest.last else ()
        self._depth -= 1
        if condition is None:
            return after
        span = self.outline.span(Piece(piece.first, min(close + 1, piece.last)))
        return (syntax.Group(condition, members, span), *after)
