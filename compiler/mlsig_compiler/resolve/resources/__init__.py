"""Resources: attributes, relationships, calculations, actions and hooks.

    resource Program {
      name: str(max_length=255)
      belongs_to space: VariableSpace?
      has_many runs: OptimizationRun(on_delete=restrict)
      calculate optimization_count: int = len(runs)
    }

Resources name each other in any order, so each kind of member is read for all of them before the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.model.resources import BUILT_IN, related
from mlsig_compiler.resolve import annotated, types, values
from mlsig_compiler.resolve.pipelines import outcomes
from mlsig_compiler.resolve.programs import tools
from mlsig_compiler.resolve.python import python_ref
from mlsig_compiler.resolve.records.fields import can_vary, cannot_vary, text
from mlsig_compiler.resolve.resources import calculations, relationships, storable, transitions
from mlsig_compiler.resolve.resources.calculations import Draft, Read
from mlsig_compiler.resolve.resources.relationships import Belongings
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span

EVENTS: Final[dict[str, Literal["create", "update", "delete"]]] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
}
PLACES: Final[dict[type, str]] = {
    syntax.Relationship: "relationship",
    syntax.Calculation: "calculation",
    syntax.Action: "action",
    syntax.Hook: "hook",
}
KEY: Final = model.BuiltinType("api_key")


@dataclass(slots=True)
class Made:
    """A resource as far as it is read. `members` are those whose names are their own."""

    node: syntax.Resource
    members: list[syntax.ResourceMember]
    attributes: list[model.ResourceAttribute] = field(default_factory=list[model.ResourceAttribute])
    belongs_to: list[model.BelongsTo] = field(default_factory=list[model.BelongsTo])
    has_many: list[model.HasMany] = field(default_factory=list[model.HasMany])
    calculations: list[Draft] = field(default_factory=list[Draft])
    poisoned: set[str] = field(default_factory=set[str])

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.node.head.name.text


def read_all(scope: Scope) -> None:
    """Read the resources of a file, which may name each other before they are declared."""
    every = [Made(node, _members(node, scope)) for node in scope.of(syntax.Resource)]
    for made in every:
        _attributes(made, scope)
        _belongs_to(made, scope)
    belongings = {made.name: _belongings(made, scope) for made in every}
    for made in every:
        _has_many(made, belongings, scope)
        relationships.check_rivals(made.has_many, scope)
        scope.resources[made.name] = tuple(
            model.Field(name=name, type=type_, span=made.node.head.name.span)
            for name, type_ in _fields(made).items()
        )
    relationships.check_creatable(belongings, scope)
    spans = {made.name: made.node.head.name.span for made in every}
    storable.check(
        [storable.Declared(made.name, spans[made.name], made.attributes, made.belongs_to) for made in every],
        scope,
    )
    read: dict[tuple[str, str], Read] = {}
    for made in every:
        read |= _calculations(made, scope)
    calculations.check_circles(read, scope)
    for made in every:
        mine = [found.made for (owner, _), found in read.items() if owner == made.name]
        scope.make(made.node, _resource(made, tuple(mine), scope))


def _members(node: syntax.Resource, scope: Scope) -> list[syntax.ResourceMember]:
    """Return the members of a resource whose names are their own; hooks have none."""
    annotated.read(node.annotations, "resource", scope)
    first: dict[str, Span] = {}
    found: list[syntax.ResourceMember] = []
    for member in node.members:
        if not isinstance(member, syntax.ResourceAttribute):
            annotated.read(member.annotations, PLACES[type(member)], scope)
        if not isinstance(member, syntax.Hook):
            name = member.name
            if name.text in first:
                scope.twice(name, first[name.text], f"`{name.text}`")
                continue
            first[name.text] = name.span
        found.append(member)
    return found


# Attributes and relationships


def _attributes(made: Made, scope: Scope) -> None:
    for node in made.members:
        if isinstance(node, syntax.ResourceAttribute):
            made.attributes.append(_attribute(node, scope))


def _attribute(node: syntax.ResourceAttribute, scope: Scope) -> model.ResourceAttribute:
    said = annotated.read(node.annotations, "attribute", scope)
    type_ = types.read(node.type, scope)
    if said.variable and not can_vary(type_):
        cannot_vary(node, type_, scope)
    if _secret(type_, scope):
        message = f"`{node.name.text}` would be stored, and an `api_key` never is"
        help = "keep the name of the environment variable that has it, as a `str`"
        scope.report("MLS0659", node.type.span, message, help=help)
    default: model.Value | model.Missing = model.REQUIRED
    if node.default is not None:
        try:
            default = values.read(node.default, type_, scope)
        except Skip:
            default = None
    made = model.Field(
        name=node.name.text,
        type=type_,
        default=default,
        description=text(node.description),
        variable=said.variable,
        deprecated=said.deprecated,
        span=node.name.span,
    )
    scope.origins.put(made, node)
    return model.ResourceAttribute(field=made, transitions=transitions.read(node, type_, scope))


def _secret(type_: model.Type, scope: Scope) -> bool:
    """Say whether values of a type can hold an `api_key`, at any depth."""
    seen: set[model.Type] = set()
    waiting = [type_]
    while waiting:
        part = waiting.pop()
        match part:
            case model.BuiltinType() if part.name == KEY.name:
                return True
            case model.OptionalType(inner) | model.ListType(inner) | model.MapType(inner):
                waiting.append(inner)
            case model.UnionType(options):
                waiting.extend(options)
            case model.SchemaType() if part not in seen:
                seen.add(part)
                waiting.extend(inner.type for inner in scope.fields(part))
            case _:
                continue
    return False


def _belongs_to(made: Made, scope: Scope) -> None:
    for node in made.members:
        if isinstance(node, syntax.Relationship) and node.kind == "belongs_to":
            try:
                made.belongs_to.append(relationships.belongs_to(node, scope))
            except Skip:
                made.poisoned.add(node.name.text)


def _belongings(made: Made, scope: Scope) -> Belongings:
    found = Belongings({}, partial=bool(made.poisoned) or scope.partial(made.name))
    for one in made.belongs_to:
        if one.module == scope.module:
            found.to.setdefault(one.resource, {})[one.name] = one
    return found


def _has_many(made: Made, belongings: dict[str, Belongings], scope: Scope) -> None:
    for node in made.members:
        if isinstance(node, syntax.Relationship) and node.kind == "has_many":
            try:
                made.has_many.append(relationships.has_many(node, made.name, belongings, scope))
            except Skip:
                made.poisoned.add(node.name.text)
        elif isinstance(node, syntax.Calculation):
            made.calculations.append(Draft(node, types.read(node.type, scope)))


def _fields(made: Made) -> dict[str, model.Type]:
    """Return what an expression may read of a resource. Of what could not be understood nothing is known."""
    return {
        **{built_in.name: built_in.type for built_in in BUILT_IN},
        **{attribute.field.name: attribute.field.type for attribute in made.attributes},
        **{one.name: related(one.resource, one.module, one.optional) for one in made.belongs_to},
        **{one.name: model.ListType(model.ResourceType(one.resource, one.module)) for one in made.has_many},
        **{draft.node.name.text: draft.type for draft in made.calculations},
        **dict.fromkeys(made.poisoned, model.ANYTHING),
    }


# Calculations, actions, hooks


def _calculations(made: Made, scope: Scope) -> dict[tuple[str, str], Read]:
    place = calculations.Place(made.name, _fields(made), made.poisoned, scope)
    found: dict[tuple[str, str], Read] = {}
    for draft in made.calculations:
        try:
            read = calculations.read(draft, place)
        except Skip:
            continue
        found[made.name, draft.node.name.text] = read
    return found


def _resource(made: Made, found: tuple[model.Calculation, ...], scope: Scope) -> model.Resource:
    head = made.node.head
    hooks = [_hook(node, scope) for node in made.members if isinstance(node, syntax.Hook)]
    return model.Resource(
        name=head.name.text,
        attributes=tuple(made.attributes),
        belongs_to=tuple(made.belongs_to),
        has_many=tuple(made.has_many),
        calculations=found,
        actions=tuple(_action(node, scope) for node in made.members if isinstance(node, syntax.Action)),
        hooks=tuple(hook for hook in hooks if hook is not None),
        description=text(head.description),
        span=head.name.span,
    )


def _action(node: syntax.Action, scope: Scope) -> model.Action:
    return model.Action(
        name=node.name.text,
        parameters=tools.parameters(node.parameters, scope),
        returns=outcomes.read(node.returns, scope, "resource") if node.returns else None,
        python=python_ref(node.value, scope),
        description=text(node.description),
        span=node.name.span,
    )


def _hook(node: syntax.Hook, scope: Scope) -> model.Hook | None:
    python = python_ref(node.value, scope)
    event = EVENTS.get(node.event.text)
    if event is None:
        meant = nearest(node.event.text, EVENTS)
        help = f"did you mean `{meant}`?" if meant else f"there are {listed(EVENTS)}"
        fix = replacing(node.event.span, meant) if meant else None
        message = f"nothing is called `{node.event.text}` that happens to a resource"
        scope.report("MLS0658", node.event.span, message, help=help, fix=fix)
        return None
    return model.Hook(moment=node.moment, event=event, python=python, span=node.span)
