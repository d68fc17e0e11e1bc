"""Whether arguments fit the JSON Schema of a tool that is not ours, before they go to it.

    Arguments({"type": "object", "required": ["a"]}).problems({})  ->  ["'a' is a required property"]

jsonschema comes with the `mcp` package. Nothing is fetched for a schema that refers elsewhere. A schema with
patterns, which could keep Python busy for ever, or one that cannot be followed, is left to the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import islice
from typing import Any, Final

import msgspec

MOST: Final = 5
"""How many problems are told: a model mends what it is shown, and is told of the rest the next time."""
_PATTERNS: Final = b'"pattern'


class Arguments:
    """Checks arguments by one schema; what that needs is made when it is first used."""

    __slots__ = ("_look", "_schema")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)
        self._look: Callable[[Mapping[str, Any]], list[str]] | None = None

    def problems(self, arguments: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with arguments, at most `MOST`; nothing where only the server can say."""
        if self._look is None:
            self._look = _looking(self._schema)
        try:
            return self._look(arguments)
        except Exception:  # a schema that is none, refers to nothing, or to itself without end
            self._look = _unknown
            return []


def _looking(schema: dict[str, Any]) -> Callable[[Mapping[str, Any]], list[str]]:
    """Return what finds problems by a schema."""
    try:
        jsonschema: Any = import_module("jsonschema")
        referencing: Any = import_module("referencing")
    except ImportError:
        return _unknown
    if _PATTERNS in msgspec.json.encode(schema):
        return _unknown
    validator: Any = jsonschema.Draft202012Validator(schema, registry=referencing.Registry())
    return lambda arguments: [_said(error) for error in islice(validator.iter_errors(arguments), MOST)]


def _unknown(_: Mapping[str, Any]) -> list[str]:
    return []


def _said(error: Any) -> str:
    place = str(error.json_path).removeprefix("$").removeprefix(".")
    return f"{place}: {error.message}" if place else str(error.message)
