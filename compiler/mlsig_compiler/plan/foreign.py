"""What a module uses of other modules, and cannot take from them yet.

Enums, schemas, signatures, spaces, tools and resources are imported from the modules that are generated for
them (see `linking`), those of `std.resources` from `mlsig.resources.std`. Aliases, fragments, and spaces that
are extended or included are part of the model of whoever uses them. Providers are written again where a
program needs them, and so are spaces of `std`, for which no module is generated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from mlsig_compiler import model
from mlsig_compiler.nodes import nodes
from mlsig_compiler.resolve import Library
from mlsig_compiler.source import Span
from mlsig_compiler.standard import COMPILED, PREFIX


class Missing(NamedTuple):
    """A construct that cannot be generated, and where it is written."""

    what: str
    span: Span


def foreign(module: model.Module, library: Library) -> Iterator[Missing]:
    """Yield what generated code would have to import, where it is imported, each once."""
    places = {(imported.module, imported.name): imported.span for imported in module.imports}
    local = {imported.local: (imported.module, imported.name) for imported in module.imports}
    seen: set[tuple[str, str]] = set()
    yield from _taken(module, library)
    for node in module.declarations:
        for used in _uses(node, module.name, local):
            if used not in seen:
                seen.add(used)
                yield Missing(f"`{used[1]}`", places.get(used, node.span))


def _uses(
    node: model.Declaration, module: str, local: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    if isinstance(node, model.Alias):
        return  # whoever uses it has its type
    called = [node.signature] if isinstance(node, model.Program) else []
    if isinstance(node, model.Pipeline):
        called = [step.callee for step in node.steps if step.callee]
    for name in called:
        taken = local.get(name)
        if taken and taken[0].startswith(PREFIX):
            yield taken
    for inner in nodes(node):
        match inner:
            case model.EnumType() | model.SchemaType() | model.OutputType():
                if not inner.module.startswith(PREFIX) or inner.module in COMPILED:
                    continue
                used = inner.module, inner.name
            case _:
                continue
        if used[0] not in ("", module):
            yield used


def _taken(module: model.Module, library: Library) -> Iterator[Missing]:
    """Yield providers that a program needs, and whose names mean something else in the module."""
    names = {node.name: node for node in module.declarations if not isinstance(node, model.Provider)}
    for name in _used(module, library):
        if name in names:
            yield Missing(f"the provider `{name}`", names[name].span)


def providers(
    module: model.Module, library: Library, modules: Mapping[str, model.Module | None] | None = None
) -> tuple[model.Provider, ...]:
    """Return the providers of other modules that the programs and pipelines of a module can choose."""
    own = {node.name for node in module.declarations}
    wanted = _used(module, library) | _served(module, modules or {})
    missing = [name for name in wanted if name not in own]
    known = _reachable(module, library) if missing else {}
    return tuple(known[name] for name in missing if name in known)


def served(module: model.Module, library: Library) -> dict[str, model.Provider]:
    """Return every provider that the spaces of a module can choose, by name; its own come first."""
    own = {node.name: node for node in module.declarations if isinstance(node, model.Provider)}
    return {**_reachable(module, library), **own}


def inlined(module: model.Module, library: Library) -> tuple[model.Space, ...]:
    """Return the spaces of `std` that programs of a module have, under the names that they have in it."""
    standard = {found.local: found for found in module.imports if found.module.startswith(PREFIX)}
    names = [name for name in dict.fromkeys(_spaces(module)) if name in standard]
    known = searched(module, library)
    return tuple(replace(known[name], name=name) for name in names if name in known)


def searched(module: model.Module, library: Library) -> dict[str, model.Space]:
    """Return the spaces that programs of a module search, by the names that they have in it."""
    found = {node.name: node for node in module.declarations if isinstance(node, model.Space)}
    imported = {node.local: node for node in module.imports}
    for name in _spaces(module):
        if name in imported:
            exports = library.get(imported[name].module)
            node = exports.declarations.get(imported[name].name) if exports else None
            if isinstance(node, model.Space):
                found[name] = node
    return found


def _spaces(module: model.Module) -> Iterator[str]:
    return (node.space for node in module.declarations if isinstance(node, model.Program))


def _used(module: model.Module, library: Library) -> dict[str, None]:
    """Return the names of the providers that programs can choose."""
    spaces = searched(module, library)
    used: dict[str, None] = {}
    for name in _spaces(module):
        if name in spaces:
            used |= dict.fromkeys(chosen(spaces[name]))
    return used


def _served(module: model.Module, modules: Mapping[str, model.Module | None]) -> dict[str, None]:
    """Return the names of the providers that signatures can choose which steps call."""
    imported = {found.local: (found.module, found.name) for found in module.imports}
    used: dict[str, None] = {}
    for node in module.declarations:
        for step in node.steps if isinstance(node, model.Pipeline) else ():
            home, name = imported.get(step.callee or "", (module.name, step.callee or ""))
            found = module if home == module.name else modules.get(home)
            space = found.variables.get(name) if found else None
            if space is not None:
                used |= dict.fromkeys(chosen(space))
    return used


def chosen(space: model.Space) -> Iterator[str]:
    """Yield the names of the providers that a space can choose."""
    for variable in space.variables:
        if variable.kind == "provider":
            for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
                if isinstance(domain, model.OptionsDomain):
                    yield from map(str, domain.options)


def _reachable(module: model.Module, library: Library) -> dict[str, model.Provider]:
    """Return the providers that a module imports, and then those of what it imports from, by name."""
    found: dict[str, model.Provider] = {}
    for node in library.visible(module):
        if isinstance(node, model.Provider):
            found.setdefault(node.name, node)
    seen: set[str] = {module.name}
    waiting = [imported.module for imported in module.imports]
    while waiting:
        name = waiting.pop(0)
        exports = None if name in seen else library.get(name)
        seen.add(name)
        if exports is not None:
            for node in exports.declarations.values():
                if isinstance(node, model.Provider):
                    found.setdefault(node.name, node)
            waiting += [where for where, _ in exports.imports.values()]
    return found
