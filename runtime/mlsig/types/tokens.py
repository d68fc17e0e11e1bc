"""Lists of tokens: ids, which are ints from 0, or the tokens' texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from msgspec.json import encode

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types import checks
from mlsig.types.shown import shown

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
_ANYTHING_ELSE: Final = (b'"', b"-", b".", b"e", b"n", b"{")


def make(value: Any, low: int | None, high: int | None) -> list[Any]:
    """Return a new list of the tokens.

    Raises:
        Exception: Any, where they may not be tokens.
    """
    kind = _type(value)
    if kind is list and (low is None or len(value) >= low) and (high is None or len(value) <= high):
        # Text of nothing but digits and commas in one pair of brackets is a list of ints from 0.
        text = encode(value)
        if not any(mark in text for mark in _ANYTHING_ELSE) and text.rfind(b"[") == 0:
            copied: list[Any] = value.copy()
            return copied
    issues: list[Issue] = []
    found = read(shapes.Tokens(min_length=low, max_length=high), value, "", issues)
    if issues:
        raise ValueError(str(issues[0]))
    return found


def read(shape: shapes.Tokens, value: object, path: str, issues: list[Issue]) -> list[Any]:
    """Read tokens, and report everything that is none."""
    items = checks.ordered(value)
    if items is None:
        checks.wrong_type("a list of tokens", value, path, issues)
        return []
    checks.length(shape, items, path, issues)
    return [_token(item, f"{path}[{index}]", issues) for index, item in enumerate(items)]


def _token(value: object, path: str, issues: list[Issue]) -> int | str:
    if isinstance(value, str):
        return str.__str__(value)
    if not isinstance(value, int) or isinstance(value, bool):
        checks.wrong_type("a token, which is an integer from 0 or a string", value, path, issues)
        return 0
    found = int.__int__(value)
    if found < 0:
        issues.append(Issue(path, "too_small", "must be at least 0", shown(found)))
    return found
