"""The plan by which the compiled kernel makes records of plain data, where it is installed.

    plan = planned(Passage.shape())
    plan.read({"id": "a1", "text": "…"})     # a Passage, or None: in doubt

A plan does what msgspec's `convert` does on the fast path, and `prepare` before it; `settle` comes after
both. Classes whose declaration msgspec and we might read differently have none: those that are not generated,
or that have fields a plan knows nothing of.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import NODEFAULT, UNSET

from mlsig import shapes
from mlsig.records.reached import records
from mlsig.records.unions import fixed_texts, tag_of
from mlsig.types.kernel import Plan, kernel

Node: TypeAlias = tuple[str, bool, tuple[Any, ...]]
"""A letter, whether null will do, and what more the kernel's `parse_node` asks for."""


class Unplanned(Exception):
    """There is no plan for a record."""


def planned(shape: shapes.RecordShape) -> Plan | None:
    """Return the plan of a record, None where there is no kernel or none that fits."""
    found = kernel()
    if found is None:
        return None
    reached = records(shape)
    numbers: Numbers = {record.type: number for number, record in enumerate(reached)}
    try:
        return found.plan(tuple(_record(record, numbers) for record in reached))
    except (Unplanned, TypeError, ValueError, IndexError, OverflowError):
        return None


Numbers: TypeAlias = dict[type[Any], int]


def _record(shape: shapes.RecordShape, numbers: Numbers) -> tuple[Any, ...]:
    made: Any = shape.type
    names = tuple(field.name for field in shape.fields)
    config = made.__struct_config__
    if (
        "_shape" not in vars(made)  # a class of the user's, whose own annotations msgspec would read
        or not (names == made.__struct_fields__ == made.__struct_encode_fields__)
        or hasattr(made, "__post_init__")
        or (config.tag, config.array_like, config.forbid_unknown_fields) != (None, False, not shape.open)
    ):
        raise Unplanned
    known = {field.name: field for field in msgspec.structs.fields(made)}
    return made, shape.open, tuple(_field(field, known[field.name], numbers) for field in shape.fields)


def _field(field: shapes.Field, known: Any, numbers: Numbers) -> tuple[Any, ...]:
    """Return a field's name, alias, node, default and what makes its default, the last two in tuples."""
    value = () if known.default is NODEFAULT else (known.default,)
    factory = () if known.default_factory is NODEFAULT else (known.default_factory,)
    if value and not (type(value[0]) in _FIXED or isinstance(value[0], Enum)):
        raise Unplanned
    return field.name, field.alias or None, _node(field.shape, numbers), value, factory


def _node(shape: shapes.Shape, numbers: Numbers, nullable: bool = False) -> Node:
    if isinstance(shape, shapes.Optional):
        return _node(shape.shape, numbers, nullable=True)
    make = _NODES.get(type(shape))
    if make is None:
        raise Unplanned
    letter, rest = make(shape, numbers)
    return letter, nullable, rest


def _text(shape: shapes.Text, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "s", _lengths(shape)


def _integer(shape: shapes.Integer, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    bounds = (shape.ge, shape.gt, shape.le, shape.lt, shape.multiple_of)
    if all(bound is None for bound in bounds):
        return "i", ()
    low = max(_LEAST, *(_LEAST if bound is None else bound for bound in (shape.ge, _above(shape.gt))))
    high = min(_MOST, *(_MOST if bound is None else bound for bound in (shape.le, _below(shape.lt))))
    step = shape.multiple_of or 0
    if low > _MOST or high < _LEAST or not 0 <= step <= _MOST:
        raise Unplanned
    return "i", (low, high, step)


def _number(shape: shapes.Number, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    above = None if shape.gt is None else math.nextafter(shape.gt, math.inf)
    below = None if shape.lt is None else math.nextafter(shape.lt, -math.inf)
    low = max(-_LARGEST, *(-_LARGEST if bound is None else bound for bound in (shape.ge, above)))
    high = min(_LARGEST, *(_LARGEST if bound is None else bound for bound in (shape.le, below)))
    return "f", (low, high)


def _literal(shape: shapes.Literal, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    if any(type(option) is bool for option in shape.options):
        raise Unplanned  # true is equal to 1, and no option of the same dict
    return "o", ({option: option for option in shape.options},)


def _choice(shape: shapes.Choice, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "o", ({str.__str__(member.value): member for member in shape.type},)


def _array(shape: shapes.Array, numbers: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "l", (_node(shape.items, numbers), *_lengths(shape))


def _mapping(shape: shapes.Mapping, numbers: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "m", (_node(shape.values, numbers), *_lengths(shape))


def _union(shape: shapes.Union, numbers: Numbers) -> tuple[str, tuple[Any, ...]]:
    """Records by the field that tells them apart. No value is of two options, so their order says nothing."""
    records = [option for option in shape.options if isinstance(option, shapes.Ref)]
    if len(records) < 2:
        return "u", (None, {}, tuple(_node(option, numbers) for option in shape.options))
    declared = [record.type.shape() for record in records]
    tag = tag_of(declared)
    tags: dict[str, int] = {}
    for record in declared:
        texts = fixed_texts(record, tag)
        if not texts:
            raise Unplanned  # told apart by names, or by a field that has two of them
        tags |= dict.fromkeys(texts, numbers[record.type])
    others = tuple(_node(option, numbers) for option in shape.options if not isinstance(option, shapes.Ref))
    return "u", (tag, tags, others)


def _lengths(shape: shapes.Text | shapes.Array | shapes.Mapping) -> tuple[int, int]:
    high = sys.maxsize if shape.max_length is None else min(shape.max_length, sys.maxsize)
    return min(shape.min_length or 0, sys.maxsize), high


def _above(bound: int | None) -> int | None:
    return None if bound is None else bound + 1


def _below(bound: int | None) -> int | None:
    return None if bound is None else bound - 1


def _tensor(shape: shapes.Tensor, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "c", (_late(partial(_tensor_maker, shape)),)


def _tokens(shape: shapes.Tokens, _: Numbers) -> tuple[str, tuple[Any, ...]]:
    return "c", (_late(partial(_tokens_maker, shape)),)


def _late(find: Callable[[], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Return what makes values by what is found when the first is made: that may need NumPy."""
    found: list[Callable[[Any], Any]] = []

    def make(value: Any) -> Any:
        if not found:
            found.append(find())
        return found[0](value)

    return make


def _tensor_maker(shape: shapes.Tensor) -> Callable[[Any], Any]:
    from mlsig.types.arrays import maker  # noqa: PLC0415  (imports NumPy)

    return maker(shape.dtype, shape.extents)


def _tokens_maker(shape: shapes.Tokens) -> Callable[[Any], Any]:
    from mlsig.types.tokens import maker  # noqa: PLC0415  (which reads records, and they need this)

    return maker(shape.min_length, shape.max_length)


_LEAST, _MOST = -(2**63), 2**63 - 1
_LARGEST: Final = sys.float_info.max
_FIXED: Final = frozenset[type[Any]]({type(None), bool, int, float, str, date, datetime, type(UNSET)})
_NODES: Final[dict[type[Any], Callable[[Any, Numbers], tuple[str, tuple[Any, ...]]]]] = {
    shapes.Text: _text,
    shapes.Integer: _integer,
    shapes.Number: _number,
    shapes.Boolean: lambda _shape, _: ("b", ()),
    shapes.Json: lambda _shape, _: ("a", ()),  # which `settle` looks at
    shapes.Date: lambda _shape, _: ("c", (partial(msgspec.convert, type=date),)),
    shapes.DateTime: lambda _shape, _: ("c", (partial(msgspec.convert, type=datetime),)),
    shapes.Literal: _literal,
    shapes.Choice: _choice,
    shapes.Array: _array,
    shapes.Mapping: _mapping,
    shapes.Union: _union,
    shapes.Ref: lambda shape, numbers: ("r", (numbers[shape.type],)),
    shapes.Tensor: _tensor,
    shapes.Tokens: _tokens,
}
