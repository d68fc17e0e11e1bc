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
from mlsig.records.record import Record
from mlsig.types.jsonlike import is_array, is_object

_STEP: Final = re.compile(r'\["(.*?)(?:"|…)\](?=$|[.\[])|\[(\d+)\]|\.?([^.\[\]]+)', re.DOTALL)

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at


def core(record: type[Record]) -> CoreSchema:
    """Return how pydantic reads and writes a record."""

    def read(data: object) -> Record:
        try:
            return record.validate(data)
        except errors.ValidationError as error:
            raise _translated(error) from None

    read.__name__ = record.__qualname__  # what pydantic calls an option of a union
    return core_schema.no_info_plain_validator_function(
        read,
        ref=_reference(record),
        serialization=core_schema.plain_serializer_function_ser_schema(
            _written, info_arg=True, return_schema=core_schema.any_schema()
        ),
    )


def json(record: type[Record], handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """Return the JSON Schema of a record for pydantic, which keeps what it refers to in a place of its own.

    What is written has every field, defaults included; so has its schema.
    """
    schema = {**record.json_schema(), "title": record.__qualname__}
    held = schema.pop("$defs", {})
    del schema["$schema"]
    if handler.mode == "serialization" and not record.shape().partial:
        schema["required"] = list(schema["properties"])
    known = {found.__name__: found for found in _classes(record)}
    token = _open.set(_open.get() | {record})
    try:
        places = {f"#/$defs/{name}": _place(known[name], handler) for name in held}
    finally:
        _open.reset(token)
    placed: dict[str, Any] = _moved(schema, places)
    return placed


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
    if word in {"default", "enum"}:
        return value
    if word == "$ref":
        return places[value]
    if word == "properties":
        return {name: _moved(field, places) for name, field in value.items()}
    return _moved(value, places)


def _classes(record: type[Record]) -> Iterator[type[Any]]:
    """Yield the records and enums that a record holds, at any depth."""
    seen: set[type[Any]] = set()
    waiting: list[shapes.Shape] = [record.shape()]
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, shapes.RecordShape):
            waiting.extend(field.shape for field in shape.fields)
        elif isinstance(shape, shapes.Ref):
            if shape.type not in seen:
                seen.add(shape.type)
                waiting.append(shape.type.shape())
        elif isinstance(shape, shapes.Choice):
            seen.add(shape.type)
        elif isinstance(shape, shapes.Optional):
            waiting.append(shape.shape)
        elif isinstance(shape, shapes.Union):
            waiting.extend(shape.options)
        elif isinstance(shape, shapes.Array):
            waiting.append(shape.items)
        elif isinstance(shape, shapes.Mapping):
            waiting.append(shape.values)
    yield from seen


def _translated(error: errors.ValidationError) -> ValidationError:
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
