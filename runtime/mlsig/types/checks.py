"""Scalars against their declaration, with every broken rule reported.

Each check takes a shape, a value, its path and the list of issues, and returns the value as its declared
type; what it returns means nothing when it added an issue. Coercions are those that the language declares:
an int becomes a float, ISO text becomes a date, a member's name becomes the member.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sized
from datetime import date, datetime
from typing import Any, Final

import msgspec

from mlsig import shapes
from mlsig.issues import Issue, Late
from mlsig.types.jsonlike import is_a
from mlsig.types.shown import kind_of, shown

TOLERANCE: Final = 1e-9
_PLAIN: Final = frozenset[object]({str, int, float, bool, type(None)})
_ORDERED: Final[tuple[type[Any], ...]] = (list, tuple)


def wrong_type(expected: str, value: object, path: str, issues: list[Issue]) -> None:
    """Report a value of the wrong kind; null is named as such."""
    if value is None:
        issues.append(Issue(path, "null", f"must be {expected}, not null", "null"))
    else:
        issues.append(Issue(path, "type", f"must be {expected}, not {kind_of(value)}", _late(value)))


def _late(value: Any) -> str | Late:
    """Return a value to be shown later where nothing can change it, else as it is shown now."""
    return ("{}", value) if type(value) in _PLAIN else shown(value)


def ordered(value: object) -> list[Any] | None:
    """Return the items of a list or a tuple, not asking an overridden method; None for anything else."""
    items: Any = value
    for kind in _ORDERED:
        if is_a(value, kind):
            found: Any = kind
            return list(found.__iter__(items))
    return None


def text(shape: shapes.Text, value: object, path: str, issues: list[Issue]) -> str:
    """Read a string."""
    if not is_a(value, str):
        wrong_type("a string", value, path, issues)
        return ""
    found = str.__str__(value)
    length(shape, found, path, issues)
    if shape.pattern is not None and re.search(shape.pattern, found) is None:
        issues.append(Issue(path, "pattern", f"must match the pattern {shape.pattern}", ("{}", found)))
    return found


def integer(shape: shapes.Integer, value: object, path: str, issues: list[Issue]) -> int:
    """Read an int; a bool is not one, and neither is 1.0."""
    if not is_a(value, int) or is_a(value, bool):
        wrong_type("an integer", value, path, issues)
        return 0
    found = int.__int__(value)
    _range(shape, found, path, issues)
    if shape.multiple_of is not None and found % shape.multiple_of:
        issues.append(_multiple(shape.multiple_of, found, path))
    return found


def number(shape: shapes.Number, value: object, path: str, issues: list[Issue]) -> float:
    """Read a finite float; an int is made one."""
    if not (is_a(value, int) or is_a(value, float)) or is_a(value, bool):
        wrong_type("a number", value, path, issues)
        return 0.0
    try:
        found = float(int.__int__(value)) if is_a(value, int) else float.__float__(value)
    except OverflowError:
        issues.append(Issue(path, "not_finite", "is too large for a number", shown(value)))
        return 0.0
    if not math.isfinite(found):
        issues.append(Issue(path, "not_finite", "must be a finite number", shown(found)))
        return 0.0
    _range(shape, found, path, issues)
    if shape.multiple_of is not None and not is_multiple(found, shape.multiple_of):
        issues.append(_multiple(shape.multiple_of, found, path))
    return found


def boolean(_shape: shapes.Boolean, value: object, path: str, issues: list[Issue]) -> bool:
    """Read a bool; neither 0 nor "true" is one."""
    if value is not True and value is not False:
        wrong_type("true or false", value, path, issues)
    return value is True


def day(_shape: shapes.Date, value: object, path: str, issues: list[Issue]) -> Any:
    """Read a date, or ISO 8601 text."""
    if is_a(value, date) and not is_a(value, datetime):
        return value
    return _moment(date, "a date such as 2026-11-23", value, path, issues)


def moment(_shape: shapes.DateTime, value: object, path: str, issues: list[Issue]) -> Any:
    """Read a datetime, or RFC 3339 text."""
    if is_a(value, datetime):
        return value
    return _moment(datetime, "a date and time such as 2026-11-23T18:30:00Z", value, path, issues)


def choice(shape: shapes.Choice, value: object, path: str, issues: list[Issue]) -> Any:
    """Read a member of an enum, or its name."""
    if type(value) is shape.type:
        return value
    if not is_a(value, str):
        wrong_type("a string", value, path, issues)
        return None
    found = str.__str__(value)
    for member in shape.type:
        if member.value == found:
            return member
    issues.append(_not_an_option(tuple(member.value for member in shape.type), found, path))
    return None


def literal(shape: shapes.Literal, value: object, path: str, issues: list[Issue]) -> Any:
    """Read one of fixed values; true is not 1."""
    found = value
    if is_a(value, str):
        found = str.__str__(value)
    elif is_a(value, int) and not is_a(value, bool):
        found = int.__int__(value)
    for option in shape.options:
        if type(option) is type(found) and option == found:
            return option
    if value is None or not (is_a(value, str) or is_a(value, int)):
        wrong_type(listed(shape.options), value, path, issues)
    else:
        issues.append(_not_an_option(shape.options, found, path))
    return None


def length(
    shape: shapes.Text | shapes.Array | shapes.Mapping | shapes.Tokens,
    value: Sized,
    path: str,
    issues: list[Issue],
) -> None:
    """Report a length outside its bounds."""
    found, unit = len(value), _UNITS[type(shape)]
    if shape.min_length is not None and found < shape.min_length:
        message = f"must have at least {_count(shape.min_length, unit)}, has {found}"
        issues.append(Issue(path, "too_short", message, _late(value)))
    if shape.max_length is not None and found > shape.max_length:
        message = f"must have at most {_count(shape.max_length, unit)}, has {found}"
        issues.append(Issue(path, "too_long", message, _late(value)))


def is_multiple(value: float, step: float) -> bool:
    """Say whether a float is a multiple of `step`, within a billionth of its size: 0.3 is one of 0.1."""
    return abs(math.remainder(value, step)) <= abs(value) * TOLERANCE


def _range(shape: shapes.Integer | shapes.Number, value: float, path: str, issues: list[Issue]) -> None:
    if shape.ge is not None and value < shape.ge:
        issues.append(Issue(path, "too_small", ("must be at least {}", shape.ge), ("{}", value)))
    if shape.gt is not None and value <= shape.gt:
        issues.append(Issue(path, "too_small", ("must be greater than {}", shape.gt), ("{}", value)))
    if shape.le is not None and value > shape.le:
        issues.append(Issue(path, "too_large", ("must be at most {}", shape.le), ("{}", value)))
    if shape.lt is not None and value >= shape.lt:
        issues.append(Issue(path, "too_large", ("must be less than {}", shape.lt), ("{}", value)))


def _multiple(step: float, value: float, path: str) -> Issue:
    return Issue(path, "not_multiple", ("must be a multiple of {}", step), ("{}", value))


def _moment(kind: Callable[..., Any], expected: str, value: object, path: str, issues: list[Issue]) -> Any:
    if not is_a(value, str):
        wrong_type(expected, value, path, issues)
        return None
    try:
        return msgspec.convert(str.__str__(value), kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        issues.append(Issue(path, "not_a_date", f"must be {expected}", shown(value)))
        return None


def _not_an_option(options: tuple[str | int | bool, ...], value: object, path: str) -> Issue:
    return Issue(path, "not_an_option", f"must be {listed(options)}", shown(value))


def listed(options: tuple[str | int | bool, ...]) -> str:
    """Return options as words, at most twenty."""
    words = [_BOOLS[option] if isinstance(option, bool) else shown(option) for option in options[:20]]
    words += ["…"] if len(options) > 20 else []
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


_BOOLS: Final = {False: "false", True: "true"}
_UNITS: Final[dict[type[Any], tuple[str, str]]] = {
    shapes.Text: ("character", "characters"),
    shapes.Array: ("item", "items"),
    shapes.Mapping: ("entry", "entries"),
    shapes.Tokens: ("token", "tokens"),
}


def counted(number: int, shape: shapes.Shape) -> str:
    """Return a number of what a shape has many of: `1 character`."""
    return _count(number, _UNITS[type(shape)])


def _count(number: int, unit: tuple[str, str]) -> str:
    return f"{number} {unit[number != 1]}"
