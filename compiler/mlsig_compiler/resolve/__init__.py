"""Syntax tree to model: every name bound, every type known, every value read.

    resolve(file, source, diagnostics) -> Resolved(module, origins)

What is wrong is reported where it is written and left out, so the model may be smaller than the file; it is
whole when nothing was reported. `check` then proves what a model alone cannot promise.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve import programs, providers, records, spaces
from mlsig_compiler.resolve.library import Exports, Library
from mlsig_compiler.resolve.scope import KIND_OF, Origins, Scope
from mlsig_compiler.source import Source

__all__ = ["Exports", "Library", "Origins", "Resolved", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The model of a file, and the piece of syntax that each of its nodes came from."""

    module: model.Module
    origins: Origins
    exports: Exports


def resolve(
    file: syntax.File, source: Source, diagnostics: Diagnostics, library: Library | None = None
) -> Resolved:
    """Bind the names of a file; `library` has every module that it imports."""
    scope = Scope(file, source, diagnostics, library)
    nodes = scope.declarations()
    for node in nodes:
        if isinstance(node, syntax.Enum):
            scope.enums[node.head.name.text] = records.enum(node, scope)
    pairs = {id(node): records.fields(_fields(node), scope) for node in nodes}
    for node in nodes:
        if isinstance(node, syntax.Schema):
            scope.schemas[node.head.name.text] = tuple(field for _, field in pairs[id(node)])
        elif isinstance(node, syntax.Provider):
            scope.providers[node.head.name.text] = providers.read(node, scope)
    declarations: list[model.Declaration] = []
    for node in nodes:
        made = _declaration(node, pairs[id(node)], scope)
        if made is not None:
            scope.origins.put(made, node)
            declarations.append(made)
    imports = tuple(
        model.Import(module=found.module, name=found.name, local=local, kind=found.kind)
        for local, found in scope.imported.items()
    )
    module = model.Module(name=source.module, declarations=tuple(declarations), imports=imports)
    known = {node.name for node in declarations}
    poisoned = frozenset(name for name in scope.syntax if name not in known)
    exports = Exports(source.module, {node.name: node for node in declarations}, poisoned, scope.open)
    return Resolved(module, scope.origins, exports)


def _fields(node: syntax.Declaration) -> list[syntax.Field]:
    if isinstance(node, syntax.Schema | syntax.Signature):
        return [member for member in node.members if isinstance(member, syntax.Field)]
    return []


def _declaration(
    node: syntax.Declaration, pairs: list[tuple[syntax.Field, model.Field]], scope: Scope
) -> model.Declaration | None:
    match node:
        case syntax.Enum():
            return scope.enums[node.head.name.text]
        case syntax.Schema():
            return _schema(node, pairs, scope)
        case syntax.Signature():
            return records.signature(node, pairs, scope)
        case syntax.Space():
            return spaces.read(node, scope)
        case syntax.Provider():
            return scope.providers[node.head.name.text]
        case syntax.Program():
            return programs.read(node, scope)
        case _:
            scope.unsupported(f"`{KIND_OF[type(node)]}`", node.head.name.span)
            return None


def _schema(node: syntax.Schema, pairs: list[tuple[syntax.Field, model.Field]], scope: Scope) -> model.Schema:
    for member in node.members:
        if not isinstance(member, syntax.Field):
            scope.unsupported("this member of a schema", member.span)
    head = node.head
    fields = records.with_defaults(pairs, scope)
    return model.Schema(
        name=head.name.text, fields=fields, description=records.text(head.description), span=head.name.span
    )
