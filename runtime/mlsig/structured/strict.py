"""Whether a schema keeps to the rules of OpenAI's strict structured output.

Every object is closed and has all of its properties required, every value has a type, and there are not too
many. Servers refuse the whole request for a schema that does not, so it is sent without `strict`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mlsig.structured.loops import PREFIX
from mlsig.types.jsonlike import is_object

MOST_PROPERTIES: Final = 5_000
MOST_LEVELS: Final = 10
MOST_OPTIONS: Final = 1_000
MOST_CHARACTERS: Final = 120_000
LONG_ENUM: Final = 250
MOST_IN_LONG_ENUM: Final = 15_000
_WORDS: Final = frozenset(
    (
        *(
            "$defs",
            "$ref",
            "additionalProperties",
            "anyOf",
            "const",
            "description",
            "enum",
            "format",
            "items",
        ),
        *("pattern", "properties", "required", "type"),
        *("exclusiveMaximum", "exclusiveMinimum", "maxItems", "maximum", "minItems", "minimum", "multipleOf"),
    )
)


def problem(schema: Any) -> str:
    """Say which rule of the strict subset a schema breaks, or nothing."""
    if not is_object(schema) or schema.get("type") != "object" or "properties" not in schema:
        return "the whole must be an object"
    definitions: dict[str, Any] = schema.get("$defs", {})
    count = _Count(definitions)
    broken = _first(map(count.broken, (schema, *definitions.values())))
    if not broken and _levels(schema, definitions, ()) > MOST_LEVELS:
        return f"objects are nested more than {MOST_LEVELS} deep"
    return broken or count.excess()


def _levels(schema: dict[str, Any], definitions: dict[str, Any], inside: tuple[str, ...]) -> int:
    """Return how deep objects are nested; one that holds itself counts once."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        again = name in inside or len(inside) > MOST_LEVELS
        return 0 if again else _levels(definitions[name], definitions, (*inside, name))
    children: list[Any] = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    children += [schema["items"]] if "items" in schema else []
    below = max((_levels(child, definitions, inside) for child in children), default=0)
    return below + (schema.get("type") == "object")


def _first(found: Iterable[str]) -> str:
    return next((rule for rule in found if rule), "")


class _Count:
    """Looks at schemas, references not followed, and counts what there may not be too much of."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._properties = self._options = self._crowded = 0
        self._characters = sum(map(len, definitions))

    def broken(self, schema: Any) -> str:
        """Say which rule a schema breaks."""
        if not is_object(schema):
            return "a value has no type"
        unknown = schema.keys() - _WORDS
        if unknown:
            return f"it does not know {min(unknown)}"
        if "$ref" in schema:
            found = str(schema["$ref"]).removeprefix(PREFIX)
            return (
                "" if found in self._definitions and len(schema) == 1 else f"{found} is no definition alone"
            )
        if "anyOf" in schema:
            return _first(map(self.broken, schema["anyOf"]))
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self.broken(schema.get("items"))
        self._fixed(schema)
        return "" if kind or "const" in schema or "enum" in schema else "a value has no type"

    def excess(self) -> str:
        """Say what there is too much of."""
        if self._properties > MOST_PROPERTIES:
            return f"it has {self._properties} properties, and at most {MOST_PROPERTIES} may be"
        if self._options > MOST_OPTIONS:
            return f"it has {self._options} options of enums and literals, and at most {MOST_OPTIONS} may be"
        if self._characters > MOST_CHARACTERS:
            found = f"its names and options have {self._characters} characters"
            return f"{found}, and at most {MOST_CHARACTERS} may be"
        if self._crowded > MOST_IN_LONG_ENUM:
            return (
                f"the options of an enum of more than {LONG_ENUM} have {self._crowded} characters, "
                f"and at most {MOST_IN_LONG_ENUM} may be"
            )
        return ""

    def _object(self, schema: dict[str, Any]) -> str:
        properties: dict[str, Any] = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            return "an object may have keys that are not declared"
        if set(schema.get("required", ())) != properties.keys():
            return "a property is not required"
        self._properties += len(properties)
        self._characters += sum(map(len, properties))
        return _first(map(self.broken, properties.values()))

    def _fixed(self, schema: dict[str, Any]) -> None:
        options: list[Any] = schema.get("enum", [schema["const"]] if "const" in schema else [])
        characters = sum(len(option) for option in options if isinstance(option, str))
        self._options += len(options)
        self._characters += characters
        if len(options) > LONG_ENUM:
            self._crowded = max(self._crowded, characters)
