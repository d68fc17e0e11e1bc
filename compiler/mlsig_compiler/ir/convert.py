"""The model as a document.

    document(modules, requested=["qa"]) -> Document(version=1, modules=(…))

Every class of the model has one here, with the same attributes except where `SPECIAL` says otherwise; so a
class or attribute that the model gains and the document lacks is an error at once, not a silent gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any, Final, cast

from mlsig_compiler import model
from mlsig_compiler.ir.counterparts import COUNTERPARTS, KINDS
from mlsig_compiler.ir.expressions import Compared
from mlsig_compiler.ir.module import Document, Module
from mlsig_compiler.ir.node import Place, Placed
from mlsig_compiler.ir.values import SAFE, Default, EnumMember, EnvRef, LargeInteger, MapValue
from mlsig_compiler.source import Source, Span

Sources = Callable[[str], Source | None]


def document(
    modules: Sequence[model.Module], requested: Iterable[str], sources: Sources, *, places: bool = True
) -> Document:
    """Return the document of modules, each of which stands after those that it imports."""
    owners: dict[int, str] = {}
    made = tuple(Converter(module, sources(module.name), owners, places).module() for module in modules)
    return Document(version=1, requested=tuple(requested), modules=made)


class Converter:
    """Converts one module.

    What a declaration takes over from another file is mostly the very node of that file, so `owners` tells by
    the identity of a node which module it was written in; places are given only in their own file.
    """

    def __init__(
        self, module: model.Module, source: Source | None, owners: dict[int, str], places: bool
    ) -> None:
        self._module = module
        self._source = source
        self._owners = owners
        self._places = places
        self._foreign = False

    def module(self) -> Any:
        """Return the module's part of the document."""
        path = self._source.path.as_posix() if self._source else ""
        return Module(path=path, **self._attributes(self._module))

    def node(self, node: Any) -> Any:
        """Return the counterpart of anything that a model consists of."""
        original: Any = cast("Any", type(node))
        if original is tuple:
            return tuple(map(self.node, node))
        if original is dict:
            return {key: self.node(value) for key, value in node.items()}
        counterpart = COUNTERPARTS.get(original)
        if counterpart is None:
            return value(node)
        before = self._foreign
        placed = issubclass(counterpart, Placed)
        self._foreign = before or (placed and self._elsewhere(node))
        said = self._attributes(node)
        if original in KINDS:
            said["kind"] = KINDS[original]
        if placed:
            said["place"] = self._place(node)
        self._foreign = before
        return counterpart(**said)

    def _attributes(self, node: Any) -> dict[str, Any]:
        special: dict[str, Callable[[Converter, Any], Any]] = SPECIAL.get(cast("Any", type(node)), {})
        return {
            each.name: special[each.name](self, getattr(node, each.name))
            if each.name in special
            else self.node(getattr(node, each.name))
            for each in fields(node)
            if each.name != "span"
        }

    def _place(self, node: Any) -> Place | None:
        if not self._places or self._source is None or self._foreign:
            return None
        return place(node.span, self._source)

    def _elsewhere(self, node: Any) -> bool:
        """Say whether a node that has a span was written in another file."""
        if self._owners.setdefault(id(node), self._module.name) != self._module.name:
            return True
        if self._source is None:
            return False
        written = self._source.text[node.span.start : node.span.end]
        match node:
            # What is taken over and changed, such as a variable in a group, is a new node with an old span.
            case model.Variable() | model.Composite() | model.Field():
                return written != node.name
            case model.Constraint() | model.Preference():
                return " ".join(written.split()) != node.text
            case _:
                return False


def place(span: Span, source: Source) -> Place:
    """Return a span as lines and columns."""
    start, end = source.position(span.start), source.position(span.end)
    return Place(line=start.line, column=start.column, end_line=end.line, end_column=end.column)


def value(node: Any) -> Any:
    """Return a value, as JSON where it can be, with a `kind` where it cannot."""
    original: Any = cast("Any", type(node))
    if original is model.EnumMember:
        return EnumMember(kind="enum_member", enum=node.enum, name=node.name, module=node.module)
    if original is model.EnvRef:
        return EnvRef(kind="env", name=node.name, fallback=node.fallback)
    if original is dict:
        return MapValue(kind="map", entries={key: value(item) for key, item in node.items()})
    if original is list:
        return tuple(map(value, node))
    if original is int and abs(node) > SAFE:
        return LargeInteger(kind="integer", digits=str(node))
    return node


def _default(_: Converter, node: Any) -> Default | None:
    return None if isinstance(node, model.Missing) else Default(value=value(node))


def _values(_: Converter, node: dict[str, Any]) -> dict[str, Any]:
    return {key: value(item) for key, item in node.items()}


def _rest(converter: Converter, node: Any) -> tuple[Compared, ...]:
    return tuple(Compared(op=op, operand=converter.node(operand)) for op, operand in node)


# Attributes that the document says in another way than the model.
SPECIAL: Final[dict[type, dict[str, Callable[[Converter, Any], Any]]]] = {
    model.Field: {"default": _default},
    model.ExampleRow: {"inputs": _values, "outputs": _values},
    model.Comparison: {"rest": _rest},
}
