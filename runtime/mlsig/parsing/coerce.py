"""Bending what a model wrote to the declared type, without guessing.

Everything here returns data for a record's `validate`, never raises, and leaves alone what it does not
understand: validation then says what is wrong. Each change is noted in `repairs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

from mlsig import shapes
from mlsig.parsing.json_text import json_values
from mlsig.parsing.text import NULLS, read_text
from mlsig.records import unions
from mlsig.records.explain import explain
from mlsig.types.jsonlike import is_array, is_object

Repairs: TypeAlias = list[str]

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?\.?")
_EDGES = " \t\r\n\"'`*_.,;:!()[]<>\u201c\u201d\u2018\u2019"
_AFTER_WORD = re.compile(r"\s*[.,;:!()]|\s+[\u2013\u2014-]")
_WORDS: Final = {"true": True, "yes": True, "false": False, "no": False}
_LISTS: Final = (shapes.Array, shapes.Tensor, shapes.Tokens)
_COMPOUND = (*_LISTS, shapes.Keyed, shapes.Mapping, shapes.RecordShape, shapes.Ref)
LONGEST_NUMBER: Final = 40


def from_segment(shape: shapes.Shape, segment: str, path: str, repairs: Repairs) -> Any:
    """Read one labelled field: everything between its label and the next one."""
    if isinstance(shape, shapes.Optional):
        if segment.strip().lower() in NULLS:
            return None
        return from_segment(shape.shape, segment, path, repairs)
    if isinstance(shape, shapes.Text):
        return read_text(segment)
    if isinstance(shape, shapes.Json):
        return _json_or_text(segment)
    if isinstance(shape, _COMPOUND):
        return _compound(shape, segment, path, repairs)
    if isinstance(shape, shapes.Union):
        whole = segment.strip()
        return _best(shape, lambda option, notes: from_segment(option, segment, path, notes), repairs, whole)
    if isinstance(shape, shapes.Literal) and (bare := _bare_literal(shape, segment)) is not None:
        return bare
    line, _, rest = read_text(segment).partition("\n")
    if rest.strip() and "\n" in segment.strip():
        repairs.append(f"{path}: left out what follows the first line")
    return align(shape, line.rstrip(), path, repairs)


def align(shape: shapes.Shape, value: Any, path: str, repairs: Repairs) -> Any:
    """Bend a decoded JSON value to `shape`; what does not fit comes back as it is."""
    reader = _ALIGN.get(type(shape))
    return value if reader is None else reader(shape, value, path, repairs)


def _compound(shape: shapes.Shape, segment: str, path: str, repairs: Repairs) -> Any:
    wanted = list if isinstance(shape, _LISTS) else dict
    for value, note in json_values(segment):
        if isinstance(value, wanted):
            if note:
                repairs.append(f"{path}: {note}")
            return align(shape, value, path, repairs)
    return segment.strip()


def _json_or_text(segment: str) -> Any:
    try:
        return msgspec.json.decode(segment.strip())
    except (msgspec.DecodeError, RecursionError):
        return read_text(segment)


def _bare_literal(shape: shapes.Literal, segment: str) -> int | bool | None:
    """Return the number or bool among the options that the text is, unless it stands in quotes."""
    try:
        value: int | bool = msgspec.json.decode(segment.strip(), type=int | bool)
    except msgspec.MsgspecError:
        return None
    same = any(type(option) is type(value) and option == value for option in shape.options)
    return value if same else None


def _integer(_: shapes.Shape, value: Any, path: str, repairs: Repairs) -> Any:
    number = _number(_, value, path, repairs)
    if isinstance(number, float) and number.is_integer():
        if number is value:
            repairs.append(f"{path}: made {value} an integer")
        return int(number)
    return number


def _number(_: shapes.Shape, value: Any, path: str, repairs: Repairs) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip(" \t\r\n*`\"'")
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
        return value
    digits = text.replace(",", "").rstrip(".")
    number = int(digits) if digits.lstrip("+-").isdecimal() else float(digits)
    if digits != value:
        repairs.append(f"{path}: read {value[:LONGEST_NUMBER]!r} as {number}")
    return number


def _boolean(_: shapes.Shape, value: Any, path: str, repairs: Repairs) -> Any:
    word = value.strip(_EDGES).lower() if isinstance(value, str) else None
    if word not in _WORDS:
        return value
    if value not in {"true", "false"}:
        repairs.append(f"{path}: read {value[:40]!r} as {str(_WORDS[word]).lower()}")
    return _WORDS[word]


def _text(_: shapes.Shape, value: Any, path: str, repairs: Repairs) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    repairs.append(f"{path}: made the number {value} a string")
    return msgspec.json.encode(value).decode()


def _choice(shape: shapes.Choice, value: Any, path: str, repairs: Repairs) -> Any:
    names = shape.type.__members__
    if not isinstance(value, str) or value in names:
        return value
    return _option(tuple(names), value, path, repairs)


def _literal(shape: shapes.Literal, value: Any, path: str, repairs: Repairs) -> Any:
    if not isinstance(value, str) or value in shape.options:
        return value
    words = tuple(option for option in shape.options if isinstance(option, str))
    chosen = _option(words, value, path, repairs)
    if chosen is not value:
        return chosen
    notes: Repairs = []
    for read in (_boolean, _number):
        other = read(shape, value, path, notes)
        if other is not value and any(
            type(option) is type(other) and option == other for option in shape.options
        ):
            repairs.extend(notes)
            return other
    return value


def _option(options: tuple[str, ...], value: str, path: str, repairs: Repairs) -> str:
    """Find the option that the text says, but for case and punctuation, or that it begins with."""
    said = _plain(value)
    found = [option for option in options if _plain(option) == said] or _begun(options, value)
    if len(found) != 1:
        return value
    repairs.append(f"{path}: read {value[:40]!r} as {found[0]}")
    return found[0]


def _begun(options: tuple[str, ...], value: str) -> list[str]:
    """Return the longest option that the text begins with, set off from a rest that names no other option."""
    text = value.lstrip(_EDGES)
    found: list[str] = []
    for option in options:
        if option and text[: len(option)].lower() == option.lower() and _AFTER_WORD.match(text, len(option)):
            found.append(option)
    if not found:
        return found
    longest = max(found, key=len)
    rest = text[len(longest) :].casefold()
    # "good, but mostly bad" says neither.
    return [] if any(option != longest and option.casefold() in rest for option in options) else [longest]


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip(_EDGES).casefold())


def _array(shape: shapes.Array, value: Any, path: str, repairs: Repairs) -> Any:
    if not is_array(value):
        return value
    return [align(shape.items, item, f"{path}[{index}]", repairs) for index, item in enumerate(value)]


def _mapping(shape: shapes.Mapping, value: Any, path: str, repairs: Repairs) -> Any:
    if not is_object(value):
        return value
    return {key: align(shape.values, item, f"{path}.{key}", repairs) for key, item in value.items()}


def _union(shape: shapes.Union, value: Any, path: str, repairs: Repairs) -> Any:
    records = [unions.record_of(o) for o in shape.options if isinstance(o, shapes.Ref | shapes.RecordShape)]
    if is_object(value) and records:
        scores = [unions.misfits(record, _outline(record, value)) for record in records]
        return align_record(records[scores.index(min(scores))], value, path, repairs)
    return _best(shape, lambda option, notes: align(option, value, path, notes), repairs, value)


def _outline(record: shapes.RecordShape, value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys, and its fixed values, as the record says them."""
    fields = {_plain(field.name): field for field in record.fields}
    found: dict[str, Any] = {}
    for key, item in value.items():
        field = fields.get(_plain(key))
        if field and item is None and stands_for_default(field):
            continue
        fixed = field is not None and isinstance(field.shape, shapes.Literal | shapes.Choice)
        found[field.name if field else key] = align(field.shape, item, "", []) if field and fixed else item
    return found


def _best(
    shape: shapes.Union, read: Callable[[shapes.Shape, Repairs], Any], repairs: Repairs, otherwise: Any
) -> Any:
    """Return the value as the option that it fits with the fewest repairs; text only if nothing else."""
    best: tuple[Repairs, Any] | None = None
    for option in sorted(shape.options, key=lambda option: isinstance(option, shapes.Text)):
        notes: Repairs = []
        value = read(option, notes)
        if unions.fits(option, value, explain) and (best is None or len(notes) < len(best[0])):
            best = notes, value
    if best is None:
        return otherwise
    repairs += best[0]
    return best[1]


def _optional(shape: shapes.Optional, value: Any, path: str, repairs: Repairs) -> Any:
    return None if value is None else align(shape.shape, value, path, repairs)


def _ref(shape: shapes.Ref, value: Any, path: str, repairs: Repairs) -> Any:
    return align_record(shape.type.shape(), value, path, repairs)


def stands_for_default(field: shapes.Field) -> bool:
    """Say whether null is no value of a field that may be left out: models write it then, and mean that."""
    return field.default is not None and not isinstance(field.shape, shapes.Optional | shapes.Json)


def align_record(shape: shapes.RecordShape, value: Any, path: str, repairs: Repairs) -> Any:
    """Bend an object to a record: keys by case, unknown keys left out, values by their own shapes."""
    if not is_object(value):
        return value
    fields = {field.name: field for field in shape.fields}
    plain = {_plain(field.alias): field.name for field in shape.fields if field.alias}
    plain |= {_plain(name): name for name in fields}
    data: dict[str, Any] = {}
    for key, item in value.items():
        name = key if key in fields else plain.get(_plain(key))
        where = f"{path}.{name or key}" if path else str(name or key)
        if name is None or (name != key and name in value):
            repairs.append(f"{where}: left out, no such field")
            continue
        if item is None and stands_for_default(fields[name]):
            continue  # as strict schemas have it: a field that may be left out is written as null
        if name != key:
            repairs.append(f"{where}: read from the key {key!r}")
        data[name] = align(fields[name].shape, item, where, repairs)
    return data


_ALIGN: Final[dict[type[Any], Callable[[Any, Any, str, Repairs], Any]]] = {
    shapes.Text: _text,
    shapes.Integer: _integer,
    shapes.Number: _number,
    shapes.Boolean: _boolean,
    shapes.Choice: _choice,
    shapes.Literal: _literal,
    shapes.Array: _array,
    shapes.Mapping: _mapping,
    shapes.Optional: _optional,
    shapes.Union: _union,
    shapes.RecordShape: align_record,
    shapes.Ref: _ref,
}
