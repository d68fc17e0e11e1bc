"""What the tools do: plain functions, coroutine functions, and more than a module's own names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tools import Kind, Passage


def search(query: str, k: int = 3, kinds: list[Kind] | None = None) -> list[Passage]:
    """Return passages that repeat the query."""
    kind = kinds[0] if kinds else Kind.opinion
    return [Passage(id=str(number), text=query, kind=kind, vector=None) for number in range(k)]


class Sums:
    """A namespace."""

    @staticmethod
    async def add(a: int, b: int) -> int:
        """Return the sum."""
        return a + b


async def now() -> datetime:
    """Return a time."""
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def look_up(
    first_argument_name: str, second_argument_name: dict[str, list[Passage]] | None, third: float
) -> dict[str, list[Passage]] | None:
    """Return what it was given."""
    return second_argument_name if first_argument_name and third else None


def odd(record: str, name: str | None, function: bool, str: int) -> Any:  # noqa: A002
    """Return what it was given."""
    return [record, name, function, str]
