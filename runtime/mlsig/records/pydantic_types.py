"""Types of generated modules that are no records, as types of pydantic: unions, arrays and examples.

    class Search(BaseModel):
        pet: Pet                 # type Pet = Cat | Dog
        vector: Vector           # type Vector = embedding(384)
        worked: Answer.Demo

Nothing here is imported before pydantic asks for a schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Union, get_args

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from mlsig import errors, shapes
from mlsig.issues import Issue
from mlsig.records.explain import explain
from mlsig.records.pydantic import translated
from mlsig.signatures import Example
from mlsig.types.held import plain
from mlsig.types.jsonlike import is_array
from mlsig.types.standins import StandIn


def stand_in(kind: StandIn, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return how pydantic reads and writes what a stand-in stands for."""
    if kind.options:
        return handler.generate_schema(Union[kind.options])  # noqa: UP007  (they are in a tuple)
    shape, described = _tokens(kind.extents) if kind.dtype == "" else _array(kind.dtype, kind.extents)

    def read(data: object) -> Any:
        issues: list[Issue] = []
        found = explain(shape, data, "", issues)
        if issues:
            raise translated(errors.ValidationError(kind.__name__, issues))
        return found

    return plain_schema(read, described, _listed, when_used="json")


def example(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return how pydantic reads and writes an example of a signature, as `Example.to_dict` has it."""
    inputs, expected = get_args(source)

    def read(data: object) -> Any:
        try:
            return Example.from_dict(data.to_dict() if isinstance(data, Example) else data, inputs, expected)
        except errors.ValidationError as error:
            raise translated(error) from None

    described = core_schema.typed_dict_schema(
        {
            "inputs": core_schema.typed_dict_field(handler.generate_schema(inputs)),
            "expected": core_schema.typed_dict_field(handler.generate_schema(expected), required=False),
            "reasoning": core_schema.typed_dict_field(core_schema.str_schema(), required=False),
        },
        extra_behavior="forbid",
    )
    return plain_schema(read, described, _data_of)


def plain_schema(
    read: Callable[[object], Any],
    described: CoreSchema,
    write: Callable[[Any], Any],
    when_used: Literal["always", "json"] = "always",
) -> CoreSchema:
    """Return how pydantic reads what one function reads and another writes.

    Args:
        read: Returns a value, or raises pydantic's ValidationError.
        described: What JSON it reads and writes, for the JSON Schema.
        write: Returns JSON-like data.
        when_used: Whether values stay themselves unless pydantic writes JSON.
    """
    return core_schema.no_info_plain_validator_function(
        read,
        json_schema_input_schema=described,
        serialization=core_schema.plain_serializer_function_ser_schema(
            write, return_schema=described, when_used=when_used
        ),
    )


def _data_of(value: Example[Any, Any]) -> dict[str, Any]:
    return value.to_dict()


def _listed(value: Any) -> Any:
    return value if is_array(value) else plain(value)


def _array(dtype: str, extents: tuple[int | None, ...]) -> tuple[shapes.Shape, CoreSchema]:
    described: CoreSchema = core_schema.float_schema(allow_inf_nan=False)
    if dtype == "bool":
        described = core_schema.bool_schema()
    elif not dtype.startswith("float"):
        limits = np.iinfo(dtype)
        described = core_schema.int_schema(ge=int(limits.min), le=int(limits.max))
    for extent in reversed(extents):
        described = core_schema.list_schema(described, min_length=extent, max_length=extent)
    return shapes.Tensor(extents=extents, dtype=dtype), described


def _tokens(lengths: tuple[int | None, ...]) -> tuple[shapes.Shape, CoreSchema]:
    low, high = (*lengths, None, None)[:2]
    items = core_schema.union_schema([core_schema.int_schema(ge=0), core_schema.str_schema()])
    described = core_schema.list_schema(items, min_length=low, max_length=high)
    return shapes.Tokens(min_length=low, max_length=high), described
