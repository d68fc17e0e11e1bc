"""Random schemas, and random data that nearly fits them."""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from mlsig_compiler.emit import emit
from mlsig_compiler.model import (
    REQUIRED,
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
    Type,
    UnionType,
    Value,
)
from mlsig_compiler.plan.module import plan
from mlsig_compiler.source import Span

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
TEXTS = (
    "",
    "a",
    "ab",
    "abc",
    "b\n",
    "c",
    "c\n",
    "ab\n",
    "ß",
    "\U0001f600",
    "$",
    "]",
    "\x00",
    "2026-11-23",
    "1",
)
NUMBERS = (0, 1, -1, 2, 3, 7, 10, 0.0, -0.0, 0.1, 0.3, 0.30000000000000004, 0.5, 1.0, 1e308, -1e308, 5e-324)
ODD = (
    2**53 + 1,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    -(2**63) - 1,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    1e999,
)
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
        schemas.insert(
            0, Schema(name=names[index], fields=made, description=draw(st.text(max_size=5)), span=HERE)
        )
    return Module(name=f"drawn{next(_serial)}", declarations=(*enums, *schemas, *variants))


def load(module: Module) -> ModuleType:
    """Return the generated module, imported."""
    return imported(module.name, emit(plan(module, "00" * 16)))


def data_for(type_: Type, module: Module, depth: int = 3) -> SearchStrategy[Any]:
    """Draw data that often fits a type."""
    return st.integers(0, 11).flatmap(lambda luck: _junk() if luck == 0 else _fitting(type_, module, depth))


def record_for(schema: Schema, module: Module, depth: int = 3) -> SearchStrategy[Any]:
    """Draw data that often fits a schema."""

    @st.composite
    def build(draw: DrawFn) -> Any:
        data = {}
        for field in schema.fields:
            needed = isinstance(field.default, Missing)
            if draw(st.integers(0, 19)) if needed else draw(st.booleans()):
                data[field.name] = draw(data_for(field.type, module, depth - 1))
        if draw(st.integers(0, 19)) == 0:
            data["unknown"] = 1
        return data

    return build()


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
        candidate = draw(_default(type_, reference))
        try:
            reference.value(type_, plain(candidate))
            default = candidate
        except Refused:
            pass
    return Field(name=name, type=type_, default=default, description=draw(st.text(max_size=4)), span=HERE)


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


def _default(type_: Type, reference: Interpreter) -> SearchStrategy[Any]:
    module = Module(name="x", declarations=(*reference.enums.values(), *reference.schemas.values()))
    return _fitting(type_, module, 2).map(lambda data: _modelled(type_, data, reference))


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
        fields = {field.name: field for field in reference.schemas[type_.name].fields}
        return {
            key: _modelled(fields[key].type, item, reference) if key in fields else item
            for key, item in data.items()
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
    seen |= {type_.name}
    return all(_complete(field.type, schemas, seen) for field in schemas[type_.name].fields)


def _junk() -> SearchStrategy[Any]:
    scalars = st.sampled_from((*TEXTS, *NUMBERS, *ODD, None, True, False))
    return (
        scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(TEXTS), scalars, max_size=2)
    )


def _fitting(type_: Type, module: Module, depth: int) -> SearchStrategy[Any]:
    if isinstance(type_, OptionalType):
        return st.none() | (_fitting(type_.type, module, depth) if depth > 0 else st.none())
    if isinstance(type_, UnionType):
        return st.sampled_from(type_.options).flatmap(lambda option: _fitting(option, module, depth))
    if isinstance(type_, LiteralType):
        return st.sampled_from((*type_.options, 1.0))
    if isinstance(type_, EnumType):
        enum = next(found for found in module.declarations if found.name == type_.name)
        assert isinstance(enum, Enum)
        return st.sampled_from([member.name for member in enum.members])
    if isinstance(type_, SchemaType):
        schema = next(found for found in module.declarations if found.name == type_.name)
        assert isinstance(schema, Schema)
        return record_for(schema, module, depth) if depth > 0 else st.just({})
    if isinstance(type_, ListType):
        return st.lists(data_for(type_.items, module, depth - 1), max_size=3 if depth > 0 else 0)
    if isinstance(type_, MapType):
        keys = st.sampled_from(TEXTS)
        return st.dictionaries(
            keys, data_for(type_.values, module, depth - 1), max_size=3 if depth > 0 else 0
        )
    return _scalar_data(type_)


def _scalar_data(type_: ScalarType) -> SearchStrategy[Any]:
    if type_.name == "str":
        return st.sampled_from(TEXTS) | st.text(max_size=3)
    if type_.name == "int":
        return st.sampled_from([number for number in (*NUMBERS, *ODD) if type(number) is int]) | st.integers()
    if type_.name == "bool":
        return st.booleans()
    if type_.name == "date":
        return st.dates().map(str)
    if type_.name == "datetime":
        return st.sampled_from(
            ("2026-11-23T18:30:00Z", "2026-11-23T18:30:00.25+05:30", "2026-11-23T18:30:00")
        )
    if type_.name == "json":
        return _junk() | st.lists(_junk(), max_size=2)
    return st.sampled_from((*NUMBERS, *NUMBERS, *ODD)) | st.floats(allow_nan=True)
