"""Words side by side, and brackets: what most rules of the grammar look like.

    list[str](max_length=8,unique)   ->   list[str](max_length=8, unique)

What is between brackets stands on one line where it fits. Else each item has a line of its own and a comma,
but short words and numbers, which fill lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, cast

from mlsig_compiler.formatting.concrete import Node, Part, first, last
from mlsig_compiler.formatting.documents import (
    Doc,
    Group,
    Indent,
    Join,
    Line,
    Remarks,
    Switch,
    Text,
)
from mlsig_compiler.formatting.trivia import NOTHING, Above, Around, Trivia
from mlsig_compiler.parse.machine import Token

CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
NO_SPACE_BEFORE: Final = frozenset({",", ":", ")", "]", "?", ".", ".."})
NO_SPACE_AFTER: Final = frozenset({"(", "[", "@", ".", ".."})
# What stands before an opening bracket that is not part of a call, a type or an index.
APART: Final = frozenset({":", "=", "->"})
NAMED: Final = frozenset({"argument", "call_argument"})
NEGATED: Final = frozenset({"minus", "literal", "number"})
# Brackets that hold one thing, without a comma after it.
ONE: Final = frozenset({"parenthesised", "index", "mapped"})
SHORT: Final = 24
ATOMS: Final = frozenset({"literal", "named", "variable", "constant", "number"})


class Phrases:
    """One method for each rule that needs more than words side by side."""

    def __init__(self, trivia: Trivia) -> None:
        self.trivia = trivia

    def lay(self, part: Part) -> Doc:
        """Return the layout of a part."""
        if not isinstance(part, Node):
            return self.leaf(part)
        layout: Doc = getattr(self, part.rule, self.phrase)(part)
        return layout

    def leaf(self, token: Token) -> Text:
        """Return a token with what stands around it."""
        return Text(token.text, self.trivia.of(token))

    def apart(self, part: Part) -> bool:
        """Say whether a blank line stands before a part."""
        token = first(part)
        return token is not None and self.trivia.of(token).apart

    def phrase(self, node: Node) -> Doc:
        """Return parts side by side, with spaces where they belong."""
        return self.words(node.rule, node.parts)

    def words(self, rule: str, parts: Sequence[Part]) -> Doc:
        """Return parts side by side. A string after the first word may begin a line."""
        found: list[Doc] = []
        previous: Token | None = None
        place = 0
        while place < len(parts):
            part = parts[place]
            begun = first(part)
            if begun is None:
                place += 1
                continue
            space = "" if previous is None else _space(rule, previous, part, begun)
            end = place + 1
            if isinstance(part, Token) and part.text in CLOSING:
                end = _closed(parts, place)
                layout = self.bracket(rule, parts[place:end])
                previous = last(parts[end - 1])
            else:
                layout = self.lay(part)
                previous = last(part)
            if found and isinstance(part, Node) and part.rule == "text":
                layout = Group(Indent(Join([Line(space), layout])))
            elif space:
                found.append(Text(space))
            found.append(layout)
            place = end
        return Join(found)

    def bracket(self, rule: str, parts: Sequence[Part]) -> Doc:
        """Return brackets and what is between them; `parts` are all of it."""
        opening, inner, closing = token_at(parts, 0), parts[1:-1], token_at(parts, -1)
        items = list(separated(inner))
        remarks, close = self.closed(closing)
        pad = " " if opening.text == "{" and items else ""
        if not items and not remarks:
            return Join([self.leaf(opening), close])
        found: list[Doc] = []
        fills = rule != "map" and all(short(item) for item, _ in items)
        for place, (item, comma) in enumerate(items):
            line = Line(" " if place else pad, blank=place > 0 and not fills and self.apart(item[0]))
            layout = self.words(rule, item)
            ends = place == len(items) - 1
            if ends:
                ending = self.ending(comma, fills or rule in ONE or _comprehends(item))
            else:
                ending = self.leaf(comma) if comma else Text("")
            whole = Join([line, layout, ending])
            found.append(Group(whole) if fills and place else whole)
        return Group(
            Join(
                [
                    self.leaf(opening),
                    Indent(Join([*found, *self.remarked(remarks)])),
                    Line(pad),
                    close,
                ]
            ),
            broken=rule == "map" and bool(items) and self.expanded(inner[0]),
        )

    def closed(self, closing: Token) -> tuple[list[Above], Text]:
        """Return the comments before a closing bracket, and the bracket without them."""
        around = self.trivia.of(closing)
        return around.before, Text(closing.text, Around(after=around.after))

    def remarked(self, remarks: list[Above], *, begins: bool = False) -> list[Doc]:
        """Return the lines of comments before a closing bracket."""
        if not remarks:
            return []
        return [Line(blank=remarks[0].blank, always=True, begins=begins), Remarks(remarks)]

    def ending(self, comma: Token | None, single: bool) -> Doc:
        """Return what stands after the last item: a comma if the closing bracket is on another line."""
        around = self.trivia.of(comma) if comma else NOTHING
        return Text("", around) if single else Switch("", ",", around)

    def expanded(self, part: Part) -> bool:
        """Say whether the first part of a block has a line of its own: then so it stays."""
        token = first(part)
        return token is not None and self.trivia.of(token).own_line


def token_at(parts: Sequence[Part], place: int) -> Token:
    """Return a part that the grammar says is a token."""
    return cast("Token", parts[place])


def separated(parts: Sequence[Part]) -> Iterator[tuple[list[Part], Token | None]]:
    """Yield the items of a list, each with the comma after it."""
    item: list[Part] = []
    for part in _flat(parts):
        if isinstance(part, Token) and part.text == ",":
            yield item, part
            item = []
        else:
            item.append(part)
    if item:
        yield item, None


def _flat(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Node) and part.rule == "arguments":
            yield from part.parts
        else:
            yield part


def _closed(parts: Sequence[Part], place: int) -> int:
    """Return where the bracket at a place is closed, and one."""
    closing = CLOSING[token_at(parts, place).text]
    return next(
        number
        for number, part in enumerate(parts[place:], place + 1)
        if isinstance(part, Token) and part.text == closing
    )


def _space(rule: str, previous: Token, part: Part, begun: Token) -> str:
    """Return what stands between a token and the part after it."""
    if begun.text in NO_SPACE_BEFORE or previous.text in NO_SPACE_AFTER:
        return ""
    if rule in NAMED and "=" in (previous.text, begun.text):
        return ""
    if rule in NEGATED and previous.text == "-":
        return ""
    if begun is part and begun.text in ("(", "[") and previous.text not in APART:
        return ""
    return "  " if previous.type == "INPUT" and rule == "input" else " "


def _comprehends(item: Sequence[Part]) -> bool:
    return any(isinstance(part, Node) and part.rule == "each" for part in item)


def short(item: Sequence[Part]) -> bool:
    """Say whether an item is one short word or number."""
    found = list(item)
    while (
        len(found) == 1
        and isinstance(found[0], Node)
        and found[0].rule in (*ATOMS, "argument", "call_argument")
    ):
        found = list(found[0].parts)
    tokens = [part for part in found if isinstance(part, Token)]
    return len(tokens) == len(found) <= 5 and sum(len(token.text) for token in tokens) <= SHORT
