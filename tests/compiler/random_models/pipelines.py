"""Pipelines, whose steps read parameters and the steps before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.random_models.expressions import Maker
from compiler.random_models.naming import HERE, Known, World, descriptions
from compiler.random_models.spaces import depends

PLAIN = [model.ScalarType("str"), model.ScalarType("int"), model.ScalarType("bool")]


@dataclass
class Draft:
    """A pipeline that is being made: what its steps can read."""

    world: World
    parameters: list[model.Field] = field(default_factory=list[model.Field])
    steps: list[model.Step] = field(default_factory=list[model.Step])

    def paths(self) -> list[tuple[model.Expr, model.Type]]:
        found: list[tuple[model.Expr, model.Type]] = []
        for each in (*self.parameters, *self.steps):
            reference = model.VariableRef(each.name, HERE)
            found.append((reference, each.type))
            if isinstance(each.type, model.OutputType):
                outputs = self.world.declarations[each.type.module, each.type.name].outputs
                found += [(model.Attribute(reference, one.name, HERE), one.type) for one in outputs]
            elif isinstance(each.type, model.SchemaType):
                inner = self.world.fields(each.type)
                found += [(model.Attribute(reference, one.name, HERE), one.type) for one in inner]
        return found

    def given(self, draw: st.DrawFn, type_: model.Type) -> model.Expr:
        """Return something of exactly this type; a parameter that the caller gives, if there is nothing."""
        found = [path for path, each in self.paths() if repr(each) == repr(type_)]
        if found and draw(st.integers(0, 3)):
            return draw(st.sampled_from(found))
        name = f"p{len(self.parameters)}"
        self.parameters.append(model.Field(name=name, type=type_, span=HERE))
        return model.VariableRef(name, HERE)


def interface(known: Known, world: World) -> tuple[tuple[model.Field, ...], model.Type]:
    """Return what a callee takes and gives."""
    node = known.node
    if isinstance(node, model.Program):
        local = {each.local: each for each in world.known}
        known = world.origin(known.module, node.signature) or local[node.signature]
        node = known.node
    if isinstance(node, model.Signature):
        return node.inputs, model.OutputType(node.name, known.module)
    return node.parameters, node.returns


@st.composite
def calls(draw: st.DrawFn, name: str, draft: Draft) -> model.Step:
    callees = draft.world.of(model.Tool | model.Signature | model.Program | model.Pipeline)  # type: ignore[arg-type]
    callable_ = [
        each
        for each in callees
        if all(draft.world.sayable(one.type) for one in interface(each, draft.world)[0])
    ]
    if not callable_:
        return draw(values(name, draft))
    known = draw(st.sampled_from(callable_))
    taken, returns = interface(known, draft.world)
    mapped: model.Mapped | None = None
    through = [each for each in taken if each.type in PLAIN]
    goes = draw(st.sampled_from(through)) if through and name and draw(st.booleans()) else None
    arguments: dict[str, model.Expr] = {}
    for each in taken:
        if each is goes:
            arguments[each.name] = model.VariableRef("item", HERE)
        elif each.default is model.REQUIRED or draw(st.booleans()):
            arguments[each.name] = draft.given(draw, each.type)
    if goes is not None:
        items = draft.given(draw, model.ListType(goes.type))
        maker = Maker(draw, {"item": goes.type}, draft.world)
        condition = maker.condition(1) if draw(st.booleans()) else None
        mapped = model.Mapped(variable="item", items=items, condition=condition)
    continues = bool(name) and draw(st.booleans())
    type_ = (
        model.OptionalType(returns) if continues and not isinstance(returns, model.OptionalType) else returns
    )
    reads = depends(*arguments.values(), *([mapped.items] if mapped else []))
    return model.Step(
        name=name,
        callee=known.local,
        arguments=arguments,
        mapped=mapped,
        retry=draw(st.integers(0, 3)),
        timeout=draw(st.sampled_from([None, 10.0, 0.5, 120.0])),
        on_error="continue" if continues else "fail",
        concurrency=draw(st.none() | st.integers(1, 9)) if mapped else None,
        type=model.ListType(type_) if mapped else type_,
        depends=tuple(each for each in reads if each != "item"),
        span=HERE,
    )


@st.composite
def values(draw: st.DrawFn, name: str, draft: Draft) -> model.Step:
    """Return a step that calls nothing."""
    paths = [(path, type_) for path, type_ in draft.paths() if draft.world.sayable(type_)]
    if paths and draw(st.booleans()):
        value, type_ = draw(st.sampled_from(paths))
    else:
        types = {each.name: each.type for each in (*draft.parameters, *draft.steps)}
        value = model.Unary("not", Maker(draw, types, draft.world).condition(1), HERE)
        type_ = model.ScalarType("bool")
    return model.Step(name=name, callee=None, value=value, type=type_, depends=depends(value), span=HERE)


@st.composite
def pipelines(draw: st.DrawFn, name: str, world: World) -> model.Pipeline:
    draft = Draft(world)
    for at in range(draw(st.integers(0, 3))):
        make: Any = draw(st.sampled_from([calls, calls, values]))
        draft.steps.append(draw(make(f"s{at}", draft)))
    last = draw(draw(st.sampled_from([calls, values]))("", draft))
    if not world.sayable(last.type):
        last = draw(values("", draft))
    return model.Pipeline(
        name=name,
        parameters=tuple(draft.parameters),
        returns=last.type,
        steps=(*draft.steps, last),
        description=draw(descriptions),
        span=HERE,
    )
