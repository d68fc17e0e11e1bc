"""Columns: descriptions, comments and signs of equality that stand below each other begin below each other.

    input  question: str(min_length=3)    "what the user asks"
    output answer: str                    "in one sentence"

Members that stand together share a column: a blank line ends it, and so does a member of several lines. It
is the one that most of them can share: a long one does not draw the others to the right, and none is moved
past the end of the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mlsig_compiler.formatting.rows import WIDTH, Row

# A text further to the right than this does not draw the others after it.
FURTHEST: Final = {"=": 24, "weight": 40, "option": 60, "text": 60}
FURTHEST_COMMENT: Final = 80
GAP: Final = 2


def aligned(rows: Sequence[Row]) -> None:
    """Move what stands in columns."""
    for kind in FURTHEST:
        for run in _runs(rows):
            _align(run, kind)
    for run in _commented(rows):
        column = _column([len(row.text) for row in run], FURTHEST_COMMENT)
        for row in run:
            shift = max(column - len(row.text), 0)
            moved = len(row.text) + shift + GAP + len(row.comment) <= WIDTH
            row.text = f"{row.text}{' ' * (shift * moved + GAP)}{row.comment}"
            row.comment = ""


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield lines that share columns: members of one line, whatever is said between them."""
    run: list[Row] = []
    indent = -1
    shown = [row for row in rows if not (row.remark or row.below)]
    for row, after in zip(shown, [*shown[1:], None], strict=False):
        whole = row.begins and (after is None or after.begins or after.indent < row.indent or not after.text)
        if not (row.text and whole and row.indent == indent):
            yield run
            run, indent = [], row.indent
        if whole:
            run.append(row)
    yield run


def _commented(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield lines that end with comments, and are not apart."""
    run: list[Row] = []
    for row in rows:
        if run and not (row.comment and row.indent == run[-1].indent):
            yield run
            run = []
        if row.comment:
            run.append(row)
    yield run


def _align(run: list[Row], kind: str) -> None:
    """Align one kind of column, where most lines can share it; the others stay as they are."""
    found = [(row, dict(row.marks)[kind]) for row in run if kind in dict(row.marks)]
    reach = [(place, WIDTH - len(row.text) + place) for row, place in found]
    columns = {place for place, _ in reach if place <= FURTHEST[kind]}
    if not columns:
        return
    column = max(columns, key=lambda at: (sum(place <= at <= most for place, most in reach), at))
    for row, place in found:
        shift = column - place
        if shift > 0 and len(row.text) + shift <= WIDTH:
            row.text = row.text[:place] + " " * shift + row.text[place:]
            row.marks = [(name, at + shift * (at > place)) for name, at in row.marks]


def _column(places: Sequence[int], furthest: int) -> int:
    return max((place for place in places if place <= furthest), default=0)
