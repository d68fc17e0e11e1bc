"""Enums, aliases, schemas and signatures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.printing import derived
from compiler.random_models.expressions import Maker, sort
from compiler.random_models.naming import HERE, NAMES, World, descriptions, maybe_said, names, said, words
from compiler.random_models.spaces import variables
from compiler.random_models.types import Values, types

python_refs = st.sampled_from(["a.b", "pkg"]).map(lambda module: model.PythonRef(module, "call", HERE))


@st.composite
def enums(draw: st.DrawFn, name: str) -> model.Enum:
    members = tuple(
        model.Member(each, draw(descriptions), HERE, draw(maybe_said)) for each in draw(names(1, 4))
    )
    return model.Enum(name, members, draw(descriptions), HERE, draw(maybe_said))


@st.composite
def aliases(draw: st.DrawFn, name: str, world: World) -> model.Alias:
    type_, values = draw(types(world))
    world.values[world.module, name] = values
    return model.Alias(
        name=name, type=type_, description=draw(descriptions), deprecated=draw(maybe_said), span=HERE
    )


def can_vary(type_: model.Type) -> bool:
    if isinstance(type_, model.ScalarType) and type_.name in (
        "int",
        "float",
        "probability",
        "confidence_score",
    ):
        return type_.constraints.ge is not None and type_.constraints.le is not None
    fixed = isinstance(type_, model.EnumType | model.LiteralType)
    return fixed or type_ == model.ScalarType("bool")


@st.composite
def fields(
    draw: st.DrawFn, world: World, chosen: list[str], role: str = "field"
) -> tuple[list[model.Field], dict[str, Values]]:
    found: list[model.Field] = []
    values: dict[str, Values] = {}
    for name in chosen:
        type_, strategy = draw(types(world))
        default: Any = model.REQUIRED
        if strategy is not None and draw(st.booleans()):
            default = draw(strategy)
        values[name] = strategy
        alias = f"{name}-{draw(words)}" if draw(st.integers(0, 4)) == 0 else None
        asked = role == "input" and default is model.REQUIRED
        varies = role != "output" and not asked and can_vary(type_) and draw(st.booleans())
        found.append(
            model.Field(
                name=name,
                type=type_,
                default=default,
                description=draw(descriptions),
                alias=alias,
                variable=varies,
                deprecated=draw(maybe_said) if draw(st.booleans()) else None,
                span=HERE,
            )
        )
    return found, values


@st.composite
def checks(draw: st.DrawFn, every: list[model.Field], world: World, taken: set[str]) -> list[model.Check]:
    types_ = {field.name: field.type for field in every}
    found: list[model.Check] = []
    for name in draw(names(0, 2, taken)):
        condition = Maker(draw, types_, world).condition(2)
        found.append(
            model.Check(
                name=name,
                condition=condition,
                message=draw(descriptions),
                text=world.spelt(condition),
                span=HERE,
            )
        )
    return found


@st.composite
def transforms(draw: st.DrawFn, every: list[model.Field], world: World) -> list[model.Transform]:
    types_ = {field.name: field.type for field in every}
    found: list[model.Transform] = []
    for _ in range(draw(st.integers(0, 2))):
        targets = [field for field in every if sort(field.type) in ("str", "bool")]
        if not targets or draw(st.booleans()):
            field = draw(st.sampled_from(every)).name if every and draw(st.booleans()) else None
            found.append(model.Transform(field=field, value=draw(python_refs), span=HERE))
            continue
        target = draw(st.sampled_from(targets))
        maker = Maker(draw, types_, world)
        value = maker.text(2) if sort(target.type) == "str" else maker.condition(2)
        found.append(model.Transform(field=target.name, value=value, span=HERE))
    return found


def record_values(every: tuple[model.Field, ...], values: dict[str, Values]) -> Values:
    needed = {field.name: values[field.name] for field in every if field.default is model.REQUIRED}
    more = {field.name: values[field.name] for field in every if field.default is not model.REQUIRED}
    if any(each is None for each in needed.values()):
        return None
    return st.fixed_dictionaries(needed, optional=more)  # type: ignore[arg-type]


FIELD_VALUES: dict[tuple[str, str], dict[str, Values]] = {}


@st.composite
def schemas(draw: st.DrawFn, name: str, world: World) -> model.Schema:
    bases = world.of(model.Schema)
    base = draw(st.sampled_from(bases)) if bases and draw(st.integers(0, 3)) == 0 else None
    before: Any = base.node if base else model.Schema(name="", fields=(), span=HERE)
    taken = {field.name for field in before.fields}
    own, values = draw(fields(world, draw(names(0, 4, taken | {each.name for each in before.tunes}))))
    if base:
        values = {**FIELD_VALUES[base.module, base.node.name], **values}
    itself = model.SchemaType(name, world.module)
    for each in ("again", "more") if base is None and draw(st.integers(0, 3)) == 0 else ():
        type_ = model.OptionalType(itself) if each == "again" else model.ListType(itself)
        values[each] = st.none() if each == "again" else st.just([])
        own.append(model.Field(name=each, type=type_, span=HERE))
    every = (*before.fields, *own)
    FIELD_VALUES[world.module, name] = values
    world.values[world.module, name] = record_values(every, values)
    tunes = [each for each in NAMES if each not in {f.name for f in every} | {v.name for v in before.tunes}]
    own_tunes = draw(variables(tunes, 1, world)) if tunes and draw(st.booleans()) else ()
    return model.Schema(
        name=name,
        fields=every,
        transforms=(*before.transforms, *draw(transforms(list(every), world))),
        checks=(*before.checks, *draw(checks(list(every), world, {each.name for each in before.checks}))),
        tunes=(*before.tunes, *own_tunes),
        extends=base.local if base else None,
        open=before.open or draw(st.booleans()),
        description=draw(descriptions),
        deprecated=draw(maybe_said),
        span=HERE,
    )


@st.composite
def signatures(draw: st.DrawFn, name: str, world: World) -> model.Signature:
    if draw(st.integers(0, 4)) == 0:
        return draw(short_signatures(name, world))
    bases = world.of(model.Signature)
    base = draw(st.sampled_from(bases)) if bases and draw(st.booleans()) else None
    before: Any = (
        base.node if base else model.Signature(name="", inputs=(), outputs=(), instructions="", span=HERE)
    )
    taken = {each.name for each in (*before.inputs, *before.outputs, *before.tunes)}
    chosen = draw(names(2, 6, taken))
    split = draw(st.integers(1, len(chosen) - 1)) if len(chosen) > 1 else 0
    if before.examples:
        split = 0  # its examples know nothing of other inputs
    inputs, input_values = draw(fields(world, chosen[:split], "input"))
    outputs, output_values = draw(fields(world, chosen[split:], "output"))
    if base:
        old = FIELD_VALUES[base.module, base.node.name]
        input_values = {each.name: old[each.name] for each in before.inputs} | input_values
        output_values = {each.name: old[each.name] for each in before.outputs} | output_values
    FIELD_VALUES[world.module, name] = {**input_values, **output_values}
    every = [*before.inputs, *inputs, *before.outputs, *outputs]
    rows: list[model.ExampleRow] = []
    given = record_values((*before.inputs, *inputs), input_values)
    for _ in range(draw(st.integers(0, 2)) if given is not None else 0):
        wanted = {key: strategy for key, strategy in output_values.items() if strategy is not None}
        rows.append(
            model.ExampleRow(
                inputs=draw(given),  # type: ignore[arg-type]
                outputs=draw(st.fixed_dictionaries({}, optional=wanted)),
                span=HERE,
            )
        )
    free = [each for each in NAMES if each not in taken | set(chosen)]
    return model.Signature(
        name=name,
        inputs=(*before.inputs, *inputs),
        outputs=(*before.outputs, *outputs),
        instructions=draw(words.filter(bool)),
        checks=(*before.checks, *draw(checks(every, world, {each.name for each in before.checks}))),
        tunes=(*before.tunes, *(draw(variables(free, 2, world)) if free else ())),
        examples=(*before.examples, *rows),
        extends=base.local if base else None,
        description=draw(descriptions),
        deprecated=draw(maybe_said),
        span=HERE,
    )


@st.composite
def short_signatures(draw: st.DrawFn, name: str, world: World) -> model.Signature:
    """Return a signature that the string form can say."""
    chosen = draw(names(2, 4))
    found: list[model.Field] = []
    values: dict[str, Values] = {}
    for each in chosen:
        type_, values[each] = draw(types(world, 1))
        found.append(model.Field(name=each, type=type_, span=HERE))
    FIELD_VALUES[world.module, name] = values
    made = model.Signature(
        name=name,
        inputs=tuple(found[:1]),
        outputs=tuple(found[1:]),
        instructions="",
        description=draw(descriptions),
        deprecated=draw(said) if draw(st.booleans()) else None,
        span=HERE,
    )
    return replace(made, instructions=derived(made))
