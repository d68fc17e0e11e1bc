"""DSPy signatures, as classes, as a draft: inputs, outputs, their types and descriptions, instructions.

Types are read as pydantic's are; `dspy.Image` is an `image`, and so on for `audio` and `document`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, cast

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from mlsig_compiler.check.names import RECORD
from mlsig_compiler.drafting.draft import JSON, Draft, Field, Signature
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.reader import Reader
from mlsig_compiler.drafting.json_schema.telling import Dialect
from mlsig_compiler.drafting.naming import field_names
from mlsig_compiler.drafting.problems import NotImported
from mlsig_compiler.drafting.pydantic_models import adapter, json_schemas, lose

ROLE: Final = "__dspy_field_type"
# What DSPy itself keeps with a field.
KNOWN: Final = frozenset({ROLE, "desc", "prefix", "constraints", "IS_TYPE_UNDEFINED"})


def read(found: Sequence[tuple[str, object]], name: str | None) -> Draft:
    """Draft signatures; each is given with how it was named.

    Raises:
        NotImported: One of them is no signature.
    """
    fields: dict[str, dict[str, FieldInfo]] = {}
    for source, node in found:
        own = getattr(node, "model_fields", None)
        if (
            not hasattr(node, "input_fields")
            or not hasattr(node, "instructions")
            or not isinstance(own, Mapping)
        ):
            raise NotImported(f"{source}: is no DSPy signature: name a subclass of dspy.Signature")
        fields[source] = dict(cast("Mapping[str, FieldInfo]", own))
    adapters = [
        (f"{source} {each}", adapter(f"{source}: {each}", _annotated(info)))
        for source, own in fields.items()
        for each, info in own.items()
    ]
    schemas, definitions = json_schemas(adapters)
    properties = {
        f"{source} {each}": _said(schemas[f"{source} {each}"], info)
        for source, own in fields.items()
        for each, info in own.items()
    }
    reader = Reader({"$defs": definitions, "fields": properties}, Dialect(ecma=False))
    for named in found:
        _signature(named, fields[named[0]], properties, reader, name)
    return reader.draft


def _annotated(info: FieldInfo) -> object:
    annotation: Any = info.annotation
    for part in info.metadata:
        annotation = Annotated[annotation, part]
    return annotation


def _said(schema: Schema, info: FieldInfo) -> Schema:
    """Return the JSON Schema of a field, with what DSPy says of it."""
    made = dict(schema)
    made.pop("title", None)
    extra = _extra(info)
    desc = extra.get("desc") or info.description
    made.pop("description", None)
    if isinstance(desc, str) and not desc.startswith("${"):
        made["description"] = desc
    for word, value in extra.items():
        if word not in KNOWN:
            lose(made, f"not carried over: {word}={value!r}")
    return made


def _extra(info: FieldInfo) -> Schema:
    """Return what DSPy keeps with a field."""
    extra = cast("object", info.json_schema_extra)
    return cast("Schema", extra) if isinstance(extra, dict) else {}


def _signature(
    named: tuple[str, object],
    fields: dict[str, FieldInfo],
    properties: dict[str, Schema],
    reader: Reader,
    name: str | None,
) -> None:
    source, node = named
    called = reader.names.take(name or source.rpartition(":")[2].rpartition(".")[2])
    names = field_names(fields, RECORD | {"self"})
    made = Signature(name=called, inputs=[], outputs=[], origin=source)
    reader.draft.declarations.append(made)
    for each, info in fields.items():
        alias = None if names[each] == each else each
        field = Field(name=names[each], type=JSON, alias=alias, origin=f"{source}.{each}")
        schema = properties[f"{source} {each}"]
        reader.fill(field, schema, called)
        extra = _extra(info)
        prefix = extra.get("prefix")
        if isinstance(prefix, str) and not _derived(prefix, each):
            reader.lost(field, schema, f"the prefix {prefix!r}")
        if info.default is not PydanticUndefined and info.default is not ...:
            reader.default(field, {**schema, "default": _json(info.default)}, called)
        (made.inputs if extra.get(ROLE) == "input" else made.outputs).append(field)
    instructions = getattr(node, "instructions", "")
    if isinstance(instructions, str) and not _default(instructions, fields):
        made.instructions = instructions.strip()


def _json(value: object) -> object:
    return to_jsonable_python(value, fallback=repr)


def _derived(prefix: str, name: str) -> bool:
    def letters(text: str) -> str:
        return "".join(char for char in text.casefold() if char.isalnum())

    return letters(prefix) == letters(name)


def _default(instructions: str, fields: Mapping[str, FieldInfo]) -> bool:
    """Say whether instructions are those that DSPy makes of the names of the fields."""
    start, _, end = instructions.partition(", produce the fields ")
    if not start.startswith("Given the fields ") or not end:
        return False
    return all(f"`{name}`" in instructions for name in fields)
