"""What a module takes from other modules, under the names that it has here.

    use text (Passage as Page)         ->  Link(siblings={"Page": Taken("text", "Passage")})

Types of other modules become types of the names that stand for them here, all the way through, so that
whatever plans a module need not know where a declaration is. A type that is reached without being imported
(a field of an inherited schema, the type of an alias) has a free name here, which is not exported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from mlsig_compiler import model
from mlsig_compiler.nodes import nodes
from mlsig_compiler.resolve import Library
from mlsig_compiler.standard import PREFIX

Key: TypeAlias = tuple[str, str]
NodeT = TypeVar("NodeT")


def public(name: str, kind: str, taken: Iterable[str]) -> str:
    """Return the name of the class of a program or pipeline, for type annotations: `QAProgram`.

    Args:
        name: The program's.
        kind: `Program` or `Pipeline`.
        taken: What means something in its module already.
    """
    found = f"{name}{kind}"
    used = frozenset(taken)
    while found in used:
        found += "_"
    return found


class Taken(NamedTuple):
    """Where a declaration is, and its name there."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """A module whose types all have names of its own, and the declarations of other modules under these.

    Attributes:
        module: The module.
        siblings: Where each foreign name is from.
        declarations: The enums, schemas, signatures, spaces, tools and resources that these names stand for.
        variables: What can be tuned about those signatures, programs and pipelines, by name.
        classes: The names of the classes of programs and pipelines among them, by the names of these.
        signatures: The names of the signatures of these programs, likewise.
    """

    module: model.Module
    siblings: Mapping[str, Taken] = field(default_factory=dict[str, Taken])
    declarations: tuple[model.Declaration, ...] = ()
    variables: Mapping[str, model.Space] = field(default_factory=dict[str, model.Space])
    classes: Mapping[str, str] = field(default_factory=dict[str, str])
    signatures: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, kind: type[NodeT]) -> list[NodeT]:
        """Return the foreign declarations of a kind."""
        return [node for node in self.declarations if isinstance(node, kind)]


def link(
    module: model.Module,
    library: Library,
    modules: Mapping[str, model.Module | None],
    taken: frozenset[str] = frozenset(),
) -> Link:
    """Return the module as it is planned.

    Args:
        module: The module.
        library: Every module that it reaches.
        modules: The models of those, for what can be tuned about signatures.
        taken: Names besides those of its declarations that mean something in it.
    """
    imported = {imported.local: (imported.module, imported.name) for imported in module.imports}
    programs = [node for node in module.declarations if isinstance(node, model.Program)]
    wanted = [imported[node.signature] for node in programs if node.signature in imported]
    wanted += [imported[node.space] for node in programs if node.space in imported]
    wanted += [imported[tool] for node in programs for tool in node.tools if tool in imported]
    pipelines = [node for node in module.declarations if isinstance(node, model.Pipeline)]
    wanted += [imported[step.callee] for node in pipelines for step in node.steps if step.callee in imported]
    wanted = [key for key in wanted if not key[0].startswith(PREFIX)]
    wanted += keys(module.declarations, module.name)
    found: dict[Key, model.Declaration] = {}
    for key in wanted:  # grows while it is read
        exports = None if key in found else library.get(key[0])
        if exports is not None and key[1] in exports.declarations:
            found[key] = exports.declarations[key[1]]
            wanted += keys((_head(found[key]),), "", home=key[0])
            if isinstance(found[key], model.Program):
                wanted.append(_signature(found[key], key[0], library))
    if not found:
        return Link(module)
    local = {key: name for name, key in imported.items()}
    used = {*(node.name for node in module.declarations), *imported, *taken}
    names: dict[Key, str] = {}
    for key in found:
        names[key] = local.get(key) or _free(key, used)
        used.add(names[key])
    classes: dict[str, str] = {}
    siblings = {name: Taken(*key) for key, name in names.items()}
    for key, name in names.items():
        node = found[key]
        exports = library.get(key[0])
        if isinstance(node, model.Program | model.Pipeline) and exports is not None:
            there = public(key[1], type(node).__name__, (*exports.declarations, *exports.imports))
            classes[name] = _free((key[0], there), used)
            used.add(classes[name])
            siblings[classes[name]] = Taken(key[0], there)
    renaming = _Renaming(names)
    tuned: dict[str, model.Space] = {}
    for (home, name), here in names.items():
        other = modules.get(home)
        if other is not None and name in other.variables:
            tuned[here] = renaming.of(other.variables[name])
    return Link(
        renaming.of(module),
        siblings,
        tuple(replace(renaming.of(_head(node)), name=names[key]) for key, node in found.items()),
        tuned,
        classes,
        {
            names[key]: names[_signature(node, key[0], library)]
            for key, node in found.items()
            if isinstance(node, model.Program)
        },
    )


def _head(node: model.Declaration) -> model.Declaration:
    """Return what others see of a declaration: of a pipeline not its steps, of a resource its class."""
    if isinstance(node, model.Resource):
        return model.Resource(name=node.name, attributes=(), span=node.span)
    return replace(node, steps=()) if isinstance(node, model.Pipeline) else node


def _signature(node: model.Declaration, home: str, library: Library) -> Key:
    """Return where the signature of a program is declared, and its name there."""
    name = node.signature if isinstance(node, model.Program) else ""
    exports = library.get(home)
    return exports.imports.get(name, (home, name)) if exports else (home, name)


def keys(declarations: tuple[model.Declaration, ...], own: str, home: str = "") -> Iterator[Key]:
    """Yield the enums, schemas and resources of other modules that declarations use, by module and name.

    Args:
        declarations: Where to look; an alias is part of whoever uses it, and is not looked into.
        own: The module whose types are left out.
        home: The module of types that say none.
    """
    for declaration in declarations:
        if isinstance(declaration, model.Alias):
            continue
        for node in nodes(declaration):
            if isinstance(node, model.EnumType | model.SchemaType | model.OutputType):
                key = node.module or home, node.name
            elif isinstance(node, model.EnumMember):
                key = node.module or home, node.enum
            elif isinstance(node, model.ResourceType):
                key = node.module or home, node.name
            elif isinstance(node, model.BelongsTo | model.HasMany):
                key = node.module, node.resource
            else:
                continue
            if key[0] not in ("", own):
                yield key


def _free(key: Key, used: set[str]) -> str:
    """Return a name for a declaration that the module itself does not import."""
    module, name = key
    tried = name
    for part in reversed(module.split(".")):
        if tried not in used:
            return tried
        tried = f"{tried}_{part}"
    while tried in used:
        tried += "_"
    return tried


class _Renaming:
    """Models with the types of other modules under the names that they have here."""

    def __init__(self, names: Mapping[Key, str]) -> None:
        self._names = names

    def of(self, node: NodeT) -> NodeT:
        """Return a node with everything inside it renamed; what needs no new name is handed back as it is."""
        found: Any = node
        match found:
            case model.EnumType() | model.SchemaType() | model.OutputType() | model.ResourceType():
                return cast("NodeT", self._named(found, "name"))
            case model.BelongsTo() | model.HasMany():
                return cast("NodeT", self._named(found, "resource"))
            case model.EnumMember():
                return cast("NodeT", self._named(found, "enum"))
            case tuple() | list():
                return cast("NodeT", self._items(found))
            case dict():
                return cast("NodeT", self._entries(cast("Any", found)))
            case _ if is_dataclass(found) and not isinstance(found, type):
                changed = {
                    part.name: made
                    for part in fields(found)
                    if (made := self.of(old := getattr(found, part.name))) is not old
                }
                return cast("NodeT", replace(found, **changed) if changed else found)
            case _:
                return node

    def _named(self, node: Any, word: str) -> Any:
        name = self._names.get((node.module, getattr(node, word)))
        return node if name is None else replace(node, **{word: name})

    def _items(self, items: Any) -> Any:
        made = [self.of(item) for item in items]
        if all(new is old for new, old in zip(made, items, strict=True)):
            return items
        if isinstance(items, list):
            return made
        return tuple(made)

    def _entries(self, items: dict[Any, Any]) -> dict[Any, Any]:
        return {key: self.of(item) for key, item in items.items()}
