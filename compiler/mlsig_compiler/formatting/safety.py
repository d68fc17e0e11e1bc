"""Whether two texts say the same: the same tree, wherever it stands, and the same comments in their order."""

from __future__ import annotations

from typing import Any

from mlsig_compiler import syntax
from mlsig_compiler.source import Span


def same(one: syntax.File, other: syntax.File) -> bool:
    """Say whether two files say the same."""
    if [_said(comment) for comment in one.comments] != [_said(comment) for comment in other.comments]:
        return False
    waiting: list[tuple[Any, Any]] = [(one._replace(comments=()), other._replace(comments=()))]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, Span):
            continue
        if issubclass(type(left), tuple):  # nodes are named tuples
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _said(comment: syntax.Comment) -> str:
    return comment.text.rstrip(" \t")
