"""Names of the language for names that may be anything.

    field_names(["id", "user name", "class"])   ->   {"id": "id", "user name": "user_name", "class": "class_"}
    Names().take("line-items")                  ->   "LineItems"

A field whose name is not its key keeps the key as its `@alias`. A name that is legal stays as it is;
those made for others make way for it.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

from mlsig_compiler.check.names import CALLS, ENUM, OWN, RECORD, TYPES, WORDS

LEGAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LONGEST: Final = 60
# Endings of plurals, and what stands there for one of them.
SINGULAR: Final = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))


def legal(name: str, taken: Collection[str] = ()) -> bool:
    """Say whether a word can be a name where some are taken."""
    return bool(
        LEGAL.fullmatch(name)
        and len(name) <= LONGEST
        and not keyword.iskeyword(name)
        and name not in WORDS
        and name not in taken
    )


def field_names(keys: Iterable[str], taken: Collection[str] = RECORD | {"self"}) -> dict[str, str]:
    """Return a name for each key, no two alike, and none that is the key of another."""
    keys = list(dict.fromkeys(keys))
    names = {key: key for key in keys if legal(key, taken)}
    used = {*keys, *taken}
    for key in keys:
        if key not in names:
            names[key] = _free(_word(key) or "field", used)
            used.add(names[key])
    return {key: names[key] for key in keys}


def member(value: str) -> bool:
    """Say whether a text can be the name of a member of an enum."""
    return legal(value, ENUM)


class Names:
    """The names that a file declares, each once."""

    def __init__(self) -> None:
        self._used: set[str] = {*TYPES, *CALLS, *OWN, *WORDS}
        self._folded: set[str] = set()

    def take(self, wanted: str, within: str = "") -> str:
        """Return a free name near to the wanted one; `within` is put before it where it is taken."""
        name = _title(wanted) or "Record"
        if within and self._taken(name):
            name = f"{within}{name}"[:LONGEST]
        base, number = name, 2
        while self._taken(name):
            name, number = f"{base}{number}", number + 1
        self._folded.add(name.casefold())
        return name

    def give_back(self, name: str) -> None:
        """Make a name free again that was not used."""
        self._folded.discard(name.casefold())

    def _taken(self, name: str) -> bool:
        return name in self._used or name.casefold() in self._folded or keyword.iskeyword(name)


def singular(word: str) -> str:
    """Return what one of several things is called, as well as the letters tell."""
    for plural, one in SINGULAR:
        if word.lower().endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + one
    if word.lower().endswith("s") and not word.lower().endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def _word(key: str) -> str:
    word = re.sub(r"[^0-9A-Za-z]+", "_", _ascii(key)).strip("_")[:LONGEST].rstrip("_")
    return f"field_{word}" if word[:1].isdigit() else word


def _title(text: str) -> str:
    words = re.findall(r"[0-9A-Za-z]+", _ascii(text))
    name = "".join(word[:1].upper() + word[1:] for word in words)[:LONGEST]
    return f"Of{name}" if name[:1].isdigit() else name


def _free(word: str, used: Collection[str]) -> str:
    name = word
    if name in used or not legal(name):
        name = f"{word}_"
    number = 2
    while name in used or not legal(name):
        name, number = f"{word[: LONGEST - 6]}_{number}", number + 1
    return name
