"""Types that generated records hold and Python's own annotations cannot describe: arrays and token lists.

    vector: Held[Float32Array, 384]        tokens: Held[Tokens, None, 4096]

Type checkers see `Annotated[npt.NDArray[np.float32], 384]`. At run time each of these names stands for a
class that msgspec hands values to (`hold`), and NumPy is imported when the first array is made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

if TYPE_CHECKING:
    from typing import Annotated as Held
    from typing import TypeAlias

    import numpy as np
    import numpy.typing as npt

    Float16Array: TypeAlias = npt.NDArray[np.float16]
    Float32Array: TypeAlias = npt.NDArray[np.float32]
    Float64Array: TypeAlias = npt.NDArray[np.float64]
    Int8Array: TypeAlias = npt.NDArray[np.int8]
    Int16Array: TypeAlias = npt.NDArray[np.int16]
    Int32Array: TypeAlias = npt.NDArray[np.int32]
    Int64Array: TypeAlias = npt.NDArray[np.int64]
    UInt8Array: TypeAlias = npt.NDArray[np.uint8]
    BoolArray: TypeAlias = npt.NDArray[np.bool_]
    Tokens: TypeAlias = Sequence[int | str]
else:
    from mlsig.types.standins import Arrays, Held, Tokens

    Float16Array = Arrays("float16")
    Float32Array = Arrays("float32")
    Float64Array = Arrays("float64")
    Int8Array = Arrays("int8")
    Int16Array = Arrays("int16")
    Int32Array = Arrays("int32")
    Int64Array = Arrays("int64")
    UInt8Array = Arrays("uint8")
    BoolArray = Arrays("bool")

__all__ = [
    "BoolArray",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "Held",
    "Int8Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "Tokens",
    "UInt8Array",
    "array",
    "equal",
    "frozen",
    "hashed",
    "plain",
    "restored",
    "unhashable",
]


_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def array(values: object, dtype: str, dimensions: int | tuple[int, ...]) -> Any:
    """Return values that the compiler has checked as a NumPy array: what generated defaults are made of.

    `dimensions` is their number, or all extents of an array whose values do not show them.
    """
    from mlsig.types.arrays import array as made  # noqa: PLC0415  (imports NumPy)

    return made(values, dtype, dimensions)


def plain(value: Any) -> Any:
    """Return what msgspec cannot write itself as JSON-like data.

    Raises:
        NotImplementedError: It is nothing that a record holds.
    """
    kind: Any = _type(value)
    made: Callable[[Any], Any] | None = getattr(kind, "to_json_like", None)
    if made is not None:
        return made(value)
    if _is_array(value):
        return value.tolist()
    if issubclass(kind, str):  # of another class, which the fast path leaves as it is
        return str.__str__(value)
    raise NotImplementedError(f"{kind.__name__} is nothing that a record holds")


def restored(kind: Any, values: dict[str, Any]) -> Any:
    """Return a record of copies or of what was pickled: NumPy forgets in both that arrays are read-only."""
    for value in values.values():
        _freeze(value)
    return kind(**values)


def _freeze(value: Any) -> None:
    """Make the arrays that a field holds read-only; records inside it have made theirs."""
    if _is_array(value):
        value.setflags(write=False)
    elif _type(value) is list:
        for item in value:
            _freeze(item)
    elif _type(value) is dict:
        for item in value.values():
            _freeze(item)


def equal(left: msgspec.Struct, right: object) -> bool:
    """Say whether two records are of one class and hold the same, arrays compared by shape and numbers."""
    if type(left) is not type(right):
        return False
    return all(_same(getattr(left, name), getattr(right, name)) for name in left.__struct_fields__)


def hashed(record: msgspec.Struct) -> int:
    """Return the hash of a record that holds arrays.

    Raises:
        TypeError: It holds something that has no hash, such as a list.
    """
    values = (getattr(record, name) for name in record.__struct_fields__)
    try:
        return hash((type(record), *map(frozen, values)))
    except TypeError:
        raise unhashable(record) from None


def unhashable(record: msgspec.Struct) -> TypeError:
    """Return what to raise for a record that has no hash: it names the fields that have none."""
    values = [(name, getattr(record, name)) for name in record.__struct_fields__]
    reasons = [f"`{name}` is a {type(value).__name__}" for name, value in values if not _hashable(value)]
    return TypeError(f"this {type(record).__qualname__} has no hash: {', '.join(reasons)}")


def _hashable(value: Any) -> bool:
    try:
        hash(frozen(value))
    except TypeError:
        return False
    return True


def frozen(value: Any) -> Hashable:
    """Return an array as something that has a hash, equal for equal arrays; anything else as it is."""
    if not _is_array(value):
        found: Hashable = value
        return found
    # 0.0 and -0.0 are equal, their bytes are not.
    even = value + 0.0 if value.dtype.kind == "f" else value
    return (value.dtype.str, value.shape, even.tobytes())


def _same(left: Any, right: Any) -> bool:
    kind, other = _type(left), _type(right)
    if _is_array(left) or _is_array(right):
        return (
            kind is other
            and left.dtype == right.dtype
            and left.shape == right.shape
            and bool((left == right).all())
        )
    if kind is list and other is list:
        return len(left) == len(right) and all(map(_same, left, right))
    if kind is dict and other is dict:
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return bool(left == right)


def _is_array(value: object) -> bool:
    kind = type(value)
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray"
