"""Documentation strings of several lines, moved to another column: what they say stays the same."""

from __future__ import annotations

import textwrap
from typing import Final

from mlsig_compiler.parse.rules.tokens import dedent

BLANKS: Final = " \t\r"


def indented(text: str, indent: int) -> str:
    """Return a string with its quotes, its lines after the first beginning in a column.

    Only a string in three quotes can have several lines. How the first line is reached and where the closing
    quotes stand is left as it was written.
    """
    inside = text[3:-3].replace("\r\n", "\n")
    first, _, rest = inside.partition("\n")
    written = [line if line.strip(BLANKS) else "" for line in rest.split("\n")]
    lines = textwrap.dedent("\n".join(written)).split("\n")
    margin = " " * indent
    moved = [margin + line if line else "" for line in lines]
    moved[-1] = moved[-1] or margin
    made = "\n".join([first.strip(), *moved])
    return f'"""{made}"""' if dedent(made) == dedent(inside) else f'"""{inside}"""'
