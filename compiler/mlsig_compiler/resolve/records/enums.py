"""Enums: their members, each once."""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import annotated
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span


def enum(node: syntax.Enum, scope: Scope) -> model.Enum:
    """Return an enum."""
    said = annotated.read(node.annotations, "enum", scope)
    first: dict[str, Span] = {}
    members: list[model.Member] = []
    for member in node.members:
        name = member.name
        here = annotated.read(member.annotations, "member", scope)
        if name.text in first:
            scope.twice(name, first[name.text], f"member `{name.text}`")
            continue
        first[name.text] = name.span
        members.append(model.Member(name.text, text(member.description), name.span, here.deprecated))
    head = node.head
    return model.Enum(head.name.text, tuple(members), text(head.description), head.name.span, said.deprecated)
