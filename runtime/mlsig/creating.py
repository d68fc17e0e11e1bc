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
from typing import Any, Final, cast, overload

from mlsig.compiler import compiler
from mlsig.records import Record
from mlsig.types.shown import kind_of, name_of, shown

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
        TypeError: It is none of the three, or a field's type is no text.
        MlsigError: The compiler is not installed.
    """
    _understood(text, fields)
    with _compiling:  # one thread compiles, and the others find what it made
        if not isinstance(text, str):
            return _created_from(_compiler().canonical(text), name, lossy)
        if fields is None:
            return _created(text, name, python)
        return _created_of(text, tuple(fields.items()), description, python)


def _understood(text: object, fields: object) -> None:
    """Refuse what callers without a type checker may hand in.

    Raises:
        TypeError: It is nothing that schemas are made of.
    """
    if fields is None:
        if isinstance(text, str | Mapping):
            return
        kind = kind_of(text)
        raise TypeError(f"a schema is made of a text, a name and fields, or a JSON Schema, not of {kind}")
    if not isinstance(text, str) or not isinstance(fields, Mapping):
        raise TypeError('a schema with fields is made of its name and a dict: "Row", {"id": "int(ge=1)"}')
    for name, written in cast("Mapping[object, object]", fields).items():
        if not isinstance(name, str) or not isinstance(written, str):
            kind = f"the class {name_of(written)}" if isinstance(written, type) else kind_of(written)
            raise TypeError(f'the type of {shown(name)} is written as text, such as "int = 1", and is {kind}')


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
    return compiler("creating", "create_schema", "compile the schema beforehand")
