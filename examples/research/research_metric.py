"""How right an answer is."""

from __future__ import annotations

from typing import Any

from mlsig.signatures import Example
from research import Answer


def same_words(example: Example[Any, Answer.Expected], output: Answer.Output) -> bool:
    """Return whether the answer has the expected words, whatever is around them."""
    expected = example.expected.answer
    return isinstance(expected, str) and expected.lower() in output.answer.lower()
