"""Words and texts, the smallest pieces of a file."""

from __future__ import annotations

from typing import NamedTuple

from mlsig_compiler.source import Span


class Name(NamedTuple):
    """A word that names something."""

    text: str
    span: Span


class Text(NamedTuple):
    """A string used as a description, a message or instructions, decoded."""

    text: str
    span: Span


class Comment(NamedTuple):
    """`# …` up to the end of its line, with the `#`."""

    text: str
    span: Span
