"""What a declaration is made of: all its parts, through the records that it names.

list(parts(Passage.shape()))  ->  RecordShape, Text, Optional, Number, …
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mlsig import shapes

_ONE_INSIDE: Final[dict[type[Any], str]] = {
    shapes.Array: "items",
    shapes.Mapping: "values",
    shapes.Optional: "shape",
}


def inside(shape: shapes.Shape) -> tuple[shapes.Shape, ...]:
    """Return what is written inside a shape; a record by its class has nothing written inside."""
    if isinstance(shape, shapes.RecordShape):
        return tuple(field.shape for field in shape.fields)
    if isinstance(shape, shapes.Union):
        return shape.options
    name = _ONE_INSIDE.get(type(shape))
    return (getattr(shape, name),) if name else ()


def parts(shape: shapes.Shape) -> Iterator[shapes.Shape]:
    """Yield a shape and everything that it reaches, each record once."""
    seen: set[type[Any]] = set()
    waiting = [shape]
    while waiting:
        part = waiting.pop()
        if isinstance(part, shapes.Ref):
            part = part.type.shape()
        if isinstance(part, shapes.RecordShape):
            if part.type in seen:
                continue
            seen.add(part.type)
        yield part
        waiting.extend(reversed(inside(part)))


def records(shape: shapes.Shape) -> list[shapes.RecordShape]:
    """Return the records that a shape reaches, itself included where it is one."""
    return [part for part in parts(shape) if isinstance(part, shapes.RecordShape)]


def holds(shape: shapes.Shape) -> bool:
    """Say whether msgspec may have to ask the runtime for some value of a shape."""
    return any(isinstance(part, _HELD) for part in parts(shape))


_HELD: Final = (shapes.Union, shapes.Tensor, shapes.Tokens, shapes.Key, shapes.Medium, shapes.Keyed)
