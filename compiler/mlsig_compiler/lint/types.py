"""Ways through a type.

parts(list[A | B?])   ->   list[A | B?], A | B?, A, B?, B
"""

from __future__ import annotations

from collections.abc import Iterator

from mlsig_compiler import model


def parts(type_: model.Type) -> Iterator[model.Type]:
    """Yield a type and the types that it is made of, without looking into declarations."""
    yield type_
    match type_:
        case model.ListType(items):
            yield from parts(items)
        case model.MapType(values):
            yield from parts(values)
        case model.OptionalType(inner):
            yield from parts(inner)
        case model.UnionType(options):
            for option in options:
                yield from parts(option)
        case _:
            pass
