"""Two versions of a module, declaration by declaration.

compared(old, new)  ->  [Change(CH204, "qa", "Answer.verdict", …), …]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple, TypeVar

from mlsig_compiler import model
from mlsig_compiler.compat.changes import KINDS, Change, Place
from mlsig_compiler.source import Source, Span


class Version(NamedTuple):
    """A module as it was, or is, and its text."""

    module: model.Module
    source: Source


NodeT = TypeVar("NodeT")


@dataclass(slots=True)
class Pair:
    """Where the changes of one declaration go."""

    old: Version
    new: Version
    name: str
    found: list[Change]

    def note(
        self, code: str, member: str, message: str, *, new: Span | None = None, old: Span | None = None
    ) -> None:
        """Note a change, at its place in the new version, or in the old one if it is gone."""
        place = Place(self.new.source, new) if new is not None else Place(self.old.source, old or Span(0, 0))
        name = f"{self.name}.{member}" if member else self.name
        self.found.append(Change(KINDS[code], self.new.module.name, name, message, place))

    def named(
        self,
        old: Iterable[NodeT],
        new: Iterable[NodeT],
        *,
        gone: str,
        added: Callable[[NodeT], str],
        kept: Callable[[NodeT, NodeT], None],
        what: str,
    ) -> None:
        """Compare things by their names: those that are gone, those that are new, those that stayed."""
        before: dict[str, Any] = {_name(each): each for each in old}
        after: dict[str, Any] = {_name(each): each for each in new}
        for name, each in before.items():
            if name not in after:
                self.note(gone, name, f"{what} `{name}` is gone", old=span_of(each))
            else:
                kept(each, after[name])
        for name, each in after.items():
            if name not in before:
                self.note(added(each), name, f"{what} `{name}` is new", new=span_of(each))


def _name(node: Any) -> str:
    found: str = node.field.name if isinstance(node, model.ResourceAttribute) else node.name
    return found


def span_of(node: Any) -> Span:
    """Return where a node is declared."""
    found: Span = node.field.span if isinstance(node, model.ResourceAttribute) else node.span
    return found


def bare(node: Any) -> Any:
    """Return what a node says: all of it but where it stands."""
    if is_dataclass(node):
        kept = [each.name for each in fields(node) if each.name not in ("span", "text", "description")]
        return (type(node).__name__, *(bare(getattr(node, name)) for name in kept))
    if isinstance(node, list | tuple):
        return [bare(each) for each in node]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(node, dict):
        return {key: bare(each) for key, each in node.items()}  # pyright: ignore[reportUnknownVariableType]
    return type(node).__name__, node if not isinstance(node, model.Missing) else None


def same(one: object, other: object) -> bool:
    """Say whether two nodes say the same."""
    return bool(bare(one) == bare(other))


def compared(old: Mapping[str, Version], new: Mapping[str, Version]) -> list[Change]:
    """Return the changes of all modules, in the order of their names and places."""
    found: list[Change] = []
    for name in sorted({*old, *new}):
        empty = model.Module(name=name, declarations=())
        before = old.get(name) or Version(empty, new[name].source)
        after = new.get(name) or Version(empty, old[name].source)
        found += sorted(
            _declarations(before, after), key=lambda change: (change.place.span, change.kind.code)
        )
    return found


def _declarations(old: Version, new: Version) -> Iterator[Change]:
    from mlsig_compiler.compat.declarations import compare  # noqa: PLC0415  (which imports this module)

    before = {node.name: node for node in old.module.declarations}
    after = {node.name: node for node in new.module.declarations}
    for name, node in before.items():
        found: list[Change] = []
        pair = Pair(old, new, name, found)
        other = after.get(name)
        word = type(node).__name__.lower()
        if other is None:
            pair.note("CH101", "", f"the {word} `{name}` is gone", old=node.span)
        elif type(other) is not type(node):
            message = f"`{name}` was a {word}, and is a {type(other).__name__.lower()}"
            pair.note("CH103", "", message, new=other.span)
        else:
            deprecated: str | None = getattr(other, "deprecated", None)
            if deprecated is not None and getattr(node, "deprecated", None) is None:
                pair.note("CH104", "", f"`{name}` has become deprecated: {deprecated}", new=other.span)
            compare(pair, node, other)
        yield from found
    for name, node in after.items():
        if name not in before:
            pair = Pair(old, new, name, [])
            pair.note("CH102", "", f"the {type(node).__name__.lower()} `{name}` is new", new=node.span)
            yield from pair.found
