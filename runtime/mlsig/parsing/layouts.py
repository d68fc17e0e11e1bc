"""Layouts that nobody asked for, and models use: tags, headings, tables, indented lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlsig import shapes
from mlsig.parsing.blocks import read_block
from mlsig.parsing.fitting import Target
from mlsig.parsing.labelled import Labels
from mlsig.parsing.repairs import Repair
from mlsig.parsing.segments import fenced
from mlsig.parsing.tables import pairs, rows
from mlsig.parsing.tags import read_tags


class Laid(NamedTuple):
    """What a layout says by field: values, or the text of each where `texts` is true."""

    data: dict[str, Any]
    texts: bool
    repairs: list[Repair]


def by_tags(text: str, target: Target[Any]) -> Laid | None:
    """Return what an answer says in tags, None where it has none of the fields."""
    found = read_tags(text, target.wide.fields)
    return Laid(found, False, [Repair("", "layout", "", "tags")]) if found else None


def layouts(text: str, target: Target[Any]) -> Iterator[Laid]:
    """Yield what an answer says in other layouts than the one that was asked for."""
    repairs: list[Repair] = []
    inside = fenced(text)
    if inside is not None:
        repairs.append(Repair("", "fence"))
        text = inside
    fields = target.wide.fields
    tagged = by_tags(text, target)
    if tagged:
        yield Laid(tagged.data, False, [*repairs, *tagged.repairs])
    if inside is not None:
        yield Laid(Labels([f.name for f in fields], ()).split(text), True, repairs)
    wide = Labels([field.name for field in fields], (), wide=True)
    yield Laid(wide.split(text), True, [*repairs, Repair("", "layout", "", "labels")])
    block = read_block(text)
    if isinstance(block, dict):
        yield Laid(block, False, [*repairs, Repair("", "layout", "", "indented lines")])
    table = rows(text)
    if table:
        yield from _tables(table, fields, [*repairs, Repair("", "layout", "", "a table")])


def _tables(
    table: list[dict[str, str]], fields: tuple[shapes.Field, ...], repairs: list[Repair]
) -> Iterator[Laid]:
    by_name = pairs(table)
    if by_name:
        yield Laid(dict[str, Any](by_name), False, repairs)
    if len(table) == 1:
        yield Laid(dict[str, Any](table[0]), False, repairs)
    if len(fields) == 1:
        one = len(table[0]) == 1
        items = [next(iter(row.values())) if one else row for row in table]
        yield Laid({fields[0].name: items}, False, repairs)
