"""What the words of JSON Schema are about, and small questions about a subschema."""

from __future__ import annotations

import json
import re
from typing import Final, cast

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import Declaration, Field
from mlsig_compiler.drafting.json_schema import bounds
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.naming import member

DEEPEST: Final = 24
LONGEST_TITLE: Final = 40
STRUCTURE: Final = frozenset({"properties", "required", "additionalProperties", "patternProperties"})
OF_KIND: Final[dict[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "integer": frozenset(bounds.NUMBERS),
    "number": frozenset(bounds.NUMBERS),
    "boolean": frozenset(),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "additionalItems"}),
    "object": STRUCTURE | {"unevaluatedProperties", "minProperties", "maxProperties"},
}
SILENT: Final = frozenset(
    {
        "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$defs", "definitions", "$vocabulary",
        "description", "title", "default", "deprecated", "discriminator", "type", "nullable", "x-mlsig",
    }
)  # fmt: skip
REMARKS: Final = frozenset({"examples", "example", "$comment", "readOnly", "writeOnly", "contentMediaType"})
MOMENTS: Final = {"date": model.ScalarType("date"), "date-time": model.ScalarType("datetime")}
LOST: Final = "not carried over: "
NO_LONGER: Final = "no longer to be used"
Owner = Field | Declaration


def is_record(whole: Schema) -> bool:
    """Say whether a schema is of objects with named fields, and not a map."""
    if whole.get("type", "object") != "object" or "enum" in whole or "const" in whole:
        return False
    if whole.get("properties"):
        return True
    if whole.get("type") != "object" or whole.get("patternProperties"):
        return False
    return bool(whole.get("required")) or whole.get("additionalProperties") is False or "properties" in whole


def is_closed(whole: Schema) -> bool:
    """Say whether keys that are not named are refused."""
    return whole.get("additionalProperties") is False or whole.get("unevaluatedProperties") is False


def names_of(whole: Schema) -> tuple[str, ...]:
    """Return the options of a schema that is an enum of names, or nothing."""
    values = whole.get("enum")
    if not isinstance(values, list) or whole.get("type", "string") != "string":
        return ()
    found = [value for value in cast("list[object]", values) if isinstance(value, str) and member(value)]
    whole_list = cast("list[object]", values)
    return tuple(dict.fromkeys(found)) if len(found) == len(whole_list) > 1 else ()


def media(schema: Schema) -> model.Type | None:
    """Return the type of the language that a reader of another source has found, if any."""
    own = schema.get("x-mlsig")
    name = cast("Schema", own).get("type") if isinstance(own, dict) else None
    if name in ("image", "audio", "document"):
        return model.BuiltinType(cast("model.BuiltinName", name))
    return None


def told(schema: Schema) -> list[str]:
    """Return what a reader of another source has put beside a schema: sentences for the user."""
    own = schema.get("x-mlsig")
    found = strings(cast("Schema", own).get("lost")) if isinstance(own, dict) else []
    return [text.removeprefix(LOST) for text in found]


def mapping(value: object) -> Schema:
    """Return an object, an empty one for what is none."""
    return cast("Schema", value) if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """Return the strings of an array."""
    if not isinstance(value, list):
        return []
    return [item for item in cast("list[object]", value) if isinstance(item, str)]


def last(reference: str) -> str:
    """Return the last word of a reference, which is a name for what it leads to."""
    return reference.rstrip("/").rpartition("/")[2].rpartition("#")[2].rpartition(".")[2] or "Record"


def alike(title: str, name: str) -> bool:
    """Say whether a title is a name again, with other capitals and spaces."""
    return re.sub(r"[\W_]+", "", title).casefold() == re.sub(r"[\W_]+", "", name).casefold()


def shown(value: object) -> str:
    """Return a value as JSON, for a comment."""
    return json.dumps(value, ensure_ascii=False, default=repr)
