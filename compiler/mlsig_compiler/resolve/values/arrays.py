"""Values that are vectors, matrices and tensors: right in size, rectangular, of finite numbers.

    [[1, 2], [3]] of attention_weights       reports that this row has 1 number, and those before it have 2

Where an extent is free, the first row says what it is.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.values.scalars import refused
from mlsig_compiler.resolve.wording import described, shown

# The largest numbers that fit a dtype, by the kinds of numbers that have them.
LARGEST: Final = {
    "float16": 65_504.0,
    "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
}
RANGES: Final = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
}


class Wanted(NamedTuple):
    """What an array is to be. `extents` learns, where it is free, the extent of the first row."""

    type: model.Type
    dtype: model.Dtype
    extents: list[int | None]
    declared: tuple[int | None, ...]


def array(node: syntax.Value, type_: model.Type, scope: Scope) -> model.Value:
    """Return the value of an `embedding`, a `tensor` or `attention_weights`."""
    match type_:
        case model.EmbeddingType(size):
            wanted = Wanted(type_, "float32", [size], (size,))
        case model.TensorType(shape, dtype):
            wanted = Wanted(type_, dtype, list(shape), shape)
        case _:
            wanted = Wanted(type_, "float64", [None, None], (None, None))
    return _rows(node, wanted, 0, scope)


def _rows(node: syntax.Value, wanted: Wanted, depth: int, scope: Scope) -> model.Value:
    if depth == len(wanted.extents):
        return _number(node, wanted.dtype, scope)
    if not isinstance(node, syntax.ListValue):
        what = described(wanted.type) if depth == 0 else "a row, which is a list"
        raise refused(node.span, f"{shown(node)} is not {what}", scope)
    _extent(node, wanted, depth, scope)
    found: list[model.Value] = []
    failed = False
    for index, item in enumerate(node.items):
        try:
            found.append(_rows(item, wanted, depth + 1, scope))
        except Skip:
            failed = True
            if isinstance(item, syntax.ListValue) and index == 0:
                break  # what is wrong with the first row would be wrong with all of them
    if failed:
        raise Skip
    return found


def _extent(node: syntax.ListValue, wanted: Wanted, depth: int, scope: Scope) -> None:
    """Refuse a row that is longer or shorter than declared, or than the rows before it."""
    size, expected = len(node.items), wanted.extents[depth]
    if expected is None:
        wanted.extents[depth] = size
    elif size != expected:
        last = depth == len(wanted.extents) - 1
        has = counted(size, "number" if last else "row")
        if wanted.declared[depth] is None:
            message = f"this row has {has}, and those before it have {expected}"
        elif depth == 0:
            message = f"this has {has}, and {described(wanted.type)} is needed"
        else:
            message = f"this row has {has}, and {expected} are needed"
        raise refused(node.span, message, scope, code="MLS0412")


def _number(node: syntax.Value, dtype: model.Dtype, scope: Scope) -> model.Value:
    value = node.value if isinstance(node, syntax.Literal) else None
    if dtype == "bool":
        if isinstance(value, bool):
            return value
        raise refused(node.span, f"{shown(node)} is not true or false", scope)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(node.span, f"{shown(node)} is not a number", scope)
    if dtype in LARGEST:
        if abs(value) > LARGEST[dtype]:
            raise refused(node.span, f"{json.dumps(value)} is too large for `{dtype}`", scope, code="MLS0412")
        return float(value)
    if not isinstance(value, int):
        raise refused(node.span, f"{value!r} is not a whole number, and `{dtype}` needs one", scope)
    low, high = RANGES[dtype]
    if not low <= value <= high:
        message = f"{value} is outside of `{dtype}`, which goes from {low} to {high}"
        raise refused(node.span, message, scope, code="MLS0412")
    return value
