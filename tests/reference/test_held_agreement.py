"""Arrays, tokens and steps: the fast path, the careful path and a reference written to be obvious agree."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import Issue, ValidationError
from mlsig.records.explain import explain
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

from reference.imported import imported

TEXT = """
schema All {
  vector: embedding(2)?  = null
  grid: tensor(2, _) = [[1], [2]]
  small: tensor(_, dtype=int8) = []
  half: tensor(1, dtype=float16) = [1]
  mask: tensor(_, 1, dtype=bool) = []
  weights: attention_weights = []
  ids: token_list(min_length=1, max_length=3) = [1]
  chain: reasoning_chain(max_length=1) = []
}
"""
SIZES: dict[str, tuple[tuple[int | None, ...], str]] = {
    "vector": ((2,), "float32"),
    "grid": ((2, None), "float32"),
    "small": ((None,), "int8"),
    "half": ((1,), "float16"),
    "mask": ((None, 1), "bool"),
    "weights": ((None, None), "float64"),
}
MOST = {"float16": 65504.0, "float32": float(np.finfo("f4").max), "float64": sys.float_info.max}
ODD = (
    True,
    None,
    "1",
    math.nan,
    math.inf,
    -math.inf,
    1e39,
    -1e300,
    10**400,
    127,
    128,
    -129,
    65504.0,
    65505.0,
    -0.0,
)
NUMBERS = st.floats(-2, 2) | st.sampled_from((0, 1, -1, True, False)) | st.sampled_from(ODD)
FLOATS = st.floats(-2, 2)
VALUES = st.one_of(
    *(
        st.lists(one, max_size=3) | st.lists(st.lists(one, min_size=size, max_size=size + more), max_size=3)
        for one in (FLOATS, st.integers(-200, 200), st.booleans(), NUMBERS)
        for size in (0, 1, 2)
        for more in (0, 0, 1)
    ),
    st.sampled_from(
        (None, "ab", 1, {}, [[[1.0]]], [{"step": "a", "reasoning": "b"}], [{"step": "a"}], ["a", 1])
    ),
)


@pytest.fixture(scope="module")
def kinds() -> Iterator[ModuleType]:
    found = compile_source(Source(Path("agreed.mlsig"), "agreed", TEXT))
    assert found.text is not None
    yield imported("agreed", found.text)
    del sys.modules["agreed"]


def right(name: str, value: Any) -> bool:
    if value is None:
        return name == "vector"
    if not isinstance(value, list):
        return False
    if name == "ids":
        return 1 <= len(value) <= 3 and all(
            type(token) is str or (type(token) is int and token >= 0) for token in value
        )
    if name == "chain":
        return len(value) <= 1 and all(
            isinstance(step, dict) and step.keys() == {"step", "reasoning"} for step in value
        )
    extents, dtype = SIZES[name]
    rows = [value]
    for depth, extent in enumerate(extents):
        if not all(isinstance(row, list) for row in rows) or len({len(row) for row in rows}) > 1:
            return False
        if extent is not None and any(len(row) != extent for row in rows):
            return False
        if depth < len(extents) - 1:
            rows = [inner for row in rows for inner in row]
    return all(holds(dtype, number) for row in rows for number in row)


def holds(dtype: str, number: Any) -> bool:
    if dtype == "bool":
        return type(number) is bool
    if dtype == "int8":
        return type(number) is int and -128 <= number <= 127
    return type(number) in {int, float} and abs(number) <= MOST[dtype]


@given(name=st.sampled_from((*SIZES, "ids", "chain")), value=VALUES)
@settings(max_examples=1500, deadline=None)
def test_paths_and_reference_agree(kinds: ModuleType, name: str, value: Any) -> None:
    record, data = kinds.All, {name: value}
    issues: list[Issue] = []
    careful = explain(record.shape(), data, "", issues)
    try:
        found = record.validate(data)
    except ValidationError as error:
        assert not right(name, value)
        assert list(error.issues) == issues
        assert all(issue.path.startswith(name) for issue in issues)
        return
    assert right(name, value)
    assert issues == []
    assert found == careful == record.validate(found)
    raw = found.to_json()
    assert found == record.from_json(raw) == record.validate(found.to_dict())
    jsonschema.Draft202012Validator(record.json_schema()).validate(json.loads(raw))
    if name in SIZES and value is not None:
        assert np.array_equal(
            getattr(found, name), np.array(value, SIZES[name][1]).reshape(getattr(found, name).shape)
        )
