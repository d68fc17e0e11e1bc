"""Records that hold themselves, found in their JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlsig.types.jsonlike import is_array, is_object

PREFIX = "#/$defs/"


def loop(schema: dict[str, Any], *, needed: bool) -> str:
    """Return a field by which a record holds itself, such as `Tree.children`; empty where there is none.

    With `needed`, only properties that are required count.
    """
    definitions: dict[str, Any] = schema.get("$defs", {})
    done: set[str] = set()

    def search(name: str, above: tuple[str, ...]) -> str:
        for place, other in _held(name, definitions[name], needed=needed):
            if other in (*above, name):
                return place
            found = "" if other in done else search(other, (*above, name))
            if found:
                return found
        done.add(name)
        return ""

    for name in definitions:
        place = "" if name in done else search(name, ())
        if place:
            return place
    return ""


def _held(name: str, definition: dict[str, Any], *, needed: bool) -> Iterator[tuple[str, str]]:
    """Yield the properties of a record that hold others, each with the other's name."""
    for key, property_ in definition.get("properties", {}).items():
        if not needed or key in definition.get("required", ()):
            for other in _references(property_):
                yield f"{name}.{key}", other


def _references(schema: Any) -> Iterator[str]:
    if is_array(schema):
        for item in schema:
            yield from _references(item)
    elif is_object(schema):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(PREFIX)
        for key, item in schema.items():
            if key in {"anyOf", "items", "additionalProperties"}:
                yield from _references(item)
