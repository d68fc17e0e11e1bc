"""Syntax tree to model: every name bound, every type known, every value read.

    resolve(file, source, diagnostics) -> Resolved(module, origins)

What is wrong is reported where it is written and left out, so the model may be smaller than the file; it is
whole when nothing was reported. `check` then proves what a model alone cannot promise.

Declarations are read in passes, because names may be used before they are declared: each pass finds in
`scope` what the earlier ones made. A file's declarations keep the order of the source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.resolve import annotated, pipelines, programs, resources, spaces, types
from mlsig_compiler.resolve.library import Exports, Library
from mlsig_compiler.resolve.programs import providers, tools
from mlsig_compiler.resolve.records import enums, extending, fields, proofs, schemas, signatures
from mlsig_compiler.resolve.scope import Origins, Scope
from mlsig_compiler.resolve.spaces import fragments, serving
from mlsig_compiler.resolve.types import aliases, unions
from mlsig_compiler.resolve.values import defaults
from mlsig_compiler.source import Source

__all__ = ["Exports", "Library", "Origins", "Resolved", "resolve"]

Pass: TypeAlias = Callable[[Scope], None]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The model of a file, and the piece of syntax that each of its nodes came from.

    `imported` has what its imports mean, by local name, and `served` the providers that its variables can
    choose, by their own.
    """

    module: model.Module
    origins: Origins
    exports: Exports
    imported: dict[str, model.Declaration] = field(default_factory=dict[str, model.Declaration])
    served: dict[str, model.Provider] = field(default_factory=dict[str, model.Provider])


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
            model.Import(module=found.module, name=found.name, local=local, kind=found.kind, span=found.span)
            for local, found in scope.imported.items()
        ),
    )
    unknown = (name for name in scope.syntax if name not in declarations)
    poisoned = (scope.poisoned | scope.incomplete).union(unknown)
    imports = {local: (found.module, found.name) for local, found in scope.imported.items()}
    exports = Exports(source.module, declarations, frozenset(poisoned), imports, scope.open)
    imported = {local: found.declaration for local, found in scope.imported.items()}
    return Resolved(module, scope.origins, exports, imported, scope.served)


# The passes, in their order


def _imports(scope: Scope) -> None:
    for node in scope.file.imports:
        annotated.read(node.annotations, "import", scope)


def _enums(scope: Scope) -> None:
    for node in scope.of(syntax.Enum):
        made = enums.enum(node, scope)
        scope.enums[made.name] = made
        scope.make(node, made)


def _aliases(scope: Scope) -> None:
    for node in scope.of(syntax.Alias):
        type_ = aliases.type_of(node.head.name.text, scope, types.read)
        scope.make(node, aliases.alias(node, type_, scope))


def _fields(scope: Scope) -> None:
    """Read the types of all fields before any value, which may be a record of a schema further down."""
    extending.find_bases(scope)
    every: dict[str, tuple[model.Field, ...]] = {}
    left = extending.LARGEST
    for node in extending.in_order(scope):
        name = node.head.name.text
        inherited = extending.inherited(node, every, scope)
        left, inherited = left - len(inherited), extending.within(inherited, left, node, scope)
        nodes = [member for member in node.members if isinstance(member, syntax.Field)]
        scope.pairs[name] = fields.read(nodes, inherited, scope)
        every[name] = (*inherited, *(field for _, field in scope.pairs[name]))
        if isinstance(node, syntax.Schema):
            scope.schemas[name] = every[name]
            if extending.is_open(node, scope):
                scope.opened.add(name)


def _providers(scope: Scope) -> None:
    for node in scope.of(syntax.Provider):
        made = providers.read(node, scope)
        scope.providers[made.name] = made
        scope.make(node, made)


def _records(scope: Scope) -> None:
    for node in extending.in_order(scope):
        if isinstance(node, syntax.Schema):
            scope.make(node, schemas.schema(node, scope))
        else:
            scope.make(node, signatures.signature(node, scope))


def _tools(scope: Scope) -> None:
    for node in scope.of(syntax.Tool):
        scope.make(node, tools.read(node, scope))


def _programs(scope: Scope) -> None:
    for node in scope.of(syntax.Program):
        scope.make(node, programs.read(node, scope))


PASSES: Final[tuple[Pass, ...]] = (
    _imports,
    _enums,
    _aliases,
    _fields,
    _providers,
    serving.read_all,
    resources.read_all,
    fragments.read_all,
    spaces.read_all,
    _records,
    _tools,
    _programs,
    pipelines.read_all,
    unions.check_apart,
    defaults.check,
    proofs.check,
)
