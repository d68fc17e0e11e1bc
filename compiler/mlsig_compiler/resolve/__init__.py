"""Syntax tree to model: every name bound, every type known, every value read.

    resolve(file, source, diagnostics) -> Resolved(module, origins)

What is wrong is reported where it is written and left out, so the model may be smaller than the file; it is
whole when nothing was reported. `check` then proves what a model alone cannot promise.

Declarations are read in passes, because names may be used before they are declared: each pass finds in
`scope` what the earlier ones made. A file's declarations keep the order of the source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve import programs, providers, records, spaces
from mlsig_compiler.resolve.library import Exports, Library
from mlsig_compiler.resolve.scope import KIND_OF, Origins, Scope
from mlsig_compiler.source import Source

__all__ = ["Exports", "Library", "Origins", "Resolved", "resolve"]

Pass: TypeAlias = Callable[[Scope], None]


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
    for read in PASSES:
        read(scope)
    declarations = {name: scope.made[name] for name in scope.syntax if name in scope.made}
    module = model.Module(
        name=source.module,
        declarations=tuple(declarations.values()),
        imports=tuple(
            model.Import(module=found.module, name=found.name, local=local, kind=found.kind)
            for local, found in scope.imported.items()
        ),
    )
    poisoned = frozenset(name for name in scope.syntax if name not in declarations)
    return Resolved(module, scope.origins, Exports(source.module, declarations, poisoned, scope.open))


# The passes, in their order


def _enums(scope: Scope) -> None:
    for node in scope.of(syntax.Enum):
        made = records.enum(node, scope)
        scope.enums[made.name] = made
        scope.make(node, made)


def _aliases(scope: Scope) -> None:
    _later(scope, syntax.Alias)


def _fields(scope: Scope) -> None:
    """Read the types of all fields before any value, which may be a record of a schema further down."""
    for node in scope.declarations():
        if isinstance(node, syntax.Schema | syntax.Signature):
            name = node.head.name.text
            nodes = [member for member in node.members if isinstance(member, syntax.Field)]
            scope.pairs[name] = records.fields(nodes, scope)
            if isinstance(node, syntax.Schema):
                scope.schemas[name] = tuple(field for _, field in scope.pairs[name])


def _providers(scope: Scope) -> None:
    for node in scope.of(syntax.Provider):
        made = providers.read(node, scope)
        scope.providers[made.name] = made
        scope.make(node, made)


def _spaces(scope: Scope) -> None:
    _later(scope, syntax.Fragment)
    for node in scope.of(syntax.Space):
        scope.make(node, spaces.read(node, scope))


def _records(scope: Scope) -> None:
    for node in scope.declarations():
        if isinstance(node, syntax.Schema):
            scope.make(node, _schema(node, scope))
        elif isinstance(node, syntax.Signature):
            scope.make(node, records.signature(node, scope.pairs[node.head.name.text], scope))


def _tools(scope: Scope) -> None:
    _later(scope, syntax.Tool)


def _programs(scope: Scope) -> None:
    for node in scope.of(syntax.Program):
        scope.make(node, programs.read(node, scope))


def _pipelines(scope: Scope) -> None:
    _later(scope, syntax.Pipeline)


def _resources(scope: Scope) -> None:
    _later(scope, syntax.Resource)


PASSES: Final[tuple[Pass, ...]] = (
    _enums,
    _aliases,
    _fields,
    _providers,
    _spaces,
    _records,
    _tools,
    _programs,
    _pipelines,
    _resources,
)


def _schema(node: syntax.Schema, scope: Scope) -> model.Schema:
    for member in node.members:
        if not isinstance(member, syntax.Field):
            scope.unsupported("this member of a schema", member.span)
    head = node.head
    fields = records.with_defaults(scope.pairs[head.name.text], scope)
    return model.Schema(
        name=head.name.text, fields=fields, description=records.text(head.description), span=head.name.span
    )


def _later(scope: Scope, kind: type[syntax.Declaration]) -> None:
    for node in scope.of(kind):
        scope.unsupported(f"`{KIND_OF[kind]}`", node.head.name.span)
