"""Which field of a record a key means."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from mlsig import shapes
from mlsig.parsing.options import plain

SHORTEST_TYPO: Final = 4


def plain_names(shape: shapes.RecordShape) -> dict[str, str]:
    """Return the field of each plain form of its alias and its name; names go first."""
    found = {plain(field.alias): field.name for field in shape.fields if field.alias}
    return found | {plain(field.name): field.name for field in shape.fields}


def mistyped(key: str, names: Iterable[str]) -> str | None:
    """Return the one name that a key is but for a letter too few or too many, or two that are swapped."""
    if len(key) < SHORTEST_TYPO or len(key) > 60:
        return None
    said = key.lower()
    found = [name for name in names if len(name) >= SHORTEST_TYPO and _one_slip(said, name.lower())]
    return found[0] if len(found) == 1 else None


def _one_slip(said: str, name: str) -> bool:
    if len(said) == len(name):
        swaps = (said[:i] + said[i + 1] + said[i] + said[i + 2 :] for i in range(len(said) - 1))
        return any(swap == name for swap in swaps)
    short, long = sorted((said, name), key=len)
    if len(long) - len(short) != 1:
        return False
    return any(long[i].isalpha() and long[:i] + long[i + 1 :] == short for i in range(len(long)))


def keys_of(shape: shapes.RecordShape, lead: Iterable[shapes.Field] = ()) -> Collection[str]:
    """Return all names by which fields may be called, in lower case, for the reader to know keys by."""
    return {name.lower() for field in (*lead, *shape.fields) for name in (field.name, field.alias) if name}
