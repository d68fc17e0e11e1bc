"""`allOf` as one schema: what holds where several must.

    merged({"minimum": 1}, {"minimum": 3})   ->   {"minimum": 3}, nothing left over

What cannot be said by one schema is returned beside it, for the user to be told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, cast

from mlsig_compiler.drafting.json_schema.document import Schema

LARGEST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
SMALLEST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
ANNOTATIONS: Final = frozenset(
    {
        "title", "description", "default", "examples", "example", "deprecated", "$comment", "readOnly",
        "writeOnly", "$schema", "$id", "id", "$anchor", "$defs", "definitions", "$vocabulary",
        "$dynamicAnchor", "discriminator",
    }
)  # fmt: skip


def merged(one: Schema, other: Schema) -> tuple[Schema, list[str]]:
    """Return a schema that takes what both take, and the keywords that could not be merged."""
    found: Schema = dict(one)
    left: list[str] = []
    for key, value in other.items():
        if key not in found or key in ANNOTATIONS:
            found.setdefault(key, value)
        elif _same(found[key], value):
            continue
        elif key in JOINED:
            joined = JOINED[key](found[key], value)
            if joined is None:
                left.append(key)
            else:
                found[key] = joined
        else:
            left.append(key)
    return found, left


def _same(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True, default=repr) == json.dumps(other, sort_keys=True, default=repr)


def _properties(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return None
    found: Schema = {**cast("Schema", one)}
    for key, value in cast("Schema", other).items():
        both = key in found and not _same(found[key], value)
        found[key] = {"allOf": [found[key], value]} if both else value
    return found


def _types(one: Any, other: Any) -> Any:
    ours, theirs = _several(one), _several(other)
    found = [type_ for type_ in ours if type_ in theirs or (type_ == "integer" and "number" in theirs)]
    found += [type_ for type_ in theirs if type_ == "integer" and "number" in ours and type_ not in found]
    if not found:
        return None
    return found[0] if len(found) == 1 else found


def _several(types: object) -> list[object]:
    return cast("list[object]", types) if isinstance(types, list) else [types]


def _both(one: Any, other: Any) -> Any:
    """Return the values that are in both lists."""
    if not isinstance(one, list) or not isinstance(other, list):
        return None
    ours, theirs = cast("list[object]", one), cast("list[object]", other)
    return [value for value in ours if any(_same(value, each) for each in theirs)] or None


def _either(one: Any, other: Any) -> Any:
    if not isinstance(one, list) or not isinstance(other, list):
        return None
    both = [*cast("list[object]", one), *cast("list[object]", other)]
    return [value for index, value in enumerate(both) if value not in both[:index]]


def _closed(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if one is True:
        return other
    return one if other is True else None


def _larger(one: Any, other: Any) -> Any:
    return max(one, other) if _numbers(one, other) else None


def _smaller(one: Any, other: Any) -> Any:
    return min(one, other) if _numbers(one, other) else None


def _numbers(*values: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _concatenated(one: Any, other: Any) -> Any:
    return (
        [*cast("list[object]", one), *cast("list[object]", other)]
        if isinstance(one, list) and isinstance(other, list)
        else None
    )


JOINED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "properties": _properties,
    "patternProperties": _properties,
    "type": _types,
    "enum": _both,
    "required": _either,
    "allOf": _concatenated,
    "additionalProperties": _closed,
    "unevaluatedProperties": _closed,
    "uniqueItems": lambda one, other: bool(one or other),
    "nullable": lambda one, other: bool(one and other),
    **dict.fromkeys(LARGEST, _larger),
    **dict.fromkeys(SMALLEST, _smaller),
}
