"""A whole file: its declarations, and the blank lines between them.

One blank line stands around each block of several lines and after the imports; elsewhere it stands where it
was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlsig_compiler.formatting.blocks import Blocks
from mlsig_compiler.formatting.columns import aligned
from mlsig_compiler.formatting.concrete import Node
from mlsig_compiler.formatting.documents import Join, Line, Remarks
from mlsig_compiler.formatting.rows import Row, printed
from mlsig_compiler.formatting.trivia import Trivia


class Item(NamedTuple):
    """A declaration with its annotations, or an import."""

    parts: list[Node]
    imports: bool


def laid_out(file: Node, trivia: Trivia) -> str:
    """Return the text of a file."""
    layout = Blocks(trivia)
    rows: list[Row] = []
    above: tuple[bool, bool] | None = None  # whether what stands above is a long block, and an import
    for item in _items(file):
        for part in item.parts:
            layout.hoist(part)
        lines = [part for each in item.parts for part in (Line(always=True, begins=True), layout.lay(each))]
        found = printed(Join(lines[1:]))
        long = found[-1].text == "}" and len(found) > 1
        if above and (above[0] or long or above[1] != item.imports or layout.apart(item.parts[0])):
            rows.append(Row(""))
        rows += found
        above = long, item.imports
    if trivia.end:
        if rows and trivia.end[0].blank:
            rows.append(Row(""))
        rows += printed(Remarks(trivia.end))
    aligned(rows)
    return "".join(f"{row.text}\n" for row in rows)


def _items(file: Node) -> Iterator[Item]:
    parts: list[Node] = []
    for part in file.parts:
        if isinstance(part, Node):
            parts.append(part)
            if part.rule != "annotation":
                yield Item(parts, part.rule == "import_")
                parts = []
