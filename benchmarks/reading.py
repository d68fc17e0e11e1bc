"""Read JSON that was read before: found by the schema registry, against reading it again.

Each time the text is a new object, whose hash nobody knows yet, as it is when it comes from a network. One
that rests is a schema of which the registry finds out by itself that it does not pay, and leaves it alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlsig.orchestrator.components import SchemaRegistry

from benchmarks.sources import RECORDS, compile_to
from benchmarks.timing import OURS, Row, compare

RULED = {"name": "a-name", "low": 1, "high": 2}
DATA: dict[str, tuple[str, Any]] = {
    "a flat record (rests)": (
        "Flat",
        {"id": "a1", "title": "Hello", "kind": "note", "score": 0.5, "views": 3, "public": True},
    ),
    "a list of 20 records": (
        "Nested",
        {
            "id": "a1",
            "author": {"name": "Ada", "mail": "ada@example.org"},
            "items": [{"key": f"k{at}", "weight": at / 20, "count": at} for at in range(20)],
        },
    ),
    "20 records with rules": ("RuledHolder", {"first": RULED, "more": [RULED] * 20, "tags": ["one", "two"]}),
    "20 records of a union": (
        "Pets",
        {"pets": [{"kind": "cat", "lives": 9}, {"kind": "dog", "name": "Rex"}] * 10, "answer": "maybe"},
    ),
    "an embedding of 1,536": ("Vector", {"vector": [at / 1536 for at in range(1536)]}),
    "1,000 token ids": ("Ids", {"ids": list(range(1000))}),
}


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    ours: Any = compile_to(folder, "bench_reading", RECORDS)
    table: list[Row] = []
    for what, (name, data) in DATA.items():
        kind = getattr(ours, name)
        source = bytearray(json.dumps(data), "utf-8")
        kind.check(None)
        read = kind.from_json
        with SchemaRegistry().in_front_of(kind):
            for _ in range(2_048):  # a trial, and what it decides
                kind.from_json(bytes(source))
            found = kind.from_json
            table += compare(
                f"read JSON again, {what}",
                {
                    OURS: lambda found=found, source=source: found(bytes(source)),
                    "mlsig without the registry": lambda read=read, source=source: read(bytes(source)),
                },
            )
    return table
