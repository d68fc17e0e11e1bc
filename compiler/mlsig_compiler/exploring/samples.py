"""Configurations that are drawn, as a table, JSON lines or CSV.

JSON lines are what `--check` reads. A table that is wider than the terminal becomes a block for each
configuration.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeAlias

from mlsig.spaces import Product
from mlsig.spaces.domains import show

from mlsig_compiler.exploring.tree import console
from mlsig_compiler.findings.terminal import cells, printable

if TYPE_CHECKING:
    from mlsig.spaces import Space

Format: TypeAlias = Literal["table", "jsonl", "csv"]
FORMATS: Final[tuple[Format, ...]] = ("table", "jsonl", "csv")
_AT_ONCE: Final = 1_000
_GAP: Final = "  "


def drawn(space: type[Space], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield configurations as dicts; the first of many are those of few.

    Raises:
        SpaceError: Nothing legal was found.
    """
    rng = Random(seed)  # noqa: S311  (a seed that the user chooses)
    for start in range(0, count, _AT_ONCE):
        for config in space.sample_batch(min(_AT_ONCE, count - start), rng):
            yield config.to_dict()


def write(space: type[Space], rows: Iterator[dict[str, Any]], format: Format, stream: TextIO) -> None:
    """Write configurations to a stream."""
    if format == "jsonl":
        for row in rows:
            stream.write(f"{json.dumps(row)}\n")  # what a terminal would act on is escaped
        return
    names = [*space.Config.__struct_fields__, *space.Config.__computed__]
    if issubclass(space, Product):  # a field is a step
        names = [*(each.name for each in space.variables), *(each.name for each in space.composites)]
    if format == "csv":
        _csv(names, rows, stream)
        return
    _table(names, [[_cell(row, name) for name in names] for row in rows], stream)


def _csv(names: list[str], rows: Iterator[dict[str, Any]], stream: TextIO) -> None:
    clean = printable if stream.isatty() else str
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = [row.get(name, "") for name in names]
        writer.writerow([clean(v) if isinstance(v, str) else json.dumps(v) for v in values])


def _table(names: list[str], rows: list[list[str]], stream: TextIO) -> None:
    widths = [max(map(cells, column)) for column in zip(names, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > console(stream).width:
        _blocks(names, rows, stream)
        return
    for row in (names, *rows):
        padded = (cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True))
        stream.write(f"{_GAP.join(padded).rstrip()}\n")


def _blocks(names: list[str], rows: list[list[str]], stream: TextIO) -> None:
    room = max(map(cells, names)) + 2
    for number, row in enumerate(rows, start=1):
        stream.write(f"{'' if number == 1 else chr(10)}{number}.\n")
        for name, cell in zip(names, row, strict=True):
            if cell:
                stream.write(f"  {name.ljust(room)}{cell}\n")


def _cell(row: dict[str, Any], name: str) -> str:
    if name not in row:
        return ""
    value = row[name]
    return printable(value) if isinstance(value, str) and value.strip() else printable(show(value))
