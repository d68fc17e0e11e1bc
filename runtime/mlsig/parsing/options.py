"""Options of enums and literals, and yes and no, as models say them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

EDGES: Final = " \t\r\n\"'`*_.,;:!()[]<>\u201c\u201d\u2018\u2019"
LONGEST: Final = 400
WORDS: Final = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}
_AFTER_WORD = re.compile(r"\s*[.,;:!()]|\s+[\u2013\u2014-]")
_MARKS: Final = frozenset({"Mn", "Mc", "Me", "So", "Cf"})
"""Kinds of characters that say nothing: accents, pictures, joiners."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAPS = re.compile(r"[\s_-]+")
_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[A-Za-z])[.)]\s+")
_PIECES = re.compile(r"[,;]|\bor\b")
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?([^{}]{1,200})\}?\}")
_LEADING = re.compile(
    r"^[^.!?\n]{0,120}?(?:\b(?:is|are|was|as|be|answer|label|category)\b\s*:?|:|=|->|\u2192)\s*$",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\b(?:not|no|never|neither|nor|hardly|barely|without|rather|than|if|whether|or|un\w*likely|doubt\w*|unsure|"
    r"uncertain|maybe|perhaps|might|could|may|but|however|although|though|except|instead|both)\b|n['\u2019]t\b",
    re.IGNORECASE,
)


def boxed(text: str) -> str:
    r"""Return what stands in the one `\boxed{…}` of a text, or the text."""
    found = _BOXED.findall(text) if "\\boxed" in text else []
    return found[0] if len(found) == 1 else text


def plain(text: str) -> str:
    """Return a word without case, accents, punctuation around it, and kinds of blanks inside."""
    folded = text.strip(EDGES)
    if not folded.isascii():
        letters = (c for c in unicodedata.normalize("NFKD", folded) if unicodedata.category(c) not in _MARKS)
        folded = "".join(letters).strip(EDGES)
    return _GAPS.sub(" ", _CAMEL.sub(" ", folded)).casefold()


def read_option(options: Sequence[str], text: str, said_of: Mapping[str, str]) -> str | None:
    """Return the one option that a text says, None where it says none or more than one.

    Args:
        options: The words to choose from.
        text: What was written.
        said_of: Descriptions of options.
    """
    if len(text) > LONGEST:
        text = text[:LONGEST].partition("\n")[0]
    text = text.strip()
    found = _same(options, text)
    if len(found) != 1 and " " not in text and "." in text:
        found = _same(options, text.rpartition(".")[2])  # as `Mood.positive`
    if not found and (numbered := _ENUMERATED.match(text)):
        found = _same(options, text[numbered.end() :])
    if not found:
        option, _, rest = text.partition(":")
        found = [name for name in _same(options, option) if plain(rest) in _pieces(said_of.get(name, ""))]
    if not found:
        said = plain(text)
        found = [option for option in options if said and said in _pieces(said_of.get(option, ""))]
    if len(found) == 1:
        return found[0]
    return _begun(options, text) or _stated(options, text)


def _same(options: Sequence[str], text: str) -> list[str]:
    said = plain(text)
    return [option for option in options if said and plain(option) == said]


def read_yes(text: str) -> bool | None:
    """Return what a text says of yes and no."""
    if len(text) > LONGEST:
        return None
    word = text.strip(EDGES).lower()
    if word in WORDS:
        return WORDS[word]
    found = _begun(("true", "yes", "false", "no"), text) or _stated(("true", "yes", "false", "no"), text)
    return WORDS[found] if found else None


def _pieces(description: str) -> set[str]:
    if not description:
        return set()
    return {plain(description), *(plain(piece) for piece in _PIECES.split(description))}


def _begun(options: Sequence[str], value: str) -> str | None:
    """Return the longest option that a text begins with, set off from a rest that says nothing against it."""
    text = value.lstrip(EDGES)
    found = [
        option
        for option in options
        if option and text[: len(option)].lower() == option.lower() and _AFTER_WORD.match(text, len(option))
    ]
    if not found:
        return None
    longest = max(found, key=len)
    rest = text[len(longest) :]
    # "good, but mostly bad" says neither.
    if any(option != longest and _says(option, rest) for option in options) or _DOUBTS.search(rest):
        return None
    return longest


def _stated(options: Sequence[str], value: str) -> str | None:
    """Return the option that a sentence such as `The mood is good` ends in."""
    text = value.strip().rstrip(EDGES)
    said = plain(text)
    for option in sorted(options, key=len, reverse=True):
        word = plain(option)
        if not word or not said.endswith(word):
            continue
        head = re.sub(r"[\"'`*\u201c\u2018(\s]+$", "", text[: len(text) - len(word)])
        if not _LEADING.match(head) or _DOUBTS.search(head):
            return None
        return None if any(other != option and _says(other, head) for other in options) else option
    return None


def _says(option: str, text: str) -> bool:
    return option.casefold() in text.casefold()
