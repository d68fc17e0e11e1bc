"""What expressions over values mean: equality, membership, and the functions that Python does not have.

    unique([1, 2, 1])   ->   [1, 2]          equal(1, True)   ->   False

Generated checks and transforms call these, and the compiler's own evaluation does too, so that both mean the
same. An expression has no value where one of `NO_VALUE` is raised: a division by 0, an item that is not
there, a number beyond every float. Its check fails then.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar, cast, overload

import msgspec

LONGEST: Final = 10_000_000
MOST_BITS: Final = 1024
MOST_DIGITS: Final = 400  # of any float or int here; more would take time, and change nothing

NumberT = TypeVar("NumberT", int, float)
ItemT = TypeVar("ItemT")


class NoValue(Exception):
    """An expression has no value: a division by 0, an item that is not there, a number beyond every float."""


NO_VALUE: Final = (
    NoValue,
    ArithmeticError,  # a division by 0, an overflow
    LookupError,  # an index or a key that is not there
    ValueError,  # the least of nothing, the root of a negative number
    TypeError,  # times with and without a zone
)


def equal(left: object, right: object) -> bool:
    """Compare as the language does: 1 equals 1.0, and true equals only true, inside of lists and maps too."""
    return same(left) == same(right)


def same(value: object) -> Hashable:
    """Return what equal values, and only they, have in common."""
    found = _plain(value)
    if isinstance(found, bool):
        return ("bool", found)
    if isinstance(found, Mapping):
        entries = cast("Mapping[str, object]", found)
        return ("map", frozenset((key, same(inner)) for key, inner in entries.items()))
    if isinstance(found, list | tuple):
        return ("list", tuple(same(item) for item in cast("list[object]", found)))
    return cast("Hashable", found)  # a number, a string, a date or null


def contains(part: object, whole: object) -> bool:
    """Say whether a list has an item, a map a key, a text a part."""
    found = _plain(whole)
    if isinstance(found, str):
        return isinstance(part, str) and part in found
    if isinstance(found, Mapping | list | tuple):
        wanted = same(part)
        return any(same(item) == wanted for item in cast("list[object]", found))
    return False


def some(value: ItemT | None) -> ItemT:
    """Return a value that is not null, as is known from conditions that no type checker understands.

    Raises:
        NoValue: It is null.
    """
    if value is None:
        raise NoValue("it is null")
    return value


def known(value: object) -> Any:
    """Return a value whose type is known from conditions that no type checker understands."""
    return value


def finite(value: NumberT) -> NumberT:
    """Return a number.

    Raises:
        NoValue: It is beyond every float.
    """
    if math.isfinite(value) if isinstance(value, float) else value.bit_length() <= MOST_BITS:
        return value
    raise NoValue("the number is beyond every float")


def numbers(value: Any) -> Iterator[float]:
    """Yield the numbers of a list, a vector or a matrix."""
    for item in _plain(value):
        if isinstance(item, list | tuple):
            yield from numbers(item)
        else:
            yield item


def minimum(value: Any) -> float:
    """Return the smallest number of a vector."""
    return min(numbers(value))


def maximum(value: Any) -> float:
    """Return the largest number of a vector."""
    return max(numbers(value))


def total(value: Any) -> float:
    """Return the sum of the numbers of a vector."""
    return finite(sum(numbers(value)))


def mean(value: Any) -> float:
    """Return the average of the numbers of a list or a vector."""
    found = list(numbers(value))
    return finite(sum(found) / len(found))


def norm(value: Any) -> float:
    """Return the length of a vector."""
    return finite(math.hypot(*numbers(value)))


@overload
def rounded(value: int, digits: int) -> int: ...


@overload
def rounded(value: float, digits: int) -> float: ...


def rounded(value: float, digits: int) -> float:
    """Return the nearest number with so many digits after the point."""
    return round(value, max(-MOST_DIGITS, min(digits, MOST_DIGITS)))


def unique(items: list[ItemT]) -> list[ItemT]:
    """Return the items without repetitions, each where it first stands."""
    found: dict[Hashable, ItemT] = {}
    for item in items:
        found.setdefault(same(item), item)
    return list(found.values())


def join(texts: list[str], separator: str) -> str:
    """Return the texts in one, with the separator between them.

    Raises:
        NoValue: That would be too long.
    """
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST:
        raise NoValue("the text is too long")
    return separator.join(texts)


def matches(text: str, pattern: str) -> bool:
    """Say whether a regular expression of Python finds something."""
    return re.search(pattern, text) is not None


def timed(value: Any, other: Any) -> Any:
    """Return a string that is compared with a date as the date that it says.

    Raises:
        ValueError: It says none.
    """
    if not isinstance(value, str) or not isinstance(other, date):
        return value
    return datetime.fromisoformat(value) if isinstance(other, datetime) else date.fromisoformat(value)


def settled(value: Any, of: tuple[Any, ...] = ()) -> Any:
    """Return a value that is no number beyond every float, unless it was made `of` one, and no endless text.

    Raises:
        NoValue: It is.
    """
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value) or not any(isinstance(x, float) and math.isinf(x) for x in of):
            raise NoValue("the number is beyond every float")
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise NoValue("the number is beyond every float")
    elif isinstance(value, str) and len(value) > LONGEST:
        raise NoValue("the text is too long")
    return value


def _plain(value: Any) -> Any:
    """Return an array as its lists, and a record as its fields."""
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if hasattr(cast("object", type(value)), "tolist"):
        return value.tolist()
    return value


# Operators and functions by their names, for whoever evaluates an expression that is data: the compiler, and
# calculations of resources. What they return has to be `settled`.


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def extreme(first: Any, *more: Any) -> Any:
        return choose(list(numbers((first, *more) if more else first)))

    return extreme


def _round(value: Any, digits: int | None = None) -> Any:
    return round(value) if digits is None else rounded(value, digits)


def _part(text: str, part: str) -> bool:
    return part in text


_operator: Final[Any] = operator  # whose types say less than nothing to some type checkers
ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": _operator.add,
    "-": _operator.sub,
    "*": _operator.mul,
    "/": _operator.truediv,
    "//": _operator.floordiv,
    "%": _operator.mod,
}
COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": contains,
    "not in": lambda part, whole: not contains(part, whole),
}
CALLS: Final[dict[str, Callable[..., Any]]] = {
    "len": len,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": total,
    "abs": abs,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": _part,
    "matches": matches,  # an expression of Python, anchored where the language's begins
    "split": str.split,
    "join": join,
    "sorted": sorted,
    "unique": unique,
    "norm": norm,
    "mean": mean,
}
