"""Sorts in the words of messages.

shown({int, null})   ->   a whole number or null
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    NUMBER,
    STR,
    EnumOf,
    ListOf,
    MapOf,
    One,
    Only,
    RecordOf,
    Shape,
    Sort,
    Sorts,
    Vector,
    plain,
    without_values,
)

WORDS: Final[dict[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "null": "null",
    "date": "a date",
    "datetime": "a `datetime`",
    "json": "a `json` value",
    "image": "an image",
    "audio": "audio",
    "document": "a document",
    "api_key": "a key",
    "unknown": "something",
}
ORDER: Final = list(WORDS.values())


def shown(sorts: Sorts) -> str:
    """Return what a value can be: `a number or a string`."""
    words = {_word(plain(one)) for one in sorts}
    if WORDS["float"] in words:
        words.discard(WORDS["int"])
    return either(sorted(words, key=lambda word: (ORDER.index(word) if word in ORDER else -1, word)))


def _word(one: One) -> str:
    match one:
        case Sort(word):
            return WORDS[word]
        case ListOf():
            return "a list"
        case MapOf():
            return "a map"
        case Vector():
            return "a vector"
        case RecordOf(model.OutputType(name)):
            return f"what `{name}` returns"
        case EnumOf(type_) | RecordOf(type_):
            return f"{'an' if type_.name[0] in 'AEIOU' else 'a'} `{type_.name}`"
        case Shape(what):
            return what
        case Only(value):
            return literal(value)


def literal(value: object) -> str:
    """Return a value as the language writes it."""
    return json.dumps(value, ensure_ascii=False)


def items(sorts: Sorts) -> str:
    """Return what a list holds, for a message: `strings`."""
    found = without_values(sorts)
    if found <= NUMBER:
        return "numbers"
    if found == STR:
        return "strings"
    return "true and false" if found == BOOL else f"values that are {shown(found)}"


def either(words: Iterable[str], most: int = 8) -> str:
    """Return `a, b or c`."""
    every = list(words)
    if len(every) > most:
        return f"{', '.join(every[:most])} or {len(every) - most} others"
    return " or ".join(part for part in (", ".join(every[:-1]), every[-1] if every else "") if part)


def values(sorts: Sorts) -> list[str] | None:
    """Return the values that sorts are pinned to, as they are written, or None when there are others."""
    if not all(isinstance(one, Only) or one == Sort("null") for one in sorts):
        return None
    found = [literal(one.value) for one in sorts if isinstance(one, Only)]
    return [*sorted(found), *(["null"] if Sort("null") in sorts else [])]
