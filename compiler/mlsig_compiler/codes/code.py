"""What is known of one code."""

from __future__ import annotations

from textwrap import fill, indent
from typing import NamedTuple


class Code(NamedTuple):
    """One code. `wrong` and `right` are whole files, empty where the mistake is not in a file."""

    code: str
    title: str
    explanation: str
    wrong: str = ""
    right: str = ""

    def page(self) -> str:
        """Return what `mlsig explain` prints."""
        parts = [f"{self.code}: {self.title}", fill(self.explanation, 100)]
        if self.wrong:
            parts += ["Wrong:", indent(self.wrong, "    "), "Right:", indent(self.right, "    ")]
        return "\n\n".join(parts) + "\n"
