"""What the functions of expressions do, and what equality means.

CALLS["unique"]([1, 2, 1])   ->   [1, 2]

A function without a value for its arguments raises `EvaluationError`. Numbers stay finite and
texts bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Final, cast

from mlsig_compiler.model import EnumMember
from mlsig_compiler.patterns import anchored

LONGEST: Final = 10_000_000
MOST_BITS: Final = 1024
MOST_DIGITS: Final = 400  # of any float or int here; more would take time, and change nothing


class EvaluationError(Exception):
    """An expression has no value: a division by 0, an item that is not there, a number beyond every float."""


def equal(left: Any, right: Any) -> bool:
    """Compare as the language does: 1 equals 1.0, and true equals only true, inside of lists and maps too."""
    return same(left) == same(right)


def same(value: Any) -> Hashable:
    """Return what equal values, and only they, have in common."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, EnumMember):
        return value.name
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return ("map", frozenset((key, same(inner)) for key, inner in entries.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple(same(item) for item in cast("list[Any]", value)))
    return value  # type: ignore[no-any-return]  # a number, a string, a date or null


def contains(part: Any, whole: Any) -> bool:
    """Say whether a list has an item, a map a key, a text a part."""
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, Mapping | list | tuple):
        wanted = same(part)
        return any(same(item) == wanted for item in cast("list[Any]", whole))
    return False


def finite(value: Any, of: tuple[Any, ...] = ()) -> Any:
    """Return a value that is no number beyond every float, unless it was made `of` one, and no endless text.

    Raises:
        EvaluationError: It is.
    """
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value) or not any(isinstance(x, float) and math.isinf(x) for x in of):
            raise EvaluationError("the number is beyond every float")
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise EvaluationError("the number is beyond every float")
    elif isinstance(value, str) and len(value) > LONGEST:
        raise EvaluationError("the text is too long")
    return value


def _numbers(value: Any) -> Iterator[float]:
    """Yield the numbers of a list, a vector or a matrix."""
    for item in value:
        if isinstance(item, list | tuple):
            yield from _numbers(item)
        else:
            yield item


def _valued(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Python that says "no value" as the language does."""

    def valued(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError) as error:
            raise EvaluationError(str(error)) from None

    return valued


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def extreme(first: Any, *more: Any) -> Any:
        return choose(list(_numbers((first, *more) if more else first)))

    return extreme


def _sum(value: Any) -> float:
    return sum(_numbers(value))


def _part(text: str, part: str) -> bool:
    return part in text


def _mean(value: Any) -> float:
    numbers = list(_numbers(value))
    return sum(numbers) / len(numbers)


def _norm(value: Any) -> float:
    return math.hypot(*_numbers(value))


def _round(x: Any, digits: int | None = None) -> Any:
    return round(x) if digits is None else round(x, max(-MOST_DIGITS, min(digits, MOST_DIGITS)))


def _unique(items: list[Any]) -> list[Any]:
    found: dict[Hashable, Any] = {}
    for item in items:
        found.setdefault(same(item), item)
    return list(found.values())


def _join(texts: list[str], separator: str) -> str:
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST:
        raise EvaluationError("the text is too long")
    return separator.join(texts)


def _matches(text: str, pattern: str) -> bool:
    return re.search(anchored(pattern), text) is not None


_PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "len": len,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
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
    "matches": _matches,
    "split": str.split,
    "join": _join,
    "sorted": sorted,
    "unique": _unique,
    "norm": _norm,
    "mean": _mean,
}
CALLS: Final = {name: _valued(function) for name, function in _PLAIN.items()}
