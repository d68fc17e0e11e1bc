"""How right an answer is."""

from __future__ import annotations

from sentiment import Classify


def exact_match(example: Classify.Demo, output: Classify.Output) -> bool:
    """Return whether the answer is the expected one."""
    return output.sentiment == example.expected.sentiment
