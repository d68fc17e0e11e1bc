"""Which examples state a right answer: without one, a metric has nothing to hold an answer against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mlsig.signatures import Example


class Labels(msgspec.Struct, frozen=True):
    """What a set of examples states.

    Attributes:
        missing: The positions of examples that state no output at all.
        partly: For each output that some of the others leave out, how many of them do.
    """

    missing: tuple[int, ...]
    partly: dict[str, int]


def labels(examples: Sequence[Example[Any, Any]]) -> Labels:
    """Look for outputs that nobody stated."""
    missing: list[int] = []
    partly: dict[str, int] = {}
    for position, example in enumerate(examples):
        expected = example.expected
        left_out = [name for name in expected.__struct_fields__ if getattr(expected, name) is msgspec.UNSET]
        if len(left_out) == len(expected.__struct_fields__):
            missing.append(position)
            continue
        for name in left_out:
            partly[name] = partly.get(name, 0) + 1
    return Labels(tuple(missing), partly)
