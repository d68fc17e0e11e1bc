"""Single values: text, numbers, yes and no, options, dates.

Each function returns data for `validate`: the value that was meant, or what it was given where that says no
such value. What could be two values is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from mlsig import shapes
from mlsig.parsing.cursor import Cut
from mlsig.parsing.dates import Doubtful, read_date, read_datetime
from mlsig.parsing.numbers import Ambiguous, Numeric, read_number
from mlsig.parsing.options import boxed, plain, read_option, read_yes
from mlsig.parsing.repairs import Notes
from mlsig.types.jsonlike import is_array, is_object

NOTHINGS: Final = frozenset(
    ["", "-", "--", "\u2014", "?", "n/a", "na", "nan", "nil", "none", "null", "undefined", "unknown", "tbd"]
    + [
        f"not {word}"
        for word in ("specified", "given", "known", "stated", "mentioned", "available", "applicable")
    ]
)
"""What models write for a value that they do not have; in text it may be meant as it stands."""

_HOLDERS: Final = frozenset({"value", "answer", "result", "output"})


def inner(value: Any, path: str, notes: Notes) -> Any:
    """Return the one scalar of a list of one, or of an object such as `{"value": 3}`."""
    if not is_array(value) and not is_object(value):
        return value
    if is_array(value) and len(value) == 1 and not isinstance(value[0], list | dict):
        notes.note(path, "list_of_one", value, value[0])
        return value[0]
    if is_object(value) and len(value) == 1:
        key, item = next(iter(value.items()))
        named = plain(key) in _HOLDERS or plain(key) == plain(notes.name)
        if named and not isinstance(item, list | dict):
            notes.note(path, "wrapped", key, item)
            return item
    return value


def text(_: shapes.Text, value: Any, path: str, notes: Notes) -> Any:
    """Read text: numbers are made text, what was cut off is refused."""
    value = inner(value, path, notes)
    if isinstance(value, Cut):
        notes.refuse(path, "cut_off", "was cut off in the middle of a text", value)
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    notes.note(path, "string", value)
    return msgspec.json.encode(value).decode()


def integer(shape: shapes.Integer, value: Any, path: str, notes: Notes) -> Any:
    """Read a whole number; `36.0` is one."""
    found = number(shape, value, path, notes)
    if isinstance(found, float) and found.is_integer():
        if found is value:
            notes.note(path, "integer", value)
        return int(found)
    return found


def number(shape: Numeric, value: Any, path: str, notes: Notes) -> Any:
    """Read a number, with units, separators, currencies, in words, as a share."""
    value = inner(value, path, notes)
    if not isinstance(value, str):
        return value
    if isinstance(value, Cut):
        notes.refuse(path, "cut_off", "was cut off in the middle of a number", value)
        return str(value)
    try:
        found = read_number(boxed(value), shape, notes.about, notes.name)
    except Ambiguous as doubt:
        notes.refuse(path, "ambiguous", str(doubt), value)
        return value
    if found is None:
        return value
    notes.note(path, "number", value, found)
    return found


def boolean(_: shapes.Boolean, value: Any, path: str, notes: Notes) -> Any:
    """Read yes or no."""
    value = inner(value, path, notes)
    if not isinstance(value, str) or isinstance(value, Cut):
        return value
    found = read_yes(boxed(value))
    if found is None:
        return value
    notes.note(path, "yes_or_no", value, found)
    return found


def choice(shape: shapes.Choice, value: Any, path: str, notes: Notes) -> Any:
    """Read the name of an option of an enum."""
    value = inner(value, path, notes)
    if not isinstance(value, str):
        return value
    return _option(tuple(shape.type.__members__), value, path, notes, shape.descriptions)


def literal(shape: shapes.Literal, value: Any, path: str, notes: Notes) -> Any:
    """Read one of fixed strings, numbers and bools."""
    value = inner(value, path, notes)
    if not isinstance(value, str) or value in shape.options:
        return value
    words = tuple(option for option in shape.options if isinstance(option, str))
    chosen = _option(words, value, path, notes, {})
    if chosen is not value:
        return chosen
    for read in (boolean, number):
        trial = notes.trial()
        other = read(_AS_SHAPE[read], value, path, trial)
        if any(type(option) is type(other) and option == other for option in shape.options):
            notes.take(trial)
            return other
    return value


def date(_: shapes.Date, value: Any, path: str, notes: Notes) -> Any:
    """Read a day."""
    return _moment(value, path, notes, day=True)


def moment(_: shapes.DateTime, value: Any, path: str, notes: Notes) -> Any:
    """Read a day with a time."""
    return _moment(value, path, notes, day=False)


def _moment(value: Any, path: str, notes: Notes, *, day: bool) -> Any:
    value = inner(value, path, notes)
    if not isinstance(value, str):
        return value
    if isinstance(value, Cut):
        notes.refuse(path, "cut_off", "was cut off in the middle of a date", value)
        return str(value)
    try:
        found = read_date(value) if day else read_datetime(value)
    except Doubtful as doubt:
        notes.refuse(path, "ambiguous", str(doubt), value)
        return value
    if found is None:
        return value
    made = found.isoformat()
    if made in {value, value.replace("Z", "+00:00")}:
        return value
    notes.note(path, "date", value, made)
    return made


def _option(
    options: tuple[str, ...], value: str, path: str, notes: Notes, described: Mapping[str, str]
) -> Any:
    if value in options and not (
        isinstance(value, Cut) and any(o != value and o.startswith(value) for o in options)
    ):
        return str(value)
    if isinstance(value, Cut):
        notes.refuse(path, "cut_off", "was cut off in the middle of an option", value)
        return str(value)
    found = read_option(options, boxed(value), described)
    if found is None:
        return value
    notes.note(path, "option", value, found)
    return found


_AS_SHAPE: Final[Mapping[Any, Any]] = {boolean: shapes.Boolean(), number: shapes.Number()}
