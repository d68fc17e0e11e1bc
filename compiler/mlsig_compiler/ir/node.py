"""What every part of the document is: frozen, closed to unknown keys, and usually with its place.

    {"kind": "name", "name": "question", "place": {"line": 3, "column": 9, "end_line": 3, "end_column": 17}}

What may be absent is left out rather than written as null, so null always means the value null.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer


class Node(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            key: value for key, value in write(self).items() if value is not None or fields[key].is_required()
        }


Count = Annotated[int, Field(ge=1)]


class Place(Node):
    """A range of characters of the file, from its first character up to, not including, its last."""

    line: Count
    """The line of the first character, from 1."""
    column: Count
    """The column of the first character, from 1, in characters (Unicode code points)."""
    end_line: Count
    """The line of the end."""
    end_column: Count
    """The column after the last character."""


class Placed(Node):
    """A part of the document that stands somewhere in a file."""

    place: Place | None = None
    """Where it is written: its name, where it has one. Absent where it is not written in this file, such as
    what a declaration of another file hands down, and with `--no-places`."""
