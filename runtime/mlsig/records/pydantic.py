"""Records as types of pydantic: fields of its models, and so bodies and answers of FastAPI.

    class Question(BaseModel):
        passages: list[Passage]

A record validates itself; each of its issues becomes one error of pydantic's, at the place where it is. A
ready-made record is checked again, as by `validate`, since calling its class checks nothing.

Nothing here is imported before pydantic asks a record for its schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final, cast

from msgspec import UNSET
from pydantic import GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from mlsig import errors, shapes
from mlsig.records import unwritable
from mlsig.records.answers import Step
from mlsig.records.record import Record
from mlsig.types.jsonlike import is_array, is_object

_STEP: Final = re.compile(r'\["(.*?)(?:"|…)\](?=$|[.\[])|\[(\d+)\]|\.?([^.\[\]]+)', re.DOTALL)

_DATA: Final = frozenset({"default", "enum", "const", "examples"})  # words that hold data, not schemas
_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def core(record: type[Record]) -> CoreSchema:
    """Return how pydantic reads and writes a record."""

    def read(data: object) -> Record:
        try:
            made = record.validate(data)
            wrong = unwritable.issues(made)
            if wrong:  # the answer of a route would fail otherwise, which is no fault of the server's
                raise errors.ValidationError(record.__qualname__, wrong)
        except errors.ValidationError as error:
            raise translated(error) from None
        return made

    read.__name__ = record.__qualname__  # what pydantic calls an option of a union
    return core_schema.no_info_plain_validator_function(
        read,
        ref=_reference(record),
        serialization=core_schema.plain_serializer_function_ser_schema(
            _written, info_arg=True, return_schema=core_schema.any_schema()
        ),
    )


def json(record: type[Record], handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """Return the JSON Schema of a record for pydantic, which keeps what it refers to in its own place."""
    whole = record.json_schema()
    held = _held(record, whole)
    token = _open.set(_open.get() | {record})
    try:
        places = {reference: _place(kind, handler) for reference, kind in held.items()}
    finally:
        _open.reset(token)
    schema = _written_schema(record, whole) if handler.mode == "serialization" else whole
    kept = {word: value for word, value in schema.items() if word not in {"$schema", "$defs"}}
    placed: dict[str, Any] = _moved({**kept, "title": record.__qualname__}, places)
    return placed


def _written_schema(record: type[Record], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is written: every field, under its own name, and nothing else."""
    shape = record.shape()
    names = [field.name for field in shape.fields]
    return {
        **{word: schema[word] for word in ("type", "description", "deprecated") if word in schema},
        "properties": {name: schema["properties"][name] for name in names},
        "required": [] if shape.partial else names,
        "additionalProperties": False,
    }


_open: ContextVar[frozenset[type[Record]]] = ContextVar("_open", default=frozenset())
"""The records whose schemas are being made: recursive ones are referred to, not made again."""


def _place(held: type[Any], handler: GetJsonSchemaHandler) -> str:
    """Return where pydantic keeps the schema of a record or an enum, having put it there."""
    if held in _open.get():
        schema: CoreSchema = core_schema.definition_reference_schema(_reference(held))
    else:
        schema = TypeAdapter[Any](held).core_schema
    # The handler makes what is inside a schema with all that belongs to it, the schema itself only in part.
    found: str = handler(core_schema.definitions_schema(schema, []))["$ref"]
    return found


def _reference(record: type[Record]) -> str:
    """Return pydantic's key of a record; it calls `Answer.Input` by what follows the last dot."""
    return f"{record.__module__}.{record.__qualname__.replace('.', '')}:{id(record)}"


def _moved(schema: object, places: dict[str, str]) -> Any:
    """Return a schema with other references; names of fields and values of defaults are not looked at."""
    if is_array(schema):
        return [_moved(item, places) for item in schema]
    if not is_object(schema):
        return schema
    return {word: _word(word, value, places) for word, value in schema.items()}


def _word(word: str, value: Any, places: dict[str, str]) -> Any:
    if word in _DATA:
        return value
    if word == "$ref":
        return places[value]
    if word == "properties":
        return {name: _moved(field, places) for name, field in value.items()}
    return _moved(value, places)


def _held(record: type[Record], schema: dict[str, Any]) -> dict[str, type[Any]]:
    """Return what each reference of a record's schema stands for.

    Names tell nothing, since a module may import a record under another one; but declaration and schema have
    what they refer to in the same order.
    """
    found: dict[str, type[Any]] = {}
    waiting: list[tuple[type[Record], dict[str, Any]]] = [(record, schema)]
    while waiting:
        holder, said = waiting.pop()
        for field in holder.shape().fields:
            references = _references(said["properties"][field.name])
            for kind, reference in zip(_kinds(field.shape), references, strict=True):
                if reference in found:
                    continue
                found[reference] = kind
                if issubclass(kind, Record):
                    waiting.append((kind, schema["$defs"][reference.removeprefix("#/$defs/")]))
    return found


def _references(schema: object) -> Iterator[str]:
    """Yield the references of a field's schema, in order; its default is none."""
    if is_array(schema):
        for item in schema:
            yield from _references(item)
    elif is_object(schema):
        for word, value in schema.items():
            if word == "$ref":
                yield value
            elif word not in _DATA:
                yield from _references(value)


def _kinds(shape: shapes.Shape) -> Iterator[type[Any]]:
    """Yield the records and enums that a shape names, in order."""
    if isinstance(shape, shapes.Ref | shapes.Choice):
        if shape.type is not Step:  # which schemas say in full, where it is
            yield shape.type
    elif isinstance(shape, shapes.Optional):
        yield from _kinds(shape.shape)
    elif isinstance(shape, shapes.Array):
        yield from _kinds(shape.items)
    elif isinstance(shape, shapes.Mapping):
        yield from _kinds(shape.values)
    elif isinstance(shape, shapes.Union):
        for option in shape.options:
            yield from _kinds(option)


def translated(error: errors.ValidationError) -> ValidationError:
    """Return the issues as pydantic's errors; each shows the value as ours do, never a key."""
    return ValidationError.from_exception_data(
        error.subject,
        [
            InitErrorDetails(
                type=PydanticCustomError(_fixed(issue.code), _fixed(issue.message)),
                loc=place(issue.path),
                input=issue.value,
            )
            for issue in error.issues
        ],
    )


def _fixed(text: str) -> Any:
    """Return a text as it is. Pydantic asks for literals, lest templates be filled in; nothing is, here."""
    return text


def place(path: str) -> tuple[str | int, ...]:
    """Return a path as pydantic's `loc`: `citations[2].quote` is `("citations", 2, "quote")`.

    Keys of maps are as the path shows them, long ones cut.
    """
    return tuple(int(index) if index else key or name for key, index, name in _STEP.findall(path))


def _written(value: Any, info: core_schema.SerializationInfo) -> Any:
    """Return a record as JSON-like data, or a dict of Python's values unless pydantic writes JSON."""
    if not isinstance(value, Record):
        return value  # a model that was made without validation holds anything
    return value.to_dict() if info.mode_is_json() else _unpacked(value)


def _unpacked(value: Any) -> Any:
    kind: Any = _type(value)
    if issubclass(kind, Record):
        items = ((name, getattr(value, name)) for name in kind.__struct_fields__)
        return {name: _unpacked(item) for name, item in items if item is not UNSET}
    if kind is list:
        return [_unpacked(item) for item in value]
    if kind is dict:
        return {key: _unpacked(item) for key, item in value.items()}
    return value
