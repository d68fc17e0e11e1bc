"""The order in which the spaces of a file are read: each after those that it extends and includes.

space B extends A { … }   space A { include C }   ->   C, A, B

Spaces that include each other in a circle are reported as the circle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.spaces.groups import flat
from mlsig_compiler.source import Span


@dataclass(slots=True)
class Visit:
    """A space that waits for those that it includes; `where` is where the one before includes it."""

    node: syntax.Space
    needs: Iterator[tuple[str, Span]]
    where: Span


def in_order(scope: Scope) -> list[syntax.Space]:
    """Return the spaces of a file, each after those of the file that it includes; report circles."""
    nodes = {node.head.name.text: node for node in scope.of(syntax.Space)}
    done: dict[str, syntax.Space] = {}
    for first in nodes.values():
        path: dict[str, Visit] = {}
        if first.head.name.text not in done:
            path[first.head.name.text] = Visit(first, _needs(first), first.head.name.span)
        while path:
            name = next(reversed(path))
            need = next(path[name].needs, None)
            if need is None:
                done[name] = path.pop(name).node
            elif need[0] in path:
                _report(need, list(path.values()), scope)
            elif need[0] in nodes and need[0] not in done:
                node = nodes[need[0]]
                path[need[0]] = Visit(node, _needs(node), need[1])
    return list(done.values())


def _needs(node: syntax.Space) -> Iterator[tuple[str, Span]]:
    if node.head.extends is not None:
        yield node.head.extends.text, node.head.extends.span
    for member, _ in flat(node.members):
        if isinstance(member, syntax.Include):
            yield member.reference.path[0], member.reference.span


def _report(need: tuple[str, Span], path: list[Visit], scope: Scope) -> None:
    name, where = need
    names = [visit.node.head.name.text for visit in path]
    circle = path[names.index(name) :]
    shown = " -> ".join([*(visit.node.head.name.text for visit in circle), name])
    if len(circle) == 1:
        scope.report("MLS0516", where, f"`{name}` includes itself", help="delete this")
        return
    labels = tuple(
        Label(visit.where, f"`{before.node.head.name.text}` includes `{visit.node.head.name.text}` here")
        for before, visit in pairwise(circle)
    )
    help = "move what they share to a space that includes none of them"
    message = "these spaces include each other"
    scope.report("MLS0516", where, message, label=shown, labels=labels[:12], help=help)
