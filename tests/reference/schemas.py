"""Random schemas, and random data that nearly fits them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import ModuleType
from typing import Any

from compiler.random_models.expressions import Maker
from compiler.random_models.naming import World
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from mlsig_compiler.emit import emit
from mlsig_compiler.model import (
    REQUIRED,
    Check,
    Constraints,
    Enum,
    EnumMember,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    Member,
    Missing,
    Module,
    OptionalType,
    ScalarType,
    Schema,
    SchemaType,
    Transform,
    Type,
    UnionType,
    Value,
)
from mlsig_compiler.plan.module import plan
from mlsig_compiler.source import Span

from reference.data import Data
from reference.imported import imported
from reference.interpreter import PATTERNS, Interpreter, Refused, plain

HERE = Span(0, 0)
ENUMS = ("Color", "date", "Meta")
SCHEMAS = ("Leaf", "Node", "Any", "list")
VARIANTS = ("Cat", "Dog", "Found", "Failed")
"""Schemas that are told apart: the first two by `kind`, the others by what they need."""
FIELDS = (
    "a",
    "b",
    "date",
    "list",
    "str",
    "Any",
    "field",
    "Leaf",
    "int",
    "Color",
    "type",
    "bool",
    "cls_",
    "Meta",
)
CHECKS = ("first", "second")
CHANGED: dict[Type, str] = {
    ScalarType("str"): "text",
    ScalarType("bool"): "condition",
    ScalarType("float"): "number",
    ListType(ScalarType("str")): "texts",
}
"""What transforms change, and how expressions of that type are drawn."""
SEEDS = st.integers(0, 2**32)
_serial = itertools.count()


@st.composite
def modules(draw: DrawFn) -> Module:
    """Draw a module of enums and schemas; a schema may hold any other, and itself where that can end."""
    enums = tuple(_enum(draw, name) for name in ENUMS[: draw(st.integers(1, len(ENUMS)))])
    names = SCHEMAS[: draw(st.integers(1, len(SCHEMAS)))]
    bare = {enum.name: enum for enum in enums}
    variants = tuple(_variant(draw, name) for name in VARIANTS)
    schemas: list[Schema] = []
    for index in reversed(range(len(names))):
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5, unique=True))
        reference = Interpreter(bare, {schema.name: schema for schema in (*schemas, *variants)})
        made = tuple(_field(draw, name, names, index, reference) for name in fields)
        schema = Schema(
            name=names[index],
            fields=made,
            open=draw(st.integers(0, 4)) == 0,
            description=draw(st.text(max_size=5)),
            deprecated=draw(st.none() | st.text(max_size=3)),
            span=HERE,
        )
        schemas.insert(0, _ruled(draw, schema, reference) if draw(st.booleans()) else schema)
    return Module(name=f"drawn{next(_serial)}", declarations=(*enums, *schemas, *variants))


def load(module: Module) -> ModuleType:
    """Return the generated module, imported."""
    return imported(module.name, emit(plan(module, "00" * 16)))


def _ruled(draw: DrawFn, schema: Schema, reference: Interpreter) -> Schema:
    """Return the schema with transforms and checks over its fields, and over those of records inside."""
    world = _World("")
    for node in (*reference.enums.values(), *reference.schemas.values()):
        world.add(node)
    types: dict[str, Type] = {field.name: field.type for field in schema.fields}
    targets = [name for name, type_ in types.items() if type_ in CHANGED]
    transforms: list[Transform] = []
    for name in draw(st.lists(st.sampled_from(targets), max_size=2)) if targets else []:
        maker = Maker(draw, types, world)
        make = getattr(maker, CHANGED[types[name]])  # type: ignore[index]
        transforms.append(Transform(field=name, value=make(2), span=HERE))
    checks = tuple(
        Check(name=name, condition=Maker(draw, types, world).condition(2), message="", text=name, span=HERE)
        for name in CHECKS[: draw(st.integers(0 if transforms else 1, 2))]
    )
    return replace(schema, transforms=tuple(transforms), checks=checks)


class _World(World):
    def fields(self, type_: SchemaType) -> tuple[Field, ...]:
        """Return the fields that expressions may read: none of a schema that is not drawn yet."""
        known = self.declarations.get(("", type_.name))
        return () if known is None else known.fields


def _variant(draw: DrawFn, name: str) -> Schema:
    told = {"Cat": "cat", "Dog": "dog"}.get(name)
    own = Field(name="kind", type=LiteralType((told,)), span=HERE) if told else None
    needed = Field(name=name.lower(), type=draw(_scalars()), span=HERE)
    both = Field(name="a", type=draw(_scalars()), span=HERE)
    fields = [own, *([both] if draw(st.booleans()) else [])] if own else [needed, both]
    return Schema(name=name, fields=tuple(fields), span=HERE)


@st.composite
def _unions(draw: DrawFn, enums: tuple[Enum, ...], inner: Type) -> Type:
    """Draw a union of types of different kinds, or of schemas and of fixed values that are told apart."""
    fixed: list[Type] = [LiteralType(("a", "1")), EnumType(draw(st.sampled_from(enums)).name)]
    strings = st.sampled_from([[ScalarType("str")], [ScalarType("date")], [LiteralType(("b", 3))], fixed])
    pets = [SchemaType("Cat"), SchemaType("Dog")]
    outcomes = [SchemaType("Found"), SchemaType("Failed")]
    objects = st.sampled_from([pets, outcomes, [pets[0]], [MapType(inner)], [*pets, *outcomes]])
    number = draw(st.sampled_from(("int", "float")))
    groups: list[list[Type]] = [
        draw(strings), draw(objects), [ScalarType("bool")], [ListType(inner)], [ScalarType(number)]
    ]  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(range(len(groups))), min_size=1, max_size=4, unique=True))
    options = [option for index in chosen for option in groups[index]]
    if LiteralType(("b", 3)) in options and ScalarType(number) in options:
        options.remove(ScalarType(number))
    return UnionType(tuple(options)) if len(options) > 1 else options[0]


def _enum(draw: DrawFn, name: str) -> Enum:
    members = draw(
        st.lists(st.sampled_from(("red", "green", "x1", "None_")), min_size=1, max_size=3, unique=True)
    )
    return Enum(name, tuple(Member(member, draw(st.text(max_size=3)), HERE) for member in members), "", HERE)


def _field(draw: DrawFn, name: str, names: tuple[str, ...], index: int, reference: Interpreter) -> Field:
    type_ = draw(_types(names, index, tuple(reference.enums.values()), 2))
    default: Value | Missing = REQUIRED
    if draw(st.booleans()) and _complete(type_, reference.schemas):
        candidate = _modelled(type_, Data(draw(SEEDS), reference, 20).of(type_, 2), reference)
        try:
            reference.value(type_, plain(candidate))
            default = candidate
        except Refused:
            pass
    return Field(
        name=name,
        type=type_,
        default=default,
        description=draw(st.text(max_size=4)),
        alias=draw(st.sampled_from((None, None, None, f"{name}-{index}", f"other_{name}"))),
        deprecated=draw(st.none() | st.just("no")),
        span=HERE,
    )


@st.composite
def _types(draw: DrawFn, names: tuple[str, ...], index: int, enums: tuple[Enum, ...], depth: int) -> Type:
    kind = draw(st.integers(0, 15 if depth else 9))
    if kind <= 7:
        return draw(_scalars())
    if kind == 8:
        options = st.sampled_from(("a", "b", "1", 1, 0, 2, True, False, -(2**63), 2**63))
        drawn = draw(
            st.lists(options, min_size=1, max_size=4, unique_by=lambda option: (type(option), option))
        )
        return LiteralType(tuple(drawn))
    later = names[index + 1 :]
    if kind == 9:
        return (
            EnumType(draw(st.sampled_from(enums)).name)
            if not later or draw(st.booleans())
            else SchemaType(draw(st.sampled_from(later)))
        )
    inner = draw(
        st.one_of(
            _types(names, index, enums, depth - 1),
            st.sampled_from(names).map(SchemaType),
        )
    )
    if kind > 13:
        plain = inner.type if isinstance(inner, OptionalType) else inner
        return draw(_unions(enums, plain))
    if kind == 10:
        return OptionalType(inner.type if isinstance(inner, OptionalType) else inner)
    low = draw(st.none() | st.integers(0, 2))
    high = draw(st.none() | st.integers(2, 3))
    if kind == 11:
        return MapType(inner, Constraints(min_length=low, max_length=high))
    return ListType(inner, Constraints(min_length=low, max_length=high, unique=draw(st.booleans())))


@st.composite
def _scalars(draw: DrawFn) -> Type:
    name = draw(
        st.sampled_from(
            ("str", "str", "int", "int", "float", "bool", "json", "date", "datetime", "probability")
        )
    )
    if name == "probability":
        return ScalarType("probability", Constraints(ge=0, le=1))
    if name == "str":
        low, high = draw(st.none() | st.integers(0, 1)), draw(st.none() | st.integers(1, 4))
        pattern = draw(st.none() | st.sampled_from(sorted(PATTERNS)))
        return ScalarType("str", Constraints(min_length=low, max_length=high, pattern=pattern))
    if name not in {"int", "float"}:
        return ScalarType(name)  # type: ignore[arg-type]
    lows: tuple[Any, ...] = (None, -1, 0, -(2**63), -(2**70)) if name == "int" else (None, -1, 0, 0.1, -1e308)
    highs: tuple[Any, ...] = (None, 7, 10, 2**63 - 1, 2**63) if name == "int" else (None, 7, 10.0, 1e308)
    step = draw(st.sampled_from((None, None, 2, 3, 2**64) if name == "int" else (None, None, 0.1, 2)))
    low_word, high_word = draw(st.sampled_from(("ge", "gt"))), draw(st.sampled_from(("le", "lt")))
    words = {
        low_word: draw(st.sampled_from(lows)),
        high_word: draw(st.sampled_from(highs)),
        "multiple_of": step,
    }
    return ScalarType(name, Constraints(**words))


def _modelled(type_: Type, data: Any, reference: Interpreter) -> Any:
    """Return data as the front end would put it into the model: members of enums as such."""
    if isinstance(type_, OptionalType):
        return None if data is None else _modelled(type_.type, data, reference)
    if isinstance(type_, UnionType):
        for option in type_.options:
            try:
                reference.value(option, data)
            except Refused:
                continue
            return _modelled(option, data, reference)
    if isinstance(type_, EnumType) and isinstance(data, str):
        return EnumMember(type_.name, data)
    if isinstance(type_, ListType) and isinstance(data, list):
        return [_modelled(type_.items, item, reference) for item in data]
    if isinstance(type_, MapType) and isinstance(data, dict):
        return {key: _modelled(type_.values, item, reference) for key, item in data.items()}
    if isinstance(type_, SchemaType) and isinstance(data, dict):
        given = {
            name: field
            for field in reference.schemas[type_.name].fields
            for name in (field.alias, field.name)
        }
        return {
            given[key].name: _modelled(given[key].type, item, reference)
            for key, item in data.items()
            if key in given
        }
    return data


def _complete(type_: Type, schemas: dict[str, Schema], seen: frozenset[str] = frozenset()) -> bool:
    """Say whether every schema that a type can reach is drawn already."""
    if isinstance(type_, OptionalType):
        return _complete(type_.type, schemas, seen)
    if isinstance(type_, ListType):
        return _complete(type_.items, schemas, seen)
    if isinstance(type_, MapType):
        return _complete(type_.values, schemas, seen)
    if isinstance(type_, UnionType):
        return all(_complete(option, schemas, seen) for option in type_.options)
    if not isinstance(type_, SchemaType) or type_.name in seen:
        return True
    if type_.name not in schemas:
        return False
    if schemas[type_.name].transforms or schemas[type_.name].checks:
        return False  # a default is a record that meets the rules, which few are
    seen |= {type_.name}
    return all(_complete(field.type, schemas, seen) for field in schemas[type_.name].fields)
