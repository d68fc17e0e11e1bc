"""Values that prompts do not show as they are: long arrays are cut, keys and files of a model's refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mlsig import shapes
from mlsig.errors import MlsigError
from mlsig.types import held
from mlsig.types.jsonlike import is_array

_WHOLE: Final = 32
_FIRST: Final = 4


def presented(value: Any) -> Any:
    """Return what stands in a prompt for a value that is not JSON by itself."""
    plain = held.plain(value)
    if not is_array(plain):
        return plain
    flat: list[Any] = value.reshape(-1)[: _WHOLE + 1].tolist()
    if len(flat) <= _WHOLE:
        return _rounded(plain)
    first = ", ".join(str(_rounded(number)) for number in flat[:_FIRST])
    sizes = "×".join(str(size) for size in value.shape)
    return f"[{first}, …] ({sizes} numbers)"


def refuse_files(fields: Iterable[shapes.Field]) -> None:
    """Refuse outputs that hold files or keys: a model writes text, and knows no secret.

    Raises:
        MlsigError: There is one; the message names it.
    """
    for field in fields:
        found = _unfit(field.shape, set(), files=True)
        if found:
            raise MlsigError(f"`{field.name}` holds {found}, which an answer cannot have")


def refuse_keys(fields: Iterable[shapes.Field]) -> None:
    """Refuse inputs that hold keys: a prompt is no place for a secret.

    Raises:
        MlsigError: There is one; the message names it.
    """
    for field in fields:
        found = _unfit(field.shape, set(), files=False)
        if found:
            raise MlsigError(f"`{field.name}` holds {found}, which a prompt cannot have")


def _unfit(shape: shapes.Shape, seen: set[type[Any]], *, files: bool) -> str:
    match shape:
        case shapes.Medium():
            named: str = shape.type.named
            return named if files else ""
        case shapes.Key():
            return "an API key"
        case shapes.Optional(inner):
            return _unfit(inner, seen, files=files)
        case shapes.Array():
            return _unfit(shape.items, seen, files=files)
        case shapes.Mapping():
            return _unfit(shape.values, seen, files=files)
        case shapes.Union(options):
            return next(filter(None, (_unfit(option, seen, files=files) for option in options)), "")
        case shapes.Ref(kind):
            if kind in seen:
                return ""
            seen.add(kind)
            return _unfit(kind.shape(), seen, files=files)
        case shapes.RecordShape():
            return next(filter(None, (_unfit(field.shape, seen, files=files) for field in shape.fields)), "")
        case _:
            return ""


def _rounded(value: Any) -> Any:
    if is_array(value):
        return [_rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
