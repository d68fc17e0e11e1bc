"""Schemas, and the inputs and outputs of signatures, as the strings of a `Record` class.

    schema Passage { text: str(min_length=1) }

becomes

    class Passage(Record, frozen=True, kw_only=True, gc=False):
        text: Annotated[str, Meta(min_length=1)]
"""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.model import (
    Check,
    Field,
    Schema,
    Transform,
)
from mlsig_compiler.plan import builtin
from mlsig_compiler.plan.deprecation import lasting
from mlsig_compiler.plan.json_schema import json_schema
from mlsig_compiler.plan.layout import WIDTH, Suffixed, data, lay
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.rules import MethodUnit, plan_rules
from mlsig_compiler.plan.shapes import record_shape
from mlsig_compiler.plan.types import Types, annotation, parts
from mlsig_compiler.plan.values import default

_USED = ("Any", "classmethod", "dict", "shapes", "str")
_COMPARED = ("bool", "equal", "hashed", "int", "object")


@dataclass(frozen=True, slots=True)
class FieldUnit:
    """A line of a class body: `name: annotation = default`, and the docstring under it (empty for none)."""

    line: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUnit:
    """A class, for `record.py.j2`."""

    name: str
    base: str
    options: str
    doc: str
    fields: tuple[FieldUnit, ...]
    rules: tuple[MethodUnit, ...]
    arrays: bool
    shape: str
    json_schema: str
    spell: dict[str, str]


def plan_schema(schema: Schema, types: Types, names: Names) -> RecordUnit:
    """Return the class of a schema."""
    told = schema.description or f"The schema `{schema.name}`."
    side = Side(
        schema.name,
        schema.fields,
        lasting(told, schema.deprecated),
        schema.description,
        looped=types.recursive(schema.name),
        open=schema.open,
        transforms=schema.transforms,
        checks=schema.checks,
        deprecated=schema.deprecated,
    )
    return plan_record(side, types, names)


@dataclass(frozen=True, slots=True)
class Side:
    """What a record's class is made of. A `looped` one can hold itself, a `partial` one may lack fields.

    `hidden` are names besides those of the fields that mean something else inside of the class.
    """

    name: str
    fields: tuple[Field, ...]
    doc: str
    description: str = ""
    looped: bool = False
    partial: bool = False
    open: bool = False
    transforms: tuple[Transform, ...] = ()
    checks: tuple[Check, ...] = ()
    deprecated: str | None = None
    base: str = "Record"
    hidden: frozenset[str] = frozenset()


def plan_record(side: Side, types: Types, names: Names, width: int = WIDTH) -> RecordUnit:
    """Return a class; inside another class, `width` is what is left of the line."""
    scope = Scope(names, frozenset(field.name for field in side.fields) | side.hidden)
    reached = [field.type for field in side.fields]
    rules = plan_rules(
        side.name,
        side.fields,
        transforms=side.transforms,
        checks=side.checks,
        types=types,
        names=names,
        width=width,
    )
    arrays = any(builtin.is_array(part) for type_ in reached for part in parts(type_))
    shape = record_shape(
        side.fields, side.description, types, names, partial=side.partial, open=side.open, rules=rules
    )
    schema = json_schema(
        side.name,
        side.fields,
        side.description,
        types,
        partial=side.partial,
        open=side.open,
        deprecated=side.deprecated,
    )
    used = (*_USED, *(_COMPARED if arrays else ()))
    return RecordUnit(
        name=identifier(side.name),
        base=names(side.base),
        options="".join(
            (
                ", gc=False" if types.acyclic(*reached) and not side.looped else "",
                ", forbid_unknown_fields=False" if side.open else "",
            )
        ),
        doc=docstring(side.doc, width - 4),
        fields=tuple(_field(field, types, scope, side, width) for field in side.fields),
        rules=rules.methods,
        arrays=arrays,
        shape=lay(shape, 8, len("return "), 0, width),
        json_schema=lay(data(schema), 8, len("return "), 0, width),
        spell={word: scope(word) for word in used},
    )


def _field(field: Field, types: Types, scope: Scope, side: Side, width: int) -> FieldUnit:
    head = f"{identifier(field.name)}: "
    kind = annotation(field.type, scope)
    if side.partial:
        unset = f" | {scope('UnsetType')}"
        kind = (
            Suffixed(kind.expression, f"{unset} | None")
            if isinstance(kind, Suffixed)
            else Suffixed(kind, unset)
        )
        tail = f" = {scope('UNSET')}"
    else:
        made = default(field, types, scope)
        tail = "" if made is None else f" = {lay(made, 4, 0, 0, width)}"
    line = head + lay(kind, 4, len(head), len(tail.splitlines()[0]) if tail else 0, width) + tail
    told = lasting(field.description, field.deprecated)
    return FieldUnit(line, docstring(told, width - 4) if told else "")
