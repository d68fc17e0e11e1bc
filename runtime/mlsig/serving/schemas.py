"""JSON Schemas of records, as one OpenAPI document has them: definitions by name in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
"""Keywords whose value has schemas by name."""
_LISTED: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_ONE: Final = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
    | {"unevaluatedProperties", "unevaluatedItems"}
)
_LOCAL: Final = "#/$defs/"


def place(schema: Mapping[str, Any], name: str, components: dict[str, Any]) -> dict[str, str]:
    """Put a schema and its definitions among the components, and return a reference to it."""
    whole = {key: value for key, value in schema.items() if key not in ("$defs", "$schema")}
    components[name] = moved(whole, name)
    for own, definition in schema.get("$defs", {}).items():
        components[f"{name}.{own}"] = moved(definition, name)
    return reference(name)


def reference(name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def moved(schema: Any, name: str) -> Any:
    """Return a schema whose references lead to where its definitions are now; values stay as they are."""
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        whole: Any = value
        if key == "$ref" and isinstance(value, str) and value.startswith(_LOCAL):
            found[key] = f"#/components/schemas/{name}.{value.removeprefix(_LOCAL)}"
        elif key in _NAMED and isinstance(value, dict):
            named = cast("dict[str, Any]", value)
            found[key] = {each: moved(one, name) for each, one in named.items()}
        elif key in _LISTED and isinstance(value, list):
            found[key] = [moved(one, name) for one in whole]
        else:
            found[key] = moved(value, name) if key in _ONE else value
    return found
