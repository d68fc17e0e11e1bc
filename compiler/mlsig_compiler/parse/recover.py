"""Reading a file that has syntax errors: each declaration on its own, each member of a broken one on its own.

A mistake costs the member that it stands in, and one message; everything else is parsed, resolved and checked
as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.nearest import listed, suggestion
from mlsig_compiler.parse.expected import explain
from mlsig_compiler.parse.machine import Fault
from mlsig_compiler.parse.outline import DECLARATIONS, MEMBERS, Declaration, Outline, Piece
from mlsig_compiler.parse.scan import Mistakes, TooMany
from mlsig_compiler.source import Span

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
        except TooMany:
            broken = True
        return syntax.File(tuple(imports), tuple(found), broken=broken)

    def _explain(self, error: Fault, piece: Piece, help: str = "") -> None:
        at = error.token.span.start
        before = (token.text for token in self.outline.tokens[piece.first : piece.last] if token.start < at)
        comparing = any(word in CONDITIONS for word in before)
        told = explain(error, self.outline.span(piece).end, comparing=comparing)
        self._report(told.span, told.message, help or told.help)

    def _report(self, span: Span, message: str, help: str) -> None:
        self.mistakes.report("MLS0103", span, message, help=help)

    def _declaration(self, declaration: Declaration) -> syntax.File:
        """Return what can be read of a declaration, as a file that is broken when its name is not known."""
        whole = declaration.whole
        error: Fault | None = None
        if not self.outline.was_diagnosed(whole):
            try:
                read: syntax.File = self.parse("file", self.outline.span(whole))
                return read
            except Fault as unexpected:
                error = unexpected
        kind = declaration.word
        if not kind:
            if error is not None:
                self._no_declaration(whole)
            return NOTHING
        if declaration.body is None or kind not in BODIED:
            if error is not None:
                self._explain(error, whole)
            return NOTHING
        head = self._head(kind, Piece(whole.first, declaration.body.first - 1))
        if head is None:
            return NOTHING
        made = self._body(kind, head, declaration.body, self.outline.span(whole))
        return syntax.File((), (made,))

    def _no_declaration(self, piece: Piece) -> None:
        token = self.outline.tokens[piece.first]
        help = suggestion(token.text, DECLARATIONS) if token.sort == "word" else ""
        words = listed(sorted(DECLARATIONS), most=len(DECLARATIONS))
        text = token.text if len(token.text) <= 30 else f"{token.text[:26]}…"
        message = f"a declaration is needed here, and `{text.splitlines()[0]}` is found"
        self._report(
            Span(token.start, token.end), message, help or f"a declaration begins with one of {words}"
        )

    def _head(self, kind: str, piece: Piece) -> syntax.Head | syntax.PipelineHead | None:
        if not self.outline.was_diagnosed(piece):
            try:
                head: syntax.Head | syntax.PipelineHead = self.parse(f"{kind}_head", self.outline.span(piece))
                return head
            except Fault as error:
                self._explain(error, piece)
        tokens = self.outline.tokens[piece.first + 1 : piece.last]
        if tokens and tokens[0].sort == "word":
            name = syntax.Name(tokens[0].text, Span(tokens[0].start, tokens[0].end))
            lost = syntax.Head(name, None, None, self.outline.span(piece), broken=True)
            return syntax.PipelineHead(lost, (), None) if kind == "pipeline" else lost
        return None

    def _body(
        self, kind: str, head: syntax.Head | syntax.PipelineHead, body: Piece, span: Span
    ) -> syntax.Declaration:
        pieces = self.outline.members(kind, body)
        instructions: syntax.Text | None = None
        if kind == "signature" and pieces and self.outline.tokens[pieces[0].first].sort == "string":
            instructions, pieces = self._instructions(pieces)
        members = self._annotated(node for piece in pieces for node in self._member(kind, piece))
        if isinstance(head, syntax.PipelineHead):
            return syntax.Pipeline(*head, members, span, broken=True)
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

    def _member(self, kind: str, piece: Piece) -> tuple[Any, ...]:
        if self.outline.was_diagnosed(piece):
            return ()
        try:
            return (self.parse(f"{kind}_member", self.outline.span(piece)),)
        except Fault as error:
            first = self.outline.tokens[piece.first]
            words = MEMBERS.get(kind, frozenset())
            if kind in ("signature", "space") and first.text != "@" and first.text not in words:
                help = suggestion(first.text, words) or f"it holds {listed(sorted(words))}"
                message = f"`{first.text.splitlines()[0][:30]}` does not begin a member of a {kind}"
                self._report(Span(first.start, first.end), message, help)
            else:
                self._explain(error, piece)
        return ()
