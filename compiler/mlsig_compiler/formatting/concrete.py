"""A text as a concrete tree: each rule of the grammar that was used, and each token under it.

    "x: int"  ->  Node("field", [Node("member_name", [x]), :, Node("simple_type", [...])])

The parser's own machine makes it, with the same tables: here every rule takes every value, and every token
is kept. Rules whose name begins with `_` leave no node. Chains that lean to the left (`a + b + c`,
`a.b[0]`) are one node, so that the depth of a tree is that of its brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

from mlsig_compiler.parse import tables
from mlsig_compiler.parse.machine import Machine, Token
from mlsig_compiler.source import Span
from mlsig_compiler.syntax import Comment

Part: TypeAlias = "Node | Token"

POSTFIX: Final = frozenset({"attribute", "index", "apply"})
# A rule that leans to the left, and what its first part may be to become one with it.
LEANING: Final = {"sum": frozenset({"sum"}), **dict.fromkeys(POSTFIX, POSTFIX)}


class Node:
    """A rule of the grammar and its parts; `depth` counts the nodes on the longest way down."""

    __slots__ = ("depth", "parts", "rule")

    def __init__(self, rule: str, parts: list[Part]) -> None:
        self.rule: str = rule
        self.parts = parts
        self.depth: int = 1 + max((part.depth for part in parts if isinstance(part, Node)), default=0)


def read(text: str) -> tuple[Node, list[Comment]]:
    """Return the tree of a text that is right, and its comments.

    Raises:
        Fault: The text is not right.
    """
    comments: list[Comment] = []
    node: Node = machine().parse("file", text, Span(0, len(text)), comments)
    return node, comments


@lru_cache(maxsize=1)
def machine() -> Machine:
    """Return the machine that makes concrete trees."""
    stored = tables.load()
    names = ("" if rule.name else rule.origin for rule in stored.rules)
    # an expression is what its only part is
    single = {rule.origin for rule in stored.rules if rule.single}
    rules = [
        rule._replace(name=rule.name or hidden, takes=list(range(rule.size)), single=False)
        for rule, hidden in zip(stored.rules, names, strict=True)
    ]
    kept = {*stored.spellings, *stored.patterns}
    return Machine(stored._replace(rules=rules, kept=sorted(kept)), _Builder(single))


class _Builder:
    """Makes a node of any rule."""

    def __init__(self, single: set[str]) -> None:
        self.single = single

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Part]:
        leaning = LEANING.get(rule, frozenset())
        single = rule in self.single

        def build(values: list[Any]) -> Part:
            parts = _spliced(values, leaning)
            if single and len(parts) == 1:
                return parts[0]
            return Node(rule, parts)

        return build


def _spliced(values: list[Any], leaning: frozenset[str]) -> list[Part]:
    """Return parts with those of hidden nodes in their places; the list of a first one grows in place."""
    parts: list[Part] = []
    for place, value in enumerate(values):
        if isinstance(value, Node) and (value.rule[0] == "_" or (not place and value.rule in leaning)):
            if parts:
                parts += value.parts
            else:
                parts = value.parts
        else:
            parts.append(value)
    return parts


def leaves(node: Part) -> Iterator[Token]:
    """Yield the tokens of a tree, in their order."""
    waiting: list[Part] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Node):
            waiting += reversed(part.parts)
        else:
            yield part


def first(part: Part) -> Token | None:
    """Return the first token of a part, if it has any."""
    return next(leaves(part), None)


def last(part: Part) -> Token | None:
    """Return the last token of a part, if it has any."""
    if not isinstance(part, Node):
        return part
    for inner in reversed(part.parts):
        found = last(inner)
        if found is not None:
            return found
    return None
