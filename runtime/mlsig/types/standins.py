"""What annotations such as `Held[Float32Array, 384]` are at run time: classes that msgspec asks `hold` about.

Each size of array has a class of its own, since the class is all that `hold` is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

Sizes: TypeAlias = tuple[int | None, ...]
Make: TypeAlias = Callable[[Any], Any]


class StandIn(type):
    """The class of stand-ins. The one instance that a stand-in has is what `hold` has just returned.

    So where msgspec was not told to ask `hold`, it accepts nothing.
    """

    make: Make
    """What `hold` calls; set on each stand-in."""

    depth: int = 0
    """The number of dimensions, on stand-ins for arrays of floats."""

    options: tuple[Any, ...] = ()
    """The types of a union, on its stand-in."""

    dtype: str = ""
    """NumPy's name of what an array holds, on stand-ins for arrays."""

    extents: Sizes = ()
    """The extents of an array, or the least and greatest length of a token list."""

    def __instancecheck__(cls, instance: object) -> bool:
        fresh = _fresh.pop() if _fresh else None
        return instance is not None and instance is fresh

    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from mlsig.records import pydantic_types  # noqa: PLC0415  (pydantic is there: it is asking)

        return pydantic_types.stand_in(cls, handler)


class Arrays:
    """A kind of arrays: `Float32Array`."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype
        self._made: dict[Sizes, StandIn] = {}

    def sized(self, extents: Sizes) -> StandIn:
        """Return the stand-in for arrays of a shape."""
        found = self._made.get(extents)
        if found is None:
            found = _stand_in(f"{self._dtype}{list(extents)}")
            found.make = _first(found, self._dtype, extents)
            found.dtype, found.extents = self._dtype, extents
            if self._dtype.startswith("float"):
                found.depth = len(extents)
            self._made[extents] = found
        return found


class Held:
    """`Held[Float32Array, 384]`: the stand-in of a kind, of a size."""

    def __class_getitem__(cls, items: tuple[Any, ...]) -> StandIn:
        kind, *sizes = items
        found: StandIn = kind.sized(tuple(sizes))
        return found


def hold(kind: Any, value: object) -> Any:
    """Return a value as what its annotation stands for; any exception is a doubt, which `explain` settles."""
    found = kind.make(value)
    _fresh[:] = (found,)
    return found


def _stand_in(name: str) -> StandIn:
    return StandIn(name, (), {})


def _give(kind: StandIn, make: Make) -> None:
    kind.make = make


def _first(kind: StandIn, dtype: str, extents: Sizes) -> Make:
    def make(value: Any) -> Any:
        from mlsig.types.arrays import maker  # noqa: PLC0415  (imports NumPy)

        kind.make = maker(dtype, extents)
        return kind.make(value)

    return make


class _Tokens(StandIn):
    """The class of `Tokens`, which stands for token lists of any length, and makes those of some."""

    def sized(cls, lengths: Sizes) -> StandIn:
        found = _token_lists.get(lengths)
        if found is None:
            found = _stand_in("Tokens")
            found.make = _tokens(found, *lengths)
            found.extents = lengths
            _token_lists[lengths] = found
        return found


def _tokens(kind: StandIn, low: int | None = None, high: int | None = None) -> Make:
    def make(value: Any) -> Any:
        from mlsig.types.tokens import maker  # noqa: PLC0415  (which reads records, and they hold these)

        kind.make = maker(low, high)
        return kind.make(value)

    return make


_fresh: Final[list[object]] = []
_token_lists: Final[dict[Sizes, StandIn]] = {}
Tokens: Final = _Tokens("Tokens", (), {})
_give(Tokens, _tokens(Tokens))
