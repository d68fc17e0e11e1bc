"""Bending what a model wrote to the declared type, without guessing.

    align(shape, {"Name": "Ada", "age": "36 years"}, "", notes)  ->  {"name": "Ada", "age": 36}

Everything here returns data for a record's `validate`, never raises, and leaves alone what it does not
understand: validation then says what is wrong. Each change is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any, Final

from mlsig import shapes
from mlsig.parsing import scalars
from mlsig.parsing.candidates import decoded_text
from mlsig.parsing.cursor import Cut
from mlsig.parsing.fit import best_option
from mlsig.parsing.keys import mistyped, plain_names
from mlsig.parsing.listed import bullets, digits, one_item_or_many, pieces
from mlsig.parsing.options import plain
from mlsig.parsing.repairs import Notes
from mlsig.records import unions
from mlsig.types.jsonlike import is_array, is_object

_WORDS: Final = (shapes.Integer, shapes.Number, shapes.Boolean, shapes.Choice, shapes.Literal)
_SCALARS: Final = (*_WORDS, shapes.Text, shapes.Date, shapes.DateTime)


def align(shape: shapes.Shape, value: Any, path: str, notes: Notes) -> Any:
    """Bend a decoded JSON value to `shape`; what does not fit comes back as it is."""
    reader = _ALIGN.get(type(shape))
    return value if reader is None else reader(shape, value, path, notes)


def absent(fields: Iterable[shapes.Field], given: Container[str]) -> list[str]:
    """Return the names of fields that may be null, and that an answer leaves out: that means null."""
    return [
        field.name
        for field in fields
        if field.name not in given and field.default is None and isinstance(field.shape, shapes.Optional)
    ]


def stands_for_default(field: shapes.Field) -> bool:
    """Say whether null is no value of a field that may be left out: models write it then, and mean that."""
    return field.default is not None and not isinstance(field.shape, shapes.Optional | shapes.Json)


def align_record(shape: shapes.RecordShape, value: Any, path: str, notes: Notes) -> Any:
    """Bend an object to a record: keys by case, unknown keys left out, values by their own shapes."""
    value = _held(value, path, notes)
    if is_array(value) and len(value) == 1 and is_object(value[0]):
        notes.note(path, "list_of_one")
        value = value[0]
    if not is_object(value):
        return value
    fields = {field.name: field for field in shape.fields}
    data: dict[str, Any] = {}
    for key, name in _named(shape, fields, value).items():
        where = f"{path}.{name or key}" if path else str(name or key)
        if name is None:
            notes.note(where, "unknown_key", key)
            continue
        if name != key:
            notes.note(where, "key", key, name)
        field, item = fields[name], value[key]
        if item is None and stands_for_default(field):
            notes.note(where, "null_default")
            continue
        about, called = notes.about, notes.name
        notes.about, notes.name = f"{name} {field.description}", name
        found = align(field.shape, item, where, notes)
        notes.about, notes.name = about, called
        if name in data and data[name] != found:
            notes.refuse(where, "given_twice", "is given twice, with two values", item)
        data[name] = found
    for name in absent(shape.fields, data):
        notes.note(f"{path}.{name}" if path else name, "absent")
        data[name] = None
    return data


def _named(
    shape: shapes.RecordShape, fields: dict[str, shapes.Field], value: dict[str, Any]
) -> dict[str, str | None]:
    """Return the field that each key means, None where it means none."""
    if value.keys() <= fields.keys():
        return {key: key for key in value}
    known = plain_names(shape)
    found = {key: key if key in fields else known.get(plain(key[:200])) for key in value}
    lacking = fields.keys() - set(found.values())
    for key, name in found.items():
        if name is None and lacking and (meant := mistyped(key, lacking)):
            found[key] = meant
            lacking.discard(meant)
    return found


def _held(value: Any, path: str, notes: Notes) -> Any:
    """Return the object or list that a string holds."""
    if not isinstance(value, str):
        return value
    inner = decoded_text(value, ())
    if not inner:
        return value
    notes.note(path, "decoded")
    for repair in inner.repairs:
        notes.note(path, repair.code, repair.was, repair.made)
    for issue in inner.issues:
        notes.refuse(path, issue.code, issue.message, issue.value)
    return inner.value


def _array(shape: shapes.Array, value: Any, path: str, notes: Notes) -> Any:
    items = _items(shape, _held(value, path, notes), path, notes)
    if not is_array(items):
        return items
    return [align(shape.items, item, f"{path}[{index}]", notes) for index, item in enumerate(items)]


def _items(shape: shapes.Array, value: Any, path: str, notes: Notes) -> Any:
    """Return the items that something says that is no list, as far as it says any."""
    if is_array(value) or value is None or isinstance(value, Cut):
        return value
    if isinstance(value, str):
        return _items_of_text(shape, value, path, notes)
    if is_object(value):
        if value and list(value) in (
            [str(n) for n in range(len(value))],
            [str(n + 1) for n in range(len(value))],
        ):
            notes.note(path, "numbered")
            return list(value.values())
        if isinstance(shape.items, _SCALARS):
            return value
    notes.note(path, "one_for_list", value)
    return [value]


def _items_of_text(shape: shapes.Array, value: str, path: str, notes: Notes) -> Any:
    if not isinstance(shape.items, _SCALARS):
        return value
    said = value.strip()
    if said.lower() in scalars.NOTHINGS:
        return value
    listed = bullets(value)
    if listed:
        notes.note(path, "listed", value)
        return listed
    if any(line.lstrip()[:1] in {"#", "<", "|"} for line in value.splitlines()[1:] or [""]) or said[:1] in {
        "#",
        "<",
        "|",
    }:
        return value
    words = isinstance(shape.items, _WORDS)
    numbers = isinstance(shape.items, shapes.Integer | shapes.Number)
    parts = digits(said) if numbers else pieces(said, words=words)
    if parts is None or (
        len(parts) == 2 and isinstance(shape.items, shapes.Number) and "," in said and " " not in said
    ):
        notes.refuse(path, "ambiguous", "could be one number with separators, or several", value)
        return value
    if len(parts) <= 1:
        notes.note(path, "one_for_list", value)
        return [parts[0] if words and parts else value]
    if isinstance(shape.items, shapes.Text) and "," in said and not any(mark in said for mark in "\n;|"):
        bracketed = said[:1] == "[" and said[-1:] == "]"
        if not bracketed and one_item_or_many(parts):
            notes.refuse(path, "ambiguous", "could be one item with commas, or several", value)
            return value
    notes.note(path, "listed", value)
    return parts


def _mapping(shape: shapes.Mapping, value: Any, path: str, notes: Notes) -> Any:
    value = _held(value, path, notes)
    if (
        is_array(value)
        and value
        and all(is_object(item) and item.keys() == {"key", "value"} for item in value)
    ):
        keys = [item["key"] for item in value]
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            notes.note(path, "pairs")
            value = {item["key"]: item["value"] for item in value}
    if not is_object(value):
        return value
    return {key: align(shape.values, item, f"{path}.{key}", notes) for key, item in value.items()}


def _optional(shape: shapes.Optional, value: Any, path: str, notes: Notes) -> Any:
    if value is None:
        return None
    lacks = isinstance(value, str) and not isinstance(shape.shape, shapes.Text | shapes.Json | shapes.Key)
    if lacks and _says_nothing(value) and not _is_option(shape.shape, value):
        notes.note(path, "lacking", value, None)
        return None
    return align(shape.shape, value, path, notes)


def _says_nothing(value: str) -> bool:
    return not isinstance(value, Cut) and value.strip().lower() in scalars.NOTHINGS


def _is_option(shape: shapes.Shape, value: str) -> bool:
    """Say whether a word such as `unknown` is one of the options."""
    options = unions.fixed_values(shape)
    if isinstance(shape, shapes.Union):
        return any(isinstance(option, shapes.Text) or _is_option(option, value) for option in shape.options)
    return options is not None and plain(value) in {plain(str(option)) for option in options}


def _union(shape: shapes.Union, value: Any, path: str, notes: Notes) -> Any:
    return best_option(shape, value, path, notes, align=align, held=_held)


def _ref(shape: shapes.Ref, value: Any, path: str, notes: Notes) -> Any:
    return align_record(shape.type.shape(), value, path, notes)


def _numbers(_: shapes.Shape, value: Any, path: str, notes: Notes) -> Any:
    return _held(value, path, notes)


_ALIGN: Final[dict[type[Any], Callable[[Any, Any, str, Notes], Any]]] = {
    shapes.Text: scalars.text,
    shapes.Integer: scalars.integer,
    shapes.Number: scalars.number,
    shapes.Boolean: scalars.boolean,
    shapes.Choice: scalars.choice,
    shapes.Literal: scalars.literal,
    shapes.Date: scalars.date,
    shapes.DateTime: scalars.moment,
    shapes.Array: _array,
    shapes.Mapping: _mapping,
    shapes.Optional: _optional,
    shapes.Union: _union,
    shapes.RecordShape: align_record,
    shapes.Ref: _ref,
    shapes.Tensor: _numbers,
    shapes.Tokens: _numbers,
    shapes.Keyed: _numbers,
}
