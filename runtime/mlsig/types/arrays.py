"""Vectors, tensors and matrices: lists, NumPy arrays and buffers of numbers as read-only NumPy arrays.

    maker("float32", (3,))([1.0, 2.0, 3.0])   ->   array([1., 2., 3.], dtype=float32)

The fast path is for nested lists of numbers: the compiled kernel's (`kernel`), or `Written`, which has
msgspec write them down. Anything else, and any doubt, is read carefully (`tensors`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types.kernel import Fill, kernel
from mlsig.types.tensors import kept, read
from mlsig.types.written import Written

Array = npt.NDArray[Any]
Extents = tuple[int | None, ...]

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def maker(dtype: str, extents: Extents) -> Callable[[Any], Array]:
    """Return a function that makes arrays of a shape, and raises any exception where a value may be wrong."""
    compiled = kernel()
    return _maker(dtype, extents, _filled(dtype, compiled.fill) if compiled else _written(dtype))


def compiled_maker(dtype: str, extents: Extents, fill: Fill) -> Callable[[Any], Array]:
    """Return what `maker` returns where there is a kernel."""
    return _maker(dtype, extents, _filled(dtype, fill))


def python_maker(dtype: str, extents: Extents) -> Callable[[Any], Array]:
    """Return what `maker` returns where there is no kernel."""
    return _maker(dtype, extents, _written(dtype))


def array(values: object, dtype: str, dimensions: int | tuple[int, ...]) -> Any:
    """Return values that the compiler has checked as an array: what generated defaults are made of."""
    found: Array = np.array(values, dtype)
    if isinstance(dimensions, tuple):
        found = found.reshape(dimensions)
    elif found.ndim < dimensions:
        found = found.reshape((*found.shape, *(0,) * (dimensions - found.ndim)))
    found.setflags(write=False)
    return found


def _maker(
    dtype: str, extents: Extents, made: Callable[[Any, tuple[int, ...]], Array | None]
) -> Callable[[Any], Array]:
    shape = shapes.Tensor(extents=extents, dtype=dtype)
    exact = np.dtype(dtype)
    whole = _known(extents)

    def make(value: Any) -> Array:
        kind = _type(value)
        found: Array | None = None
        if kind is list:
            sizes = whole or _sizes(extents, value)
            if sizes and len(value) == sizes[0]:
                found = made(value, sizes)
        elif kind is np.ndarray and value.dtype == exact and _fits(extents, value):
            found = kept(value, exact)
        return _certain(shape, value) if found is None else found

    return make


def _known(extents: Extents) -> tuple[int, ...]:
    """Return the extents where all of them are known."""
    return () if None in extents else cast("tuple[int, ...]", extents)


def _sizes(extents: Extents, value: Any) -> tuple[int, ...]:
    """Return the lengths of a list, its first row, the first row of that, …; () where they are not lists."""
    found: list[int] = []
    for extent in extents:
        kind = _type(value)
        if kind is not list or not value or (extent is not None and extent != len(value)):
            return ()
        found.append(len(value))
        value = value[0]
    return tuple(found)


def _fits(extents: Extents, value: Array) -> bool:
    """Say whether an array of the right dtype has the right shape and finite numbers."""
    if len(value.shape) != len(extents) or not value.flags.c_contiguous:
        return False
    for extent, size in zip(extents, value.shape, strict=True):
        if extent is not None and extent != size:
            return False
    if value.dtype.kind != "f":
        return True
    flat = value.reshape(-1)
    return isfinite(np.vdot(flat, flat))


def _filled(dtype: str, fill: Fill) -> Callable[[Any, tuple[int, ...]], Array | None]:
    """Return a function that has the kernel make an array of nested lists; None where it does not say yes."""
    exact = np.dtype(dtype)

    def made(value: Any, sizes: tuple[int, ...]) -> Array | None:
        found = np.empty(sizes, exact)
        if not fill(value, found):
            return None
        found.setflags(write=False)
        return found

    return made


def _written(dtype: str) -> Callable[[Any, tuple[int, ...]], Array | None]:
    """Return a function that makes an array of nested lists of floats; None where they are anything else."""
    if not dtype.startswith("float"):
        return lambda _value, _sizes: None
    return Written(dtype).read


def _certain(shape: shapes.Tensor, value: object) -> Array:
    issues: list[Issue] = []
    found: Array = read(shape, value, "", issues)
    if issues:
        raise ValueError(str(issues[0]))
    return found
<<<<<<< Updated upstream
=======


def _floats(shape: shapes.Tensor, exact: np.dtype[Any], safe: float, value: Any) -> Array:
    """Make an array of nested lists of floats; of anything else, carefully."""
    extents: list[int] = []
    inner = value
    for extent in shape.extents:
        kind = _type(inner)
        if kind is not list or not inner or (extent is not None and len(inner) != extent):
            return _certain(shape, value)
        extents.append(len(inner))
        inner = inner[0]
    text = _encode(value)
    layout, heads, tags = _layout(tuple(extents))
    if len(text) != layout.itemsize:
        return _certain(shape, value)
    cells: Any = np.frombuffer(text, layout, 1)
    for head in heads:
        if cells["head"].tobytes() != head:
            return _certain(shape, value)
        cells = cells["cells"]
    if cells["tag"].tobytes() != tags:
        return _certain(shape, value)
    wide = cells["value"].astype(np.float64, order="C").reshape(-1)
    if not wide.dot(wide) <= safe:
        return _certain(shape, value)
    found: Array = wide.astype(exact, copy=False).reshape(extents)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=64)
def _layout(extents: tuple[int, ...]) -> tuple[np.dtype[Any], tuple[bytes, ...], bytes]:
    """Return the layout of nested lists of floats as MessagePack, all heads at each depth, and all tags."""
    layout: np.dtype[Any] = _CELL
    heads: list[bytes] = []
    many = 1
    for size in extents:
        heads.append(_head(size) * many)
        many *= size
    for size in reversed(extents):
        layout = np.dtype([("head", "u1", (len(_head(size)),)), ("cells", layout, (size,))])
    return layout, tuple(heads), _FLOAT * many


def _head(size: int) -> bytes:
    """Return how MessagePack begins a list of that many items."""
    if size < 16:
        return bytes([0x90 | size])
    if size < 65536:
        return b"\xdc" + size.to_bytes(2, "big")
    return b"\xdd" + size.to_bytes(4, "big")


def _read(shape: shapes.Tensor, value: object, path: str, issues: list[Issue]) -> Any:
    given = _numbers(value)
    if given is not None:
        return _converted(shape, given, path, issues)
    items = checks.ordered(value)
    if items is None:
        checks.wrong_type(_described(shape), value, path, issues)
        return None
    extents = list(shape.extents)
    rows = _Rows(shape, extents, issues).read(items, 0, path)
    if issues:
        return None
    return np.array(rows, shape.dtype).reshape([extent or 0 for extent in extents])


def _numbers(value: Any) -> Array | None:
    """Return what has numbers in memory as an array: NumPy's arrays, buffers, arrays of other libraries."""
    kind: Any = _type(value)
    if issubclass(kind, np.ndarray):
        found = np.ndarray.view(value, np.ndarray)
        if kind.__name__ == "MaskedArray":
            raise TypeError("numbers that are masked are missing")
        return found
    if issubclass(kind, (*_NO_NUMBERS, list, tuple, np.generic)):
        return None
    try:
        buffer = memoryview(value)
    except TypeError:
        return np.ndarray.view(np.asarray(value), np.ndarray) if hasattr(kind, "__array__") else None
    # What is not a view of the caller's choosing is copied: an `array.array` in use could not grow.
    return np.asarray(buffer) if kind is memoryview else np.array(buffer)


def _converted(shape: shapes.Tensor, given: Array, path: str, issues: list[Issue]) -> Any:
    accepted = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[np.dtype(shape.dtype).kind]
    if given.dtype.kind not in accepted:
        message = f"must be {_described(shape)}, not an array of {str(given.dtype)[:40]}"
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
    # A new array object even where the memory is shared: the caller's may stay writeable.
    return given.astype(shape.dtype, copy=False).view()


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
    kinds = set(map(type, items))
    if dtype.startswith("float") and kinds <= {int, float}:
        try:
            found = np.array(items, np.float64)
        except OverflowError:
            pass
        else:
            if _wrong(dtype, found) is None:
                return found
    return [_number(dtype, item, f"{path}[{index}]", issues) for index, item in enumerate(items)]


def _number(dtype: str, value: Any, path: str, issues: list[Issue]) -> Any:
    """Read one number of an array."""
    if dtype == "bool":
        if _type(value) is np.bool_:
            return bool(value)
        return checks.boolean(shapes.Boolean(), value, path, issues)
    kind: Any = _type(value)
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


def _described(shape: shapes.Tensor) -> str:
    if len(shape.extents) == 1:
        size = shape.extents[0]
        return "a list of numbers" if size is None else f"a list of {_counted(size, 'number')}"
    return "nested lists of numbers, " + "×".join(
        "_" if size is None else str(size) for size in shape.extents
    )


def _counted(size: int, what: str) -> str:
    return f"{size} {what}{'' if size == 1 else 's'}"


_ANY_NUMBER: Final = shapes.Number()
>>>>>>> Stashed changes
