"""What the golden case's tools call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsig.signatures import Example
    from pipelines import Answer, Passage


def search(*, query: str, k: int) -> list[Passage]:
    from pipelines import Passage  # noqa: PLC0415  (the module imports this one when it is called)

    return [Passage(text=f"{query} {number}", note="x" * number) for number in range(1, k + 1)]


async def merge(*, parts: list[list[Passage]]) -> list[Passage]:
    return [passage for part in parts for passage in part]


def right(example: Example[Any, Answer.Expected], output: Answer.Output) -> float:
    return float(output.answer == example.expected.answer)


def parts(*, given: Passage) -> list[Passage]:
    return [given]
