"""Constraints in words, for models whose server does not know them.

told({"minLength": 3, "pattern": "^[a-z]+$"})  ->  "At least 3 characters. Matches ^[a-z]+$."
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

LONGEST: Final = 80
_SENTENCES: Final = {
    "minLength": "At least {} character{s}.",
    "maxLength": "At most {} character{s}.",
    "pattern": "Matches {}.",
    "format": "Of the format {}.",
    "minimum": "At least {}.",
    "exclusiveMinimum": "More than {}.",
    "maximum": "At most {}.",
    "exclusiveMaximum": "Less than {}.",
    "multipleOf": "A multiple of {}.",
    "minItems": "At least {} item{s}.",
    "maxItems": "At most {} item{s}.",
    "minProperties": "At least {} key{s}.",
    "maxProperties": "At most {} key{s}.",
    "contentEncoding": "Encoded as {}.",
    "contentMediaType": "Of the media type {}.",
    "const": "Always {}.",
}
CONSTRAINTS: Final = frozenset({*_SENTENCES, "uniqueItems"})


def told(words: dict[str, Any]) -> str:
    """Return constraints as sentences."""
    words = dict(words)
    sentences: list[str] = []
    if words.get("minItems") == words.get("maxItems") and "minItems" in words:
        count = words.pop("minItems")
        del words["maxItems"]
        sentences.append(f"Exactly {count} item{'' if count == 1 else 's'}.")
    for word, value in words.items():
        if word == "uniqueItems":
            sentences.append("No item twice.")
        else:
            text = value if isinstance(value, str) and word != "const" else _json(value)
            sentences.append(_SENTENCES[word].format(text, s="" if value == 1 else "s"))
    return " ".join(sentences)


def left_out(default: Any, *, null: bool) -> str:
    """Return what a field is when it is left out, or `null` stands for that."""
    text = _json(default)
    shown = f": {text}" if len(text) <= LONGEST else ""
    return f"Null stands for the default{shown}." if null else f"Default{shown}." if shown else ""


def described(description: str, *sentences: str) -> dict[str, str]:
    """Return the description of a schema, with sentences after the user's own, or nothing."""
    added = " ".join(sentence for sentence in sentences if sentence)
    found = "\n\n".join(part for part in (description, added) if part)
    return {"description": found} if found else {}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
