"""A schema that was said for one provider, made to fit another: what that does not know is left out.

It enforces less then, and what it does not enforce is checked when the answer is read.
"""

from __future__ import annotations

from typing import Any, Final

from mlsig.structured.dialects import DIALECTS, Dialect, Variant
from mlsig.structured.wording import CONSTRAINTS
from mlsig.types.jsonlike import is_array, is_object

_BY_NAME: Final = frozenset({"properties", "$defs"})
_DATA: Final = frozenset({"enum", "const", "required", "propertyOrdering"})


def fitted(schema: dict[str, Any], variant: Variant) -> dict[str, Any]:
    """Return the schema with nothing that the variant does not know; as it is, where it was said for it."""
    found: dict[str, Any] = _fitted(schema, DIALECTS[variant])
    return found


def _fitted(schema: Any, dialect: Dialect) -> Any:
    if is_array(schema):
        return [_fitted(item, dialect) for item in schema]
    if not is_object(schema):
        return schema
    found: dict[str, Any] = {}
    for word, value in schema.items():
        if word in _BY_NAME:
            found[word] = {name: _fitted(inner, dialect) for name, inner in value.items()}
        elif word == "const" and not dialect.constants:
            found["enum"] = [value]
        elif _known(word, value, dialect):
            found[word] = value if word in _DATA else _fitted(value, dialect)
    return found


def _known(word: str, value: Any, dialect: Dialect) -> bool:
    if word == "propertyOrdering":
        return dialect.ordered
    if word == "format":
        return value in dialect.formats
    if word == "minItems" and dialect.longest_minimum is not None:
        return bool(value <= dialect.longest_minimum)
    return word == "const" or word not in CONSTRAINTS or word in dialect.words
