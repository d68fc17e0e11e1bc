"""`infer(["reviews.jsonl"], "Review")`: a draft of the schema that the rows of files have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import msgspec
from mlsig.data.errors import BrokenRow
from mlsig.data.rows import Row, read_rows

from mlsig_compiler.drafting.cells import Table
from mlsig_compiler.drafting.draft import Draft
from mlsig_compiler.drafting.inferring import Inferring
from mlsig_compiler.drafting.seen import Budget, Objects

KEPT: Final = 20


@dataclass(slots=True)
class Inferred:
    """What was read: how many rows, the first of those that cannot be, and the draft where there is one."""

    rows: int = 0
    bad: int = 0
    broken: list[BrokenRow] = field(default_factory=list[BrokenRow])
    draft: Draft | None = None


def infer(sources: Sequence[str], name: str, *, samples: int | None = None, tight: bool = False) -> Inferred:
    """Read rows and draft a schema that takes every one of them.

    Args:
        sources: Files, read one after the other as one set of rows.
        name: What the schema is to be called.
        samples: How many rows to read at most; None for all.
        tight: Bound numbers and lengths by what was seen.

    Raises:
        DataUnreadable: A file cannot be read at all.
    """
    found = Inferred()
    objects, table, budget = Objects(), Table(), Budget()
    for row in islice(_every(sources), samples):
        if isinstance(row, BrokenRow):
            found.bad += 1
            if found.bad <= KEPT:
                found.broken.append(row)
            continue
        found.rows += 1
        if row.texts:
            table.add(row.values)
        else:
            # Dates of Parquet are told from others by how they are written.
            objects.add(msgspec.to_builtins(row.values), budget, 0)
    if found.bad or not found.rows:
        return found
    if table.count:
        objects.join(table.seen())
    found.draft = Inferring(tight=tight).draft(name, objects)
    return found


def _every(sources: Sequence[str]) -> Iterator[Row | BrokenRow]:
    for source in sources:
        yield from read_rows(source)
