"""Which option of a union a value is meant to be, and what to say when it is none.

    str | int(ge=1)      by the kind of the value
    Cat | Dog            by the field whose values tell the records apart: `kind: "cat"`, `kind: "dog"`
    Found | Failed       by the fields that are given and those that are lacking

The compiler has made sure that no value is of two options.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, cast

from msgspec import UNSET

from mlsig import shapes
from mlsig.issues import Issue
from mlsig.types import checks
from mlsig.types.jsonlike import is_a
from mlsig.types.shown import shown

Walk: TypeAlias = Callable[[shapes.Shape, object, str, list[Issue]], Any]
Given: TypeAlias = dict[str, Any]
_KIND_CODES: Final = frozenset({"type", "null"})
_RECORDS: Final = (shapes.Ref, shapes.RecordShape)


def read(
    shape: shapes.Union, value: object, path: str, issues: list[Issue], *, given: Given | None, walk: Walk
) -> Any:
    """Return the value as the option that it is meant to be, and add what is wrong with it.

    Args:
        shape: The union.
        value: Anything.
        path: Where the value is.
        issues: Where to add.
        given: The members of the value, None for something that has none.
        walk: How an option is read.
    """
    records = [record_of(option) for option in shape.options if isinstance(option, _RECORDS)]
    if given is not None and records:
        return _as_record(records, value, path, issues, given=given, walk=walk)
    tried: list[tuple[shapes.Shape, list[Issue]]] = []
    for option in shape.options:
        if isinstance(option, _RECORDS):
            continue
        found: list[Issue] = []
        read = walk(option, value, path, found)
        if not found:
            return read
        tried.append((option, found))
    for _, found in tried:
        if not all(issue.path == path and issue.code in {*_KIND_CODES, "not_an_option"} for issue in found):
            issues.extend(found)  # it is of the right kind, and breaks a rule of that option
            return None
    _report(shape.options, value, path, issues)
    return None


def record_of(option: shapes.Ref | shapes.RecordShape) -> shapes.RecordShape:
    """Return the declaration of an option that is a record."""
    if isinstance(option, shapes.RecordShape):
        return option
    found: shapes.RecordShape = option.type.shape()
    return found


def fits(shape: shapes.Shape, value: object, walk: Walk) -> bool:
    """Say whether a value is of a type."""
    found: list[Issue] = []
    walk(shape, value, "", found)
    return not found


def fitting(records: Sequence[shapes.RecordShape], given: Given) -> list[shapes.RecordShape]:
    """Return the records that an object with these members fits best, going by names and fixed values."""
    scores = [misfits(record, given) for record in records]
    best = min(scores)
    return [record for record, score in zip(records, scores, strict=True) if score == best]


def tag_of(records: Sequence[shapes.RecordShape]) -> str:
    """Return the field that all records need with values of their own, empty where there is none."""
    return _tag(tuple(record.type for record in records))


def _as_record(
    records: list[shapes.RecordShape],
    value: object,
    path: str,
    issues: list[Issue],
    *,
    given: Given,
    walk: Walk,
) -> Any:
    for record in records:
        if type(value) is record.type:
            return walk(record, value, path, issues)
    tag = tag_of(records)
    if tag:
        fields = [_field(record, tag) for record in records]
        item = _item(fields[0], given)
        for record, field in zip(records, fields, strict=True):
            if item is not UNSET and _takes(field.shape, item):
                return walk(record, value, path, issues)
        options = tuple(value for field in fields for value in fixed_values(field.shape) or ())
        where = f"{path}.{tag}" if path else tag
        if item is UNSET:
            issues.append(Issue(where, "missing", f"is required, as {checks.listed(options)}"))
        else:
            checks.literal(shapes.Literal(options), item, where, issues)
        return None
    best = fitting(records, given)
    if len(best) == 1:
        return walk(best[0], value, path, issues)
    # Not by walking each: where unions stand in unions, that would take twice the time for each level.
    reasons = (f"as {record.type.__name__}, {_misfit(record, given)}" for record in best)
    message = f"is none of {_names(best)}: {'; '.join(reasons)}"
    issues.append(Issue(path, "no_option", message, shown(value)))
    return None


@cache
def _tag(types: tuple[type[Any], ...]) -> str:
    records: list[shapes.RecordShape] = [kind.shape() for kind in types]
    if len(records) < 2:
        return ""
    for name in [field.name for field in records[0].fields]:
        fields = [field for record in records for field in record.fields if field.name == name]
        if len(fields) < len(records) or any(field.default is not None for field in fields):
            continue
        values = [fixed_values(field.shape) for field in fields]
        known = [{(type(value), value) for value in found} for found in values if found is not None]
        if len(known) == len(records) and sum(map(len, known)) == len(set[Any]().union(*known)):
            return name
    return ""


def fixed_values(shape: shapes.Shape) -> tuple[str | int | bool, ...] | None:
    """Return the values that a type fixes, None where it fixes none."""
    if isinstance(shape, shapes.Literal):
        return shape.options
    if isinstance(shape, shapes.Choice):
        return tuple(member.value for member in shape.type)
    return None


def fixed_texts(record: shapes.RecordShape, name: str) -> tuple[str, ...]:
    """Return the values that a field fixes where all are text and no other name can hold them, else none."""
    for field in record.fields:
        if field.name == name and not field.alias:
            fixed = fixed_values(field.shape) or ()
            texts = tuple(option for option in fixed if isinstance(option, str))
            return texts if len(texts) == len(fixed) else ()
    return ()


def _field(record: shapes.RecordShape, name: str) -> shapes.Field:
    return next(field for field in record.fields if field.name == name)


def _item(field: shapes.Field, given: Given) -> Any:
    found = given.get(field.name, UNSET)
    alias: str | None = getattr(field, "alias", None)
    return given.get(alias, UNSET) if found is UNSET and alias else found


def _takes(shape: shapes.Shape, item: object) -> bool:
    found: list[Issue] = []
    if isinstance(shape, shapes.Literal):
        checks.literal(shape, item, "", found)
    elif isinstance(shape, shapes.Choice):
        checks.choice(shape, item, "", found)
    return not found


def misfits(record: shapes.RecordShape, given: Given) -> int:
    """Count what keeps an object from being a record: unknown and lacking names, and other fixed values."""
    known = {name for field in record.fields for name in (field.name, getattr(field, "alias", None)) if name}
    count = 0 if getattr(record, "open", False) else len(given.keys() - known)
    for field in record.fields:
        item = _item(field, given)
        if item is UNSET:
            count += field.default is None and not record.partial
        else:
            count += not _takes(field.shape, item)
    return count


def _misfit(record: shapes.RecordShape, given: Given) -> str:
    """Return the first thing that keeps an object from being a record, in words."""
    known = {name for field in record.fields for name in (field.name, field.alias) if name}
    unknown = [] if record.open else [key for key in given if key not in known]
    if unknown:
        return f"{shown(unknown[0])} is not a field"
    for field in record.fields:
        item = _item(field, given)
        if item is UNSET and field.default is None and not record.partial:
            return f"{field.name}: is required"
        values = fixed_values(field.shape)
        if item is not UNSET and values is not None and not _takes(field.shape, item):
            return f"{field.name}: must be {checks.listed(values)}"
    return "something inside does not fit"


def _report(options: Sequence[shapes.Shape], value: object, path: str, issues: list[Issue]) -> None:
    fixed = [found for option in options if (found := fixed_values(option)) is not None]
    words = [_wanted(option) for option in options if fixed_values(option) is None]
    words += [shown(value) for found in fixed for value in found[:20]]
    wanted = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    if value is not None and fixed and is_a(value, str):
        issues.append(Issue(path, "not_an_option", f"must be {wanted}", shown(value)))
    else:
        checks.wrong_type(wanted, value, path, issues)


def _wanted(option: shapes.Shape) -> str:
    if isinstance(option, _RECORDS):
        return f"an object ({option.type.__name__})"
    kind = cast("type[object]", type(option))
    return _WORDS.get(kind) or kind.__name__.lower()


def _names(records: Sequence[shapes.RecordShape]) -> str:
    return " and ".join(record.type.__name__ for record in records)


_WORDS: Final[dict[type[object], str]] = {
    shapes.Text: "a string",
    shapes.Integer: "an integer",
    shapes.Number: "a number",
    shapes.Boolean: "true or false",
    shapes.Date: "a date such as 2026-11-23",
    shapes.DateTime: "a date and time such as 2026-11-23T18:30:00Z",
    shapes.Array: "a list",
    shapes.Mapping: "an object",
    shapes.Tensor: "a list of numbers",
    shapes.Tokens: "a list of tokens",
    shapes.Key: "an API key",
    shapes.Medium: "a file",
    shapes.Keyed: "an object",
}
