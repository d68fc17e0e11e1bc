"""Lists of tokens: ids, which are ints from 0, or the tokens' texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, cast

from msgspec import Meta, Struct, ValidationError, convert

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types import checks
from mlsig.types.jsonlike import is_a
from mlsig.types.kernel import kernel
from mlsig.types.shown import shown

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
_TEXT: Final = frozenset[object]({str})


class _Ids(Struct, gc=False):
    """What msgspec reads ids as: it takes exact ints, and makes such of their subclasses."""

    ids: list[Annotated[int, Meta(ge=0)]]


def maker(low: int | None, high: int | None) -> Callable[[Any], list[Any]]:
    """Return a function that makes lists of tokens, and raises any exception where they may be none."""
    compiled = kernel()
    return maker_with(low, high, compiled.tokens if compiled else copied)


def maker_with(
    low: int | None, high: int | None, copy: Callable[[Any], list[Any] | None]
) -> Callable[[Any], list[Any]]:
    """Return what `maker` does; `copy` is the fast way to copy tokens, which returns None in doubt."""
    shape = shapes.Tokens(min_length=low, max_length=high)

    def make(value: Any) -> list[Any]:
        kind = _type(value)
        if kind is list and (low is None or len(value) >= low) and (high is None or len(value) <= high):
            found = copy(value)
            if found is not None:
                return found
        issues: list[Issue] = []
        found = read(shape, value, "", issues)
        if issues:
            raise ValueError(str(issues[0]))
        return found

    return make


def copied(value: Any) -> list[Any] | None:
    """Return a copy of a list of nothing but ids, or nothing but texts; None where it is anything else."""
    if value and _type(value[0]) is str:
        return value.copy() if _TEXT.issuperset(map(type, value)) else None
    try:
        return convert({"ids": value}, _Ids).ids
    except ValidationError:
        return None


def read(shape: shapes.Tokens, value: object, path: str, issues: list[Issue]) -> list[Any]:
    """Read tokens, and report everything that is none."""
    items = checks.ordered(value)
    if items is None:
        checks.wrong_type("a list of tokens", value, path, issues)
        return []
    checks.length(shape, items, path, issues)
    return [_token(item, f"{path}[{index}]", issues) for index, item in enumerate(items)]


def _token(value: object, path: str, issues: list[Issue]) -> int | str:
    if is_a(value, str):
        return str.__str__(value)
    if not is_a(value, int) or is_a(value, bool):
        checks.wrong_type("a token, which is an integer from 0 or a string", value, path, issues)
        return 0
    found = int.__int__(value)
    if found < 0:
        issues.append(Issue(path, "too_small", "must be at least 0", shown(found)))
    return found
