"""One answer out of several: a vote on each field, by what its type says is the same.

| type | wins |
| --- | --- |
| enum, literal, bool, int, date | the value that most answers have |
| str | the text that most have, whatever its case, blanks and closing stop; as it was written first |
| float | the median (of an even number, the lower middle): a value that some answer has |
| record | each of its fields by itself |
| optional | null or not by majority, then the value among those that have one |
| anything else | the value that most have |

The first that was seen wins a tie. What no two answers agree about (free text, mostly) has no majority: it is
taken from the answer that agrees best with what the others decided, so that a reason stays with its result.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from mlsig import shapes
from mlsig.errors import ValidationError
from mlsig.parsing import Reading
from mlsig.records import Record
from mlsig.types import held


class _Won(NamedTuple):
    """The value of a field; `firm` where more than one answer has it, or its type needs no majority."""

    value: Any
    firm: bool


def vote(readings: Sequence[Reading[Any]], disagrees: Callable[[Any], bool]) -> Reading[Any]:
    """Return the answer that the readings vote for.

    Where one of them is that answer, it is returned as it is, with what was written before it. Where none is,
    and the fields that won do not go together, the answer that agrees with most of them is returned.

    Args:
        readings: At least one.
        disagrees: Says whether an output does not fit the inputs.
    """
    outputs = [reading.output for reading in readings]
    shape = outputs[0].shape()
    won = {
        field.name: _settle(field.shape, [getattr(one, field.name) for one in outputs])
        for field in shape.fields
    }
    agreeing = [
        sum(
            _same(field.shape, getattr(one, field.name), won[field.name].value)
            for field in shape.fields
            if won[field.name].firm
        )
        for one in outputs
    ]
    nearest = readings[max(range(len(readings)), key=lambda place: agreeing[place])]
    chosen = {
        name: found.value if found.firm else getattr(nearest.output, name) for name, found in won.items()
    }
    if all(chosen[name] is getattr(nearest.output, name) for name in chosen):
        return nearest
    if all(
        _same(field.shape, chosen[field.name], getattr(nearest.output, field.name)) for field in shape.fields
    ):
        return nearest
    kind: type[Record] = nearest.output.__class__
    try:
        output = kind.validate(chosen)
    except ValidationError:
        return nearest
    return nearest if disagrees(output) else Reading(output, nearest.lead, nearest.repairs)


def _settle(shape: shapes.Shape, values: list[Any]) -> _Won:
    match shape:
        case shapes.Optional(inner):
            there = [value for value in values if value is not None]
            absent = len(values) - len(there)
            if absent > len(there) or (absent == len(there) and values[0] is None):
                return _Won(None, absent > 1 or len(values) == 1)
            return _settle(inner, there)
        case shapes.Number():
            return _Won(sorted(values)[(len(values) - 1) // 2], True)
        case shapes.RecordShape() | shapes.Ref():
            return _settle_record(shape, values)
        case _:
            return _most(shape, values)


def _settle_record(shape: shapes.RecordShape | shapes.Ref, values: list[Any]) -> _Won:
    inner = shape.type.shape() if isinstance(shape, shapes.Ref) else shape
    found = {
        field.name: _settle(field.shape, [getattr(one, field.name) for one in values])
        for field in inner.fields
    }
    firm = [field for field in inner.fields if found[field.name].firm]
    whole = max(
        values,
        key=lambda one: sum(
            _same(field.shape, getattr(one, field.name), found[field.name].value) for field in firm
        ),
    )
    chosen = {name: won.value if won.firm else getattr(whole, name) for name, won in found.items()}
    kind: type[Record] = whole.__class__
    try:
        return _Won(kind.validate(chosen), bool(firm))
    except ValidationError:
        return _Won(whole, bool(firm))


def _most(shape: shapes.Shape, values: list[Any]) -> _Won:
    keys = [_key(shape, value) for value in values]
    counts: dict[Any, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    best = max(counts, key=lambda key: counts[key])
    return _Won(values[keys.index(best)], counts[best] > 1 or len(values) == 1)


def _same(shape: shapes.Shape, one: Any, other: Any) -> bool:
    return bool(_key(shape, one) == _key(shape, other))


def _key(shape: shapes.Shape, value: Any) -> Any:
    """Return what is equal for values that mean the same."""
    if isinstance(shape, shapes.Optional):
        return None if value is None else _key(shape.shape, value)
    if isinstance(shape, shapes.Text) and isinstance(value, str):
        return canonical(value)
    plain = msgspec.to_builtins(value, enc_hook=held.plain)
    # The kind is part of it: True, 1 and "1" are different values of a literal.
    return type(plain).__name__, msgspec.json.encode(plain, order="deterministic")


def canonical(text: str) -> str:
    """Return what is left of a text without case, width of letters, blanks, and quotes or stops around it."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded.strip("\"'`\u201c\u201d\u2018\u2019.!,; ") or folded
