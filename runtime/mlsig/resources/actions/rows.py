"""What actions do with rows that others change at the same time, and with the JSON inside of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from mlsig.resources.errors import Stale
from mlsig.resources.session import Session
from mlsig.types.jsonlike import is_array, is_object

ResultT = TypeVar("ResultT")
TRIES: Final = 100


def settled(session: Session, change: Callable[[], ResultT]) -> ResultT:
    """Do something in a transaction that begins with reading, again while others are in between.

    Raises:
        Stale: Somebody was in between very many times.
    """
    left = TRIES
    while True:
        left -= 1
        try:
            with session.transaction():
                return change()
        except Stale:
            if not left:
                raise


def as_object(value: Any) -> dict[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return value if is_object(value) else {}


def as_list(value: Any) -> list[Any]:
    """Return a list of JSON; an empty one for anything else."""
    return value if is_array(value) else []
