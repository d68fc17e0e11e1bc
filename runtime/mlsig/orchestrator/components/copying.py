"""Records that two callers may have at once: what cannot change is shared, lists and maps are copied.

    copy = copier(Nested.shape())     # None where a record may not be kept
    copy(record) == record            # and a list in one of them can be changed without the other

A copy is made by what is declared, so it is a fraction of the work of reading the record again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

from msgspec.structs import force_setattr

from mlsig import shapes
from mlsig.records.reached import parts

Copy: TypeAlias = Callable[[Any], Any]
_type: Final = cast("Callable[[object], type[Any]]", type)  # so that no type checker narrows what we look at

_SHARED: Final = (
    shapes.Text,
    shapes.Integer,
    shapes.Number,
    shapes.Boolean,
    shapes.Date,
    shapes.DateTime,
    shapes.Choice,
    shapes.Literal,
    shapes.Tensor,  # an array of a record is read-only
)
_NOT_KEPT: Final = (shapes.Json, shapes.Keyed, shapes.Key, shapes.Medium)
"""Any JSON would have to be copied piece by piece; keys and files are not for keeping."""


def copier(shape: shapes.RecordShape) -> Copy | None:
    """Return what makes another record of one, or None where records of the shape are not to be kept.

    Those are the ones with secrets, files or free JSON inside, and those that a function of the user has
    changed on the way: it may do something else the next time.
    """
    for part in parts(shape):
        if isinstance(part, _NOT_KEPT):
            return None
        if isinstance(part, shapes.RecordShape) and (part.partial or any(t.python for t in part.transforms)):
            return None
    return _record(shape, {}) or _same


def _same(value: Any) -> Any:
    return value


def _copy(shape: shapes.Shape, known: dict[type[Any], list[Copy | None]]) -> Copy | None:
    """Return what copies values of a shape; None where they can be shared."""
    if isinstance(shape, _SHARED):
        return None
    if isinstance(shape, shapes.Tokens):
        return list
    if isinstance(shape, shapes.Array):
        item = _copy(shape.items, known)
        return list if item is None else lambda values: [item(value) for value in values]
    if isinstance(shape, shapes.Mapping):
        value_ = _copy(shape.values, known)
        return dict if value_ is None else lambda values: {key: value_(each) for key, each in values.items()}
    if isinstance(shape, shapes.Optional):
        inner = _copy(shape.shape, known)
        return inner and (lambda value: None if value is None else inner(value))
    if isinstance(shape, shapes.Union):
        return _any(shape, known)
    if isinstance(shape, shapes.Ref):
        shape = shape.type.shape()
    return _record(cast("shapes.RecordShape", shape), known)


def _any(shape: shapes.Union, known: dict[type[Any], list[Copy | None]]) -> Copy | None:
    copies = {_class_of(option): copy for option in shape.options if (copy := _copy(option, known))}
    if not copies:
        return None

    def copied(value: Any) -> Any:
        copy = copies.get(_type(value))
        return value if copy is None else copy(value)

    return copied


def _class_of(shape: shapes.Shape) -> type[Any]:
    """Return the class of the values of a shape that is copied; no union is written in another."""
    if isinstance(shape, shapes.RecordShape | shapes.Ref):
        return shape.type
    return dict if isinstance(shape, shapes.Mapping) else list


def _record(shape: shapes.RecordShape, known: dict[type[Any], list[Copy | None]]) -> Copy | None:
    made_before = known.get(shape.type)
    if made_before is not None:
        return made_before[0] if made_before else lambda value: _again(made_before, value)
    found: list[Copy | None] = []
    known[shape.type] = found
    fields = tuple((field.name, copy) for field in shape.fields if (copy := _copy(field.shape, known)))

    def copied(record: Any) -> Any:
        made = record.__copy__()
        for name, copy in fields:
            force_setattr(made, name, copy(getattr(record, name)))
        return made

    found.append(copied if fields else None)
    return found[0]


def _again(found: list[Copy | None], value: Any) -> Any:
    """Copy a record inside one of its own kind."""
    copy = found[0]
    return value if copy is None else copy(value)
