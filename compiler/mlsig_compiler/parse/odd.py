# ruff: noqa: RUF001  (characters that people paste)
"""What to say of characters that cannot stand in a file.

“quoted”  ->  `“quoted”` cannot stand here: strings stand in straight double quotes
"""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

from mlsig_compiler.diagnostics import Fix, replacing
from mlsig_compiler.source import Span

LETTERS: Final = "names use the letters a to z, digits and `_`"
# Letters that look like another: one by one, because Unicode's own table of them is long.
LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαινορυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwABEKMHOPCTYXIJSaivopuABEZHIKMNOPTYX",
)
SIGNS: Final = {
    "'": 'strings stand in double quotes: "…"',
    "‘": 'strings stand in double quotes: "…"',
    "’": 'strings stand in double quotes: "…"',
    "“": 'strings stand in straight double quotes: "…"',
    "”": 'strings stand in straight double quotes: "…"',
    "&": "write `and`",
    "!": "write `not`",
    "–": "write `-`",
    "—": "write `-`",
    "$": "a name is written as it is, without `$`",
    "~": "write `not`",
}
MENDED: Final = {"&&": "and", "||": "or", "!": "not ", "–": "-", "—": "-"}
QUOTES: Final = {"'": "'", "“": "”", "‘": "’"}


class Explanation(NamedTuple):
    """Where a character is that cannot stand there, what it is, and what is meant by it."""

    span: Span
    message: str
    help: str
    fix: Fix | None


def explained(text: str, start: int) -> Explanation:
    """Explain a piece of text that stands at an offset."""
    whole = Span(start, start + len(text))
    first = text[0]
    if first.isalnum() or first == "_":
        return _word(text, start)
    if not first.isprintable() or first.isspace():
        return Explanation(whole, f"{_named(first)} cannot stand here", "", None)
    shown = text if len(text) <= 30 else f"{text[:26]}…"
    fix = None
    if len(text) > 1 and QUOTES.get(first) == text[-1] and not set(text) & set('"\\'):
        fix = replacing(whole, f'"{text[1:-1]}"')
    elif text in MENDED:
        fix = replacing(whole, MENDED[text])
    help = "write `or`" if text == "||" else SIGNS.get(first, "")
    return Explanation(whole, f"`{shown}` cannot stand here", help, fix)


def _word(text: str, start: int) -> Explanation:
    """Explain a word that has a letter which names do not have."""
    at = next(index for index, char in enumerate(text) if not char.isascii())
    span = Span(start + at, start + at + 1)
    plain = text.translate(LOOKALIKES)
    if plain.isascii():
        message = f"{_named(text[at])} only looks like the letter `{plain[at]}`"
        return Explanation(span, message, LETTERS, replacing(Span(start, start + len(text)), plain))
    message = f"{_named(text[at])} cannot stand in a name"
    simple = unicodedata.normalize("NFKD", text)
    simple = "".join(char for char in simple if not unicodedata.combining(char))
    help = f"{LETTERS}: `{simple}`" if simple.isascii() and simple.isidentifier() else LETTERS
    return Explanation(span, message, help, None)


def _named(char: str) -> str:
    """Return a character with its number, and its name in Unicode."""
    number = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "")
    if not char.isprintable() or char.isspace():
        return f"the character {number}{f', {name},' if name else ''}"
    return f"`{char}` ({number}{f', {name}' if name else ''})"
