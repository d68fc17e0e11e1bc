"""The name that somebody most likely meant who wrote another: for messages about names that are not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Comparing takes time and memory with the length, and what is longer is no slip of the pen.
LONGEST: Final = 64  # characters


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like another, or None where none is near."""
    if len(name) > LONGEST:
        return None
    from difflib import get_close_matches  # noqa: PLC0415  (only the unlucky pay for it)

    return next(iter(get_close_matches(name, list(known), n=1)), None)
