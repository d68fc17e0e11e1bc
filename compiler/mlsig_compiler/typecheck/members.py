"""`x.name` and `x[key]`: fields of records, items of lists, entries of maps.

passage.txt    a `Passage` has no field `txt`: did you mean `text`?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlsig_compiler import model
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.functions import FUNCTIONS
from mlsig_compiler.typecheck.narrowing import Facts, name_of
from mlsig_compiler.typecheck.sorts import (
    FLOAT,
    INT,
    JSON,
    NULL,
    STR,
    UNKNOWN,
    EnumOf,
    ListOf,
    MapOf,
    One,
    Only,
    RecordOf,
    Shape,
    Sort,
    Sorts,
    Vector,
    unknown,
)
from mlsig_compiler.typecheck.words import shown

if TYPE_CHECKING:
    from mlsig_compiler.typecheck.infer import Inference

LENGTHS: Final = frozenset({"length", "size", "count"})


def attribute(typing: Inference, expr: model.Attribute, facts: Facts) -> Sorts:
    """Return the sorts of a field, and report one that is not there."""
    base = typing.of(expr.operand, facts)
    said = typing.known.at(expr, facts)
    if unknown(base):
        return UNKNOWN
    if base >= NULL:
        if base == NULL:
            return typing.report("MLS0509", expr, "null has no fields")
        typing.maybe_null(expr.operand, base - NULL)
    records = base - NULL
    if records >= JSON:
        typing.untyped(expr.operand)
        return UNKNOWN
    if said is not None:
        return said
    if typing.known.member(records, expr.name):
        return typing.known.member(records, expr.name) or UNKNOWN
    if any(_may_have_others(typing, one) for one in records):
        return UNKNOWN
    missing = [one for one in records if typing.known.field(one, expr.name) is None]
    return _no_field(typing, expr, missing[0], len(missing) < len(records))


def _may_have_others(typing: Inference, one: One) -> bool:
    if isinstance(one, RecordOf):
        return typing.env.lenient(one.type)
    return isinstance(one, Shape) and one.open


def _no_field(typing: Inference, expr: model.Attribute, owner: One, some: bool) -> Sorts:
    span = Span(expr.span.end - len(expr.name), expr.span.end)
    text = typing.diagnostics.source.text
    if text[span.start : span.end] != expr.name:  # in parentheses
        span = expr.span
    what, fields = shown(frozenset({owner})), list(typing.known.fields(owner))
    meant = nearest(expr.name, fields)
    certain = span != expr.span and sure(expr.name, fields)
    fix = replacing(span, certain) if certain else None
    help = f"did you mean `{meant}`?" if meant else ""
    written = text[expr.operand.span.start : expr.operand.span.end]
    if some:
        help = "test which of the types it is first, by a field in which they differ"
    elif expr.name in LENGTHS and isinstance(owner, ListOf | MapOf | Vector | Sort | Only):
        help, fix = f"write `len({written})`", replacing(expr.span, f"len({written})")
    elif expr.name in FUNCTIONS and not fields:
        help, fix = f"write `{expr.name}({written})`", replacing(expr.span, f"{expr.name}({written})")
    elif isinstance(owner, ListOf):
        help = f"of its items: `any(item.{expr.name} … for item in {written})`"
    elif isinstance(owner, MapOf):
        help = f'an entry of a map is `{written}["{expr.name}"]`'
    elif isinstance(owner, EnumOf):
        help = f"a member is compared as it is: `{written} == {owner.type.name}.…`"
    elif fields and not help:
        help = f"it has {listed(fields)}"
    message = f"{what} has no field `{expr.name}`"
    typing.diagnostics.report("MLS0463", span, message, help=help, fix=fix)
    return UNKNOWN


def index(typing: Inference, expr: model.Index, facts: Facts) -> Sorts:
    """Return the sorts of an item or an entry, and report a key of the wrong sort."""
    base = typing.of(expr.operand, facts)
    key = typing.of(expr.key, facts)
    if unknown(base):
        return UNKNOWN
    if base > NULL:
        typing.maybe_null(expr.operand, base - NULL)
    if base >= JSON:
        typing.untyped(expr.operand)
        return UNKNOWN
    found: set[One] = set()
    for one in base - NULL or base:
        match one:
            case ListOf(items):
                typing.judge(expr.key, key, INT, "the place in a list is a whole number, from 0")
                found |= items or UNKNOWN
            case Vector(rank):
                typing.judge(expr.key, key, INT, "the place in a vector is a whole number, from 0")
                found |= {Vector(rank - 1)} if rank > 1 else FLOAT
            case Sort("str") | Only(kind="str"):
                typing.judge(expr.key, key, INT, "the place in a string is a whole number, from 0")
                found |= STR
            case MapOf(values):
                typing.judge(expr.key, key, STR, "the key of a map is a string")
                found |= values
            case _:
                return _no_index(typing, expr, base)
    return frozenset(found)


def _no_index(typing: Inference, expr: model.Index, base: Sorts) -> Sorts:
    name = name_of(expr.operand)
    field = expr.key.value if isinstance(expr.key, model.Constant) else None
    record = any(isinstance(one, RecordOf | Shape) for one in base)
    help = f"a field is written `{name}.{field}`" if record and name and isinstance(field, str) else ""
    message = f"`[…]` takes an item of a list or a map, and this is {shown(base)}"
    return typing.report("MLS0509", expr.operand, message, help)
