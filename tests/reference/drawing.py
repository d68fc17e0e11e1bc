"""Data that fits a record, drawn by Hypothesis from the record's declaration."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from mlsig import shapes
from mlsig.records import Record

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def data_for(record: type[Record], depth: int = 2) -> SearchStrategy[dict[str, Any]]:
    """Draw what `validate` takes; checks of the record are not looked at."""
    needed: dict[str, SearchStrategy[Any]] = {}
    further: dict[str, SearchStrategy[Any]] = {}
    shape = record.shape()
    for field in shape.fields:
        into = needed if field.default is None and not shape.partial else further
        if into is needed or depth > 0:
            into[field.name] = value_of(field.shape, depth)
    return st.fixed_dictionaries(needed, optional=further)


def value_of(shape: Any, depth: int) -> SearchStrategy[Any]:
    """Draw what fits a shape; records are nested `depth` deep, where they may be left out."""
    match shape:
        case shapes.Ref():
            return st.deferred(lambda: data_for(shape.type, depth - 1))
        case shapes.Optional():
            return st.none() if depth < 1 else st.none() | value_of(shape.shape, depth)
        case shapes.Union():
            return st.one_of([value_of(option, depth) for option in shape.options])
        case shapes.Array():
            most = 0 if depth < 1 and not shape.min_length else min(shape.max_length or 3, 3)
            items = st.lists(value_of(shape.items, depth), min_size=shape.min_length or 0, max_size=most)
            return items.filter(lambda found: not shape.unique or len({*map(repr, found)}) == len(found))
        case shapes.Mapping():
            values = value_of(shape.values, depth)
            return st.dictionaries(
                TEXT, values, min_size=shape.min_length or 0, max_size=2 if depth > 0 else 0
            )
        case shapes.Choice():
            return st.sampled_from([member.value for member in shape.type])
        case shapes.Literal():
            return st.sampled_from(shape.options)
        case shapes.Tensor():
            return _rows(shape)
        case shapes.Tokens():
            token = st.integers(0, 2**31) | TEXT
            return st.lists(token, min_size=shape.min_length or 0, max_size=shape.max_length or 4)
        case shapes.Keyed():
            return st.fixed_dictionaries(dict.fromkeys(shape.needed, TEXT), optional={"more": JSON})
        case shapes.Medium():
            urls = st.sampled_from(["https://example.org/a.png", "http://example.org/b"])
            kind = {"Image": "image/png", "Audio": "audio/wav"}.get(shape.type.__name__, "text/plain")
            return urls | st.binary(min_size=1, max_size=4).map(
                lambda data: shape.type(data=data, media_type=kind)
            )
        case shapes.Key():
            return st.text("abc", min_size=1)
        case _:
            return _scalar(shape)


def _scalar(shape: Any) -> SearchStrategy[Any]:
    match shape:
        case shapes.Text():
            if shape.pattern:
                found = st.from_regex(shape.pattern.replace("\\Z", "$").replace("$", r"\Z"))
            else:
                found = st.text(
                    st.characters(exclude_categories=["Cs"]),
                    min_size=shape.min_length or 0,
                    max_size=(shape.min_length or 0) + 4,
                )
            return found.filter(lambda text: len(text) <= (shape.max_length or 99))
        case shapes.Integer():
            low = shape.ge if shape.ge is not None else -9 if shape.gt is None else shape.gt + 1
            high = shape.le if shape.le is not None else max(low, 9) if shape.lt is None else shape.lt - 1
            return st.integers(low, high)
        case shapes.Number():
            if shape.multiple_of:
                return st.integers(0, 3).map(lambda count: count * shape.multiple_of)
            low, high = shape.ge or shape.gt or 0.0, shape.le or shape.lt or 1.0
            edges = {"exclude_min": shape.gt is not None, "exclude_max": shape.lt is not None}
            return st.floats(low, high, width=32, **edges)
        case shapes.Boolean():
            return st.booleans()
        case shapes.Date():
            return st.dates()
        case shapes.DateTime():
            return st.datetimes(timezones=ZONES).map(lambda moment: moment.isoformat())
        case shapes.Json():
            return JSON
    raise AssertionError(shape)


def _rows(shape: shapes.Tensor) -> SearchStrategy[Any]:
    kind = np.dtype(shape.dtype).kind
    numbers: SearchStrategy[Any] = {
        "f": st.floats(-1, 1, width=16),
        "b": st.booleans(),
        "i": st.integers(-9, 9),
        "u": st.integers(0, 9),
    }[kind]
    found = numbers
    for extent in reversed(shape.extents):
        size = 2 if extent is None else extent
        found = st.lists(found, min_size=size, max_size=size)
    return found
