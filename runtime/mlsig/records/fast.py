"""The fast path of a record: up to three steps, put together from its declaration when it is first used.

    prepare    refuse ready-made records, which msgspec would pass unchecked; give aliases their names
    convert    msgspec, in C: types, bounds, missing and unknown names
    settle     what msgspec does not know: patterns, unique items, multiples, transforms and checks

Where the compiled kernel is installed, a plan is tried instead of the first two, and they after it.
Whatever raises is a doubt and decides nothing. A step that a record does not need is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import countOf
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import convert
from msgspec.json import Decoder

from mlsig import shapes
from mlsig.records.planning import planned
from mlsig.records.preparing import prepare, renames
from mlsig.records.reached import holds, parts
from mlsig.records.rules import Doubt
from mlsig.records.settling import Careful, settle
from mlsig.types.kernel import Plan
from mlsig.types.standins import hold
from mlsig.types.texts import reader

One: TypeAlias = Callable[[Any], Any]
Many: TypeAlias = Callable[[Any], list[Any]]
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


@dataclass(frozen=True, slots=True)
class Fast:
    """What makes records of one class: functions that raise whatever they like where they doubt.

    `value` takes data and `values` a list of it; `text`, `texts` and `lines` take JSON: one object, an array,
    and an object a line. `prepare` and `settle` are the steps around `convert` that a class needs; `held`
    ones need msgspec to ask `hold`, and `known` ones have a fast path at all. `plan` is the kernel's, which
    `value` and `values` try first; `otherwise` does what `value` does where it doubts.
    """

    value: One
    values: Many
    text: One
    texts: Many
    lines: Many
    prepare: One | None = None
    settle: One | None = None
    held: bool = False
    known: bool = True
    plan: Plan | None = None
    otherwise: One | None = None

    @property
    def bare(self) -> bool:
        """Say whether a class needs nothing but `convert`."""
        return self.known and not (self.prepare or self.settle or self.held)


@cache
def fast(record: type[Any]) -> Fast:
    """Return the fast path of a class."""
    shape: shapes.RecordShape = record.shape()
    hook: Any = hold if holds(shape) else None
    try:
        prepared, settled = prepare(shape), settle(shape)
        decoder: Decoder[Any] = Decoder(record, dec_hook=hook)
        batches: Decoder[list[Any]] = Decoder(_list_of(record), dec_hook=hook)
    except (Careful, TypeError):  # msgspec refuses some types, such as two records in one union
        return Fast(_doubt, _doubt, _doubt, _doubt, _doubt, known=False)
    value = _value(record, prepared, settled, hook)
    values = _values(record, prepared, settled, hook)
    plan, otherwise = planned(shape), value
    if plan is not None:
        value, values = _by_plan(plan, settled, value), _all_by_plan(plan, settled, values)
    if renames(shape):
        # The decoder knows one name of each field, so the text is read as plain data first.
        plain: Decoder[Any] = Decoder()
        return Fast(
            value,
            values,
            lambda raw: value(plain.decode(raw)),
            lambda raw: values(plain.decode(raw)),
            lambda raw: values(plain.decode_lines(raw)),
            prepared,
            settled,
            hook is not None,
            plan=plan,
            otherwise=otherwise,
        )
    floats = any(isinstance(part, shapes.Tensor) and part.dtype.startswith("float") for part in parts(shape))
    text = reader(record, decoder.decode) if floats else decoder.decode
    return Fast(
        value,
        values,
        text if settled is None else _then(text, settled),
        batches.decode if settled is None else _then_each(batches.decode, settled),
        decoder.decode_lines if settled is None else _then_each(decoder.decode_lines, settled),
        prepared,
        settled,
        hook is not None,
        plan=plan,
        otherwise=otherwise,
    )


def _value(record: type[Any], prepared: One | None, settled: One | None, hook: Any) -> One:
    """Return the three steps for one value."""

    def value(data: Any) -> Any:
        if _type(data) is not dict:
            raise Doubt
        if prepared is not None:
            data = prepared(data)
        made = convert(data, record) if hook is None else convert(data, record, dec_hook=hook)
        return made if settled is None else settled(made)

    return value


def _values(record: type[Any], prepared: One | None, settled: One | None, hook: Any) -> Many:
    """Return the three steps for a list. msgspec would read a type that is no class anew each time."""
    batch: Any = msgspec.defstruct("Batch", [("items", _list_of(record))])

    def values(items: Any) -> list[Any]:
        if _type(items) is not list or countOf(map(type, items), dict) != len(items):
            raise Doubt
        if prepared is not None:
            items = list(map(prepared, items))
        found: list[Any] = convert({"items": items}, batch, dec_hook=hook).items
        return found if settled is None else list(map(settled, found))

    return values


def _by_plan(plan: Plan, settled: One | None, otherwise: One) -> One:
    """Return what makes a value by a plan, and otherwise where that doubts."""
    read = plan.read

    def value(data: Any) -> Any:
        made = read(data)
        return otherwise(data) if made is None else made if settled is None else settled(made)

    return value


def _all_by_plan(plan: Plan, settled: One | None, otherwise: Many) -> Many:
    """Return what makes values by a plan, and otherwise where that doubts."""
    read = plan.read_many

    def values(items: Any) -> list[Any]:
        made = read(items)
        return otherwise(items) if made is None else made if settled is None else list(map(settled, made))

    return values


def _list_of(record: Any) -> Any:
    return list[record]


def _then(read: One, settled: One) -> One:
    return lambda raw: settled(read(raw))


def _then_each(read: Many, settled: One) -> Many:
    return lambda raw: list(map(settled, read(raw)))


def _doubt(_data: object) -> Any:
    raise Doubt
