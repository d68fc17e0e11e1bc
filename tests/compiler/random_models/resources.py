"""Resources that belong to each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.random_models.expressions import Maker
from compiler.random_models.naming import HERE, World, descriptions, maybe_said, names
from compiler.random_models.programs import parameters, python
from compiler.random_models.records import can_vary
from compiler.random_models.types import types

CALCULATED = ["float", "bool", "str"]
EVENTS = ["create", "update", "delete"]


@st.composite
def resources(draw: st.DrawFn, name: str, world: World) -> model.Resource:
    """Return a resource; it may belong to earlier ones and have many of itself."""
    attributes = [draw(attribute(each, world)) for each in draw(names(0, 3))]
    belongs: list[model.BelongsTo] = []
    for at, known in enumerate(world.of(model.Resource)):
        if draw(st.booleans()):
            belongs.append(
                model.BelongsTo(
                    name=f"owner{at}",
                    resource=known.node.name,
                    module=known.module,
                    optional=draw(st.booleans()),
                    description=draw(descriptions),
                    span=HERE,
                )
            )
    many: list[model.HasMany] = []
    if draw(st.booleans()):
        itself = (("parent",), ("parent", "other"))[draw(st.integers(0, 1))]
        for each in itself:
            belongs.append(
                model.BelongsTo(name=each, resource=name, module=world.module, optional=True, span=HERE)
            )
        for each in itself:
            rule: Any = draw(st.sampled_from(["restrict", "cascade", "nullify"]))
            many.append(
                model.HasMany(
                    name=f"of_{each}",
                    resource=name,
                    module=world.module,
                    inverse=each,
                    on_delete=rule,
                    description=draw(descriptions),
                    span=HERE,
                )
            )
    return model.Resource(
        name=name,
        attributes=tuple(attributes),
        belongs_to=tuple(belongs),
        has_many=tuple(many),
        calculations=tuple(draw(calculations(attributes, world))),
        actions=tuple(draw(actions(name, world))),
        hooks=tuple(draw(hooks())),
        description=draw(descriptions),
        span=HERE,
    )


@st.composite
def attribute(draw: st.DrawFn, name: str, world: World) -> model.ResourceAttribute:
    type_, values = draw(types(world, 1))
    default: Any = model.REQUIRED
    if values is not None and draw(st.booleans()):
        default = draw(values)
    transitions: tuple[model.Transition, ...] | None = None
    if isinstance(type_, model.EnumType) and draw(st.booleans()):
        members = [member.name for member in world.members(type_)]
        # From each member to the next, and back: so that every one can be reached.
        pairs = list(pairwise(members))
        onward = {one: [other] for one, other in pairs}
        for one, other in pairs:
            onward.setdefault(other, []).append(one)
        transitions = tuple(
            model.Transition(source=source, targets=tuple(targets)) for source, targets in onward.items()
        )
    made = model.Field(
        name=name,
        type=type_,
        default=default,
        description=draw(descriptions),
        variable=can_vary(type_) and draw(st.booleans()),
        deprecated=draw(maybe_said),
        span=HERE,
    )
    return model.ResourceAttribute(field=made, transitions=transitions)


@st.composite
def calculations(
    draw: st.DrawFn, attributes: list[model.ResourceAttribute], world: World
) -> list[model.Calculation]:
    found: list[model.Calculation] = []
    fields = {each.field.name: each.field.type for each in attributes}
    for at in range(draw(st.integers(0, 2))):
        kind: Any = draw(st.sampled_from(CALCULATED))
        maker = Maker(draw, fields, world)
        makes = {"float": maker.number, "bool": maker.condition, "str": maker.text}
        value: Any = python("calculate") if draw(st.booleans()) else makes[kind](2)
        found.append(
            model.Calculation(
                name=f"calculated{at}",
                type=model.ScalarType(kind),
                value=value,
                description=draw(descriptions),
                span=HERE,
            )
        )
    return found


@st.composite
def actions(draw: st.DrawFn, name: str, world: World) -> list[model.Action]:
    found: list[model.Action] = []
    for at in range(draw(st.integers(0, 2))):
        own = model.ResourceType(name, world.module)
        returns: Any = draw(
            st.sampled_from([None, own, model.ListType(own), model.OptionalType(own), "type"])
        )
        if returns == "type":
            returns = draw(types(world, 1))[0]
        found.append(
            model.Action(
                name=f"action{at}",
                parameters=draw(parameters(world)),
                returns=returns,
                python=python("act"),
                description=draw(descriptions),
                span=HERE,
            )
        )
    return found


@st.composite
def hooks(draw: st.DrawFn) -> list[model.Hook]:
    chosen: Any = st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(EVENTS))
    return [
        model.Hook(moment=moment, event=event, python=python("hook"), span=HERE)
        for moment, event in draw(st.lists(chosen, max_size=2, unique=True))
    ]
