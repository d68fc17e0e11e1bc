"""Vectors, tensors and matrices: lists, NumPy arrays and buffers of numbers as read-only NumPy arrays.

    maker("float32", (3,))([1.0, 2.0, 3.0])   ->   array([1., 2., 3.], dtype=float32)

The fast path is for nested lists of numbers: the compiled kernel's (`kernel`), or `Written`, which has
msgspec write them down. Anything else, and any doubt, is read carefully (`tensors`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from mlsig import shapes
from mlsig.errors import Issue
from mlsig.types.kernel import Fill, kernel
from mlsig.types.tensors import kept, read
from mlsig.types.written import SAFE, Written

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
    safe = SAFE.get(dtype, 0.0)

    def make(value: Any) -> Array:
        kind = _type(value)
        found: Array | None = None
        if kind is list:
            sizes = whole or _sizes(extents, value)
            if sizes and len(value) == sizes[0]:
                found = made(value, sizes)
        elif kind is np.ndarray and _fits(extents, value, exact, safe):
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


def _fits(extents: Extents, value: Array, exact: np.dtype[Any], safe: float) -> bool:
    """Say whether an array has the right shape, and either the dtype `exact`, or safe floats for it."""
    if len(value.shape) != len(extents) or not value.flags.c_contiguous:
        return False
    for extent, size in zip(extents, value.shape, strict=True):
        if extent is not None and extent != size:
            return False
    if value.dtype.kind != "f" or not safe:
        return value.dtype == exact
    flat = value.reshape(-1)
    return float(np.vdot(flat, flat)) <= safe


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
