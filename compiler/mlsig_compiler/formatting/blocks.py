"""Declarations and their members: a line each, two spaces to the right of what holds them.

Settings, members of an enum and transitions may share lines, with commas between them, as they were
written. So may a block of one member with its brackets. Everything else has a line of its own.
"""

# ruff: noqa: D102  (the rules of the grammar say what each method lays out)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mlsig_compiler.formatting.concrete import Node, Part, leaves
from mlsig_compiler.formatting.documents import (
    Described,
    Doc,
    Group,
    Indent,
    Join,
    Line,
    Switch,
    Tab,
    Text,
)
from mlsig_compiler.formatting.expressions import Expressions
from mlsig_compiler.formatting.phrases import token_at
from mlsig_compiler.formatting.rows import WIDTH, printed
from mlsig_compiler.formatting.trivia import NOTHING, Above
from mlsig_compiler.parse.machine import Token

SILENCES: Final = re.compile(r"#\s*mlsig\s*:\s*ignore\b", re.IGNORECASE)
# A line of a member that is no longer than this fits wherever it stands.
SURE: Final = WIDTH - 8


class Blocks(Expressions):
    """Rules of declarations and members."""

    def member(self, node: Node) -> Doc:
        """Return a member, whose description stands in a column if nothing follows it."""
        *parts, ending = node.parts
        if not (parts and isinstance(ending, Node) and ending.rule == "text"):
            return self.phrase(node)
        return Join([self.words(node.rule, parts), Described(self.described(ending))])

    alias = field = check = transform = tune = input = output = var = override = composite = member
    constraint = forbid = prefer = fragment = metric = attribute_ = belongs_to = has_many = member
    calculate = hook = signature_string = member

    def called(self, node: Node) -> Doc:
        """Return a member that Python does: what does it may begin a line."""
        place = next(
            number for number, part in enumerate(node.parts) if isinstance(part, Token) and part.text == "="
        )
        value = self.words(node.rule, node.parts[place : place + 2])
        found: list[Doc] = [self.words(node.rule, node.parts[:place]), Group(Indent(Join([Line(), value])))]
        found += [
            Described(self.described(part)) for part in node.parts[place + 2 :] if isinstance(part, Node)
        ]
        return Join(found)

    tool = action = called

    def described(self, node: Node) -> Text:
        return self.leaf(token_at(node.parts, 0))

    def objective(self, node: Node) -> Doc:
        word, name, *weight = node.parts
        found: list[Doc] = [self.words(node.rule, [word, name])]
        if weight:
            found += [Tab("weight"), self.words(node.rule, weight)]
        return Join(found)

    def step(self, node: Node) -> Doc:
        name, equals, value, *options = node.parts
        return Join([self.lay(name), Tab("="), self.words(node.rule, [equals, value]), self.options(options)])

    def return_(self, node: Node) -> Doc:
        word, value, *options = node.parts
        return Join([self.words(node.rule, [word, value]), self.options(options)])

    def options(self, parts: Sequence[Part]) -> Doc:
        return Join([Tab("option", 2), self.words("options", parts)] if parts else [])

    def hoist(self, part: Node) -> None:
        """Put a comment that silences findings above a member of several lines: it is about the first one."""
        tokens = list(leaves(part))
        ended = self.trivia.of(tokens[-1]) if tokens else NOTHING
        if not SILENCES.match(ended.after) or tokens[-1].text == "}":
            return
        inside = any(self.trivia.of(token).before for token in tokens[1:])
        inside |= any(self.trivia.of(token).after for token in tokens[:-1])
        rows = printed(self.lay(part))
        if inside or (len(rows) == 1 and len(rows[0].text) <= SURE):
            return
        begun = self.trivia.of(tokens[0])
        above = [*begun.before, Above(ended.after, begun.blank)]
        ended.after = ""
        start = tokens[0].span.start
        self.trivia.around[start] = replace(self.trivia.of(tokens[0]), before=above, blank=False)

    # Blocks

    def block(self, node: Node) -> Doc:
        """Return a block whose members have a line each."""
        start, inner, end = _opened(node)
        one = len(inner) == 1 and not self.expanded(inner[0])
        lines: list[Doc] = []
        for place, part in enumerate(inner):
            self.hoist(part)
            below = place > 0 and not _annotates(inner[place - 1])
            blank = below and self.apart(part)
            lines += [Line(blank=blank, always=not one, begins=True), self.lay(part)]
        return self.braced(node, start, lines, end, _after(node, end))

    schema = signature = space = group = provider = program = pipeline = resource = branches = block

    def items(self, node: Node) -> Doc:
        """Return a block whose items may share lines, with commas between them."""
        start, inner, end = _opened(node)
        lines = self.shared(inner)
        one = len(lines) == 1 and not self.expanded(inner[0])
        found: list[Doc] = []
        for place, line in enumerate(lines):
            blank = place > 0 and not _annotates(lines[place - 1][-1]) and self.apart(line[0])
            row: list[Doc] = []
            for number, part in enumerate(line, 1):
                ending = "," if number < len(line) else ""
                comma = _comma(part)
                around = self.trivia.of(comma) if comma else NOTHING
                row += [self.item(part), Switch(ending, "", around) if ending else Text("", around)]
                row += [Line(begins=True)] if ending else []
            found += [
                Line(blank=blank, always=not one, begins=True),
                Group(Join(row)) if len(line) > 1 else Join(row),
            ]
        return self.braced(node, start, found, end, _after(node, end))

    def shared(self, parts: Sequence[Node]) -> list[list[Node]]:
        """Return items by the lines that they share; an annotation shares none."""
        lines: list[list[Node]] = []
        for place, part in enumerate(parts):
            if place and not (self.expanded(part) or _annotates(part) or _annotates(parts[place - 1])):
                lines[-1].append(part)
            else:
                lines.append([part])
        return lines

    enum = limits = model = transitions = items

    def item(self, part: Node) -> Doc:
        """Return an item without its comma."""
        return self.member(Node(part.rule, part.parts[:-1])) if _comma(part) else self.lay(part)

    enum_member = transition = member

    def setting(self, node: Node) -> Doc:
        comma = _comma(node)
        return Join([self.item(node), Text("", self.trivia.of(comma))]) if comma else self.member(node)

    def braced(
        self, node: Node, start: Sequence[Part], lines: Sequence[Doc], end: Token, after: Sequence[Part]
    ) -> Doc:
        """Return a head, the lines of a body, and what follows it."""
        head = start[:-1]
        opening = token_at(start, -1)
        remarks, close = self.closed(end)
        begin = [self.words(node.rule, head), Text(" ")] if head else []
        ending: list[Doc] = [Described(self.described(part)) for part in after if isinstance(part, Node)]
        if not lines and not remarks:
            return Join([*begin, self.leaf(opening), close, *ending])
        body = Join([*lines, *self.remarked(remarks, begins=True)])
        group = Group(Join([self.leaf(opening), Indent(body), Line(), close]))
        return Join([*begin, group, *ending])


def _opened(node: Node) -> tuple[list[Part], list[Node], Token]:
    """Return a block's head with its bracket, its members, and the bracket that closes it."""
    start = next(
        number for number, part in enumerate(node.parts, 1) if isinstance(part, Token) and part.text == "{"
    )
    stop = max(
        number for number, part in enumerate(node.parts) if isinstance(part, Token) and part.text == "}"
    )
    inner = [part for part in node.parts[start:stop] if isinstance(part, Node)]
    return node.parts[:start], inner, token_at(node.parts, stop)


def _after(node: Node, end: Token) -> list[Part]:
    """Return what follows the bracket that closes a block: a description, if anything."""
    return node.parts[node.parts.index(end) + 1 :]


def _annotates(part: Part) -> bool:
    return isinstance(part, Node) and part.rule == "annotation"


def _comma(part: Part) -> Token | None:
    """Return the comma that ends an item, if one does."""
    ending = part.parts[-1] if isinstance(part, Node) else None
    return ending if isinstance(ending, Token) and ending.text == "," else None
