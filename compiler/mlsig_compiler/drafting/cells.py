"""Columns of a table, where every cell is text: what all cells of one can be read as.

    "4" "5" ""        ->   int, and may be left out: an empty cell is no value
    "02134" "10001"   ->   str, since a number does not begin with 0
    "True" "FALSE"    ->   bool

A cell is read as the validator's loader reads it for a field of that type (`mlsig.data`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlsig_compiler.drafting.seen import Budget, Objects, Seen, Texts


@dataclass(slots=True)
class Column:
    """What the cells of one column can be; a kind that one of them is not is no longer asked for."""

    texts: Texts = field(default_factory=Texts)
    bools: bool = True
    numbers: Seen | None = field(default_factory=Seen)

    def add(self, cell: str) -> None:
        """Count a cell; an empty one is no value at all."""
        if not cell:
            return
        self.texts.add(cell)
        self.bools = self.bools and cell.lower() in ("true", "false")
        if self.numbers is None:
            return
        value = _number(cell)
        if value is None:
            self.numbers = None
        else:
            self.numbers.add(value, Budget())

    def seen(self) -> Seen:
        """Return the column as values of the narrowest kind that all cells are."""
        count = self.texts.count
        if count and self.bools:
            return Seen(total=count, bools=count)
        if count and self.numbers is not None:
            return self.numbers
        return Seen(total=count, texts=self.texts if count else None)


def _number(cell: str) -> int | float | None:
    import msgspec  # noqa: PLC0415

    try:
        value: object = msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Table:
    """The columns of a table."""

    def __init__(self) -> None:
        self.count = 0
        self.columns: dict[str, Column] = {}

    def add(self, cells: Mapping[str, str]) -> None:
        """Count a record."""
        self.count += 1
        for name, cell in cells.items():
            self.columns.setdefault(name, Column()).add(cell)

    def seen(self) -> Objects:
        """Return the records as objects."""
        return Objects(self.count, {name: column.seen() for name, column in self.columns.items()})
