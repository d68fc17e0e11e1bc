"""Texts with named slots: no logic, no attributes, no formats.

    Template("- {name}: {about}").fill(name="mood", about="good or bad")     ->  "- mood: good or bad"

What fills a slot is never looked at again, so a brace in it is a brace.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Final

_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n")


class Template:
    """A text with slots.

    Attributes:
        text: The text as it was written.
        slots: The names in it.
    """

    __slots__ = ("_pieces", "slots", "text")

    def __init__(self, text: str) -> None:
        """Read a text.

        Raises:
            ValueError: A brace has no partner, or a slot is more than a name.
        """
        pieces: list[tuple[str, str | None]] = []
        for literal, name, spec, conversion in Formatter().parse(text):
            if name is not None and (not name.isidentifier() or spec or conversion):
                raise ValueError(f"a slot is a name in braces, such as {{inputs}}, and not {{{name}…}}")
            pieces.append((literal, name))
        self.text = text
        self._pieces = tuple(pieces)
        self.slots = frozenset(name for _, name in pieces if name is not None)

    def fill(self, **values: str) -> str:
        """Return the text with its slots filled."""
        return "".join(literal + (values[name] if name else "") for literal, name in self._pieces)

    def around(self, slot: str, **values: str) -> tuple[str, str]:
        """Return what stands before and after a slot, its first occurrence, with the others filled."""
        at = [name for _, name in self._pieces].index(slot)
        head = "".join(literal + (values[name] if name else "") for literal, name in self._pieces[:at])
        tail = "".join(literal + (values[name] if name else "") for literal, name in self._pieces[at + 1 :])
        return head + self._pieces[at][0], tail

    def paragraphs(self, **values: str) -> str:
        """Return the text with its slots filled, without the paragraphs whose slots are all empty."""
        parts = [Template(part) for part in _PARAGRAPHS.split(self.text)]
        said = [part.fill(**values) for part in parts if part._says_something(values)]
        return "\n\n".join(part for part in said if part.strip())

    def _says_something(self, values: dict[str, str]) -> bool:
        return not self.slots or any(values[name] for name in self.slots)
