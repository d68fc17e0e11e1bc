"""Pydantic models (and dataclasses, typed dicts) as a draft.

Pydantic says itself what a model takes, as JSON Schema. What that leaves out is put beside it, under
`x-mlsig`: second names, functions that validate, defaults made when they are needed, computed fields.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from pydantic import AliasChoices, BaseModel, TypeAdapter
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, PydanticJsonSchemaWarning
from pydantic_core import PydanticUndefined, core_schema

from mlsig_compiler.drafting.draft import Draft
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.reader import Reader
from mlsig_compiler.drafting.json_schema.telling import Dialect
from mlsig_compiler.drafting.problems import NotImported

KEY: Final = "x-mlsig"
# Whose functions are part of a type, and said by its JSON Schema.
OWN: Final = ("pydantic", "pydantic_core", "dspy", "typing")
MEDIA: Final = {"Image": "image", "Audio": "audio", "File": "document"}
EMPTY: Final[dict[object, object]] = {list: [], dict: {}, set: [], tuple: []}
CHANGING: Final = ("str_strip_whitespace", "str_to_lower", "str_to_upper", "str_min_length", "str_max_length")


class Generator(GenerateJsonSchema):
    """Pydantic's JSON Schema, with what it leaves out."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Add what is said about the class, and of its fields."""
        class_ = cast("type[BaseModel]", schema["cls"])
        if class_.__module__.partition(".")[0] == "dspy" and class_.__name__ in MEDIA:
            return {KEY: {"type": MEDIA[class_.__name__]}}
        made = super().model_schema(schema)
        if class_.__module__.partition(".")[0] == "dspy":
            made.pop("description", None)  # pages of manual
            return made
        if class_.model_config.get("title") is None:
            made.pop("title", None)  # the name of the class again
        properties = cast("dict[str, Schema]", made.get("properties", {}))
        for name, field in class_.model_fields.items():
            if name in properties:
                _of_field(name, field, properties[name])
        for text in _of_class(class_):
            _lose(made, text)
        return made

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Say which defaults are made when they are needed."""
        made = super().dataclass_schema(schema)
        made.pop("title", None)
        properties = cast("dict[str, Schema]", made.get("properties", {}))
        for field in dataclasses.fields(cast("Any", schema["cls"])):
            if field.name in properties and field.default_factory is not dataclasses.MISSING:
                _of_factory(field.default_factory, properties[field.name])
        return made

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """Leave out the title, which is the name of the class again."""
        made = super().typed_dict_schema(schema)
        made.pop("title", None)
        return made

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Leave out the title, which is the name of the class again."""
        made = super().enum_schema(schema)
        made.pop("title", None)
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Name the function."""
        return _with_function(super().function_before_schema(schema), schema["function"]["function"])

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """Name the function."""
        return _with_function(super().function_after_schema(schema), schema["function"]["function"])

    def function_wrap_schema(self, schema: core_schema.WrapValidatorFunctionSchema) -> JsonSchemaValue:
        """Name the function."""
        return _with_function(super().function_wrap_schema(schema), schema["function"]["function"])

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        """Name the function."""
        return _with_function(super().function_plain_schema(schema), schema["function"]["function"])

    def handle_invalid_for_json_schema(
        self,
        schema: Any,  # noqa: ARG002
        error_info: str,
    ) -> JsonSchemaValue:
        """Take every value where pydantic has no JSON Schema, and say so."""
        return {KEY: {"lost": [f"not carried over: {error_info} has no JSON Schema"]}}


def read(found: Sequence[tuple[str, object]], name: str | None) -> Draft:
    """Draft models; each is given with how it was named.

    Raises:
        NotImported: One of them is no model.
    """
    adapters: list[tuple[str, TypeAdapter[Any]]] = []
    for source, model in found:
        if not isinstance(model, type):
            raise NotImported(f"{source}: is no class: name a pydantic model, a dataclass or a typed dict")
        adapters.append((source, adapter(source, model)))
    schemas, definitions = json_schemas(adapters)
    document: Schema = {"$defs": definitions, "roots": schemas}
    reader = Reader(document, Dialect(ecma=False))
    for source, _ in adapters:
        root = schemas[source]
        reference = root.get("$ref")
        target = reader.document.target(reference, root) if isinstance(reference, str) else root
        reader.declared(cast("Schema", target), name or source.rpartition(":")[2].rpartition(".")[2])
    return reader.draft


def adapter(source: str, type_: Any) -> TypeAdapter[Any]:
    """Return what knows the JSON Schema of a type.

    Raises:
        NotImported: Pydantic cannot validate it.
    """
    try:
        made = TypeAdapter(type_)
        made.rebuild(raise_errors=True)  # of what is not whole yet, such as a model that names a later one
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        reason = error.message.partition("\n")[0]
        raise NotImported(f"{source}: pydantic has no validator for it: {reason}") from None
    return made


def json_schemas(adapters: Sequence[tuple[str, TypeAdapter[Any]]]) -> tuple[dict[str, Schema], Schema]:
    """Return the JSON Schema of each type by its name, and the definitions that they share."""
    with warnings.catch_warnings():
        # What pydantic warns of is told at the place instead.
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
        inputs = [(source, "validation", each) for source, each in adapters]
        made, document = TypeAdapter.json_schemas(
            cast("Any", inputs), by_alias=False, schema_generator=Generator
        )
    schemas: dict[str, Schema] = {str(key): schema for (key, _), schema in made.items()}
    return schemas, cast("Schema", document.get("$defs", {}))


def lose(schema: Schema, text: str) -> None:
    """Put a sentence for the user beside a schema."""
    _lose(schema, text)


def _lose(schema: Schema, text: str) -> None:
    own = cast("Schema", schema.setdefault(KEY, {}))
    lost = cast("list[str]", own.setdefault("lost", []))
    if text not in lost:
        lost.append(text)


def _with_function(made: JsonSchemaValue, function: Callable[..., object]) -> JsonSchemaValue:
    module = getattr(function, "__module__", "") or ""
    if module.partition(".")[0] in OWN:
        return made
    name = getattr(function, "__qualname__", type(function).__qualname__)
    copy: Schema = {**made, KEY: dict(cast("Schema", made.get(KEY, {})))}
    copy[KEY]["lost"] = list(cast("list[str]", copy[KEY].get("lost", [])))
    _lose(copy, f"not carried over: the validator {module}:{name}")
    return copy


def _of_field(name: str, field: FieldInfo, schema: Schema) -> None:
    """Put the second name of a field, and what its default is, beside its schema."""
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    names = [part for part in alias.choices if part != name] if isinstance(alias, AliasChoices) else [alias]
    texts = [part for part in names if isinstance(part, str)]
    if texts and texts[0] != name:
        own = cast("Schema", schema.setdefault(KEY, {}))
        own["alias"] = texts[0]
    for other in [part for part in names if part is not None and part not in texts[:1]]:
        _lose(schema, f"not carried over: the other name {other!r}")
    if field.default_factory is not None:
        _of_factory(field.default_factory, schema)
    elif field.default is not PydanticUndefined and "default" not in schema:
        _lose(
            schema, f"not carried over: the default, of type {type(field.default).__name__}, which is no JSON"
        )


def _of_factory(factory: object, schema: Schema) -> None:
    """Say what a factory makes where that is known without a call."""
    empty = EMPTY.get(factory)
    if empty is not None:
        schema["default"] = empty
    elif "default" not in schema:
        made = getattr(factory, "__qualname__", repr(factory))
        _lose(schema, f"not carried over: the default that {made} makes")


def _of_class(class_: type[BaseModel]) -> list[str]:
    """Return what a class does beyond its fields."""
    found = [
        f"not carried over: the computed field {name}"
        for name in class_.__pydantic_decorators__.computed_fields
    ]
    found += [
        f"not carried over: {word}={class_.model_config.get(word)!r}"
        for word in CHANGING
        if class_.model_config.get(word)
    ]
    return found
