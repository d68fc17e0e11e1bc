"""Numbers in English words: `thirty-six`, `two million`, `four stars`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_split: Final = str.split
_SMALL: Final = {
    word: value
    for value, word in enumerate(
        _split(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen"
        )
    )
}
_TENS: Final = {
    word: 10 * value
    for value, word in enumerate(_split("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
_GREAT: Final = {"thousand": 3, "million": 6, "billion": 9}
LONGEST: Final = 8
_WORDS: Final = frozenset([*_SMALL, *_TENS, *_GREAT, "hundred"])


def read_words(said: str, unit: Callable[[str], bool]) -> int | None:
    """Return the number that words say, None where they say none.

    Args:
        said: What was written.
        unit: Whether a last word may stand behind a number.
    """
    words = said.lower().replace("-", " ").split()
    if not words or len(words) > LONGEST:
        return None
    total = part = 0
    last = ""
    for order, word in enumerate(words):
        if word in _SMALL and (not last or last == "scale" or (last == "ten" and 0 < _SMALL[word] < 10)):
            part += _SMALL[word]
            last = "small"
        elif word in _TENS and last in {"", "scale"}:
            part += _TENS[word]
            last = "ten"
        elif word == "hundred" and last == "small":
            part *= 100
            last = "scale"
        elif word in _GREAT and last:
            total += part * 10 ** _GREAT[word]
            part, last = 0, "scale"
        elif (word == "and" and last == "scale" and order < len(words) - 1) or (
            last and order == len(words) - 1 and word not in _WORDS and unit(word)
        ):
            continue
        else:
            return None
    return total + part if last else None
