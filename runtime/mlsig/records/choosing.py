"""The option of a union that a value is, on the fast path: what `Either` stands for.

    chooser((Cat, Dog))({"kind": "cat", "lives": 9})  ->  Cat(lives=9), or an exception where there is doubt

An object is the record that the compiler has made sure it can only be: by the field whose values tell the
records apart, else by the names that it has. What msgspec does not know of it is settled with its owner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import convert

from mlsig import shapes
from mlsig.records import unions
from mlsig.records.preparing import prepare
from mlsig.records.reached import holds
from mlsig.records.rules import Doubt
from mlsig.types.standins import hold

Make: TypeAlias = Callable[[Any], Any]
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def chooser(options: tuple[Any, ...]) -> Make:
    """Return what makes a value of one of some types."""
    records: list[Any] = [option for option in options if _is_record(option)]
    others = [option for option in options if not _is_record(option)]
    by_record = _records(records) if records else None
    if by_record is not None and not others:
        return by_record

    def make(value: Any) -> Any:
        if by_record is not None and _type(value) is dict:
            return by_record(value)
        for other in others:
            try:
                return convert(value, other, dec_hook=hold)
            except msgspec.ValidationError:
                continue
        raise Doubt

    return make


def _is_record(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, msgspec.Struct)


def _records(records: list[Any]) -> Make:
    """Return what makes a record of an object, and raises for anything else."""
    declared: list[shapes.RecordShape] = [record.shape() for record in records]
    makes = [_maker(shape) for shape in declared]
    tag = unions.tag_of(declared)
    texts = [unions.fixed_texts(shape, tag) for shape in declared]
    if all(texts):
        tags = {option: make for options, make in zip(texts, makes, strict=True) for option in options}
        plain = {
            option: shape.type for options, shape in zip(texts, declared, strict=True) for option in options
        }
        plain = {} if any(holds(shape) or prepare(shape) for shape in declared) else plain

        def tagged(data: Any) -> Any:
            if _type(data) is not dict:
                raise Doubt
            value = data[tag]
            if _type(value) is not str:
                raise Doubt
            return convert(data, plain[value]) if plain else tags[value](data)

        return tagged

    def fitted(data: Any) -> Any:
        if _type(data) is not dict:
            raise Doubt
        return makes[declared.index(_only(unions.fitting(declared, data)))](data)

    return fitted


def _only(records: list[shapes.RecordShape]) -> shapes.RecordShape:
    (found,) = records
    return found


def _maker(shape: shapes.RecordShape) -> Make:
    prepared = prepare(shape)
    record = shape.type
    if not holds(shape):
        if prepared is None:
            return lambda data: convert(data, record)
        return lambda data: convert(prepared(data), record)
    return lambda data: convert(data if prepared is None else prepared(data), record, dec_hook=hold)
