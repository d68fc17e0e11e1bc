"""The careful path of arrays: whatever has numbers in it becomes an array, or issues with the index of each.

    read(shapes.Tensor(extents=(3,), dtype="float32"), [1, 2.0, "3"], "vector", issues)  # vector[2]: …

A record's arrays are contiguous, in native byte order and read-only. What is given is shared where it is all
of that and nobody can write to it; otherwise it is copied, so that no one can change a record afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, cast

import msgspec
import numpy as np
import numpy.typing as npt

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types import checks
from mlsig.types.jsonlike import is_array
from mlsig.types.shown import shown

Array = npt.NDArray[Any]

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
_SCALARS: Final[tuple[Any, ...]] = (np.integer, np.floating)
_MOST: Final = 100
_BYTES: Final = (bytes, bytearray)
_NO_NUMBERS: Final = (str, *_BYTES, dict, set, frozenset, int, float, type(None), list, tuple, np.generic)
_ANY_NUMBER: Final = shapes.Number()


def read(shape: shapes.Tensor, value: object, path: str, issues: list[Issue]) -> Any:
    """Read an array, and report everything wrong with it by its index; at most a hundred issues."""
    found: list[Issue] = []
    made = _read(shape, value, path, found)
    issues += found[:_MOST]
    if len(found) > _MOST:
        message = f"has {len(found) - _MOST} more issues of this kind"
        issues.append(Issue(path, "more_issues", message))
    return None if found else made


def kept(given: Array, dtype: np.dtype[Any]) -> Array:
    """Return an array as a record holds it; it shares memory with `given` where nobody can write to that."""
    flags = given.flags
    if given.dtype == dtype and flags.c_contiguous and flags.aligned and not _can_change(given):
        return given.view()
    found = np.array(given, dtype, order="C")
    found.setflags(write=False)
    return found


def _can_change(given: Array) -> bool:
    """Say whether somebody may hold a way to write to an array's memory."""
    holder: Any = given
    while isinstance(holder, np.ndarray):
        if holder.flags.writeable:
            return True
        holder = holder.base
    if _type(holder) is memoryview:
        holder = holder.obj
    if holder is None or _type(holder) is bytes:
        return False
    return not (type(holder).__module__ == "mmap" and memoryview(holder).readonly)


def _read(shape: shapes.Tensor, value: object, path: str, issues: list[Issue]) -> Any:
    given = _numbers(value)
    if given is not None:
        return _converted(shape, given, path, issues)
    items = checks.ordered(value)
    if items is None:
        _refuse(shape, value, path, issues)
        return None
    extents = list(shape.extents)
    rows = _Rows(shape, extents, issues).read(items, 0, path)
    if issues:
        return None
    found = np.array(rows, shape.dtype).reshape([extent or 0 for extent in extents])
    found.setflags(write=False)
    return found


def _numbers(value: Any) -> Array | None:
    """Return what has numbers in memory as an array: NumPy's arrays, buffers, arrays of other libraries."""
    kind: Any = _type(value)
    if _is_masked(kind):
        return None
    if issubclass(kind, np.ndarray):
        return np.ndarray.view(value, np.ndarray)
    if issubclass(kind, _NO_NUMBERS):
        return None
    try:
        buffer = memoryview(value)
    except TypeError:
        return np.ndarray.view(np.asarray(value), np.ndarray) if hasattr(kind, "__array__") else None
    # What is not a view of the caller's choosing is copied: an `array.array` in use could not grow.
    return np.asarray(buffer) if kind is memoryview else np.array(buffer)


def _is_masked(kind: Any) -> bool:
    """Say whether a class is NumPy's of arrays with missing numbers; where there is one, it is imported."""
    masked: Any = getattr(sys.modules.get("numpy.ma"), "MaskedArray", ())
    return issubclass(kind, masked)


def _refuse(shape: shapes.Tensor, value: object, path: str, issues: list[Issue]) -> None:
    """Report what has no numbers to be read, with the way out where there is one."""
    kind: Any = _type(value)
    if _is_masked(kind):
        message = f"must be {described(shape)}, not a masked array: fill in what is missing"
        issues.append(Issue(path, "type", message, "a masked array"))
    elif issubclass(kind, _BYTES):
        message = f"must be {described(shape)}, not bytes: numpy.frombuffer says what numbers they are"
        issues.append(Issue(path, "type", message, "bytes"))
    else:
        checks.wrong_type(described(shape), value, path, issues)


def _converted(shape: shapes.Tensor, given: Array, path: str, issues: list[Issue]) -> Any:
    dtype = np.dtype(shape.dtype)
    accepted = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[dtype.kind]
    if given.dtype.kind not in accepted:
        message = f"must be {described(shape)}, not an array of {str(given.dtype)[:40]}"
        issues.append(Issue(path, "type", message, "an array"))
        return None
    if given.ndim != len(shape.extents):
        message = f"must have {_counted(len(shape.extents), 'dimension')}, has {given.ndim}"
        issues.append(Issue(path, "wrong_shape", message, "an array"))
        return None
    for depth, (extent, found) in enumerate(zip(shape.extents, given.shape, strict=True)):
        if extent is not None and extent != found:
            last = depth == len(shape.extents) - 1
            message = f"must have {_counted(extent, 'number' if last else 'row')}, has {found}"
            place = path + "[0]" * depth
            issues.append(Issue(place, "wrong_length", message, "an array"))
            return None
    wrong = _wrong(shape.dtype, given)
    if wrong is not None:
        for index in np.argwhere(wrong)[: _MOST + 1].tolist():
            place = path + "".join(f"[{position}]" for position in index)
            _number(shape.dtype, given[tuple(index)].item(), place, issues)
        return None
    if dtype.kind == "f" and given.dtype.kind in "iu":
        given = given.astype(np.float64)  # as ints in lists are: rounded to a float before it gets narrower
    return kept(given, dtype)


def _wrong(dtype: str, given: Array) -> npt.NDArray[np.bool_] | None:
    """Return where numbers are not finite, or do not fit; None where all do."""
    if dtype == "bool":
        return None
    if given.dtype.kind == "f":
        most = np.finfo(dtype).max
        with np.errstate(all="ignore"):
            fits = np.abs(given) <= given.dtype.type(most)
        if given.dtype.itemsize <= np.dtype(dtype).itemsize:
            fits = np.isfinite(given)
    elif dtype.startswith("float"):
        fits = np.abs(given.astype(np.float64)) <= float(np.finfo(dtype).max)
    else:
        low, high = _range(dtype)
        mine = np.iinfo(given.dtype)
        if low <= int(mine.min) and int(mine.max) <= high:
            return None
        fits = (given >= max(low, int(mine.min))) & (given <= min(high, int(mine.max)))
    return None if bool(fits.all()) else ~fits


class _Rows:
    """Nested lists while they are read; the first row of a depth says what an unknown extent there is."""

    def __init__(self, shape: shapes.Tensor, extents: list[int | None], issues: list[Issue]) -> None:
        self._shape = shape
        self._extents = extents
        self._issues = issues

    def read(self, items: list[Any], depth: int, path: str) -> Any:
        """Return the numbers of the rows at a depth."""
        last = depth == len(self._extents) - 1
        if not self._fits(items, depth, path, "number" if last else "row"):
            return None
        if last:
            return _row(self._shape.dtype, items, path, self._issues)
        found: list[Any] = []
        for index, item in enumerate(items):
            place = f"{path}[{index}]"
            given = _numbers(item)
            left = len(self._extents) - depth - 1
            if given is not None and given.ndim != left:
                message = f"must have {_counted(left, 'dimension')}, has {given.ndim}"
                self._issues.append(Issue(place, "wrong_shape", message, "an array"))
                continue
            inner = checks.ordered(item) if given is None else _outermost(given)
            if not is_array(inner):
                checks.wrong_type("a row, which is a list", item, place, self._issues)
            else:
                found.append(self.read(inner, depth + 1, place))
        return found

    def _fits(self, items: list[Any], depth: int, path: str, what: str) -> bool:
        expected = self._extents[depth]
        if expected is None:
            self._extents[depth] = len(items)
        elif expected != len(items):
            has = _counted(len(items), what)
            code, message = "wrong_length", f"must have {_counted(expected, what)}, has {len(items)}"
            if self._shape.extents[depth] is None:
                code, message = "ragged", f"has {has}, the rows before it have {expected}"
            self._issues.append(Issue(path, code, message, shown(items)))
            return False
        return True


def _outermost(given: Array) -> object:
    """Return the numbers or rows of an array; only a view of each row, since an array may claim any size."""
    return list(given) if given.ndim > 1 else given.tolist()


def _row(dtype: str, items: list[Any], path: str, issues: list[Issue]) -> Any:
    found = _exact(dtype, items)
    if found is not None and _wrong(dtype, found) is None:
        return found
    return [_number(dtype, item, f"{path}[{index}]", issues) for index, item in enumerate(items)]


def _exact(dtype: str, items: list[Any]) -> Array | None:
    """Return a list of nothing but Python's own numbers as an array; None where there is anything else."""
    try:
        if dtype.startswith("float"):
            return np.array(msgspec.convert(items, list[float]), np.float64)
        if dtype != "bool":
            return np.array(msgspec.convert(items, list[int]), np.int64)
    except (msgspec.ValidationError, OverflowError):
        pass
    return None


def _number(dtype: str, value: Any, path: str, issues: list[Issue]) -> Any:
    """Read one number of an array; a member of an enum counts as its value."""
    kind: Any = _type(value)
    if issubclass(kind, Enum):
        return _number(dtype, value._value_, path, issues)
    if dtype == "bool":
        if kind is np.bool_:
            return bool(value)
        return checks.boolean(shapes.Boolean(), value, path, issues)
    if issubclass(kind, _SCALARS):
        value = np.generic.item(value)
    if dtype.startswith("float"):
        known = len(issues)
        found = checks.number(_ANY_NUMBER, value, path, issues)
        if len(issues) == known and abs(found) > float(np.finfo(dtype).max):
            issues.append(Issue(path, "too_large", f"is too large for {dtype}", shown(value)))
        return found
    low, high = _range(dtype)
    return checks.integer(shapes.Integer(ge=low, le=high), value, path, issues)


def _range(dtype: str) -> tuple[int, int]:
    says = np.iinfo(dtype)
    return int(says.min), int(says.max)


def described(shape: shapes.Tensor) -> str:
    """Return in words what an array must be."""
    if len(shape.extents) == 1:
        size = shape.extents[0]
        return "a list of numbers" if size is None else f"a list of {_counted(size, 'number')}"
    return "nested lists of numbers, " + "×".join(
        "_" if size is None else str(size) for size in shape.extents
    )


def _counted(size: int, what: str) -> str:
    return f"{size} {what}{'' if size == 1 else 's'}"
