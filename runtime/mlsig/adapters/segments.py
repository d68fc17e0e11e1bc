"""The way from an element or a section to the text that labelled lines have, which `mlsig.parsing` reads."""

from __future__ import annotations

import msgspec

from mlsig import shapes
from mlsig.parsing.text import INDENT, NULLS


def as_segment(shape: shapes.Shape, text: str, exact: bool) -> str:
    """Return what a field holds as it would stand behind a label.

    Args:
        shape: The type of the field.
        text: What stands in its place.
        exact: It is the value as it is, and not what a model may have put blanks and quotes around.
    """
    inner = shape.shape if isinstance(shape, shapes.Optional) else shape
    null = inner is not shape and not exact and text.strip().lower() in NULLS
    if null or not isinstance(inner, shapes.Text):
        said = text.strip("\n")
        return "\n".join(["", *(INDENT + line for line in said.split("\n"))]) if "\n" in said else f" {said}"
    return f" {msgspec.json.encode(text if exact else _unquoted(text.strip())).decode()}"


def _unquoted(text: str) -> str:
    """Return the string that a text is, where it is one of JSON's, or else the text."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError:
        return text
