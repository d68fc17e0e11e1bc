"""Names, texts and numbers; and what a file that is being made knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.source import Span

HERE = Span(0, 0)
NAMES = [
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "input", "output", "tune", "when", "var", "type"),
    *(
        "choice",
        "weight",
        "limits",
        "example",
        "enum",
        "date",
        "list_",
        "A1",
        "x_y",
        "Ready",
        "forbid",
        "text",
    ),
]
words = st.text(st.characters(codec="utf-8"), max_size=12)
descriptions = st.one_of(st.just(""), words.filter(bool))
said = words.filter(str.strip)
maybe_said = st.none() | said
integers = st.integers(-(2**63) + 1, 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), integers, floats, words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def names(least: int, most: int, taken: set[str] | None = None) -> st.SearchStrategy[list[str]]:
    free = [name for name in NAMES if name not in (taken or ())]
    return st.lists(st.sampled_from(free), min_size=min(least, len(free)), max_size=most, unique=True)


@dataclass
class Known:
    """A declaration that a file can mention, by its name there."""

    local: str
    module: str
    node: Any


@dataclass
class World:
    """What a file that is being made knows, and the values of the schemas of all files."""

    module: str
    prefix: str = ""  # of the names of its declarations, so that others can import them as they are
    known: list[Known] = field(default_factory=list[Known])
    values: dict[tuple[str, str], st.SearchStrategy[Any] | None] = field(
        default_factory=dict[tuple[str, str], "st.SearchStrategy[Any] | None"]
    )
    declarations: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    imports: list[model.Import] = field(default_factory=list[model.Import])
    others: list[model.Module] = field(default_factory=list[model.Module])

    def so_far(self) -> model.Module:
        """Return the file as far as it is made."""
        own = tuple(known.node for known in self.known if known.module == self.module)
        return model.Module(name=self.module, declarations=own, imports=tuple(self.imports))

    def spelt(self, condition: model.Expr, named: frozenset[str] = frozenset()) -> str:
        """Return a condition as it is written in the file."""
        from compiler.printing import Printer  # noqa: PLC0415  (which needs HERE)

        printer = Printer(self.so_far(), self.others, Random(0))
        return " ".join(printer.expression(condition, named).split())

    def sayable(self, type_: model.Type) -> bool:
        """Say whether a type can be written in the file."""
        from compiler.printing import Printer  # noqa: PLC0415  (which needs HERE)

        return Printer(self.so_far(), self.others, Random(0)).sayable(type_)

    def named(self, type_: model.Type) -> bool:
        """Say whether the file has a name for an enum; other types need none."""
        wanted = (type_.module, type_.name) if isinstance(type_, model.EnumType) else None
        return wanted is None or any((each.module, each.node.name) == wanted for each in self.known)

    def take(self, module: str, node: Any, local: str, kind: str) -> None:
        """Import a declaration of another file."""
        self.imports.append(model.Import(module=module, name=node.name, local=local, kind=kind, span=HERE))
        self.known.append(Known(local, module, node))

    def of(self, kind: type) -> list[Known]:
        return [known for known in self.known if isinstance(known.node, kind)]

    def add(self, node: Any) -> None:
        self.known.append(Known(node.name, self.module, node))
        self.declarations[self.module, node.name] = node

    def origin(self, module: str, local: str) -> Known | None:
        """Return what a name of another file means."""
        for other in self.others:
            for found in other.imports if other.name == module else ():
                if found.local == local:
                    return Known(local, found.module, self.declarations[found.module, found.name])
            if other.name == module:
                return Known(local, module, self.declarations[module, local])
        return None

    def fields(self, type_: model.SchemaType) -> tuple[model.Field, ...]:
        return self.declarations[type_.module, type_.name].fields

    def members(self, type_: model.EnumType) -> list[model.EnumMember]:
        node = self.declarations[type_.module, type_.name]
        return [model.EnumMember(type_.name, member.name, type_.module) for member in node.members]
