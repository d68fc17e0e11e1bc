"""Types as they are written."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from mlsig_compiler.source import Span
from mlsig_compiler.syntax.values import Argument, Literal
from mlsig_compiler.syntax.words import Name


class TypeName(NamedTuple):
    """`str(max_length=8)`, `list[T](unique)`, `Passage`; also the kind of a variable: `choice("a", "b")`."""

    name: Name
    items: tuple[Type, ...]
    arguments: tuple[Argument, ...]
    span: Span


class OptionalType(NamedTuple):
    """`T?`."""

    type: Type
    span: Span


class UnionType(NamedTuple):
    """`A | B`."""

    options: tuple[Type, ...]
    span: Span


Type: TypeAlias = TypeName | OptionalType | UnionType | Literal
