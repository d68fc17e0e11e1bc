"""The careful path of validation: look at a whole value, and say everything that is wrong with it.

    issues: list[Issue] = []
    passage = explain(Passage.shape(), data, "", issues)

Nothing that a value does while it is looked at gets out of here: hostile containers, endless nesting and
numbers that cannot be printed become issues like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET

from mlsig import shapes
from mlsig.errors import FunctionMissing
from mlsig.issues import Issue
from mlsig.records import unions
from mlsig.records.outlines import outlined
from mlsig.records.rules import settle
from mlsig.spelling import nearest
from mlsig.types import checks, held, keys, media, tokens
from mlsig.types.jsonlike import is_a, is_object
from mlsig.types.shown import kind_of, name_of, shown

_HINTS: Final = 5
_LONGEST_NAME: Final = 64
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def explain(shape: shapes.Shape, value: object, path: str, issues: list[Issue]) -> Any:
    """Return the value as its declared type, and add everything that is wrong with it to `issues`.

    Args:
        shape: What was declared.
        value: Anything.
        path: Where the value is, such as `citations[2]`; empty for the whole.
        issues: Where to add; what is returned means nothing when something was added.
    """
    known = len(issues)
    try:
        return _walk(shape, value, path, issues)
    except RecursionError:
        del issues[known:]
        where, what = _deepest(shape, value, path)
        issues.append(Issue(where, "too_deep", "is nested too deeply", kind_of(what)))
        return None


def _deepest(shape: shapes.Shape, value: object, path: str) -> tuple[str, object]:
    """Return which field of a record is nested too deeply, or the whole of anything else."""
    if isinstance(shape, shapes.RecordShape) and _type(value) is dict:
        given = cast("dict[object, object]", value)
        for field in shape.fields:
            name = field.name if field.name in given else field.alias
            if name not in given:
                continue
            try:
                _walk(field.shape, given[name], name, [])
            except RecursionError:
                return member(path, field.name), given[name]
    return path, value


def member(path: str, key: str) -> str:
    """Return the path of a record's field."""
    if len(key) > _LONGEST_NAME or not key.isidentifier():
        return entry(path, key)
    return f"{path}.{key}" if path else key


def entry(path: str, key: str) -> str:
    """Return the path of a map's value."""
    return f"{path}[{shown(key)}]"


def _walk(shape: shapes.Shape, value: object, path: str, issues: list[Issue]) -> Any:
    try:
        return _READERS[type(shape)](shape, value, path, issues)
    except (RecursionError, FunctionMissing):
        raise
    except Exception as error:
        message = f"cannot be read: it raised {name_of(type(error))}"
        issues.append(Issue(path, "unreadable", message, kind_of(value)))
        return None


def _record(shape: shapes.RecordShape, value: object, path: str, issues: list[Issue]) -> Any:
    given = _members(shape, value, path, issues)
    if given is None:
        return None
    known = len(issues)
    outline = outlined(shape)
    if outline.aliased:
        given = _by_name(shape, given, path, issues)
    if not (shape.open or given.keys() <= outline.names):
        _report_unknown(shape, given, path, issues)
    values: dict[str, Any] = {}
    for name, inner, fits, complain, needed in outline.rows:
        item = given.get(name, UNSET)
        if fits is not None and fits(item):
            values[name] = item
        elif item is not UNSET:
            where = f"{path}.{name}" if path else name
            if complain is None or not complain(item, where, issues):
                values[name] = _walk(inner, item, where, issues)
        elif needed:
            issues.append(Issue(member(path, name), "missing", "is required"))
    if len(issues) > known:
        return None
    made = shape.type(**values)
    return settle(shape, made, path, issues, _walk) if shape.transforms or shape.checks else made


def _by_name(
    shape: shapes.RecordShape, given: dict[str, Any], path: str, issues: list[Issue]
) -> dict[str, Any]:
    """Return what is given for each field's own name; what has an alias may be given under that one."""
    for field in shape.fields:
        alias = field.alias
        if not alias or given.get(alias, UNSET) is UNSET:
            continue
        if given.get(field.name, UNSET) is not UNSET:
            message = f"is given twice, as `{field.name}` and as {shown(alias)}"
            issues.append(Issue(member(path, field.name), "given_twice", message))
        else:
            given = {**given, field.name: given[alias]}
        given = {key: item for key, item in given.items() if key != alias}
    return given


def _members(shape: shapes.RecordShape, value: Any, path: str, issues: list[Issue]) -> dict[str, Any] | None:
    """Return what is given for each name, or None for something that has no members."""
    if _type(value) is dict and _TEXTS.issuperset(map(type, value)):
        whole: dict[str, Any] = value
        return whole
    if is_a(value, shape.type):
        fields: tuple[str, ...] = shape.type.__struct_fields__
        return {name: getattr(value, name) for name in fields}
    pairs = _pairs(value)
    if pairs is None:
        checks.wrong_type("an object", value, path, issues)
        return None
    given: dict[str, Any] = {}
    for key, item in pairs:
        if is_a(key, str):
            given[str.__str__(key)] = item
        elif not shape.open:
            issues.append(Issue(path, "unknown_field", f"has a key that is not a string: {shown(key)}"))
    return given


def _array(shape: shapes.Array, value: object, path: str, issues: list[Issue]) -> Any:
    items = _items(value)
    if items is None:
        checks.wrong_type("a list", value, path, issues)
        return None
    checks.length(shape, items, path, issues)
    known = len(issues)
    found = [_walk(shape.items, item, f"{path}[{index}]", issues) for index, item in enumerate(items)]
    if shape.unique and len(issues) == known:
        _report_repeats(found, path, issues)
    return found


def _mapping(shape: shapes.Mapping, value: object, path: str, issues: list[Issue]) -> Any:
    pairs = _pairs(value)
    if pairs is None:
        checks.wrong_type("an object", value, path, issues)
        return None
    checks.length(shape, dict(pairs), path, issues)
    found: dict[str, Any] = {}
    for key, item in pairs:
        if not is_a(key, str):
            issues.append(Issue(path, "key", f"has a key that is not a string: {shown(key)}"))
            continue
        name = str.__str__(key)
        found[name] = _walk(shape.values, item, entry(path, name), issues)
    return found


def _json(shape: shapes.Json, value: object, path: str, issues: list[Issue]) -> Any:
    if value is None or value is True or value is False:
        return value
    if is_a(value, str):
        return str.__str__(value)
    if is_a(value, int):
        return int.__int__(value)
    if is_a(value, float):
        return checks.number(_ANY_NUMBER, value, path, issues)
    items = _items(value)
    if items is not None:
        return [_walk(shape, item, f"{path}[{index}]", issues) for index, item in enumerate(items)]
    if _pairs(value) is not None:
        return _mapping(_ANY_MAP, value, path, issues)
    issues.append(Issue(path, "type", f"must be JSON, not {kind_of(value)}", shown(value)))
    return None


def _optional(shape: shapes.Optional, value: object, path: str, issues: list[Issue]) -> Any:
    return None if value is None else _walk(shape.shape, value, path, issues)


def _ref(shape: shapes.Ref, value: object, path: str, issues: list[Issue]) -> Any:
    return _walk(shape.type.shape(), value, path, issues)


def _union(shape: shapes.Union, value: object, path: str, issues: list[Issue]) -> Any:
    if is_a(value, msgspec.Struct):
        given: dict[str, Any] | None = {name: getattr(value, name) for name in value.__struct_fields__}
    else:
        pairs = _pairs(value)
        known = [(str.__str__(key), item) for key, item in pairs or () if is_a(key, str)]
        given = None if pairs is None else dict(known)
    return unions.read(shape, value, path, issues, given=given, walk=_walk)


def _keyed(shape: shapes.Keyed, value: object, path: str, issues: list[Issue]) -> Any:
    found = _mapping(_ANY_MAP, value, path, issues)
    if found is None:
        return None
    for name in shape.needed:
        if name not in found:
            issues.append(Issue(member(path, name), "missing", "is required"))
        else:
            checks.text(_ANY_TEXT, found[name], member(path, name), issues)
    return shape.type(found)


def _array_of_numbers(shape: shapes.Tensor, value: object, path: str, issues: list[Issue]) -> Any:
    from mlsig.types.tensors import read  # noqa: PLC0415  (imports NumPy)

    return read(shape, value, path, issues)


def _items(value: object) -> list[Any] | None:
    """Return the items of a list, tuple or set, not asking an overridden method; None for anything else."""
    items: Any = value
    for kind in _ITEMIZED:
        if is_a(value, kind):
            return list(kind.__iter__(items))
    return None


def _pairs(value: object) -> list[tuple[Any, Any]] | None:
    """Return the keys and values of a mapping; None for anything else."""
    found: Any = value
    if is_a(value, dict):
        return list(dict[Any, Any].items(found))
    if is_a(value, _ABSTRACT):
        return [(key, found[key]) for key in found]
    return None


def _report_unknown(shape: shapes.RecordShape, given: dict[str, Any], path: str, issues: list[Issue]) -> None:
    """Report keys that are no fields, the first few with the name that was perhaps meant."""
    names = {field.name for field in shape.fields}
    unknown = [key for key, item in given.items() if key not in names and item is not UNSET]
    for order, key in enumerate(unknown):
        hint = _hint(key, names) if order < _HINTS else ""
        issues.append(Issue(member(path, key), "unknown_field", f"is not a field{hint}"))


def _hint(key: str, names: set[str]) -> str:
    near = nearest(key, sorted(names))
    return f"; did you mean `{near}`?" if near else ""


def _report_repeats(items: list[Any], path: str, issues: list[Issue]) -> None:
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        earlier = first.setdefault(frozen(item), index)
        if earlier != index:
            message = f"repeats {path.rpartition('.')[2]}[{earlier}]; every item must be different"
            issues.append(Issue(f"{path}[{index}]", "not_unique", message, shown(item)))


def frozen(value: Any) -> Any:
    """Return something hashable that is equal for equal values, and different for true and 1."""
    if isinstance(value, msgspec.Struct):
        return (type(value), *(frozen(getattr(value, name)) for name in value.__struct_fields__))
    kind = _type(value)
    if kind is list:
        return ("list", *map(frozen, value))
    if is_object(value):
        return ("map", frozenset((key, frozen(item)) for key, item in value.items()))
    return (bool, value) if isinstance(value, bool) else held.frozen(value)


_ABSTRACT: Final = cast("type[Mapping[Any, Any]]", Mapping)
_ITEMIZED: Final[tuple[type[Any], ...]] = (list, tuple, set, frozenset)
_TEXTS: Final = frozenset[object]({str})
_ANY_NUMBER: Final = shapes.Number()
_ANY_TEXT: Final = shapes.Text()
_ANY_MAP: Final = shapes.Mapping(values=shapes.Json())
_READERS: Final[dict[type[Any], Callable[[Any, Any, str, list[Issue]], Any]]] = {
    shapes.Text: checks.text,
    shapes.Integer: checks.integer,
    shapes.Number: checks.number,
    shapes.Boolean: checks.boolean,
    shapes.Json: _json,
    shapes.Date: checks.day,
    shapes.DateTime: checks.moment,
    shapes.Choice: checks.choice,
    shapes.Literal: checks.literal,
    shapes.Array: _array,
    shapes.Mapping: _mapping,
    shapes.Optional: _optional,
    shapes.Union: _union,
    shapes.RecordShape: _record,
    shapes.Ref: _ref,
    shapes.Tensor: _array_of_numbers,
    shapes.Tokens: tokens.read,
    shapes.Key: keys.read,
    shapes.Medium: media.read,
    shapes.Keyed: _keyed,
}
