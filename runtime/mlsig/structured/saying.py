"""A record's JSON Schema said in the subset of it that a provider's structured output takes.

say(Answer.Output.json_schema(), "openai")

An answer that follows the result is one that the record takes, but for what is only told: constraints that
the provider does not know stand in descriptions, for the model to read. The schemas that come in are those
that the compiler writes.
"""

from __future__ import annotations

import re
from typing import Any, Final

from mlsig.errors import JsonSchemaError
from mlsig.structured.dialects import DIALECTS, Dialect, Variant
from mlsig.structured.loops import PREFIX, loop
from mlsig.structured.strict import problem
from mlsig.structured.wording import CONSTRAINTS, described, left_out, told

_NULL: Final = {"type": "null"}
_MATCHED: Final = re.compile(r"\^(?:[^\\(]|\\[^\dbB]|\((?!\?)|\(\?:)*\$", re.DOTALL)
"""Patterns of a whole text that look neither around nor back: grammars of servers know no others."""


def say(schema: dict[str, Any], variant: Variant) -> dict[str, Any]:
    """Return a record's schema as the variant says it.

    Raises:
        JsonSchemaError: It cannot; the error names the field and says what can be done.
        ValueError: There is no such variant.
    """
    if variant not in DIALECTS:
        raise ValueError(f"no variant called {variant!r}; there are {', '.join(DIALECTS)}")
    dialect = DIALECTS[variant]
    title = str(schema.get("title", "the record"))
    speaker = _Speaker(dialect, schema.get("$defs", {}))
    found = speaker.object(own_names(schema), title)
    if speaker.made:
        found["$defs"] = {name: speaker.made[name] for name in sorted(speaker.made)}
    _refuse_loops(found, dialect)
    broken = problem(found) if dialect.complete else ""
    if broken:
        raise JsonSchemaError(title, f"is too much for {dialect.provider}: {broken}; split it into several")
    return found


def own_names(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an object's schema without the other names of fields: who writes an answer needs one of them."""
    rules: list[Any] = [*schema.get("allOf", ()), schema]
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for rule in rules:
        if "oneOf" in rule:
            (name,), (alias,) = (option["required"] for option in rule["oneOf"])
            required.add(name)
            del properties[alias]
        elif "not" in rule:
            del properties[rule["not"]["required"][1]]
    kept = {word: value for word, value in schema.items() if word not in {"oneOf", "not", "allOf"}}
    return {**kept, "properties": properties, "required": [name for name in properties if name in required]}


class _Speaker:
    """Says the schemas of one record; `made` are the definitions that were needed so far."""

    def __init__(self, dialect: Dialect, definitions: dict[str, Any]) -> None:
        self._dialect = dialect
        self._definitions = definitions
        self.made: dict[str, dict[str, Any]] = {}

    def object(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        """Say an object with properties."""
        complete, needed = self._dialect.complete, schema["required"]
        properties: dict[str, Any] = {}
        for name, property_ in schema["properties"].items():
            where = f"{place}.{name}"
            properties[name] = self._property(property_, where, null=complete and name not in needed)
        found = {
            "type": "object",
            **described(schema.get("description", "")),
            "properties": properties,
            "required": list(properties) if complete else needed,
            # An answer needs no keys that nobody declared, even where the record would take them.
            "additionalProperties": False,
        }
        return {**found, "propertyOrdering": list(properties)} if self._dialect.ordered else found

    def _property(self, schema: dict[str, Any], place: str, *, null: bool) -> dict[str, Any]:
        """Say a field; with `null`, that may stand for leaving it out, where it is no value of its own."""
        said = self._value(schema, place)
        null = null and not _takes_null(said)
        absent = left_out(schema["default"], null=null) if schema.get("default") is not None else ""
        if null and not absent:
            absent = "Null where it is left out."
        description = "\n\n".join(part for part in (said.pop("description", ""), absent) if part)
        if null:
            options = said.get("anyOf", [said])
            said = {"anyOf": [*options, _NULL]}
        if "$ref" in said and description:
            said = {"anyOf": [said]}
        return {**said, **described(description)}

    def _value(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        """Say a value, with its description."""
        own = schema.get("description", "")
        if "$ref" in schema:
            return self._reference(schema["$ref"].removeprefix(PREFIX), own)
        if "anyOf" in schema:
            options = [self._value(option, place) for option in schema["anyOf"]]
            return {"anyOf": options, **described(own)}
        if "const" in schema or "enum" in schema:
            return self._fixed(schema)
        kind: str = schema.get("type", "")
        if not kind:
            self._cannot(place, "any JSON", "declare what it holds, or a `str` that holds JSON as text")
        left = {word: value for word, value in schema.items() if word in CONSTRAINTS}
        found: dict[str, Any] = {"type": kind}
        if kind == "array":
            found["items"] = self._value(schema["items"], f"{place}[]")
        elif kind == "object" and "properties" in schema:
            return self.object(own_names(schema), place)
        elif kind == "object":
            found["additionalProperties"] = self._map(schema, place)
        kept, sentences = self._constraints(left, kind)
        return {**found, **kept, **described(own, sentences)}

    def _reference(self, name: str, described_as: str) -> dict[str, Any]:
        """Say an enum or a record by its name; an enum that is described anew stands there itself."""
        definition = self._definitions[name]
        if "enum" in definition and described_as:
            meaning = definition.get("description", "")
            both = "\n".join(part for part in (described_as, meaning) if part)
            return {**self._fixed(definition), **described(both)}
        if name not in self.made:
            self.made[name] = {}
            fixed = "enum" in definition
            self.made[name] = self._fixed(definition) if fixed else self.object(own_names(definition), name)
        return {"$ref": f"{PREFIX}{name}", **described(described_as)}

    def _fixed(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Say one of fixed values."""
        own = schema.get("description", "")
        constant = "const" in schema
        options: list[Any] = [schema["const"]] if constant else schema["enum"]
        if not self._dialect.typed_enums:
            return {**({"const": options[0]} if constant else {"enum": options}), **described(own)}
        kinds = list(dict.fromkeys(map(_kind, options)))
        if len(kinds) > 1:
            groups = [[option for option in options if _kind(option) == kind] for kind in kinds]
            return {"anyOf": [self._fixed({"enum": group}) for group in groups], **described(own)}
        if constant and self._dialect.constants:
            return {"type": kinds[0], "const": options[0], **described(own)}
        if kinds[0] == "boolean" and not self._dialect.constants:
            always = told({"const": options[0]}) if len(options) == 1 else ""
            return {"type": "boolean", **described(own, always)}
        return {"type": kinds[0], "enum": options, **described(own)}

    def _map(self, schema: dict[str, Any], place: str) -> Any:
        if not self._dialect.maps:
            self._cannot(place, "a map", "declare a list of records with a key and a value")
        return self._value(schema["additionalProperties"], f"{place}[]")

    def _constraints(self, words: dict[str, Any], kind: str) -> tuple[dict[str, Any], str]:
        """Return what the provider knows of these constraints, and the others as sentences."""
        kept: dict[str, Any] = {}
        left: dict[str, Any] = {}
        for word, value in words.items():
            knows = word in self._dialect.words
            if word == "format":
                knows = value in self._dialect.formats
            elif word == "pattern":
                knows = knows and _MATCHED.fullmatch(value) is not None
            elif word == "minItems" and self._dialect.longest_minimum is not None:
                knows = value <= self._dialect.longest_minimum
            (kept if knows else left)[word] = value
        for word, bound, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            if word in left and bound in self._dialect.words:
                whole = kind == "integer"
                kept[bound] = left[word] + step if whole else left[word]
                if whole:
                    del left[word]
        return kept, told(left)

    def _cannot(self, place: str, what: str, instead: str) -> None:
        provider = self._dialect.provider
        raise JsonSchemaError(
            place, f"{provider} cannot say {what}; {instead}, or use the plain schema, not enforced"
        )


def _refuse_loops(schema: dict[str, Any], dialect: Dialect) -> None:
    if dialect.loops == "always":
        return
    place = loop(schema, needed=dialect.loops == "optional")
    if not place:
        return
    way = (
        "give the field a default"
        if dialect.loops == "optional"
        else "write the levels out as records of their own"
    )
    what = "a record that must hold itself" if dialect.loops == "optional" else "a record that holds itself"
    raise JsonSchemaError(
        place, f"{dialect.provider} cannot say {what}; {way}, or use the plain schema, not enforced"
    )


def _takes_null(said: dict[str, Any]) -> bool:
    return _NULL in said.get("anyOf", ())


def _kind(value: Any) -> str:
    return "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
