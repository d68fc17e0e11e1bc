"""Data made ready for msgspec: nothing inside it is a ready-made record, and fields have their own names.

msgspec passes a record that is already one, checked or not, and knows one name of each field.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import countOf
from typing import Any, Final, TypeAlias, cast

import msgspec

from mlsig import shapes
from mlsig.records.reached import inside, records
from mlsig.records.rules import Doubt

Look: TypeAlias = Callable[[Any], Any]
"""Takes a value that is not null and returns it as msgspec may read it; raises where it doubts."""

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def prepare(shape: shapes.RecordShape) -> Look | None:
    """Return what prepares the data of a record, None where any object will do."""
    return None if _simple(shape) else _record(shape, {})


def renames(shape: shapes.RecordShape) -> bool:
    """Say whether a record, or one inside it, has fields with two names."""
    return any(field.alias for record in records(shape) for field in record.fields)


def _simple(shape: shapes.RecordShape) -> bool:
    """Say whether a record holds no other, not even one of its own kind, and has one name for each field."""
    return not any(_names_record(field.shape) or field.alias for field in shape.fields)


def _names_record(shape: shapes.Shape) -> bool:
    return isinstance(shape, shapes.Ref | shapes.RecordShape) or any(map(_names_record, inside(shape)))


def _record(shape: shapes.RecordShape, made: dict[type[Any], Look]) -> Look:
    """Return what prepares a record; `made` has those that are done, or being made further up."""
    if shape.type in made:
        return lambda data: made[shape.type](data)  # noqa: PLW0108  (it is not there yet)
    made[shape.type] = _object  # replaced below, before anybody calls it
    aliases = tuple((field.alias, field.name) for field in shape.fields if field.alias)
    looks = [(field.name, look) for field in shape.fields if (look := _look(field.shape, made))]
    objects = tuple(name for name, look in looks if look is _object)
    lists = tuple(name for name, look in looks if look is _objects)
    deeper = tuple((name, look) for name, look in looks if look is not _object and look is not _objects)
    made[shape.type] = found = _members(aliases, objects, lists, deeper)
    return found


def _look(shape: shapes.Shape, made: dict[type[Any], Look]) -> Look | None:
    """Return what prepares a value, None where there is nothing to do."""
    if isinstance(shape, shapes.Optional):
        return _look(shape.shape, made)
    if isinstance(shape, shapes.Ref):
        record = shape.type.shape()
        return _object if _simple(record) else _record(record, made)
    if isinstance(shape, shapes.Array):
        look = _look(shape.items, made)
        if look is _object and isinstance(shape.items, shapes.Ref):
            return _objects
        return None if look is None else _each(look)
    if isinstance(shape, shapes.Mapping):
        look = _look(shape.values, made)
        return None if look is None else _each_value(look)
    if isinstance(shape, shapes.Union):
        return _either(shape, made)
    return None


def _either(shape: shapes.Union, made: dict[type[Any], Look]) -> Look | None:
    """Return what prepares a value of a union; of several records, `Either` prepares the one it takes."""
    looks: dict[object, Look] = {
        list if isinstance(option, shapes.Array) else dict: look
        for option in shape.options
        if (look := _look(option, made))
    }
    if sum(isinstance(option, shapes.Ref) for option in shape.options) > 1:
        del looks[dict]  # `Either` takes nothing that is ready-made
    if not looks:
        return None

    def either(value: Any) -> Any:
        look = looks.get(_type(value))
        if look is not None:
            return look(value)
        if isinstance(value, msgspec.Struct):
            raise Doubt
        return value

    return either


def _members(
    aliases: tuple[tuple[str, str], ...],
    objects: tuple[str, ...],
    lists: tuple[str, ...],
    deeper: tuple[tuple[str, Look], ...],
) -> Look:
    """Return what prepares an object, by what its members are; what is not there, msgspec reports."""
    if len(aliases) == 1 and not (objects or lists or deeper):
        ((alias, own),) = aliases

        def named(data: Any) -> Any:
            if _type(data) is not dict:
                raise Doubt
            if alias in data:
                if own in data:
                    raise Doubt
                data = data.copy()
                data[own] = data.pop(alias)
            return data

        return named

    def members(data: Any) -> Any:
        if _type(data) is not dict:
            raise Doubt
        if aliases:
            data = _named(data, aliases)
        for name in objects:
            if _type(data.get(name)) not in _OBJECT_OR_NULL:
                raise Doubt
        for name in lists:
            items = data.get(name)
            if items is not None:
                _objects(items)
        for name, look in deeper:
            value = data.get(name)
            if value is not None and (ready := look(value)) is not value:
                data = {**data, name: ready}
        return data

    return members


def _named(data: dict[str, Any], aliases: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return data in which each field has its own name."""
    for alias, name in aliases:
        if alias in data:
            if name in data:
                raise Doubt
            data = dict(data)
            data[name] = data.pop(alias)
    return data


def _object(value: Any) -> Any:
    if _type(value) is not dict:
        raise Doubt
    return value


def _objects(values: Any) -> Any:
    if _type(values) is not list or countOf(map(type, values), dict) != len(values):
        raise Doubt
    return values


def _each(look: Look) -> Look:
    def each(values: Any) -> Any:
        if _type(values) is not list:
            raise Doubt
        return [None if value is None else look(value) for value in values]

    return each


def _each_value(look: Look) -> Look:
    def each(values: Any) -> Any:
        if _type(values) is not dict:
            raise Doubt
        return {key: None if value is None else look(value) for key, value in values.items()}

    return each


_OBJECT_OR_NULL: Final = frozenset[object]({dict, type(None)})
