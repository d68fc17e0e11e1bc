"""What declarations have: fields, variables, members of enums, parameters, steps, with what they take over.

    members(Target("qa", ("Answer",)), world)["question"]   ->   Member(Target(…), "input", …)

Syntax is asked, not the model, so that what is wrong, or being typed, has members too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, Protocol

from mlsig_compiler import model, syntax
from mlsig_compiler.lsp.binding.targets import Target
from mlsig_compiler.resolve.scope import KIND_OF
from mlsig_compiler.source import Span

DEEPEST: Final = 32


class Files(Protocol):
    """The files that names may lead to."""

    def tree(self, module: str) -> syntax.File | None:
        """Return the syntax of a module."""
        ...

    def declaration(self, module: str, name: str) -> model.Declaration | None:
        """Return what a name of a module declares, as far as it could be understood."""
        ...


class World:
    """Files, with what was found out about them while they stay as they are."""

    def __init__(self, files: Files) -> None:
        self.tree = files.tree
        self.declaration = files.declaration
        self.declared: dict[str, dict[str, syntax.Declaration]] = {}
        self.members: dict[Target, dict[str, Member]] = {}


class Member(NamedTuple):
    """One member: what it is, the word for it, the place of its name and its syntax."""

    target: Target
    kind: str
    span: Span
    node: Any


def declared(module: str, world: World) -> dict[str, syntax.Declaration]:
    """Return the declarations of a module by name; of several with one name, the first."""
    known = world.declared.get(module)
    if known is None:
        tree = world.tree(module)
        known = world.declared[module] = {}
        for node in tree.declarations if tree else ():
            known.setdefault(node.head.name.text, node)
    return known


def home(module: str, name: str, world: World) -> Target | None:
    """Return the declaration that a name of a module means, its own or imported."""
    tree = world.tree(module)
    if tree is None:
        return None
    if name in declared(module, world):
        return Target(module, (name,))
    for node in tree.imports:
        for imported in node.names:
            if (imported.alias or imported.name).text == name:
                return Target(".".join(node.module.path), (imported.name.text,))
    return None


def kind_of(target: Target, world: World) -> str:
    """Return the word that declares a declaration; empty where there is none."""
    node = declared(target.module, world).get(target.path[0]) if target.path else None
    return KIND_OF[type(node)] if node is not None else ""


def members(owner: Target, world: World, depth: int = 0) -> dict[str, Member]:
    """Return the members of a declaration by name, what it extends and includes first."""
    known = world.members.get(owner)
    if known is None:
        known = _members(owner, world, depth)
        if depth == 0:
            world.members[owner] = known
    return known


def _members(owner: Target, world: World, depth: int) -> dict[str, Member]:
    node = declared(owner.module, world).get(owner.path[0]) if owner.path else None
    if node is None or depth > DEEPEST:
        return {}
    found: dict[str, Member] = {}
    base = home(owner.module, node.head.extends.text, world) if node.head.extends else None
    if base is not None and base != owner:
        found.update(members(base, world, depth + 1))
    if isinstance(node, syntax.Space):
        for included in _included(node.members):
            found.update(_taken(owner.module, included, world, depth))
    for kind, name, member in own(node):
        if not (isinstance(member, syntax.Step) and name.text in found):
            found[name.text] = Member(
                Target(owner.module, (owner.path[0], name.text)), kind, name.span, member
            )
    return found


def _taken(module: str, included: syntax.Include, world: World, depth: int) -> dict[str, Member]:
    target = home(module, included.reference.path[0], world)
    node = declared(target.module, world).get(target.path[0]) if target else None
    if target is None or node is None:
        return {}
    if isinstance(node, syntax.Fragment):
        return {target.name: Member(target, "var", node.head.name.span, node.variable)}
    return members(target, world, depth + 1)


def _included(nodes: Iterable[syntax.SpaceMember]) -> Iterator[syntax.Include]:
    for node in nodes:
        if isinstance(node, syntax.Include):
            yield node
        elif isinstance(node, syntax.Group):
            yield from _included(node.members)


def own(node: syntax.Declaration) -> Iterator[tuple[str, syntax.Name, Any]]:
    """Yield what a declaration itself names: the word for it, its name and its syntax."""
    match node:
        case syntax.Tool(parameters=parameters):
            yield from (("parameter", each.name, each) for each in parameters)
        case syntax.Pipeline(parameters=parameters, members=steps, aims=aims):
            yield from (("parameter", each.name, each) for each in parameters)
            yield from (("step", each.name, each) for each in steps if each.name)
            yield from (("metric", each.name, each) for each in aims if isinstance(each, syntax.Metric))
        case syntax.Enum() | syntax.Schema() | syntax.Signature() | syntax.Space():
            yield from _named(node.members)
        case syntax.Provider() | syntax.Program() | syntax.Resource():
            yield from _named(node.members)
        case syntax.Alias() | syntax.Fragment():
            return


def _named(nodes: Iterable[Any]) -> Iterator[tuple[str, syntax.Name, Any]]:  # noqa: PLR0912  (one kind a line)
    for node in nodes:
        match node:
            case syntax.EnumMember(name):
                yield "member", name, node
            case syntax.Field(role, name):
                yield role, name, node
            case syntax.Variable(name):
                yield "variable", name, node
            case syntax.Composite(name):
                yield "composite", name, node
            case syntax.Check(name):
                yield "check", name, node
            case syntax.Constraint(name=syntax.Name() as name):
                yield "constraint", name, node
            case syntax.Group(members=inner):
                yield from _named(inner)
            case syntax.ProviderModel(name):
                yield "model", syntax.Name(name.text, name.span), node
            case syntax.Metric(name):
                yield "metric", name, node
            case syntax.ResourceAttribute(name):
                yield "attribute", name, node
            case syntax.Relationship(_, name):
                yield "relationship", name, node
            case syntax.Calculation(name):
                yield "calculation", name, node
            case syntax.Action(name):
                yield "action", name, node
            case _:
                pass
