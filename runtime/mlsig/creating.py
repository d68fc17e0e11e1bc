"""Schemas that are made while a program runs, by the compiler that makes all others.

    Passage = mlsig.create_schema("schema Passage { id: str(min_length=1)  tags: list[str] = [] }")
    Passage = mlsig.create_schema("Passage", {"id": "str(min_length=1)", "tags": "list[str] = []"})
    Passage = mlsig.create_schema({"title": "Passage", "type": "object", "properties": …})    # JSON Schema

The compiler is imported when the first schema is made, not before.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from threading import RLock
from typing import Any, Final, overload

from mlsig.errors import MlsigError
from mlsig.records import Record

_compiling: Final = RLock()


@overload
def create_schema(text: str, /, *, name: str = "", python: bool = False) -> type[Record]: ...


@overload
def create_schema(
    name: str, fields: Mapping[str, str], /, *, description: str = "", python: bool = False
) -> type[Record]: ...


@overload
def create_schema(
    json_schema: Mapping[str, Any], /, *, name: str = "", lossy: bool = False
) -> type[Record]: ...


def create_schema(
    text: str | Mapping[str, Any],
    fields: Mapping[str, str] | None = None,
    /,
    *,
    name: str = "",
    description: str = "",
    python: bool = False,
    lossy: bool = False,
) -> type[Record]:
    """Return the record class of a schema, compiled now. The same text gives the same class.

    Args:
        text: Declarations, as a `.mlsig` file has them; with `fields`, the name of one schema; or a JSON
            Schema.
        fields: What each field is, as after its colon: `{"id": "str(min_length=1)", "rank": "int = 1"}`.
        name: Which schema of a text with several, the last one where it is left out; what to call the record
            of a JSON Schema, its title where it is left out.
        description: What the one schema is.
        python: Whether checks and transforms may call `python("module:function")`. A text that comes from
            elsewhere could name any function of any installed module.
        lossy: Whether to leave out what a JSON Schema says and the language cannot. Otherwise it is an error.

    Raises:
        CompileError: The text is wrong; `issues` says where and why.
        MlsigError: The compiler is not installed.
    """
    with _compiling:  # one thread compiles, and the others find what it made
        if not isinstance(text, str):
            return _created_from(_compiler().canonical(text), name, lossy)
        if fields is None:
            return _created(text, name, python)
        return _created_of(text, tuple(fields.items()), description, python)


@cache
def _created(text: str, name: str, python: bool) -> type[Record]:
    made: tuple[str, str, str] = _compiler().compiled(text, name, python=python)
    module, source, found = made
    created = importlib.import_module("mlsig.created")
    record: type[Record] = getattr(importlib.import_module(created.add(module, source)), found)
    return record


@cache
def _created_of(
    name: str, fields: tuple[tuple[str, str], ...], description: str, python: bool
) -> type[Record]:
    return _created(_compiler().written(name, dict(fields), description), name, python)


@cache
def _created_from(json_schema: str, name: str, lossy: bool) -> type[Record]:
    text, found = _compiler().drafted(json_schema, name, lossy=lossy)
    return _created(text, found, python=False)


def _compiler() -> Any:
    try:
        return importlib.import_module("mlsig_compiler.creating")
    except ModuleNotFoundError as error:
        raise MlsigError(
            f"create_schema needs the compiler of mlsig, and {error.name} is not installed: "
            "pip install mlsig, or compile the schema beforehand"
        ) from error
